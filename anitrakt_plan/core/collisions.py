"""What entries of one list do to each other: who claims the same episodes, and who comes before whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from anitrakt_plan.core.calibration import format_confidence
from anitrakt_plan.core.episodes import mapping_episodes
from anitrakt_plan.core.evidence import Neighbour, Proposal
from anitrakt_plan.core.model import Decision, Entry, EntryKey, Episode, Match, MovieMatch, ShowMatch

_MOST_CANDIDATES = 5


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
        hint=f"the best is {format_confidence(proposal.confidence)}, but {cap}",
        candidates=tuple(item.candidate for item in judged[:_MOST_CANDIDATES]),
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
