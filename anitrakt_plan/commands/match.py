"""`match`: where one id of a list service is on Trakt and TMDB, how sure that is, and why; no list, no account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from anitrakt_plan.commands.explain import MAX_KEPT
from anitrakt_plan.commands.make_plan import main_title
from anitrakt_plan.commands.services import KNOWN_SERVICES, Reporter, Services
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.matching.evidence import Judged, Proposal
from anitrakt_plan.matching.propose import MIN_OFFERED
from anitrakt_plan.matching.search import match_entries
from anitrakt_plan.model import (
    Entry,
    EntryKey,
    Kind,
    Match,
    MovieMatch,
    Policy,
    Progress,
    Status,
    Titles,
    TmdbId,
)
from anitrakt_plan.model.matches import format_mapping, kind_and_id
from anitrakt_plan.model.plan import format_confidence
from anitrakt_plan.model.resolving import resolved_match
from anitrakt_plan.planfile.services import page_of
from anitrakt_plan.words import pluralize, titled

FORMAT = "anitrakt-match/1"


@dataclass(frozen=True, slots=True)
class Place:
    """A work, by each id of it that is known, and where in it."""

    kind: str
    trakt: int | None
    tmdb: int | None
    episodes: str | None


@dataclass(frozen=True, slots=True)
class FoundMatch:
    """What is known of one id: the work on the list service, and each place that it might be, the best first."""

    entry: Entry
    title: str
    proposal: Proposal
    places: tuple[tuple[Judged, Place], ...]
    notes: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Whether a plan would take the first place without asking."""
        return self.proposal.match is not None


def find(key: EntryKey, services: Services, reporter: Reporter, now: datetime) -> FoundMatch:
    """Match one work as a plan would, watched as a whole; `now` is UTC.

    Raises Failed where neither a list service nor an id map knows the id, or where a catalogue fails.
    """
    loaded = services.id_maps(offline=False)
    notes = list(loaded.notes)
    bare = Entry(key, key.ids, Titles(""), Kind.UNKNOWN, Progress(Status.COMPLETED))
    entry = _completed(bare, services, reporter, notes)
    if not entry.titles.all() and not loaded.maps.claims(entry.ids):
        if notes:
            raise Failed(
                f"{key} can't be looked up now: {'; '.join(notes)}",
                where=page_of(KNOWN_SERVICES, key),
                todo="Run the same command again when they can be reached.",
            )
        raise Failed(
            f"nobody knows {key}: neither AniList nor an id map",
            where=page_of(KNOWN_SERVICES, key),
            todo="Look at the number: it stands in the address of the work's page.",
        )
    catalogue = services.catalogue()
    if catalogue is None:
        notes.append(
            "Without a Trakt application and a TMDB token the id maps alone are asked; `anitrakt login --tmdb` is free."
        )
    (proposal,) = match_entries([entry], loaded.maps, catalogue, auto_from=Policy().auto_from, now=now)
    best = proposal.judged[:1]
    judged = (*best, *(one for one in proposal.judged[1:MAX_KEPT] if one.candidate.confidence >= MIN_OFFERED))
    places = tuple((one, _place(one.candidate.match, services)) for one in judged)
    return FoundMatch(entry, main_title(entry, loaded.maps), proposal, places, tuple(notes))


def _completed(bare: Entry, services: Services, reporter: Reporter, notes: list[str]) -> Entry:
    try:
        (entry,) = services.complete([bare], reporter)
    except AnitraktError as error:
        notes.append(f"{error.what}: the id maps alone are asked.")
        return bare
    watched = replace(entry.progress, watched=entry.episodes or entry.progress.watched)
    return replace(entry, progress=watched)


def _place(match: Match, services: Services) -> Place:
    kind, work = kind_and_id(resolved_match(match, services.trakt_id))
    trakt = None if isinstance(work, TmdbId) else work
    tmdb = work.number if isinstance(work, TmdbId) else services.tmdb_id(kind, work)
    episodes = None if isinstance(match, MovieMatch) else format_mapping(match.mapping)
    return Place(kind.value, trakt, tmdb, episodes)


def match_lines(found: FoundMatch) -> Iterator[str]:
    """The answer for a person."""
    entry = found.entry
    facts = [entry.kind.value, pluralize(entry.episodes, "episode") if entry.episodes else ""]
    facts = [fact for fact in facts if fact]
    yield f"{entry.key}  {titled(found.title, entry.year)}  ({', '.join(facts)})"
    if not found.places:
        yield "  Nothing on Trakt fits."
    for number, (judged, place) in enumerate(found.places, start=1):
        candidate = judged.candidate
        sure = format_confidence(candidate.confidence)
        where = place.episodes or "film"
        yield ""
        yield f"{number}. {titled(candidate.title, candidate.year)}   {where}   {sure}"
        yield f"   {', '.join(_named(place))}   {candidate.url}".rstrip()
        width = max((len(signal.name) for signal in judged.signals), default=0)
        yield from (
            f"     {signal.name:<{width}}  {signal.weight:+6.2f}  {signal.value}" for signal in judged.signals
        )
        yield from (f"     capped: {cap}" for cap in judged.caps)
    yield ""
    yield "A plan would take the first." if found.is_sure else f"A plan would ask: {found.proposal.hint}."
    yield from (f"Note: {note}" for note in found.notes)


def _named(place: Place) -> Iterator[str]:
    if place.trakt is not None:
        yield f"Trakt {place.kind} {place.trakt}"
    if place.tmdb is not None:
        yield f"TMDB {place.kind} {place.tmdb}"


def match_json(found: FoundMatch) -> dict[str, Any]:
    """The versioned document of `--json`."""
    entry = found.entry
    return {
        "format": FORMAT,
        "key": str(entry.key),
        "ids": {"mal": entry.ids.mal, "anilist": entry.ids.anilist},
        "title": found.title,
        "kind": entry.kind.value,
        "year": entry.year,
        "episodes": entry.episodes,
        "sure": found.is_sure,
        "reason": found.proposal.hint,
        "candidates": [_candidate_json(judged, place) for judged, place in found.places],
        "notes": list(found.notes),
    }


def _candidate_json(judged: Judged, place: Place) -> dict[str, Any]:
    candidate = judged.candidate
    return {
        "kind": place.kind,
        "trakt": place.trakt,
        "tmdb": place.tmdb,
        "episodes": place.episodes,
        "title": candidate.title,
        "year": candidate.year,
        "url": candidate.url,
        "confidence": candidate.confidence,
        "signals": [
            {"name": signal.name, "value": signal.value, "weight": signal.weight} for signal in judged.signals
        ],
        "caps": list(judged.caps),
    }
