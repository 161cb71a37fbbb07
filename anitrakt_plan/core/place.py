"""A place in a show: a run of Trakt episodes and how it lies in the season list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise

from anitrakt_plan.core.episodes import list_length, mapping_episodes, mapping_runs, runs_of
from anitrakt_plan.core.layout import Layout, Slot, cour_starts, first_day, last_day
from anitrakt_plan.core.model import Entry, Episode, Mapping, Straight


class Leaves(StrEnum):
    """Which few episodes a run leaves of a season that is a little longer: a prologue, an extra at the end, a recap."""

    NOTHING = "nothing"
    BEGINNING = "its beginning"
    END = "its end"
    ELSEWHERE = "some"


WEEKLY = 6  # days from one episode to the next in weekly broadcasting, at least
MAX_EXTRA = 3  # episodes by which a season is "a little longer" than an entry; more is another cour


class Shape(StrEnum):
    """How a run lies in its show."""

    SEASON = "whole season"
    COUR = "part of a season"
    SPAN = "several seasons"
    SPECIALS = "specials"
    MIXED = "season and specials"
    UNEVEN = "counts differ"
    AIRING = "still airing"


@dataclass(frozen=True, slots=True)
class Place:
    """One place in a show that an entry may be.

    `season` is where it starts; `cour` the how-many-th cour of that season, from 1; `opens`: it starts with the
    show's first regular episode, or right behind a prologue; `whole`: it fills whole seasons; `begins`, `ends`: air
    days; `gap`: list count minus the run's length, where they differ; `named`: an episode in it bears the entry's
    title; `rank`: the season's position among the regular ones, from 1; `unordered`: specials belong to it, and nobody
    knows between which episodes they aired; `skips`: it leaves out episodes in the middle of a season; `leaves`: what
    it leaves of a season that is a little longer; `not_before`, `not_after`: the air days around it; `even`: no
    episode aired within days of the one before, as recaps do; `apart`: a week's broadcasting lies on both sides of its
    first episode; `half`: it is the first half of a season to the episode, which ends on `season_ends`; `read`: the
    season list was looked at, not taken on trust.
    """

    mapping: Mapping
    shape: Shape
    season: int
    cour: int = 1
    opens: bool = False
    whole: bool = True
    begins: date | None = None
    ends: date | None = None
    gap: int = 0
    named: bool = False
    rank: int = 1
    unordered: bool = False
    skips: bool = False
    leaves: Leaves = Leaves.NOTHING
    not_before: date | None = None
    not_after: date | None = None
    even: bool = True
    apart: bool = True
    half: bool = False
    season_ends: date | None = None
    read: bool = True


def place_at(mapping: Mapping, layout: Layout | None, entry: Entry) -> Place | None:
    """The place of a given mapping (an id map's, the user's); None if the show does not have those episodes.

    Without a layout the place is taken on trust, with no dates.
    """
    episodes = mapping_episodes(mapping)
    gap = 0 if entry.episodes is None else entry.episodes - list_length(mapping)
    season = episodes[0].season
    shape = Shape.SPECIALS if season == 0 else Shape.SEASON
    if len({episode.season for episode in episodes}) > 1:
        shape = Shape.MIXED if any(episode.season == 0 for episode in episodes) else Shape.SPAN
    if gap:
        shape = Shape.UNEVEN
    if layout is None:
        opens = episodes[0] == Episode(1, 1)
        skips = _runs_skip(mapping)
        return Place(
            mapping, shape, season, opens=opens, gap=gap, rank=max(season, 1), skips=skips, read=False
        )
    by_number = {Episode(s.season, s.number): s for s in (*layout.regular, *layout.specials)}
    slots = [by_number[episode] for episode in episodes if episode in by_number]
    if len(slots) < len(episodes):
        return None
    if shape is Shape.MIXED and isinstance(mapping, Straight):
        return mixed_place(layout, slots)
    return make_place(layout, slots, shape, mapping=mapping, gap=gap)


def mixed_place(layout: Layout, slots: Sequence[Slot]) -> Place:
    """The place of a season with specials that belong to it: each special stands where it aired.

    Where the days don't say between which episodes that was, they come last, and the place says that it is a guess.
    """
    specials = [slot for slot in slots if slot.season == 0]
    regular = [slot for slot in slots if slot.season > 0]
    if all(slot.aired for slot in slots):
        return make_place(layout, sorted(slots, key=_day_key), Shape.MIXED)
    place = make_place(layout, [*regular, *specials], Shape.MIXED)
    return replace(place, unordered=True)


def make_place(
    layout: Layout,
    slots: Sequence[Slot],
    shape: Shape,
    *,
    mapping: Mapping | None = None,
    gap: int = 0,
    named: bool = False,
) -> Place:
    """The place that these episodes are, one to one unless a mapping says otherwise."""
    start = next((slot for slot in slots if slot.season > 0), slots[0])
    rank, home = next(
        ((rank, season) for rank, season in enumerate(layout.seasons, 1) if season[0].season == start.season),
        (0, layout.specials),
    )
    index = next((i for i, slot in enumerate(home) if slot.number == start.number), 0)
    regular = [slot for slot in slots if slot.season > 0]
    covered = {slot.season for slot in regular}
    whole = bool(regular) and len(regular) == sum(len(s) for s in layout.seasons if s[0].season in covered)
    if shape is Shape.SEASON and not whole:
        shape = Shape.COUR
    leaves = _what_is_left(home, regular, index)
    cour = (
        1
        if index == 0 or leaves is Leaves.BEGINNING
        else max(2, sum(1 for i in cour_starts(home) if i <= index))
    )
    return Place(
        mapping=mapping or Straight(runs_of(Episode(s.season, s.number) for s in slots)),
        shape=shape,
        season=start.season,
        cour=cour if start.season else 1,
        opens=rank == 1 and (index == 0 or leaves is Leaves.BEGINNING),
        whole=whole,
        begins=first_day(slots if shape is not Shape.MIXED else sorted(slots, key=_day_key)),
        ends=last_day(slots if shape is not Shape.MIXED else sorted(slots, key=_day_key)),
        gap=gap,
        named=named,
        rank=rank,
        leaves=leaves,
        skips=_skips(layout, regular),
        not_before=_last_day_before(layout, start),
        not_after=_first_day_after(layout, start),
        even=_is_even(regular),
        apart=_is_apart(layout, start),
        season_ends=last_day(home),
        half=index == 0 and len(home) == 2 * len(regular) and {slot.season for slot in home} == covered,
    )


def _last_day_before(layout: Layout, start: Slot) -> date | None:
    at = layout.index.get((start.season, start.number), 0)
    return next((slot.aired for slot in reversed(layout.regular[:at]) if slot.aired), None)


def _first_day_after(layout: Layout, start: Slot) -> date | None:
    at = layout.index.get((start.season, start.number), len(layout.regular))
    return next((slot.aired for slot in layout.regular[at + 1 :] if slot.aired), None)


def _is_even(slots: Sequence[Slot]) -> bool:
    """Whether the episodes aired all on one day, or never closer to each other than in weekly broadcasting."""
    days = [slot.aired for slot in slots if slot.aired is not None]
    gaps = [(after - before).days for before, after in pairwise(days)]
    return not any(gaps) or min(gaps) >= WEEKLY


def _is_apart(layout: Layout, start: Slot) -> bool:
    """Whether an episode aired a week's broadcasting behind the one before and ahead of the one after it."""
    at = layout.index.get((start.season, start.number))
    if at is None or start.aired is None:
        return False
    beside = (slot.aired for slot in (*layout.regular[max(at - 1, 0) : at], *layout.regular[at + 1 : at + 2]))
    return all(day is None or abs((day - start.aired).days) >= WEEKLY for day in beside)


def _what_is_left(home: Sequence[Slot], regular: Sequence[Slot], index: int) -> Leaves:
    extra = len(home) - len(regular)
    if not regular or not 0 < extra <= min(MAX_EXTRA, len(regular)) or regular[-1].season != home[0].season:
        return Leaves.NOTHING
    if index == 0 and regular[-1].number == home[len(regular) - 1].number:
        return Leaves.END
    return Leaves.BEGINNING if index == extra else Leaves.ELSEWHERE


def _skips(layout: Layout, regular: Sequence[Slot]) -> bool:
    """Whether a season has an episode between these that is not one of them."""
    taken = {(slot.season, slot.number) for slot in regular}
    for season in layout.seasons:
        at = [index for index, slot in enumerate(season) if (slot.season, slot.number) in taken]
        if at and at[-1] - at[0] >= len(at):
            return True
    return False


def _runs_skip(mapping: Mapping) -> bool:
    runs = sorted(run for run in mapping_runs(mapping) if run.season)
    return any(one.season == other.season and one.last + 1 < other.first for one, other in pairwise(runs))


def _day_key(slot: Slot) -> tuple[date, bool, int]:
    """By day; what aired on one day in the season's own order, the special behind."""
    return slot.aired or date.max, slot.season == 0, slot.number
