"""A show's season list prepared for the search for places: what has aired, when, and where its cours begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from anitrakt_plan.core.model import Season, SeasonEpisode

COUR_GAP_DAYS = 25
RUNNING_DAYS = 100
LONGEST_RHYTHM = 8  # days from one episode to the next up to which a missing date can be reckoned


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
    return usual if usual <= LONGEST_RHYTHM else 0


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
