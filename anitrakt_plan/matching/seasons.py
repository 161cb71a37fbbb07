"""Where in a show an entry may be: the season list, what of it has aired and when, and the places in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, pairwise

from anitrakt_plan.matching.titles import Likeness, best_likeness, read_title
from anitrakt_plan.model import (
    Entry,
    Episode,
    Kind,
    Mapping,
    Part,
    PartialDate,
    Parts,
    Ratio,
    Run,
    Season,
    SeasonEpisode,
    Straight,
)
from anitrakt_plan.model.matches import list_length, mapping_episodes, mapping_runs, runs_of

COUR_GAP_DAYS = 25

_RUNNING = timedelta(days=100)

MAX_RHYTHM = 8  # days from one episode to the next up to which a missing date can be reckoned


@dataclass(frozen=True, slots=True)
class Slot:
    """One aired episode of a show: its numbers, the day it aired (UTC) if known, and its name."""

    season: int
    number: int
    aired: date | None
    title: str | None = None


@dataclass(frozen=True)
class Layout:
    """A show's aired episodes: `seasons` are the regular ones in order, `specials` those of season 0.

    `unaired` holds for each regular season how many more episodes it lists that have not aired yet.
    """

    seasons: tuple[tuple[Slot, ...], ...]
    specials: tuple[Slot, ...]
    unaired: dict[int, int]

    @cached_property
    def regular(self) -> tuple[Slot, ...]:
        """All regular episodes in order."""
        return tuple(slot for season in self.seasons for slot in season)

    def slot(self, episode: Episode) -> Slot | None:
        """An episode by its numbers, a special too; None where it has not aired.

        Looked up where it must stand: tables of all episodes would be most of what a long list keeps.
        """
        for season in (*self.seasons, self.specials):
            if season and season[0].season == episode.season:
                at = _position(season, episode.number)
                return None if at is None else season[at]
        return None

    def index(self, slot: Slot) -> int:
        """Where a regular episode stands among all of them."""
        before = 0
        for season in self.seasons:
            if season[0].season == slot.season:
                at = _position(season, slot.number)
                assert at is not None  # it is one of this layout's
                return before + at
            before += len(season)
        raise ValueError("it is no regular episode")


def _position(season: Sequence[Slot], number: int) -> int | None:
    """Where the episode of this number stands in its season: nearly always as far behind the first as it says."""
    at = number - season[0].number
    if 0 <= at < len(season) and season[at].number == number:
        return at
    return next((at for at, slot in enumerate(season) if slot.number == number), None)


@dataclass(frozen=True, slots=True)
class Layouts:
    """A show's season list as far as it has aired, and as a whole: what somebody has seen to its end has aired."""

    aired: Layout
    whole: Layout

    def for_entry(self, *, ended: bool) -> tuple[Layout, ...]:
        """The layouts in which an entry may have its place, the likelier first."""
        return (self.whole, self.aired) if ended and self.whole is not self.aired else (self.aired,)


def read_layouts(seasons: Sequence[Season], now: datetime) -> Layouts:
    """Split a season list into what has aired by `now` (aware, UTC) and what has not.

    What has aired of a season is its beginning: a date in the middle that is missing or wrong makes no hole. Without a
    date an episode at the end counts as aired unless its season is still running: then nobody can have seen it.
    A last season of which no episode has a date counts as running while the show itself was on air lately.
    For an entry whose work is over and that was seen to its end, all that is listed has aired.
    """
    ordered = sorted((season for season in seasons if season.episodes), key=lambda season: season.number)
    listed = [tuple(_slot(season.number, episode) for episode in _in_order(season)) for season in ordered]
    may_run = (0, ordered[-1].number) if _is_fresh(ordered, now) else ()
    counts = [_count_aired(season, now, undated_runs=season.number in may_run) for season in ordered]
    aired, whole = _layout_of(listed, counts), _layout_of(listed, map(len, listed))
    return Layouts(aired, aired if aired == whole else whole)


def _layout_of(listed: Sequence[tuple[Slot, ...]], counts: Iterable[int]) -> Layout:
    """So many episodes of each season, from its first on; the others have not aired."""
    aired = [slots[:count] for slots, count in zip(listed, counts, strict=True)]
    lacking = {slots[0].season: len(slots) - len(some) for slots, some in zip(listed, aired, strict=True)}
    unaired = {season: count for season, count in lacking.items() if season and count}
    specials = aired.pop(0) if listed and listed[0][0].season == 0 else ()
    return Layout(tuple(filter(None, aired)), specials, unaired)


def _is_fresh(ordered: Sequence[Season], now: datetime) -> bool:
    regular = (episode for season in ordered if season.number > 0 for episode in season.episodes)
    latest = max((episode.first_aired for episode in regular if episode.first_aired), default=None)
    return latest is not None and latest > now - _RUNNING


def _in_order(season: Season) -> list[SeasonEpisode]:
    return sorted(season.episodes, key=lambda episode: episode.number)


def _slot(season: int, episode: SeasonEpisode) -> Slot:
    day = episode.first_aired.date() if episode.first_aired else None
    return Slot(season, episode.number, day, episode.title)


def _count_aired(season: Season, now: datetime, *, undated_runs: bool) -> int:
    days = [episode.first_aired for episode in _in_order(season)]
    known = [day for day in days if day is not None]
    seen = [at for at, day in enumerate(days, 1) if day is not None and day <= now]
    is_running = undated_runs and (not seen or max(known) > now - _RUNNING)
    return max(seen, default=0) if is_running or len(seen) < len(known) else len(days)


def exact_day(day: PartialDate | None) -> date | None:
    """The calendar day, where all of it is known."""
    return day.exact if day else None


def first_day(slots: Sequence[Slot]) -> date | None:
    """The day the run begins: its first air date, or one reckoned back from its second or third episode's."""
    return _edge_day(slots, -1)


def last_day(slots: Sequence[Slot]) -> date | None:
    """The day the run ends: its last air date, or one reckoned on from the last but one or two."""
    return _edge_day(slots[::-1], 1)


def _edge_day(slots: Sequence[Slot], direction: int) -> date | None:
    """The day of the first slot: its own, or that of one of the next two and so many steps on (`direction`)."""
    for steps, slot in enumerate(slots[:3]):
        if slot.aired is not None:
            return slot.aired + timedelta(days=direction * steps * _rhythm(slots) if steps else 0)
    return None


def _rhythm(slots: Sequence[Slot]) -> int:
    days = [slot.aired for slot in slots if slot.aired is not None]
    gaps = sorted(abs((after - before).days) for before, after in pairwise(days))
    usual = gaps[len(gaps) // 2] if gaps else 0
    return usual if usual <= MAX_RHYTHM else 0


def cour_starts(slots: Sequence[Slot]) -> tuple[int, ...]:
    """The indices at which a cour begins: 0, and each episode after a break in broadcasting."""
    dated = [(index, slot.aired) for index, slot in enumerate(slots) if slot.aired]
    breaks = (index for (_, before), (index, day) in pairwise(dated) if (day - before).days > COUR_GAP_DAYS)
    return (0, *breaks)


# --- A place in a show: a run of Trakt episodes and how it lies in the season list ---


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
    first episode; `half`: it is the first half of a season to the episode, which ends on `season_ends`; `rest`: what a
    run within one season leaves of it; `read`: the season list was looked at, not taken on trust.
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
    rest: tuple[Run, ...] = ()
    read: bool = True

    @property
    def where(self) -> str:
        """Where it starts, in words."""
        return f"season {self.season}" + (f", cour {self.cour}" if self.cour > 1 else "")

    @property
    def season_beside(self) -> int | None:
        """The regular season that it mixes with specials; None where it does not."""
        if self.shape is not Shape.MIXED:
            return None
        return next(run.season for run in mapping_runs(self.mapping) if run.season)

    @property
    def has_specials(self) -> bool:
        """Whether it lies among the specials, in part at least."""
        return self.season == 0 or self.shape is Shape.MIXED


def place_at(mapping: Mapping, layout: Layout | None, entry: Entry) -> Place | None:
    """The place of a given mapping (an id map's, the user's); None if the show does not have those episodes.

    Without a layout the place is taken on trust, with no dates.
    """
    episodes = mapping_episodes(mapping)
    gap = 0 if entry.episodes is None else entry.episodes - list_length(mapping)
    shape = Shape.UNEVEN if gap else _shape_of({episode.season for episode in episodes})
    if layout is None:
        first = episodes[0]
        opens, rank = first == Episode(1, 1), max(first.season, 1)
        skips = _runs_skip(mapping)
        return Place(mapping, shape, first.season, opens=opens, gap=gap, rank=rank, skips=skips, read=False)
    slots = [slot for slot in map(layout.slot, episodes) if slot is not None]
    if len(slots) < len(episodes):
        return None
    if shape is Shape.MIXED and isinstance(mapping, Straight):
        return mixed_place(layout, slots)
    return make_place(layout, slots, shape, mapping=mapping, gap=gap)


def _shape_of(seasons: set[int]) -> Shape:
    if len(seasons) > 1:
        return Shape.MIXED if 0 in seasons else Shape.SPAN
    return Shape.SPECIALS if 0 in seasons else Shape.SEASON


def mixed_place(layout: Layout, slots: Sequence[Slot]) -> Place:
    """The place of a season with specials that belong to it: each special stands where it aired.

    Where the days don't say between which episodes that was, they come last, and the place says that it is a guess.
    """
    if all(slot.aired for slot in slots):
        return make_place(layout, sorted(slots, key=_day_key), Shape.MIXED)
    specials_last = sorted(slots, key=lambda slot: slot.season == 0)
    return replace(make_place(layout, specials_last, Shape.MIXED), unordered=True)


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
    regular = [slot for slot in slots if slot.season > 0]
    start = next(iter(regular), slots[0])
    rank, home, index = _home_of(start, layout)
    before, after = _around(start, layout)
    whole = _fills_seasons(regular, layout)
    leaves = _what_is_left(home, regular, index)
    begins_it = index == 0 or leaves is Leaves.BEGINNING
    by_day = sorted(slots, key=_day_key) if shape is Shape.MIXED else slots
    return Place(
        mapping=mapping or Straight(_runs(slots)),
        shape=Shape.COUR if shape is Shape.SEASON and not whole else shape,
        season=start.season,
        cour=1 if begins_it else _cour_of(home, index),
        opens=rank == 1 and begins_it,
        whole=whole,
        begins=first_day(by_day),
        ends=last_day(by_day),
        gap=gap,
        named=named,
        rank=rank,
        leaves=leaves,
        skips=_skips(layout, regular),
        not_before=_first_known(reversed(before)),
        not_after=_first_known(after),
        even=_is_even(regular),
        apart=_is_apart(start, (*before[-1:], *after[:1])),
        season_ends=last_day(home),
        half=index == 0 and _is_half(regular, home),
        rest=() if whole else _rest(slots, home, shape),
    )


def _first_known(slots: Iterable[Slot]) -> date | None:
    return next((slot.aired for slot in slots if slot.aired), None)


def _home_of(start: Slot, layout: Layout) -> tuple[int, Sequence[Slot], int]:
    ranked = enumerate(layout.seasons, 1)
    mine = ((rank, season) for rank, season in ranked if season[0].season == start.season)
    rank, home = next(mine, (0, layout.specials))
    return rank, home, next((at for at, slot in enumerate(home) if slot.number == start.number), 0)


def _around(start: Slot, layout: Layout) -> tuple[Sequence[Slot], Sequence[Slot]]:
    if start.season == 0:
        return (), ()
    at = layout.index(start)
    return layout.regular[:at], layout.regular[at + 1 :]


def _fills_seasons(regular: Sequence[Slot], layout: Layout) -> bool:
    covered = {slot.season for slot in regular}
    lengths = (len(season) for season in layout.seasons if season[0].season in covered)
    return 0 < len(regular) == sum(lengths)


def _cour_of(home: Sequence[Slot], index: int) -> int:
    if home[0].season == 0:
        return 1
    return max(2, sum(start <= index for start in cour_starts(home)))


def _is_half(regular: Sequence[Slot], home: Sequence[Slot]) -> bool:
    seasons = {slot.season for slot in regular}
    return len(home) == 2 * len(regular) and {slot.season for slot in home} == seasons


def _rest(slots: Sequence[Slot], home: Sequence[Slot], shape: Shape) -> tuple[Run, ...]:
    if shape not in (Shape.SEASON, Shape.COUR):
        return ()
    mine = {slot.number for slot in slots}
    return runs_of(slot for slot in home if slot.number not in mine)


def _is_even(slots: Sequence[Slot]) -> bool:
    days = [slot.aired for slot in slots if slot.aired is not None]
    gaps = [(after - before).days for before, after in pairwise(days)]
    return not any(gaps) or min(gaps) >= WEEKLY


def _is_apart(start: Slot, beside: Iterable[Slot]) -> bool:
    """Whether an episode aired a week's broadcasting behind the one before and ahead of the one after it."""
    if start.season == 0 or start.aired is None:
        return False
    days = (slot.aired for slot in beside if slot.aired is not None)
    return all(abs((day - start.aired).days) >= WEEKLY for day in days)


def _what_is_left(home: Sequence[Slot], regular: Sequence[Slot], index: int) -> Leaves:
    extra = len(home) - len(regular)
    if not 0 < extra <= min(MAX_EXTRA, len(regular)) or regular[-1].season != home[0].season:
        return Leaves.NOTHING
    if index == 0 and regular[-1].number == home[len(regular) - 1].number:
        return Leaves.END
    return Leaves.BEGINNING if index == extra else Leaves.ELSEWHERE


def _skips(layout: Layout, regular: Sequence[Slot]) -> bool:
    return any(_has_gap(season, regular) for season in layout.seasons)


def _has_gap(season: Sequence[Slot], slots: Sequence[Slot]) -> bool:
    """Whether slots leave out episodes of a season between two that they have."""
    number = season[0].season
    found = (_position(season, slot.number) for slot in slots if slot.season == number)
    places = {at for at in found if at is not None}
    return bool(places) and max(places) - min(places) >= len(places)


def _runs_skip(mapping: Mapping) -> bool:
    runs = sorted(run for run in mapping_runs(mapping) if run.season)
    return any(one.season == other.season and one.last + 1 < other.first for one, other in pairwise(runs))


def _runs(slots: Iterable[Slot]) -> tuple[Run, ...]:
    return runs_of(slots)


def _day_key(slot: Slot) -> tuple[date, bool, int]:
    """By day; what aired on one day in the season's own order, the special behind."""
    return slot.aired or date.max, slot.season == 0, slot.number


# --- where in a show an entry may be ---


MAX_PLACES = 40  # places kept for one show: a show with hundreds of episodes offers too many starts

_ANCHOR_DAYS = 12

SIDE_KINDS = (Kind.SPECIAL, Kind.TV_SPECIAL, Kind.OVA, Kind.ONA)

MAX_BLIND_SPECIALS = 3

MAX_MIXED = 4  # specials that a list counts as a season's first or last episodes


def find_places(
    entry: Entry, layout: Layout, anchors: Iterable[Episode] = (), *, ended: bool = False
) -> tuple[Place, ...]:
    """All places of a show that are worth judging for an entry; `anchors` are episodes a run may start at.

    `ended`: the work is over and was seen to its end, so that no place of it is still airing.
    """
    count = entry.episodes
    if count is None:
        found = list(_places_of_unknown_length(entry, layout))
    else:
        found = list(_places_of_length(entry, layout, count, tuple(anchors), ended=ended))
    found += _specials(entry, layout)
    fits = any(place.gap == 0 for place in found if place.shape is not Shape.SPECIALS)
    if count is not None and not fits:
        found += _uneven(layout, count)
    found = found or list(_as_far_as_it_goes(layout, max(count or 0, entry.progress.watched)))
    once: dict[Mapping, Place] = {}
    for place in found:
        once.setdefault(place.mapping, place)
    return tuple(once.values())[:MAX_PLACES]


def _places_of_length(
    entry: Entry, layout: Layout, count: int, anchors: Sequence[Episode], *, ended: bool
) -> Iterator[Place]:
    for season in layout.seasons:
        to_come = 0 if ended else layout.unaired.get(season[0].season, 0)
        if len(season) == count:
            yield make_place(layout, season, Shape.SEASON)
        elif len(season) < count <= len(season) + to_come:
            # the season's list is as long as the entry, but it is still airing: only what has aired can be sent
            yield make_place(layout, season, Shape.AIRING, mapping=_first_of_list(season))
        elif len(season) > count:
            starts = _starts(entry, season, count, anchors)
            for start in starts:
                yield make_place(layout, season[start : start + count], Shape.COUR)
            for start in starts:
                if start + count < len(season):
                    yield from _without_recap(layout, season[start : start + count + 1])
    yield from _spans(entry, layout, count)
    yield from _mixed(entry, layout, count)


def _first_of_list(slots: Sequence[Slot]) -> Parts:
    return Parts((Part(1, len(slots), _runs(slots)),))


def _without_recap(layout: Layout, slots: Sequence[Slot]) -> Iterator[Place]:
    """A run with one episode in the middle left out that looks like a recap, by its name or the day it aired on."""
    for index, slot in enumerate(slots[1:-1], 1):
        if _is_recap(slots[index - 1], slot, slots[index + 1]):
            yield make_place(layout, [*slots[:index], *slots[index + 1 :]], Shape.COUR)


def _is_recap(before: Slot, slot: Slot, after: Slot) -> bool:
    if slot.title and "special" in read_title(slot.title).kinds:
        return True
    if before.aired is None or slot.aired is None or after.aired is None:
        return False
    # a recap fills a break: it comes between two episodes that are a week apart, as all others are
    return 0 < (slot.aired - before.aired).days < 7 and WEEKLY <= (after.aired - before.aired).days <= 9


def _starts(entry: Entry, slots: Sequence[Slot], count: int, anchors: Sequence[Episode]) -> list[int]:
    """Where in a longer season an entry of `count` episodes may begin: edges, breaks, dates, multiples, anchors."""
    last = len(slots) - count
    starts = [*_nearest(slots, entry.aired_from), 0, last]
    numbers = {anchor.number for anchor in anchors if anchor.season == slots[0].season}
    starts += [index for index, slot in enumerate(slots) if slot.number in numbers]
    breaks = cour_starts(slots)
    starts += breaks
    starts += [end - count for end in breaks]
    if len(slots) <= 10 * count and count > 1:
        starts += list(range(0, last + 1, count))
    return [start for start in dict.fromkeys(starts) if 0 <= start <= last]


def _nearest(slots: Sequence[Slot], day: PartialDate | None) -> list[int]:
    if (exact := exact_day(day)) is None:
        return []
    apart = [(abs((slot.aired - exact).days), index) for index, slot in enumerate(slots) if slot.aired]
    return [index for days, index in [min(apart, default=(_ANCHOR_DAYS + 1, 0))] if days <= _ANCHOR_DAYS]


def _spans(entry: Entry, layout: Layout, count: int) -> Iterator[Place]:
    borders = [0, *accumulate(map(len, layout.seasons))]
    whole = [begin for at, begin in enumerate(borders) if begin + count in borders[at + 2 :]]
    for begin in (*whole, *_nearest(layout.regular, entry.aired_from)):
        slots = layout.regular[begin : begin + count]
        if len(slots) == count and len({slot.season for slot in slots}) > 1:
            yield make_place(layout, slots, Shape.SPAN)


def _mixed(entry: Entry, layout: Layout, count: int) -> Iterator[Place]:
    """A season and the few specials that the list counts as its first or last episodes."""
    begin, end = exact_day(entry.aired_from), exact_day(entry.aired_to)
    if begin is None:
        return
    near = [slot for slot in layout.specials if slot.aired and _is_between(begin, slot.aired, end)]
    for season in layout.seasons:
        day = first_day(season)
        fits = 0 < count - len(season) == len(near) <= MAX_MIXED
        if fits and day is not None and abs((day - begin).days) <= 100:
            yield mixed_place(layout, [*near, *season])


def _is_between(begin: date, day: date, end: date | None) -> bool:
    return (day - begin).days >= -3 and (end is None or (day - end).days <= 3)


def _specials(entry: Entry, layout: Layout) -> Iterator[Place]:
    """Runs of season 0: as long as the entry and on its day, or with an episode of its name, or all of it."""
    specials, names = layout.specials, entry.titles.all()
    count = entry.episodes or entry.progress.watched
    if not 0 < count <= len(specials):
        return
    starts = _starts_of_specials(entry, specials, count)
    if len(specials) == count and (entry.kind not in (Kind.TV, Kind.MOVIE) or count == 1):
        starts.insert(0, 0)
    for start in dict.fromkeys(starts):
        slots = specials[start : start + count]
        if len(slots) == count:
            yield make_place(layout, slots, Shape.SPECIALS, named=_is_name(names, slots[0].title))


def _starts_of_specials(entry: Entry, specials: Sequence[Slot], count: int) -> list[int]:
    """Where neither day nor name says which, an OVA or special may be any: the first few are there to choose from."""
    names = entry.titles.all()
    starts = _nearest(specials, entry.aired_from)
    starts += [index for index, slot in enumerate(specials) if _is_name(names, slot.title)]
    blind = [*range(0, len(specials) - count + 1, count)] if entry.kind in SIDE_KINDS else []
    return starts or blind[:MAX_BLIND_SPECIALS]


def _is_name(names: Sequence[str], title: str | None) -> bool:
    return title is not None and best_likeness(names, (title,))[0].rank <= Likeness.CLOSE.rank


def _places_of_unknown_length(entry: Entry, layout: Layout) -> Iterator[Place]:
    """Where the list knows no count: each season as far as it has aired, and everything from the day on."""
    for slots, shape in _runs_of_unknown_length(entry, layout):
        if len(slots) >= entry.progress.watched:
            yield make_place(layout, slots, shape)


def _runs_of_unknown_length(entry: Entry, layout: Layout) -> Iterator[tuple[Sequence[Slot], Shape]]:
    for season in layout.seasons:
        yield season, Shape.SEASON
        yield from ((season[start:], Shape.COUR) for start in _nearest(season, entry.aired_from) if start)
    if len(layout.seasons) > 1:
        near = _nearest(layout.regular, entry.aired_from)
        for number in sorted({layout.regular[index].season for index in (0, *near)}):
            yield [slot for slot in layout.regular if slot.season >= number], Shape.SPAN


def _as_far_as_it_goes(layout: Layout, need: int) -> Iterator[Place]:
    """All of a show that has fewer episodes than were watched: something for a person to look at."""
    if 0 < len(layout.regular) < need:
        yield _uneven_place(layout, layout.regular, _first_of_list(layout.regular), need)


def _uneven(layout: Layout, count: int) -> Iterator[Place]:
    stretches = [*layout.seasons, layout.regular] if len(layout.seasons) > 1 else layout.seasons
    for slots in stretches:
        if (mapping := _uneven_mapping(slots, count)) is not None:
            yield _uneven_place(layout, slots, mapping, count)
    for earlier, later in pairwise(layout.seasons):
        joined = [*earlier, *later]
        if len(joined) + 1 == count:
            yield _uneven_place(layout, joined, _first_of_list(joined), count)


def _uneven_mapping(slots: Sequence[Slot], count: int) -> Mapping | None:
    length = len(slots)
    if count == 2 * length:
        return Ratio(_runs(slots), 2, 1)
    if length == 2 * count:
        return Ratio(_runs(slots), 1, 2)
    if length == count + 1 and count > 1:
        return Parts((Part(1, 1, _runs(slots[:2])), Part(2, count, _runs(slots[2:]))))
    return _first_of_list(slots) if 0 < count - length <= max(3, count // 6) else None


def _uneven_place(layout: Layout, slots: Sequence[Slot], mapping: Mapping, count: int) -> Place:
    gap = 0 if isinstance(mapping, Ratio) else count - len(slots)
    return make_place(layout, slots, Shape.UNEVEN, mapping=mapping, gap=gap)
