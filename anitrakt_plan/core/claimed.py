"""What id maps claim about an entry, turned into mappings, and whether two of them settle it without asking Trakt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from anitrakt_plan.core.episodes import list_length, mapping_runs
from anitrakt_plan.core.likeness import Likeness, likeness_of
from anitrakt_plan.core.model import (
    Entry,
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
from anitrakt_plan.core.titles import part_named, read_title, season_named


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


def settles(entry: Entry, claims: Sequence[Claimed], today: date) -> Claimed | None:
    """The claim that two id maps agree on so well that Trakt need not be asked; None if they do not.

    They must name the same film, or the same show and season, with a run as long as the entry; and nothing in
    title, season words or year may speak against it. A work that ends after `today` is not settled: what of it
    has aired only its season list tells.
    """
    if entry.aired_to is not None and entry.aired_to.exact is not None and entry.aired_to.exact > today:
        return None
    if len({claim.map for claim in claims}) < 2 or len({(claim.kind, claim.id) for claim in claims}) != 1:
        return None
    title = next((claim.title for claim in claims if claim.title), None)
    if title is None or _title_contradicts(entry, title):
        return None
    year = next((claim.year for claim in claims if claim.year), None)
    if claims[0].kind is TargetKind.MOVIE:
        fits = entry.episodes in (1, None) and _year_fits(entry.year, year, later=False)
        return claims[0] if fits else None
    return _settled_run(entry, claims, title, year)


def _title_contradicts(entry: Entry, title: str) -> bool:
    """Whether an entry's English title is quite another; a Japanese one alone can't contradict an English one."""
    english = entry.titles.english
    return english is not None and likeness_of(entry.titles.all(), (title,))[0] is Likeness.OTHER


def _settled_run(entry: Entry, claims: Sequence[Claimed], title: str, year: int | None) -> Claimed | None:
    spelt = [claim for claim in claims if claim.mapping is not None]
    seasons = {claim.season for claim in claims}
    if len(spelt) != 1 or len(seasons) != 1 or None in seasons:
        return None
    claim = spelt[0]
    assert claim.mapping is not None  # for the type checker: `spelt` holds no others
    runs = mapping_runs(claim.mapping)
    if not isinstance(claim.mapping, Straight) or len(runs) != 1 or runs[0].season < 1:
        return None
    if entry.episodes is None or list_length(claim.mapping) != entry.episodes:
        return None
    opens = runs[0].season == 1 and runs[0].first == 1
    if not _season_words_fit(entry, runs[0], title) or not _year_fits(entry.year, year, later=not opens):
        return None
    return claim


def _season_words_fit(entry: Entry, run: Run, title: str) -> bool:
    (season, _), part = season_named(entry.titles), part_named(entry.titles)
    opens = run.season == 1 and run.first == 1
    if likeness_of(entry.titles.all(), (title,))[0] is Likeness.SAME:
        # a name that is the show's own, numbers and all, speaks for its first season
        return opens
    if (own := read_title(title).season) is not None:
        return own == season and opens
    if season is not None and season > 1 and run.season != season:
        return False
    if (season or 1) > 1 or (part or 1) > 1:
        return not opens
    return opens or (season is None and part is None)


def _year_fits(ours: int | None, theirs: int | None, *, later: bool) -> bool:
    if ours is None or theirs is None:
        return True
    return ours >= theirs if later else abs(ours - theirs) <= 1
