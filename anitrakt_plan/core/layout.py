"""A show's season list prepared for the search for places: what has aired, when, and where its cours begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anitrakt_plan.core.model import Season, SeasonEpisode

COUR_GAP_DAYS = 25
RUNNING_DAYS = 100


@dataclass(frozen=True, slots=True)
class Slot:
    """One aired episode of a show: its numbers, the day it aired (UTC) if known, and its name."""

    season: int
    number: int
    aired: date | None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A show's aired episodes: `seasons` are the regular ones in order, `specials` those of season 0.

    `unaired` holds for each regular season how many more episodes it lists that have not aired yet.
    """

    seasons: tuple[tuple[Slot, ...], ...]
    specials: tuple[Slot, ...]
    unaired: dict[int, int]

    @property
    def regular(self) -> tuple[Slot, ...]:
        """All regular episodes in order."""
        return tuple(slot for season in self.seasons for slot in season)


def read_layout(seasons: Sequence[Season], now: datetime) -> Layout:
    """Split a season list into what has aired by `now` (aware, UTC) and what has not.

    An episode without a date counts as aired unless its season is still running: then nobody can have seen it.
    A last season of which no episode has a date counts as running while the show itself was on air lately.
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
        slots = _aired(season, now, undated_runs=fresh and season.number in (0, last))
        if season.number == 0:
            specials = slots
        elif slots:
            regular.append(slots)
        if season.number > 0 and len(slots) < len(season.episodes):
            unaired[season.number] = len(season.episodes) - len(slots)
    return Layout(tuple(regular), specials, unaired)


def _aired(season: Season, now: datetime, *, undated_runs: bool) -> tuple[Slot, ...]:
    episodes = sorted(season.episodes, key=lambda episode: episode.number)
    dated = [episode for episode in episodes if episode.first_aired is not None]
    seen = [episode.number for episode in dated if episode.first_aired and episode.first_aired <= now]
    coming = len(seen) < len(dated)
    running = coming or (undated_runs and (not seen or _latest(dated) > now - timedelta(days=RUNNING_DAYS)))
    last_seen = max(seen, default=0)
    return tuple(
        Slot(
            season.number,
            episode.number,
            episode.first_aired.date() if episode.first_aired else None,
            episode.title,
        )
        for episode in episodes
        if (
            episode.first_aired <= now
            if episode.first_aired is not None
            else episode.number < last_seen or not running
        )
    )


def _latest(episodes: Sequence[SeasonEpisode]) -> datetime:
    return max(episode.first_aired for episode in episodes if episode.first_aired is not None)


def first_day(slots: Sequence[Slot]) -> date | None:
    """The day the run begins: its first known air date, if that is among its first three episodes."""
    return next((slot.aired for slot in slots[:3] if slot.aired is not None), None)


def last_day(slots: Sequence[Slot]) -> date | None:
    """The day the run ends: its last known air date, if that is among its last three episodes."""
    return next((slot.aired for slot in reversed(slots[-3:]) if slot.aired is not None), None)


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
