"""What id maps claim about an entry, turned into mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anitrakt_plan.model import (
    Mapping,
    MovieClaim,
    Part,
    Parts,
    Ratio,
    Run,
    ShowClaim,
    Span,
    Straight,
    TargetKind,
    WorkId,
)
from anitrakt_plan.model.matches import episodes_of, mapping_runs, runs_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim about the work with this id. `mapping` is None where the map names no episodes, `season` where none.

    `names` are what the map calls the list's own work, `title` what it calls the one on Trakt.
    """

    map: str
    kind: TargetKind
    id: WorkId
    title: str | None = None
    year: int | None = None
    slug: str | None = None
    season: int | None = None
    mapping: Mapping | None = None
    names: tuple[str, ...] = ()
    begins: date | None = None

    @property
    def work(self) -> tuple[TargetKind, WorkId]:
        """What it names on Trakt."""
        return self.kind, self.id

    @property
    def family(self) -> str:
        """The witness that speaks: maps that took their rows from one another are one."""
        return FAMILIES.get(self.map, self.map)


# AniBridge's TMDB seasons come from Anime-Lists, and so does a third of AniTrakt's rows; which ones, no file says.
FAMILIES = {"anibridge": "anime-lists", "anitrakt": "anime-lists"}


def claimed(claim: ShowClaim | MovieClaim, kind: TargetKind, work_id: WorkId, count: int | None) -> Claimed:
    """A claim about an entry of `count` episodes, with the id of the work that it means."""
    season = mapping = None
    if isinstance(claim, ShowClaim):
        season, mapping = claim.season, claimed_mapping(claim, count)
        if season is None and mapping is not None:
            season = min((run.season for run in mapping_runs(mapping) if run.season), default=0)
    return Claimed(
        claim.map,
        kind,
        work_id,
        claim.title,
        claim.year,
        claim.slug,
        season,
        mapping,
        claim.names,
        claim.begins,
    )


def claimed_mapping(claim: ShowClaim, count: int | None) -> Mapping | None:
    """The mapping that a claim's segments spell out for an entry of `count` episodes; None if they do not.

    An open range needs the count; a range that is of no use (an empty one) makes the claim say nothing.
    """
    if not claim.segments:
        return None
    parts: list[Part] = []
    segments = sorted(claim.segments, key=lambda segment: segment.listed.first)
    for segment in segments:
        first, last = segment.listed.first, segment.listed.last
        last = count if last is None else last
        if last is None or last < first:
            return None
        runs = _runs(segment.season, segment.target, _target_length(last - first + 1, segment.ratio))
        if runs is None:
            return None
        parts.append(Part(first, last, runs))
    return _joined(parts, [segment.ratio for segment in segments])


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


def _joined(parts: Sequence[Part], ratios: Sequence[int]) -> Mapping:
    starts = [1, *(part.last + 1 for part in parts[:-1])]
    follow = [part.first for part in parts] == starts
    even = all(map(_is_even, parts, ratios))
    if not (follow and even and len(set(ratios)) == 1):
        return Parts(tuple(parts))
    runs, ratio = runs_of(episodes_of(run for part in parts for run in part.runs)), ratios[0]
    if ratio == 1:
        return Straight(runs)
    return Ratio(runs, 1, ratio) if ratio > 0 else Ratio(runs, -ratio, 1)


def _is_even(part: Part, ratio: int) -> bool:
    return sum(len(run) for run in part.runs) == _target_length(part.last - part.first + 1, ratio)
