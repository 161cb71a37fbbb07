"""A practice world that changes under a user's hands: accounts renamed and switched, shows added, merged and gone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox import catalogue as stock
from anitrakt_plan.sandbox import world as account
from anitrakt_plan.sandbox.catalogue import Episode, Season, Show
from anitrakt_plan.sandbox.world import Item, Play, Rating

_FIRST_MADE_UP_ID = 1_500_000_000  # above every id of the catalogue
_LONG_AGO = -(10**9)


@dataclass(slots=True)
class HistoryTroubles:
    """Lasting troubles of Trakt's history; all off at first."""

    lag_reads: int = 0  # each play stays invisible for so many GETs of the history
    pages_uncounted: int = 0  # the page count is so many pages too low
    shuffle_ties: bool = False  # plays of one minute come in another order at each request
    never_listed: set[Item] = field(default_factory=set)  # accepted and stored, but never shown
    never_stored: set[Item] = field(default_factory=set)  # counted as added, but not stored
    dates_become_now: bool = False


class Catalogue(stock.Catalogue):
    """The catalogue, and what happens to it on Trakt."""

    def __init__(self, document: stock.Json | None = None) -> None:
        super().__init__(document)
        self._made_up = _FIRST_MADE_UP_ID

    def add_show(
        self, title: str, year: int, seasons: dict[int, int], *, trakt_id: int | None = None
    ) -> Show:
        """A new show with that many episodes a season (aired weekly from January of the year)."""
        show_id = trakt_id or self._new_id()
        slug = "-".join(title.lower().split())
        show = Show(title, year, {"trakt": show_id, "slug": f"{slug}-{show_id}"}, [], [])
        for number, count in seasons.items():
            days = [f"{year}-{1 + week // 4 % 12:02d}-{1 + 7 * (week % 4):02d}" for week in range(count)]
            episodes = [Episode(index + 1, self._new_id(), day) for index, day in enumerate(days)]
            show.seasons.append(Season(number, {"trakt": self._new_id()}, episodes))
        self.shows.append(show)
        self._find_anew()
        return show

    def remove_show(self, show_id: int) -> None:
        """Take a show away, as when its source data base deletes it; its plays can no more be listed."""
        self.shows = [show for show in self.shows if show.trakt_id != show_id]
        self._find_anew()

    def remove_movie(self, movie_id: int) -> None:
        self.movies = [movie for movie in self.movies if movie.trakt_id != movie_id]
        self._find_anew()

    def merge_seasons(
        self, show_id: int, source: int, target: int, *, new_ids: bool = False
    ) -> dict[int, int]:
        """Move the episodes of one season behind those of another, numbered on; returns old id → new id."""
        show, moved = self._season_of(show_id, source)
        _, into = self._season_of(show_id, target)
        number = into.episodes[-1].number + 1
        changed: dict[int, int] = {}
        for offset, episode in enumerate(moved.episodes):
            changed[episode.id] = self._new_id() if new_ids else episode.id
            into.episodes.append(Episode(number + offset, changed[episode.id], episode.first_aired))
        show.seasons.remove(moved)
        self._find_anew()
        return changed

    def renumber(self, show_id: int, season_number: int, first: int) -> None:
        """Number a season's episodes anew, beginning with `first`; the episodes' ids stay."""
        _, season = self._season_of(show_id, season_number)
        for offset, episode in enumerate(season.episodes):
            episode.number = first + offset

    def _season_of(self, show_id: int, number: int) -> tuple[Show, Season]:
        show = self.show("trakt", show_id)
        season = show.season(number) if show else None
        if show is None or season is None:
            raise KeyError(f"show {show_id} has no season {number}")
        return show, season

    def _find_anew(self) -> None:
        for name, value in vars(stock.Catalogue).items():
            if isinstance(value, cached_property):
                self.__dict__.pop(name, None)

    def _new_id(self) -> int:
        self._made_up += 1
        return self._made_up


class World(account.World):
    """The account, and what its user, and Trakt itself, do to it."""

    catalogue: Catalogue

    def __init__(
        self, catalogue: Catalogue, state_folder: Path | None, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(catalogue, state_folder, clock)
        self.troubles = HistoryTroubles()
        self._reads = 0
        self._born: dict[int, int] = {}  # play → how many history reads had been answered before it came
        self._parked: dict[str, dict[str, Any]] = {}  # accounts switched from, by uuid; in memory only

    def add_play(self, kind: str, item: int, watched_at: str | None = None, action: str = "watch") -> Play:
        if (kind, item) in self.troubles.never_stored:
            return Play(0, kind, item, "", action)
        if self.troubles.dates_become_now:
            watched_at = None
        play = super().add_play(kind, item, watched_at, action)
        self._born[play.id] = self._reads
        return play

    def plays_newest_first(self) -> list[Play]:
        self._reads += 1
        rows, lag = super().plays_newest_first(), self.troubles.lag_reads
        if lag:
            rows = [play for play in rows if self._reads - self._born.get(play.id, _LONG_AGO) > lag]
        if self.troubles.shuffle_ties:
            mixed = random.Random(self._reads)
            rows = sorted(rows, key=lambda play: (play.watched_at, mixed.random()), reverse=True)
        return rows

    def add_rating(self, kind: str, item: int, rating: int, rated_at: str | None = None) -> None:
        with self.lock:
            self.ratings[(kind, item)] = Rating(rating, rated_at or self.now())
            self.changed((kind + "s", "rated_at"))

    def remove_rating(self, kind: str, item: int) -> None:
        with self.lock:
            del self.ratings[(kind, item)]
            self.changed((kind + "s", "rated_at"))

    def rename_user(self, username: str) -> None:
        """The user takes another name; the uuid stays."""
        with self.lock:
            self.username, self.slug = username, username.lower()
            self.changed(("account", "settings_at"))

    def switch_account(self, username: str, uuid: str) -> None:
        """From now on every token belongs to this user, whose account is empty unless it was switched from before."""
        with self.lock:
            self._parked[self.uuid] = self._as_document()
            tokens, play_id = self.tokens, self.next_play_id
            if uuid in self._parked:
                self._take_over(self._parked.pop(uuid))
            else:
                self.uuid = uuid
                self._empty()
            self.username, self.slug = username, username.lower()
            self.tokens, self.next_play_id = tokens, play_id
            self.changed(("account", "settings_at"))

    def clear(self) -> None:
        """Leave the account without any play, rating, watchlist or dropped show."""
        with self.lock:
            self._empty()
            self.changed(("movies", "watched_at"), ("episodes", "watched_at"))

    def merge_seasons(
        self, show: int, source: int, target: int, *, new_ids: bool = False, plays_follow: bool = True
    ) -> None:
        """Trakt merges a season into another; with new ids the plays follow, or are left without an item."""
        with self.lock:
            changed = self.catalogue.merge_seasons(show, source, target, new_ids=new_ids)
            if plays_follow:
                for play in self.plays.values():
                    if play.kind == "episode":
                        play.item = changed.get(play.item, play.item)
            self.changed()

    def expire_tokens(self) -> None:
        """All access tokens given out so far end now; the refresh tokens still work."""
        with self.lock:
            for token in self.tokens:
                token.expires_at = self.clock().timestamp()
            self.changed()

    def _empty(self) -> None:
        self.plays, self.ratings, self.watchlist = {}, {}, {}
        self.dropped = {}
