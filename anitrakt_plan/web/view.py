"""What the page shows: entries, candidates and seasons as plain values, ready for JSON. No I/O, no HTML."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz.distance import Prefix

from anitrakt_plan.commands.doubts import ACCEPT_FROM, Offer, doubts, misfit
from anitrakt_plan.commands.explain import CandidateLine, Evidence
from anitrakt_plan.commands.review import franchises
from anitrakt_plan.matching.evidence import Speaks
from anitrakt_plan.matching.propose import MIN_OFFERED
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Episode,
    EpisodeSubject,
    Match,
    MovieMatch,
    Plan,
    PlanEntry,
    Season,
    SeasonEpisode,
    ShowMatch,
    TargetKind,
    WorkId,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.addresses import first_season
from anitrakt_plan.model.matches import (
    Parts,
    Ratio,
    format_match,
    format_run,
    format_span,
    kind_and_id,
    mapping_episodes,
    one_episode,
    runs_of,
)
from anitrakt_plan.model.sending import is_open, is_sent
from anitrakt_plan.words import percent, pluralize, printable

RIGHT_FROM = 0.90
"""From here up, with nothing else in question, an entry is looked at and accepted with others."""

SCRIPTS = ("tools.js", "walk.js", "list.js", "entry.js", "app.js")
"""The page's scripts, in their order: each uses what stands in those before it."""

Json = dict[str, Any]
HolderOf = Callable[[PlanEntry, Match], EntryKey | None]


class Queue(StrEnum):
    """Where the page puts an entry."""

    RIGHT = "right"
    CHOICE = "choice"
    NOT_FOUND = "none"
    DECIDED = "decided"


def seen(lines: str) -> str:
    """The mark of an entry's lines in the file: an answer carries it, so that nothing unseen is written over."""
    return hashlib.sha256(lines.encode("utf-8", errors="replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with what it may be: the offers that are free, and those that another entry holds.

    `maps`: how many id maps know it; None where nobody has kept that. `alone`: what keeps the best of the offers from
    being accepted together with others; empty where nothing does.
    """

    entry: PlanEntry
    free: tuple[Offer, ...]
    taken: tuple[tuple[Offer, EntryKey], ...] = ()
    maps: int | None = None
    alone: str = ""


def found_of(
    entry: PlanEntry, offers: Iterable[Offer], holder_of: HolderOf, maps: int | None = None
) -> Found:
    """Sort an entry's offers by whether they are free; what is hardly possible is none, unless the plan says so."""
    free, taken = [], []
    planned = {candidate.match for candidate in entry.candidates}
    for offer in offers:
        is_asked = offer.own or offer.match in planned or offer.confidence is None
        if not is_asked and (offer.confidence or 0.0) < MIN_OFFERED:
            continue
        holder = None if offer.own else holder_of(entry, offer.match)
        if holder is None:
            free.append(offer)
        else:
            taken.append((offer, holder))
    alone = _why_not_together(entry, free[0]) if free else ""
    return Found(entry, tuple(free), tuple(taken), maps, alone)


def queue_of_entry(plan: Plan, found: Found) -> Queue:
    """The queue of an entry: one likely suggestion that nothing speaks against looks right."""
    entry, free = found.entry, found.free
    if not is_open(plan, entry):
        return Queue.DECIDED
    if not free:
        return Queue.NOT_FOUND
    best, others = free[0], free[1:]
    is_alone = all((other.confidence or 0.0) < ACCEPT_FROM for other in others)
    if (best.confidence or 0.0) >= RIGHT_FROM and is_alone and not found.alone:
        return Queue.RIGHT
    return Queue.CHOICE


def _why_not_together(entry: PlanEntry, best: Offer) -> str:
    return misfit(entry, best.match) or next(iter(doubts(entry, best)), "")


# --- the list ---


def rows_of(plan: Plan, every: Sequence[Found], seen_of: Callable[[EntryKey], str]) -> list[Json]:
    """One row an entry, the most watched franchises first, and within each in the order in which they came out."""
    of = franchises(found.entry for found in every)
    groups: dict[int, list[Found]] = defaultdict(list)
    for found in every:
        groups[of[found.entry.key]].append(found)
    ordered = sorted(groups.values(), key=lambda group: -sum(_weight(one.entry) for one in group))
    return [
        _row(plan, found, seen_of(found.entry.key), number, name)
        for number, group in enumerate(ordered)
        for name in [_name_of(group)]
        for found in sorted(group, key=lambda one: (one.entry.facts.year or 9999, one.entry.key))
    ]


def _weight(entry: PlanEntry) -> int:
    return entry.progress.watched or entry.facts.episodes or 1


def _name_of(group: Sequence[Found]) -> str:
    """What all the titles of a franchise begin with, where that says something; else the shortest of them."""
    names = [found.entry.english or found.entry.title for found in group]
    first, last = min(names), max(names)  # what these two begin with, all between them do
    shared = first[: Prefix.similarity(first, last)]
    if shared not in names and any(name[len(shared) :][:1].isalnum() for name in names):  # within a word
        shared = shared[: max(shared.rfind(" "), 0)]
    shared = shared.rstrip(" :-–—(")
    return printable(shared if len(shared) >= MIN_NAME else min(names, key=len))


MIN_NAME = 4
"""Fewer letters in common are an article, or chance."""


def row_of(plan: Plan, found: Found, mark: str) -> Json:
    """One entry's row anew, without its place among the others."""
    row = _row(plan, found, mark, 0, "")
    del row["group"], row["franchise"]
    return row


def _row(plan: Plan, found: Found, mark: str, group: int, franchise: str) -> Json:
    entry, progress = found.entry, found.entry.progress
    best = found.free[0] if found.free else None
    return {
        "key": str(entry.key),
        "seen": mark,
        "queue": queue_of_entry(plan, found).value,
        "group": group,
        "franchise": franchise,
        "title": printable(entry.title),
        "english": printable(entry.english) if entry.english and entry.english != entry.title else "",
        "kind": entry.facts.kind.value,
        "year": entry.facts.year,
        "episodes": entry.facts.episodes,
        "status": progress.status.value,
        "watched": progress.watched,
        "finished": str(progress.finished) if progress.finished else "",
        "decision": entry.decision.value,
        "sends": is_sent(plan, entry),
        "note": printable(entry.note or ""),
        "attention": [printable(words) for words in entry.attention],
        "why": in_percent(printable(entry.hint or "")) if entry.decision is Decision.REVIEW else "",
        "best": offer_json(entry, best) if best is not None else None,
        "alone": printable(found.alone),
        "offers": len(found.free),
        "facets": _facets(found),
    }


def offer_json(entry: PlanEntry, offer: Offer) -> Json:
    """An offer with which of its cells disagree with the list's."""
    is_film = isinstance(offer.match, MovieMatch)
    count = entry.facts.episodes
    return {
        "match": format_match(offer.match),
        "title": printable(offer.title),
        "year": offer.year,
        "place": "film" if is_film else offer.place,
        "count": offer.on_trakt,
        "url": safe_url(offer.url),
        "confidence": offer.confidence,
        "percent": percent(offer.confidence) if offer.confidence is not None else "",
        "own": offer.own,
        "poster": poster_of(offer.match),
        "differs": {
            "year": bool(
                offer.year and entry.facts.year and abs(offer.year - entry.facts.year) > 1 and is_film
            ),
            "count": count is not None and count != offer.listed,
            "kind": is_film != (entry.facts.kind.value == "Movie")
            and (count or 1) == 1
            and not _is_special(offer),
        },
    }


def _is_special(offer: Offer) -> bool:
    return isinstance(offer.match, ShowMatch) and first_season(offer.match) == 0


def poster_of(match: Match) -> str:
    """How the page asks for the picture of a match's work: `show/1420`, `movie/tmdb:97`."""
    return picture_name(*kind_and_id(match))


def picture_name(kind: TargetKind, number: WorkId) -> str:
    """How the page names a show or film."""
    return f"{kind.value}/{number}"


_HOSTS = (
    *("trakt.tv", "app.trakt.tv", "themoviedb.org", "imdb.com", "thetvdb.com"),
    *("anilist.co", "myanimelist.net"),
)
_ADDRESS = re.compile(r"https://(?:www\.)?([a-z0-9.-]+)(?:/[^\s\"'<>\\]*)?")


def safe_url(url: str | None) -> str:
    """An address that the page may link to: https, and of a site that it knows; empty for any other."""
    found = _ADDRESS.fullmatch(url or "")
    return url or "" if found is not None and found[1] in _HOSTS else ""


# --- facets ---


def _facets(found: Found) -> Json:
    entry = found.entry
    best = max((one.confidence for one in found.free if one.confidence is not None), default=None)
    return {
        "why": reason(entry),
        "kind": entry.facts.kind.value,
        "status": entry.progress.status.value,
        "sure": band(best),
        "year": f"{entry.facts.year // 10 * 10}s" if entry.facts.year else "unknown",
        "candidates": _candidates(found),
        "maps": _maps(found.maps),
        "decision": entry.decision.value,
    }


_CERTAINTY = re.compile(
    r"(?:the id maps alone do not settle it: )?"
    r"the best is [\d.]+(?: \([\d.]+ needed\))?(?P<close>, the next only [\d.]+ behind)?(?:, but |; )?"
)


_KEYS = re.compile(r"\b[a-z]+:\d+\b|\btitle:\S+")

_DISAGREE = re.compile(r"(its id disagree): .*")
"""What the id is instead stands behind it, which no two entries share."""

_NUMBERS = re.compile(
    r"(?<=the best is )[\d.]*\d|(?<=\()[\d.]+(?= needed\))|(?<=the next only )[\d.]+(?= behind)"
)


def in_percent(hint: str) -> str:
    """Why an entry is open, with its confidences as the page has them."""
    return _NUMBERS.sub(lambda found: percent(float(found[0])), hint)


def reason(entry: PlanEntry) -> str:
    """Why an entry is open, in words that many entries share."""
    if entry.decision is not Decision.REVIEW:
        return "decided"
    hint = _DISAGREE.sub(r"\1", _KEYS.sub("another entry", printable(entry.hint or "")))
    found = _CERTAINTY.match(hint)
    if found is None:
        return re.sub(r"\d[\d.,]*", "…", hint) or "opened again"
    rest = hint[found.end() :]
    if rest:
        return re.sub(r"`[^`]*`|«[^»]*»|\d[\d.,]*", "…", rest)
    return "another is nearly as likely" if found["close"] else "not sure enough"


def band(confidence: float | None) -> str:
    """A confidence in few bands."""
    if confidence is None:
        return "none"
    for least, words in ((0.98, "98 % up"), (0.90, "90–98 %"), (0.50, "50–90 %")):
        if confidence >= least:
            return words
    return "below 50 %"


def _candidates(found: Found) -> str:
    if not found.free:
        return "all taken" if found.taken else "none"
    if all(isinstance(offer.match, MovieMatch) for offer in found.free):
        return "films only"
    if any(_is_special(offer) for offer in found.free):
        return "with specials"
    return "seasons"


def _maps(count: int | None) -> str:
    return "unknown" if count is None else pluralize(count, "id map") if count else "no id map"


# --- one entry ---


def detail_of(
    found: Found, evidence: Evidence | None, episode_at: Callable[[WorkId, Episode], Json | None]
) -> Json:
    """All that a person decides an entry by: the candidates side by side, with what spoke for and against each."""
    lines = {line.match: line for line in evidence.candidates} if evidence is not None else {}
    cards = [(offer, None) for offer in found.free] + list(found.taken)
    return {
        "cards": [
            _card(found.entry, offer, holder, lines, episode_at) for offer, holder in cards[:MAX_CARDS]
        ],
        "wanted": printable(evidence.wanted) if evidence is not None else "",
    }


MAX_CARDS = 5


def _card(
    entry: PlanEntry,
    offer: Offer,
    holder: EntryKey | None,
    lines: Mapping[str, CandidateLine],
    episode_at: Callable[[WorkId, Episode], Json | None],
) -> Json:
    card = (
        offer_json(entry, offer)
        | _weighed(lines.get(format_match(offer.match)))
        | {
            "taken": str(holder) if holder is not None else "",
            "begins": str(offer.begins) if offer.begins else "",
            "ends": str(offer.ends) if offer.ends else "",
            "misfit": misfit(entry, offer.match) or "",
            "why": [printable(one) for one in offer.why],
            "table": mapping_table(offer.match),
        }
    )
    if isinstance(offer.match, ShowMatch):
        episodes = mapping_episodes(offer.match.mapping)
        card["show"] = str(offer.match.show)
        card["first"] = episode_at(offer.match.show, episodes[0])
        card["last"] = episode_at(offer.match.show, episodes[-1]) if len(episodes) > 1 else None
    return card


MIN_TELLING = 0.3
"""A signal that weighs less tells nobody anything."""


def _weighed(line: CandidateLine | None) -> Json:
    if line is None:
        return {"signals": [], "caps": []}
    return {
        "signals": [
            {
                "name": one.name,
                "says": printable(one.value),
                "weight": round(one.weight, 2),
                "speaks": one.speaks.value,
            }
            for one in line.signals
            if one.speaks is not Speaks.NOT and abs(one.weight) >= MIN_TELLING
        ],
        "caps": [printable(one) for one in line.caps],
    }


def mapping_table(match: Match) -> list[list[str]]:
    """Which of the list's episodes are which on Trakt, where they are not simply one by one."""
    if isinstance(match, MovieMatch):
        return []
    match match.mapping:
        case Parts(parts):
            return [[format_span(one.first, one.last), ", ".join(map(format_run, one.runs))] for one in parts]
        case Ratio(_, list_count, trakt_count):
            episodes = mapping_episodes(match.mapping)
            return [
                [
                    format_span(number * list_count + 1, (number + 1) * list_count),
                    ", ".join(
                        map(format_run, runs_of(episodes[number * trakt_count : (number + 1) * trakt_count]))
                    ),
                ]
                for number in range(len(episodes) // trakt_count)
            ]
        case _:
            return []


def choices_json(entry: PlanEntry, offers: Sequence[Offer], says: str) -> Json:
    """Places to choose from, with a sentence on what the show has."""
    return {"offers": [offer_json(entry, offer) for offer in offers], "says": printable(says)}


# --- seasons as strips ---


def strips(
    show: WorkId,
    seasons: Sequence[Season],
    entry: PlanEntry,
    holder_of: HolderOf,
    watched: Collection[PlaySubject],
) -> list[Json]:
    """Each season of a show, each episode with its date and title, who has taken it, and whether it was watched.

    The specials come first for what is a special or an OVA; for all others they come last.
    """
    is_extra = entry.facts.kind.value in ("Special", "TV Special", "OVA", "Music", "CM", "PV")
    ordered = sorted(seasons, key=lambda one: (one.number == 0) != is_extra)
    return [
        {
            "number": season.number,
            "name": "Specials"
            if season.number == 0
            else printable(season.title or f"Season {season.number}"),
            "episodes": [_cell(show, season, one, entry, holder_of, watched) for one in season.episodes],
        }
        for season in ordered
        if season.episodes
    ]


def _cell(
    show: WorkId,
    season: Season,
    one: SeasonEpisode,
    entry: PlanEntry,
    holder_of: HolderOf,
    watched: Collection[PlaySubject],
) -> Json:
    holder = holder_of(entry, one_episode(show, season.number, one.number))
    return {
        "n": one.number,
        "title": printable(one.title or ""),
        "date": str(one.first_aired.date()) if one.first_aired else "",
        "taken": str(holder) if holder is not None else "",
        "watched": EpisodeSubject(show, season.number, one.number) in watched,
    }
