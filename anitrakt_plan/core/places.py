"""Where in a show an entry may be: the runs of Trakt episodes whose number, dates or order fit it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from anitrakt_plan.core.episodes import runs_of
from anitrakt_plan.core.layout import Layout, Slot, cour_starts, first_day
from anitrakt_plan.core.likeness import LIKENESS_ORDER, Likeness, best_likeness
from anitrakt_plan.core.model import Entry, Episode, Kind, Mapping, Part, PartialDate, Parts, Ratio
from anitrakt_plan.core.place import Place, Shape, make_place, mixed_place
from anitrakt_plan.core.titles import read_title

LARGEST_SHOW = 40  # places kept for one show: a show with hundreds of episodes offers too many starts
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
    return tuple(once.values())[:LARGEST_SHOW]


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
