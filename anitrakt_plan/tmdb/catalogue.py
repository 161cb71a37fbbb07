"""TMDB's catalogue behind the port of `model/catalogue.py`: search, and a show with all its seasons in one request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from anitrakt_plan.model import Movie, OutsideIds, Season, Show, TargetKind, TmdbId, TraktId, Work, WorkId
from anitrakt_plan.tmdb.client import Tmdb
from anitrakt_plan.tmdb.rows import SEASON, TmdbWork, found_anywhere, found_works, seasons_of, work_of

SEARCH_LIMIT = 10
"""Of the 20 that TMDB gives, the animated first."""

MAX_APPENDED = 20
"""TMDB answers a longer list with an error (docs/services.md 6.3)."""

_BESIDE = ("external_ids", "alternative_titles")
_FIRST_SEASONS = range(MAX_APPENDED - len(_BESIDE))

_FOLDERS = {TargetKind.SHOW: "tv", TargetKind.MOVIE: "movie"}


class WorkIds(Protocol):
    """Who knows both ids of a work: the id maps, a data download."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, where it is known."""

    def tmdb_id(self, kind: TargetKind, trakt: TraktId) -> int | None:
        """TMDB's id for Trakt's, where it is known."""


class TmdbCatalogue:
    """Answers from TMDB's catalogue; a work has Trakt's id where `ids` knows it, else TMDB's.

    One request a search and one a work (two for a show of more than 18 seasons), none while the cache has the answer.
    `refresh` asks TMDB even so, once a run, `fresh_shows` for shows alone. `offline` never does: what the cache lacks
    is answered as if TMDB had nothing. Raises NotSignedIn and Failed.
    """

    def __init__(
        self,
        tmdb: Tmdb,
        ids: WorkIds,
        *,
        refresh: bool = False,
        fresh_shows: bool = False,
        offline: bool = False,
    ) -> None:
        self._tmdb = tmdb
        self._ids = ids
        self._refresh = {TargetKind.SHOW: refresh or fresh_shows, TargetKind.MOVIE: refresh}
        self._refresh_searches = refresh
        self._offline = offline
        self._read: dict[tuple[TargetKind, int], TmdbWork | None] = {}
        self._guard = threading.Lock()
        self._asking: dict[tuple[TargetKind, int], threading.Lock] = {}

    def show(self, show_id: WorkId) -> Show | None:
        """A show by its id, without seasons; None where TMDB has none, or nobody knows its id there."""
        found = self._work(TargetKind.SHOW, show_id)
        return self._show(found) if found else None

    def movie(self, movie_id: WorkId) -> Movie | None:
        """A film by its id; None where TMDB has none, or nobody knows its id there."""
        found = self._work(TargetKind.MOVIE, movie_id)
        return self._movie(found) if found else None

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:  # noqa: ARG002  (the port's)
        """Nothing: the names in the addresses of trakt.tv are Trakt's own."""
        return None

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The show or film with this TMDB id; None where there is none."""
        found = self._by_number(kind, tmdb)
        return self._as_work(kind, found) if found else None

    def by_imdb(self, imdb: str) -> Work | None:
        """The film, or else the show, with this IMDb id; None where TMDB has none."""
        found = self._tmdb.ask(
            f"/find/{imdb}",
            found_anywhere,
            {"external_source": "imdb_id"},
            refresh=self._refresh_searches,
            offline=self._offline,
        )
        return next((self._as_work(kind, work) for kind, work in found or ()), None)

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """All seasons with their episodes, season 0 too; None where there is no such show."""
        found = self._work(TargetKind.SHOW, show_id)
        return found.seasons if found else None

    def came_with_seasons(self, show_id: WorkId) -> Show | None:
        """The show with its other names and its length, where its seasons were read; never a request."""
        number = self._number(TargetKind.SHOW, show_id)
        found = self._read.get((TargetKind.SHOW, number)) if number is not None else None
        return self._show(found) if found else None

    def has_seasons(self, show_id: WorkId) -> bool:
        """Whether this catalogue has the season list in memory."""
        number = self._number(TargetKind.SHOW, show_id)
        return number is not None and (TargetKind.SHOW, number) in self._read

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        """The other titles of a show or film."""
        found = self._work(kind, work_id)
        return (found.aliases or ()) if found else ()

    def outside_ids(self, kind: TargetKind, work_id: WorkId) -> OutsideIds:
        """A work's ids on IMDb and TVDB, as far as TMDB knows them."""
        found = self._work(kind, work_id)
        return found.outside if found else OutsideIds()

    def poster(self, kind: TargetKind, work_id: WorkId) -> str | None:
        """The path of a work's picture; None where it has none."""
        found = self._work(kind, work_id)
        return found.poster if found is not None else None

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """The shows or films that TMDB finds for a title, the animated first, else in its own order."""
        words = " ".join(query.split())
        if not words:
            return ()
        found = self._tmdb.ask(
            f"/search/{_FOLDERS[kind]}",
            lambda said: found_works(said, kind),
            {"query": words, "include_adult": "true"},
            refresh=self._refresh_searches,
            offline=self._offline,
        )
        ordered = sorted(found or (), key=lambda work: "animation" not in work.genres and bool(work.genres))
        return tuple(self._as_work(kind, work) for work in ordered[:SEARCH_LIMIT])

    # --- one work ---

    def _work(self, kind: TargetKind, work_id: WorkId) -> TmdbWork | None:
        number = self._number(kind, work_id)
        return None if number is None else self._by_number(kind, number)

    def _number(self, kind: TargetKind, work_id: WorkId) -> int | None:
        return work_id.number if isinstance(work_id, TmdbId) else self._ids.tmdb_id(kind, work_id)

    def _by_number(self, kind: TargetKind, number: int) -> TmdbWork | None:
        key = (kind, number)
        with self._guard:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:  # two threads may want one show by two ids
            if key not in self._read:
                self._read[key] = self._ask(kind, number)
            return self._read[key]

    def _ask(self, kind: TargetKind, number: int) -> TmdbWork | None:
        path = f"/{_FOLDERS[kind]}/{number}"
        seasons = _FIRST_SEASONS if kind is TargetKind.SHOW else ()
        found = self._tmdb.ask(
            path,
            lambda said: work_of(said, kind),
            _appending(*_BESIDE, *_of_seasons(seasons)),
            refresh=self._refresh[kind],
            offline=self._offline,
        )
        return found and replace(found, seasons=(*found.seasons, *self._others(path, found.missing)))

    def _others(self, path: str, missing: Sequence[int]) -> tuple[Season, ...]:
        """The seasons beyond those that fit into the first request: of long shows, and of those that number by year."""
        found: list[Season] = []
        for start in range(0, len(missing), MAX_APPENDED):
            some = _appending(*_of_seasons(missing[start : start + MAX_APPENDED]))
            refresh = self._refresh[TargetKind.SHOW]
            found += self._tmdb.ask(path, seasons_of, some, refresh=refresh, offline=self._offline) or ()
        return tuple(found)

    # --- as the model has it ---

    def _as_work(self, kind: TargetKind, found: TmdbWork) -> Work:
        return self._show(found) if kind is TargetKind.SHOW else self._movie(found)

    def _show(self, found: TmdbWork) -> Show:
        return Show(**self._facts(TargetKind.SHOW, found), network=found.network)

    def _movie(self, found: TmdbWork) -> Movie:
        return Movie(**self._facts(TargetKind.MOVIE, found), released=found.day)

    def _facts(self, kind: TargetKind, found: TmdbWork) -> dict[str, Any]:
        return {
            "id": self._ids.trakt_id(kind, found.tmdb) or TmdbId(found.tmdb),
            "title": found.title,
            "year": found.day.year if found.day else None,
            "tmdb": found.tmdb,
            "original_title": found.original_title,
            "aliases": found.aliases,
            "runtime": found.runtime,
            "genres": found.genres,
        }


def _appending(*names: str) -> dict[str, str | int]:
    return {"append_to_response": ",".join(names)}


def _of_seasons(numbers: Iterable[int]) -> Iterable[str]:
    return (f"{SEASON}{number}" for number in numbers)
