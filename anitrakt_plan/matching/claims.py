"""What id maps claim about an entry, turned into mappings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from anitrakt_plan.model import (
    Mapping,
    Part,
    Parts,
    Ratio,
    Run,
    Segment,
    ShowClaim,
    Span,
    Straight,
    TargetKind,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim whose Trakt id is known. `mapping` is None where the map names no episodes, `season` where none.

    `names` are what the map calls the list's own work, `title` what it calls the one on Trakt.
    """

    map: str
    kind: TargetKind
    id: int
    title: str | None = None
    year: int | None = None
    slug: str | None = None
    season: int | None = None
    mapping: Mapping | None = None
    names: tuple[str, ...] = ()
    begins: date | None = None

    @property
    def family(self) -> str:
        """The witness that speaks: maps that took their rows from one another are one."""
        return FAMILIES.get(self.map, self.map)


# AniBridge's TMDB seasons come from Anime-Lists, and so does a third of AniTrakt's rows; which ones, no file says.
FAMILIES = {"anibridge": "anime-lists", "anitrakt": "anime-lists"}


def claimed_mapping(claim: ShowClaim, count: int | None) -> Mapping | None:
    """The mapping that a claim's segments spell out for an entry of `count` episodes; None if they do not.

    An open range needs the count; a range that is of no use (an empty one) makes the claim say nothing.
    """
    if not claim.segments:
        return None
    pieces: list[tuple[Segment, int, tuple[Run, ...]]] = []
    for segment in sorted(claim.segments, key=lambda segment: segment.listed.first):
        last = segment.listed.last if segment.listed.last is not None else count
        if last is None or last < segment.listed.first:
            return None
        length = _target_length(last - segment.listed.first + 1, segment.ratio)
        runs = _runs(segment.season, segment.target, length)
        if runs is None:
            return None
        pieces.append((segment, last, runs))
    return _joined(pieces)


def _target_length(listed: int, ratio: int) -> int:
    return listed * ratio if ratio > 0 else listed // -ratio


def _runs(season: int, target: Sequence[Span], length: int) -> tuple[Run, ...] | None:
    runs: list[Run] = []
    left = length
    for span in target:
        last = span.last if span.last is not None else span.first + left - 1
        if last < span.first or span.first < 1:
            return None
        runs.append(Run(season, span.first, last))
        left -= last - span.first + 1
    return tuple(runs) if runs else None


def _joined(pieces: Sequence[tuple[Segment, int, tuple[Run, ...]]]) -> Mapping:
    runs = _glued(run for _, _, some in pieces for run in some)
    ratios = {segment.ratio for segment, _, _ in pieces}
    follow = pieces[0][0].listed.first == 1 and all(
        after[0].listed.first == before[1] + 1 for before, after in pairwise(pieces)
    )
    even = all(
        sum(len(run) for run in some) == _target_length(last - segment.listed.first + 1, segment.ratio)
        for segment, last, some in pieces
    )
    if follow and even and ratios == {1}:
        return Straight(runs)
    if follow and even and len(ratios) == 1:
        ratio = ratios.pop()
        return Ratio(runs, 1, ratio) if ratio > 0 else Ratio(runs, -ratio, 1)
    return Parts(tuple(Part(segment.listed.first, last, some) for segment, last, some in pieces))


def _glued(runs: Iterable[Run]) -> tuple[Run, ...]:
    glued: list[Run] = []
    for run in runs:
        if glued and glued[-1].season == run.season and glued[-1].last + 1 == run.first:
            glued[-1] = Run(run.season, glued[-1].first, run.last)
        else:
            glued.append(run)
    return tuple(glued)
