"""Matching: weighs the options for an entry and proposes a match, or candidates for a person to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anitrakt_plan.core.calibration import SETTLED, calibrated, none_weight, shares, weight
from anitrakt_plan.core.claimed import Claimed
from anitrakt_plan.core.episodes import format_match, mapping_episodes
from anitrakt_plan.core.evidence import (
    Circumstances,
    Judged,
    Neighbour,
    Option,
    Proposal,
    SignalValue,
)
from anitrakt_plan.core.layout import Layout
from anitrakt_plan.core.model import (
    Candidate,
    Decision,
    Entry,
    EntryKey,
    Episode,
    Kind,
    Match,
    Movie,
    MovieMatch,
    ShowMatch,
    TargetKind,
    Work,
)
from anitrakt_plan.core.places import Place, find_places, place_at
from anitrakt_plan.core.signals import SERIES, SIGNALS

__all__ = ["Judged", "Proposal", "SignalValue", "judge", "options_for", "propose", "with_collisions"]

MOST_CANDIDATES = 5
MOST_JUDGED = 12
LEAST_GAP = 0.05  # how far a second candidate must be behind in belief
NEGLIGIBLE = 0.005  # candidates with less belief than this are no help to a person


@dataclass(frozen=True, slots=True)
class Verdict:
    """The options of one entry, weighed: best first, each with its share of belief before calibration."""

    options: tuple[tuple[Option, float, float, tuple[SignalValue, ...]], ...]

    @property
    def doubtful_name(self) -> tuple[TargetKind, int] | None:
        """The work of the best option, if all but its name speaks for it: its other names may tell."""
        if not self.options or self.options[0][2] < 0.2:
            return None
        option, _, _, signals = self.options[0]
        level = next(signal.level for signal in signals if signal.name == "title").removeprefix("later: ")
        if option.work.aliases is not None or level in ("same", "same but for season words"):
            return None
        return (TargetKind.MOVIE if isinstance(option.work, Movie) else TargetKind.SHOW), option.work.id

    @property
    def unread(self) -> dict[int, float]:
        """The belief in each show whose seasons have not been read, by its id."""
        return {option.work.id: belief for option, _, belief, _ in self.options if option.match is None}


def options_for(
    entry: Entry,
    works: Iterable[Work],
    layouts: Mapping[int, Layout],
    claims: Sequence[Claimed] = (),
    anchors: Mapping[int, Sequence[Episode]] | None = None,
) -> tuple[Option, ...]:
    """Every option that is to be weighed: films, places in shows that were read, shows that were not."""
    options: list[Option] = []
    for work in works:
        if isinstance(work, Movie):
            options.append(Option(work, MovieMatch(work.id)))
            continue
        layout = layouts.get(work.id)
        spelt = [claim.mapping for claim in claims if claim.id == work.id and claim.mapping is not None]
        places: list[Place] = [
            place for mapping in spelt if (place := place_at(mapping, layout, entry)) is not None
        ]
        if layout is not None:
            places += find_places(entry, layout, (anchors or {}).get(work.id, ()))
        once = {place.mapping: place for place in reversed(places)}
        options += [Option(work, ShowMatch(work.id, mapping), place) for mapping, place in once.items()]
        if layout is None and not places:
            options.append(Option(work, None))
    return tuple(options)


def judge(entry: Entry, options: Sequence[Option], around: Circumstances) -> Verdict:
    """Weigh all options against each other and against "none of these"."""
    seen = [_signals(entry, option, around) for option in options]
    scores = [sum(signal.weight for signal in signals) for signals in seen]
    belief = shares(scores, none_weight(entry.kind.value))
    rows = zip(options, scores, belief, seen, strict=True)
    return Verdict(tuple(sorted(rows, key=lambda row: -row[1])))


def _signals(entry: Entry, option: Option, around: Circumstances) -> tuple[SignalValue, ...]:
    values = []
    for name, signal in SIGNALS.items():
        if (seen := signal(entry, option, around)) is not None:
            level, words = seen
            values.append(SignalValue(name, level, words, weight(name, level)))
    return tuple(values)


def propose(entry: Entry, verdict: Verdict, *, auto_from: float, settled: bool = False) -> Proposal:
    """The proposal for one entry: auto if the best option is certain enough and nothing caps it, else review.

    `settled`: two id maps agree so well on the best option that only a demand for more than SETTLED holds it back.
    """
    rows = [row for row in verdict.options if row[0].match is not None]
    if not rows:
        return nothing_found(entry)
    judged = tuple(_judged(entry, row, rows, verdict) for row in rows[:MOST_JUDGED])
    best = judged[0]
    if settled:
        sure = replace(best.candidate, confidence=max(best.candidate.confidence, SETTLED))
        best = Judged(sure, best.signals)
        judged = (best, *judged[1:])
    confidence = best.candidate.confidence
    wanted = list(best.caps)
    if confidence < auto_from:
        wanted.insert(0, f"a confidence of {auto_from:g} (it is {_rounded(confidence)})")
    offered = tuple(
        item.candidate
        for index, item in enumerate(judged[:MOST_CANDIDATES])
        if index == 0 or rows[index][2] >= NEGLIGIBLE or index < 3
    )
    if not wanted:
        return Proposal(
            entry.key,
            Decision.AUTO,
            best.candidate.match,
            confidence,
            best.candidate.why,
            auto_hint(best.candidate),
            judged=judged,
        )
    return Proposal(
        entry.key,
        Decision.REVIEW,
        None,
        confidence,
        best.candidate.why,
        _review_hint(offered, best, auto_from),
        offered,
        judged,
        "; ".join(wanted),
    )


def nothing_found(entry: Entry, why: str = "nothing on Trakt looks like it") -> Proposal:
    """The proposal for an entry that has no candidate at all."""
    return Proposal(entry.key, Decision.REVIEW, None, 0.0, (), why, wanted="a candidate")


def auto_hint(candidate: Candidate) -> str:
    """The text behind an auto match: the match in short form, the name, the confidence, the reasons."""
    name = candidate.title + (f" ({candidate.year})" if candidate.year else "")
    reasons = f" · {', '.join(candidate.why)}" if candidate.why else ""
    return f"{format_match(candidate.match)} · {name} · {_rounded(candidate.confidence)}{reasons}"


def _rounded(confidence: float) -> str:
    """Two decimals, three from 0.99 up; always cut, so that what is not certain never reads 1."""
    digits = 3 if confidence >= 0.99 else 2
    return f"{int(confidence * 10**digits + 1e-9) / 10**digits:.{digits}f}"


def _review_hint(offered: Sequence[Candidate], best: Judged, auto_from: float) -> str:
    confidence = best.candidate.confidence
    if confidence >= auto_from:
        return f"the best is {_rounded(confidence)}, but {best.caps[0]}"
    text = f"the best is {_rounded(confidence)} ({auto_from:g} needed)"
    if len(offered) > 1 and (behind := confidence - offered[1].confidence) < 0.2:
        text += f", the next only {max(behind, 0.0):.2f} behind"
    return f"{text}; {best.caps[0]}" if best.caps else text


def _judged(
    entry: Entry,
    row: tuple[Option, float, float, tuple[SignalValue, ...]],
    rows: Sequence[tuple[Option, float, float, tuple[SignalValue, ...]]],
    verdict: Verdict,
) -> Judged:
    option, _, belief, signals = row
    assert option.match is not None  # for the type checker: rows hold no others
    levels = {signal.name: signal.level for signal in signals}
    candidate = Candidate(
        option.match,
        option.work.title,
        option.work.year,
        option.work.url,
        calibrated(belief, dated=levels["air-dates"] != "unknown"),
        _reasons(entry, option, signals),
    )
    caps = list(_caps(entry, option, levels))
    if row is rows[0]:
        second = next((other[2] for other in verdict.options if other is not row), 0.0)
        if belief - second < LEAST_GAP:
            caps.append("a second candidate is as good")
        if any(_is_namesake(other, row) for other in verdict.options):
            caps.append("a show of the same name was not looked at")
    return Judged(candidate, signals, tuple(caps))


def _is_namesake(
    other: tuple[Option, float, float, tuple[SignalValue, ...]],
    best: tuple[Option, float, float, tuple[SignalValue, ...]],
) -> bool:
    """Whether a show whose seasons were not read could as well be meant, by its name and year."""
    if other[0].match is not None:
        return False
    theirs = {signal.name: signal.level for signal in other[3]}
    mine = {signal.name: signal.level for signal in best[3]}
    maps = mine.get("id-maps", "")
    return (
        theirs["title"] == "same"
        and theirs["year"] not in ("off", "far")
        and "exact" not in maps
        and "season" not in maps
    )


def _reasons(entry: Entry, option: Option, signals: Iterable[SignalValue]) -> tuple[str, ...]:
    codes: list[str] = []
    for signal in signals:
        if signal.name == "year" and signal.level == "next" and entry.year and option.work.year:
            codes.append("year-1" if option.work.year < entry.year else "year+1")
        elif signal.weight >= 0.5 and signal.name != "kind":
            codes.append(signal.name)
    strongest = {signal.name: signal.weight for signal in signals}
    return tuple(sorted(codes, key=lambda code: -strongest.get(code, 0.0)))


def _caps(entry: Entry, option: Option, levels: Mapping[str, str]) -> Iterable[str]:
    """What forbids auto whatever the number says."""
    maps = levels.get("id-maps", "")
    for_it = "exact" in maps or "season" in maps
    likeness = levels["title"].removeprefix("later: ")
    if entry.kind in SERIES and isinstance(option.work, Movie) and (entry.episodes or 2) > 1:
        yield "a series is not a film"
    if levels["episodes"] == "differs" or (
        levels["episodes"] == "film of several" and entry.kind is not Kind.MOVIE
    ):
        yield "the number of episodes differs"
    if not for_it and likeness in ("weak", "another title", "other language", "no title"):
        yield "no title says so"
    if not for_it and levels["season-words"] == "against":
        yield "the title names another season"
    if levels["year"] == "far":
        yield "the year is another"
    if levels["air-dates"] == "years apart":
        yield "it aired in other years"
    if levels.get("order") in ("taken", "out of order"):
        yield "another entry of the list is in the way"
    if levels.get("mal-link") == "against" and not for_it:
        yield "Trakt links it to another MyAnimeList entry"


def with_collisions(
    entries: Sequence[Entry], proposals: Sequence[Proposal], decided: Mapping[EntryKey, Match]
) -> tuple[Proposal, ...]:
    """Put auto proposals that claim the same film or episode as another, or as a decision, into review.

    Entries that are really the same work (the same ids) may share their match.
    """
    owners: dict[object, list[int]] = {}
    for index, proposal in enumerate(proposals):
        for thing in claimed_things(proposal.match):
            owners.setdefault(thing, []).append(index)
    present = {entry.key for entry in entries}
    outside = {
        thing: key for key, match in decided.items() if key not in present for thing in claimed_things(match)
    }
    clashes: dict[int, set[EntryKey]] = {}
    for thing, indexes in owners.items():
        for one in indexes:
            rivals = {entries[i].key for i in indexes if not _same_entry(entries[one], entries[i])}
            if thing in outside:
                rivals.add(outside[thing])
            if rivals and proposals[one].decision is Decision.AUTO:
                clashes.setdefault(one, set()).update(rivals)
    result = list(proposals)
    for index, keys in clashes.items():
        result[index] = _clashing(proposals[index], sorted(keys))
    return tuple(result)


def claimed_things(match: Match | None) -> tuple[object, ...]:
    """What a match claims on Trakt: the film, or each episode with its show."""
    match match:
        case MovieMatch(movie):
            return (("movie", movie),)
        case ShowMatch(show, mapping):
            return tuple((show, episode.season, episode.number) for episode in mapping_episodes(mapping))
    return ()


def _same_entry(one: Entry, other: Entry) -> bool:
    if one.key == other.key:
        return True
    return (one.ids.mal is not None and one.ids.mal == other.ids.mal) or (
        one.ids.anilist is not None and one.ids.anilist == other.ids.anilist
    )


def _clashing(proposal: Proposal, others: Sequence[EntryKey]) -> Proposal:
    cap = f"{', '.join(str(key) for key in others[:3])} claims the same episodes"
    judged = proposal.judged
    if judged:
        judged = (replace(judged[0], caps=(*judged[0].caps, cap)), *judged[1:])
    return replace(
        proposal,
        decision=Decision.REVIEW,
        match=None,
        hint=f"the best is {_rounded(proposal.confidence)}, but {cap}",
        candidates=tuple(item.candidate for item in judged[:MOST_CANDIDATES]),
        judged=judged,
        wanted=cap,
    )


def neighbours_of(
    entry: Entry, placed: Mapping[int, Sequence[tuple[Entry, tuple[Episode, ...]]]]
) -> tuple[tuple[int, Neighbour], ...]:
    """The other entries of the list that are sure to be in each show, seen from one entry."""
    seen: list[tuple[int, Neighbour]] = []
    for show, others in placed.items():
        for other, episodes in others:
            if other.key != entry.key and not _same_entry(entry, other):
                seen.append((show, Neighbour(episodes, _began_earlier(other, entry))))
    return tuple(seen)


def _began_earlier(one: Entry, other: Entry) -> bool | None:
    mine, theirs = one.aired_from, other.aired_from
    if mine is None or theirs is None or mine == theirs:
        return None
    if mine.exact is None or theirs.exact is None:
        return mine.year < theirs.year if mine.year != theirs.year else None
    return mine.exact < theirs.exact
