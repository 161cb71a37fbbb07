"""What entries of one list do to each other: who claims the same episodes, and who comes before whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from math import exp, log

from anitrakt_plan.matching.evidence import Neighbour, Proposal
from anitrakt_plan.matching.signals import CLAIMED
from anitrakt_plan.matching.weights import CERTAIN, Curve, calibrated
from anitrakt_plan.model import (
    Decision,
    Entry,
    EntryKey,
    Episode,
    Match,
    MovieMatch,
    ShowMatch,
    WorkId,
)
from anitrakt_plan.model.fitting import why_not_sendable
from anitrakt_plan.model.matches import mapping_episodes
from anitrakt_plan.model.plan import format_confidence

_MAX_CANDIDATES = 5

CONTESTED = 0.4
"""Of places that a map alone names, and names for two entries of a list, so many are right."""

CLEAR = 0.99
"""How sure it must be that one of two claimants is meant, and not the other, so that it is the plain one."""


def with_collisions(
    entries: Sequence[Entry], proposals: Sequence[Proposal], decided: Mapping[EntryKey, Match]
) -> tuple[Proposal, ...]:
    """Put auto proposals into review that can't be sent, or that claim what another, or a decision, claims as well.

    Of two claimants the one that is plainly meant stays auto. Entries that are really the same work (the same ids) may
    share their match. What does not fit the list's count goes first: it claims nothing, and is in nobody's way.
    """
    found = [_if_it_fits(entry, proposal) for entry, proposal in zip(entries, proposals, strict=True)]
    rivals = _rivals(entries, found)
    outside = _claimed_outside(entries, decided)
    holders = {
        index: {outside[thing] for thing in _things(found[index]) & outside.keys()} for index in rivals
    }
    for index in _giving_way(found, rivals, {index for index, keys in holders.items() if keys}):
        keys = sorted(holders[index] | {entries[rival].key for rival in rivals[index]})
        named = ", ".join(str(key) for key in keys[:3])
        found[index] = _contested(found[index], f"{named} claims the same episodes")
    return tuple(found)


def _giving_way(
    proposals: Sequence[Proposal], rivals: Mapping[int, set[int]], held: Collection[int]
) -> set[int]:
    """The auto proposals that must wait: those that claim what is decided (`held`, too), and all but the plain ones."""
    auto = {index for index, proposal in enumerate(proposals) if proposal.decision is Decision.AUTO}
    taken = {index for index in auto if index in held or rivals[index] - auto}
    open_ = {index: rivals[index] - taken for index in auto - taken if rivals[index]}
    return taken | (open_.keys() - plainly_meant(proposals, open_))


def _rivals(entries: Sequence[Entry], proposals: Sequence[Proposal]) -> dict[int, set[int]]:
    owners: dict[object, list[int]] = {}
    for index, proposal in enumerate(proposals):
        for thing in _things(proposal):
            owners.setdefault(thing, []).append(index)
    rivals: dict[int, set[int]] = {index: set() for index in range(len(proposals))}
    for indexes in owners.values():
        for one, other in permutations(indexes, 2):
            if not _same_entry(entries[one], entries[other]):
                rivals[one].add(other)
    return rivals


def _claimed_outside(entries: Sequence[Entry], decided: Mapping[EntryKey, Match]) -> dict[object, EntryKey]:
    present = {entry.key for entry in entries}
    return {
        thing: key for key, match in decided.items() if key not in present for thing in claimed_things(match)
    }


def _things(proposal: Proposal) -> set[object]:
    return set(claimed_things(proposal.match))


def plainly_meant(proposals: Sequence[Proposal], rivals: Mapping[int, Collection[int]]) -> frozenset[int]:
    """Which of the claimants stay: those far ahead of every rival they have left, and those that have none left.

    Who is beaten claims nothing any more, so that a third one may be free again.
    """

    def is_clear(one: int) -> bool:
        return all(is_ahead(proposals[one], proposals[other]) for other in open_[one])

    open_ = {one: set(others) for one, others in rivals.items()}
    staying: set[int] = set()
    while clear := set(filter(is_clear, open_)):
        beaten = set().union(*(open_[one] for one in clear))
        staying |= clear
        open_ = {one: open_[one] - beaten for one in open_.keys() - clear - beaten}
    return frozenset(staying)


def is_ahead(one: Proposal, other: Proposal) -> bool:
    """Whether it is clear which of two claimants is meant, where one of them is: by what speaks for each."""
    lead = max(min(_evidence(one) - _evidence(other), 30.0), -30.0)
    return calibrated(1 / (1 + exp(-lead)), Curve.DATED) >= CLEAR


def _evidence(proposal: Proposal) -> float:
    """How much speaks for a proposal's match, in log-odds: all its signals, the kind and the season's name included."""
    if proposal.judged and proposal.judged[0].signals:
        return sum(signal.weight for signal in proposal.judged[0].signals)
    share = min(max(proposal.confidence, 1e-6), CERTAIN)
    return log(share / (1 - share))


def _if_it_fits(entry: Entry, proposal: Proposal) -> Proposal:
    """The proposal, or, where the file could not hold its match beside the list's count, the same for review."""
    if proposal.decision is not Decision.AUTO or proposal.match is None:
        return proposal
    why = why_not_sendable(proposal.match, entry.episodes, entry.progress.watched)
    return proposal if why is None else _held_back(proposal, why)


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


def _contested(proposal: Proposal, cap: str) -> Proposal:
    """Held back for what others claim: where nobody looked at the season list, both can't be likely."""
    best = next(iter(proposal.judged), None)
    if best is not None and any(level in CLAIMED for signal in best.signals for level in signal.levels):
        confidence = min(best.candidate.confidence, CONTESTED)
        best = replace(best, candidate=replace(best.candidate, confidence=confidence))
        proposal = replace(proposal, confidence=confidence, judged=(best, *proposal.judged[1:]))
    return _held_back(proposal, cap)


def _held_back(proposal: Proposal, cap: str) -> Proposal:
    judged = proposal.judged
    if judged:
        judged = (replace(judged[0], caps=(*judged[0].caps, cap)), *judged[1:])
    return replace(
        proposal,
        decision=Decision.REVIEW,
        match=None,
        hint=f"the best is {format_confidence(proposal.confidence)}, but {cap}",
        candidates=tuple(item.candidate for item in judged[:_MAX_CANDIDATES]),
        judged=judged,
        wanted=cap,
    )


def neighbours_of(
    entry: Entry, placed: Mapping[WorkId, Sequence[tuple[Entry, tuple[Episode, ...]]]]
) -> tuple[tuple[WorkId, Neighbour], ...]:
    """The other entries of the list that are sure to be in each show, seen from one entry."""
    seen: list[tuple[WorkId, Neighbour]] = []
    for show, others in placed.items():
        for other, episodes in others:
            if other.key != entry.key and not _same_entry(entry, other):
                seen.append((show, Neighbour(episodes, _began_earlier(other, entry))))
    return tuple(seen)


def _began_earlier(one: Entry, other: Entry) -> bool | None:
    mine, theirs = one.aired_from, other.aired_from
    if one.key.service == other.key.service and None in (mine, theirs) and not one.key.is_title:
        return one.key < other.key  # without a day the order in which the list's service took them in must do
    if mine is None or theirs is None or mine == theirs:
        return None
    if mine.exact is None or theirs.exact is None:
        return mine.year < theirs.year if mine.year != theirs.year else None
    return mine.exact < theirs.exact
