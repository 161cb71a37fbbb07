"""Where in a show an entry may be: the season list, what of it has aired and when, and the places in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from anitrakt_plan.matching.titles import LIKENESS_ORDER, Likeness, best_likeness, read_title
from anitrakt_plan.model import (
    Entry,
    Episode,
    Kind,
    Mapping,
    Part,
    PartialDate,
    Parts,
    Ratio,
    Season,
    SeasonEpisode,
    Straight,
)
from anitrakt_plan.model.matches import list_length, mapping_episodes, mapping_runs, runs_of

COUR_GAP_DAYS = 25

RUNNING_DAYS = 100

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
    def index(self) -> dict[tuple[int, int], int]:
        """Where each regular episode stands among all of them, by season and number."""
        return {(slot.season, slot.number): at for at, slot in enumerate(self.regular)}

    @cached_property
    def regular(self) -> tuple[Slot, ...]:
        """All regular episodes in order."""
        return tuple(slot for season in self.seasons for slot in season)


@dataclass(frozen=True, slots=True)
class Layouts:
    """A show's season list as far as it has aired, and as a whole: what somebody has seen to its end has aired."""

    aired: Layout
    whole: Layout

    def for_entry(self, *, ended: bool) -> tuple[Layout, ...]:
        """The layouts in which an entry may have its place, the likelier first."""
        return (self.whole, self.aired) if ended and self.whole is not self.aired else (self.aired,)


def read_layouts(seasons: Sequence[Season], now: datetime) -> Layouts:
    """Both layouts of a season list; `now` is aware, UTC."""
    aired, whole = read_layout(seasons, now), read_layout(seasons, now, ended=True)
    return Layouts(aired, aired if aired == whole else whole)


def read_layout(seasons: Sequence[Season], now: datetime, *, ended: bool = False) -> Layout:
    """Split a season list into what has aired by `now` (aware, UTC) and what has not.

    What has aired of a season is its beginning: a date in the middle that is missing or wrong makes no hole. Without a
    date an episode at the end counts as aired unless its season is still running: then nobody can have seen it.
    A last season of which no episode has a date counts as running while the show itself was on air lately.
    `ended`: for an entry whose work is over and that was seen to its end, all that is listed has aired.
    """
    ordered = sorted((season for season in seasons if season.episodes), key=lambda season: season.number)
    known = [
        episode.first_aired
        for season in ordered
        if season.number > 0
        for episode in season.episodes
        if episode.first_aired is not None
    ]
    fresh = bool(known) and max(known) > now - timedelta(days=RUNNING_DAYS)
    last = ordered[-1].number if ordered else 0
    regular: list[tuple[Slot, ...]] = []
    specials: tuple[Slot, ...] = ()
    unaired: dict[int, int] = {}
    for season in ordered:
        undated_runs = fresh and season.number in (0, last)
        count = len(season.episodes) if ended else _count_aired(season, now, undated_runs=undated_runs)
        slots = tuple(_slot(season.number, episode) for episode in _in_order(season)[:count])
        if season.number == 0:
            specials = slots
        elif slots:
            regular.append(slots)
        if season.number > 0 and count < len(season.episodes):
            unaired[season.number] = len(season.episodes) - count
    return Layout(tuple(regular), specials, unaired)


def _in_order(season: Season) -> list[SeasonEpisode]:
    return sorted(season.episodes, key=lambda episode: episode.number)


def _slot(season: int, episode: SeasonEpisode) -> Slot:
    day = episode.first_aired.date() if episode.first_aired else None
    return Slot(season, episode.number, day, episode.title)


def _count_aired(season: Season, now: datetime, *, undated_runs: bool) -> int:
    """How many of a season's episodes, from its first on, have aired."""
    episodes = _in_order(season)
    dated = [episode for episode in episodes if episode.first_aired is not None]
    seen = [
        at for at, episode in enumerate(episodes, 1) if episode.first_aired and episode.first_aired <= now
    ]
    coming = len(seen) < len(dated)
    running = coming or (undated_runs and (not seen or _latest(dated) > now - timedelta(days=RUNNING_DAYS)))
    count = max(seen, default=0)
    if running:
        return count
    return len(episodes)


def _latest(episodes: Sequence[SeasonEpisode]) -> datetime:
    return max(episode.first_aired for episode in episodes if episode.first_aired is not None)


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
    """The usual number of days from one episode to the next; 0 where they don't come in a rhythm."""
    days = [slot.aired for slot in slots if slot.aired is not None]
    gaps = sorted(abs((after - before).days) for before, after in pairwise(days))
    usual = gaps[len(gaps) // 2] if gaps else 0
    return usual if usual <= MAX_RHYTHM else 0


def cour_starts(slots: Sequence[Slot]) -> tuple[int, ...]:
    """The indices at which a cour begins: 0, and each episode after a break in broadcasting."""
    starts = [0]
    before = slots[0].aired if slots else None
    for index, slot in enumerate(slots[1:], 1):
        if slot.aired is None:
            continue
        if before is not None and (slot.aired - before).days > COUR_GAP_DAYS:
            starts.append(index)
        before = slot.aired
    return tuple(starts)


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


# --- where in a show an entry may be ---


MAX_PLACES = 40  # places kept for one show: a show with hundreds of episodes offers too many starts

_ANCHOR_DAYS = 12

SIDE_KINDS = (Kind.SPECIAL, Kind.TV_SPECIAL, Kind.OVA, Kind.ONA)

MAX_BLIND_SPECIALS = 3


def find_places(
    entry: Entry, layout: Layout, anchors: Iterable[Episode] = (), *, ended: bool = False
) -> tuple[Place, ...]:
    """All places of a show that are worth judging for an entry; `anchors` are episodes a run may start at.

    `ended`: the work is over and was seen to its end, so that no place of it is still airing.
    """
    count = entry.episodes
    found: list[Place] = []
    if count is None:
        found += _places_of_unknown_length(entry, layout)
    else:
        for rank, _ in enumerate(layout.seasons, 1):
            found += _places_in_season(entry, layout, rank, count, tuple(anchors), ended=ended)
        found += _spans(entry, layout, count)
        found += _mixed(entry, layout, count)
    found += _specials(entry, layout)
    if count is not None and not any(place.gap == 0 for place in found if place.shape is not Shape.SPECIALS):
        found += _uneven(layout, count)
    need = max(count or 0, entry.progress.watched)
    if not found and 0 < len(layout.regular) < need:
        found.append(_as_far_as_it_goes(layout, need))
    once: dict[Mapping, Place] = {}
    for place in found:
        once.setdefault(place.mapping, place)
    return tuple(once.values())[:MAX_PLACES]


def _places_in_season(
    entry: Entry, layout: Layout, rank: int, count: int, anchors: Sequence[Episode], *, ended: bool
) -> Iterator[Place]:
    slots = layout.seasons[rank - 1]
    number = slots[0].season
    if len(slots) == count:
        yield make_place(layout, slots, Shape.SEASON)
        return
    if not ended and number in layout.unaired and len(slots) + layout.unaired[number] >= count > len(slots):
        # the season's list is as long as the entry, but it is still airing: only what has aired can be sent
        run = runs_of(Episode(slot.season, slot.number) for slot in slots)
        mapping: Mapping = Parts((Part(1, len(slots), run),))
        yield make_place(layout, slots, Shape.AIRING, mapping=mapping)
        return
    if len(slots) < count:
        return
    starts = _starts(entry, slots, count, anchors)
    for start in starts:
        yield make_place(layout, slots[start : start + count], Shape.COUR)
    for start in starts:
        yield from _without_recap(layout, slots[start : start + count + 1])


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
    # a recap fills a break: it comes between two episodes that are as far apart as any others
    return 0 < (slot.aired - before.aired).days < 7 and (after.aired - before.aired).days <= 9


def _starts(entry: Entry, slots: Sequence[Slot], count: int, anchors: Sequence[Episode]) -> list[int]:
    """Where in a longer season an entry of `count` episodes may begin: edges, breaks, dates, multiples, anchors."""
    last = len(slots) - count
    starts = [*_nearest(slots, entry.aired_from), 0, last]
    wanted = {(anchor.season, anchor.number) for anchor in anchors}
    starts += [index for index, slot in enumerate(slots) if (slot.season, slot.number) in wanted]
    breaks = cour_starts(slots)
    starts += breaks
    starts += [end - count for end in breaks]
    if len(slots) <= 10 * count and count > 1:
        starts += list(range(0, last + 1, count))
    return [start for start in dict.fromkeys(starts) if 0 <= start <= last]


def _nearest(slots: Sequence[Slot], day: PartialDate | None, within: int = _ANCHOR_DAYS) -> list[int]:
    """The index of the episode that aired nearest to a day, none if none did within some days."""
    exact = day.exact if day else None
    if exact is None:
        return []
    apart = [(abs((slot.aired - exact).days), index) for index, slot in enumerate(slots) if slot.aired]
    if not apart or min(apart)[0] > within:
        return []
    return [min(apart)[1]]


def _spans(entry: Entry, layout: Layout, count: int) -> Iterator[Place]:
    """Runs over several seasons: whole ones whose lengths add up, or from the episode that aired on the day."""
    lengths = [len(season) for season in layout.seasons]
    for start in range(len(lengths)):
        total = lengths[start]
        for end in range(start + 1, len(lengths)):
            total += lengths[end]
            if total == count:
                slots = [slot for season in layout.seasons[start : end + 1] for slot in season]
                yield make_place(layout, slots, Shape.SPAN)
            if total >= count:
                break
    regular = layout.regular
    for index in _nearest(regular, entry.aired_from):
        slots = list(regular[index : index + count])
        if len(slots) == count and len({slot.season for slot in slots}) > 1:
            yield make_place(layout, slots, Shape.SPAN)


def _mixed(entry: Entry, layout: Layout, count: int) -> Iterator[Place]:
    """A season and the few specials that the list counts as its first or last episodes."""
    begin = entry.aired_from.exact if entry.aired_from else None
    if begin is None or not layout.specials:
        return
    end = entry.aired_to.exact if entry.aired_to else None
    for season in layout.seasons:
        short = count - len(season)
        day = first_day(season)
        if not 0 < short <= 4 or day is None or abs((day - begin).days) > 100:
            continue
        near = [
            slot
            for slot in layout.specials
            if slot.aired
            and (slot.aired - begin).days >= -3
            and (end is None or (slot.aired - end).days <= 3)
        ]
        if len(near) == short:
            yield mixed_place(layout, [*near, *season])


def _specials(entry: Entry, layout: Layout) -> Iterator[Place]:
    """Runs of season 0: as long as the entry and on its day, or with an episode of its name, or all of it.

    Where neither day nor name says which, an OVA or special may be any: the first few are there to choose from.
    """
    specials = layout.specials
    count = entry.episodes or entry.progress.watched
    if not specials or not count or count > len(specials):
        return
    if len(specials) == count and (entry.kind not in (Kind.TV, Kind.MOVIE) or count == 1):
        yield make_place(layout, specials, Shape.SPECIALS, named=_named(entry, specials))
    starts = list(_nearest(specials, entry.aired_from))
    names = entry.titles.all()
    starts += [i for i, slot in enumerate(specials) if slot.title and _is_name(names, slot.title)]
    if not starts and entry.kind in SIDE_KINDS:
        starts = list(range(0, len(specials) - count + 1, count))[:MAX_BLIND_SPECIALS]
    for start in dict.fromkeys(starts):
        slots = specials[start : start + count]
        if len(slots) == count:
            yield make_place(layout, slots, Shape.SPECIALS, named=_named(entry, slots))


def _named(entry: Entry, slots: Sequence[Slot]) -> bool:
    return bool(slots[0].title) and _is_name(entry.titles.all(), slots[0].title or "")


def _is_name(names: Sequence[str], title: str) -> bool:
    likeness, _, _ = best_likeness(names, (title,))
    return LIKENESS_ORDER.index(likeness) <= LIKENESS_ORDER.index(Likeness.CLOSE)


def _places_of_unknown_length(entry: Entry, layout: Layout) -> Iterator[Place]:
    """Where the list knows no count: each season as far as it has aired, and everything from the day on."""
    need = entry.progress.watched
    for season in layout.seasons:
        if len(season) >= need:
            yield make_place(layout, season, Shape.SEASON)
        for start in _nearest(season, entry.aired_from):
            if start and len(season) - start >= need:
                yield make_place(layout, season[start:], Shape.COUR)
    if len(layout.seasons) > 1:
        starts = {season[0].season for season in layout.seasons[:1]}
        near = _nearest(layout.regular, entry.aired_from)
        starts |= {layout.regular[index].season for index in near}
        for number in sorted(starts):
            slots = [slot for slot in layout.regular if slot.season >= number]
            if len(slots) >= need:
                yield make_place(layout, slots, Shape.SPAN)


def _as_far_as_it_goes(layout: Layout, need: int) -> Place:
    """All of a show that has fewer episodes than were watched: something for a person to look at."""
    slots = layout.regular
    runs = runs_of(Episode(slot.season, slot.number) for slot in slots)
    mapping = Parts((Part(1, len(slots), runs),))
    return make_place(layout, slots, Shape.UNEVEN, mapping=mapping, gap=need - len(slots))


def _uneven(layout: Layout, count: int) -> Iterator[Place]:
    """Places whose count differs from the list's: two to one, a double first episode, a recap more or less."""
    stretches = [*layout.seasons]
    if len(layout.seasons) > 1:
        stretches.append(layout.regular)
    for slots in stretches:
        runs = runs_of(Episode(slot.season, slot.number) for slot in slots)
        length, gap = len(slots), count - len(slots)
        mapping: Mapping | None = None
        if count == 2 * length:
            mapping, gap = Ratio(runs, 2, 1), 0
        elif length == 2 * count:
            mapping, gap = Ratio(runs, 1, 2), 0
        elif gap == -1 and count > 1:
            first = runs_of(Episode(slot.season, slot.number) for slot in slots[:2])
            rest = runs_of(Episode(slot.season, slot.number) for slot in slots[2:])
            mapping = Parts((Part(1, 1, first), Part(2, count, rest)))
        elif 0 < gap <= max(3, count // 6):
            mapping = Parts((Part(1, length, runs),))
        if mapping is not None:
            yield make_place(layout, slots, Shape.UNEVEN, mapping=mapping, gap=gap)
    for earlier, later in pairwise(layout.seasons):
        joined = [*earlier, *later]
        if 0 < abs(count - len(joined)) <= 1 and count > len(joined):
            runs = runs_of(Episode(slot.season, slot.number) for slot in joined)
            mapping = Parts((Part(1, len(joined), runs),))
            yield make_place(layout, joined, Shape.UNEVEN, mapping=mapping, gap=count - len(joined))
