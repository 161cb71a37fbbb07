"""Finds entries that would give plays to the same episode or film."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from anitrakt_plan.core.episodes import format_run, mapping_runs
from anitrakt_plan.core.model import (
    Address,
    EntryKey,
    Match,
    MovieMatch,
    PlanEntry,
    Run,
    ShowMatch,
    Status,
    SyncKind,
    asked_for,
)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two entries, by their places in the sequence that was given, and what both of them claim."""

    first: int
    second: int
    what: str


@dataclass(frozen=True, slots=True, order=True)
class _Claim:
    """One run of a show, or a film (season and numbers 0), that an entry would give plays to."""

    work: tuple[str, int, int]
    first: int
    last: int
    index: int


def gives_plays(entry: PlanEntry, statuses: Collection[Status]) -> bool:
    """Whether an entry would send plays: decided, in one of the plan's statuses, and not told to only rate.

    A planned entry has no plays.
    """
    status = entry.progress.status
    return (
        entry.decision.sends
        and status in asked_for(statuses)
        and status is not Status.PLANNED
        and (entry.send is None or SyncKind.HISTORY in entry.send)
    )


def clashes(entries: Sequence[PlanEntry], statuses: Collection[Status]) -> list[Clash]:
    """Each pair of entries that would give plays to the same, told once."""
    claims = sorted(
        claim
        for index, entry in enumerate(entries)
        if gives_plays(entry, statuses)
        for claim in _claims(entry.match, index)
    )
    found: dict[tuple[int, int], str] = {}
    widest: _Claim | None = None
    for claim in claims:
        if widest is not None and widest.work == claim.work and claim.first <= widest.last:
            pair = (min(widest.index, claim.index), max(widest.index, claim.index))
            if pair[0] != pair[1]:
                found.setdefault(pair, _name(claim, min(claim.last, widest.last)))
        if widest is None or widest.work != claim.work or claim.last > widest.last:
            widest = claim
    return [Clash(first, second, what) for (first, second), what in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Holders:
    """Which of a plan's sent entries gives plays to an episode or a film; no two of them to the same."""

    _claims: Mapping[tuple[str, int, int], Sequence[_Claim]]
    _keys: Sequence[EntryKey]

    @classmethod
    def of(cls, entries: Iterable[PlanEntry], statuses: Collection[Status]) -> Holders:
        """What the entries that are sent hold."""
        every = list(entries)
        claims: dict[tuple[str, int, int], list[_Claim]] = defaultdict(list)
        for index, entry in enumerate(every):
            if gives_plays(entry, statuses):
                for claim in _claims(entry.match, index):
                    claims[claim.work].append(claim)
        return cls({work: sorted(found) for work, found in claims.items()}, [entry.key for entry in every])

    def of_any(self, match: Match) -> EntryKey | None:
        """The entry that holds some of what a match names; None where all of it is free."""
        for wanted in _claims(match, 0):
            held = self._claims.get(wanted.work, ())
            at = bisect_right(held, wanted.last, key=lambda claim: claim.first) - 1
            if at >= 0 and held[at].last >= wanted.first:
                return self._keys[held[at].index]
        return None


def _claims(claimed: Match | Address | None, index: int) -> Iterator[_Claim]:
    match claimed:
        case MovieMatch(movie):
            yield _Claim(("movie", movie, 0), 0, 0, index)
        case ShowMatch(show, mapping):
            for run in mapping_runs(mapping):
                yield _Claim(("show", show, run.season), run.first, run.last, index)
        case _:
            return


def _name(claim: _Claim, last: int) -> str:
    kind, work, season = claim.work
    if kind == "movie":
        return f"film {work}"
    return f"{format_run(Run(season, claim.first, last))} of show {work}"
