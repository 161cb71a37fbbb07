"""Finds entries that would give plays to the same episode or film."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from anitrakt_plan.core.episodes import format_run, mapping_runs
from anitrakt_plan.core.model import MovieMatch, PlanEntry, Run, ShowMatch, Status, SyncKind, asked_for


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
        for claim in _claims(entry, index)
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


def _claims(entry: PlanEntry, index: int) -> Iterator[_Claim]:
    match entry.match:
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
