"""TMDB's answers made from the data, behind the catalogue that people without a Trakt application use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from anitrakt_plan.model import (
    Movie,
    Season,
    Show,
    TargetKind,
    Work,
    WorkId,
)
from anitrakt_plan.tmdb.catalogue import MAX_APPENDED, TmdbCatalogue, WorkIds
from anitrakt_plan.tmdb.client import Tmdb
from benchmarks.offline import Index

T = TypeVar("T")

MADE_UP = 5_000_000_000
"""Added to the id of a made-up work, which has none at TMDB. Real works without one are not there."""


class OfflineTmdb(Tmdb):
    """Answers as TMDB does, and counts the questions. Merged works that share a number are the first of them."""

    def __init__(self, shows: Index, movies: Index, crowd: frozenset[tuple[TargetKind, WorkId]]) -> None:
        self.requests: Counter[str] = Counter()
        self._indexes = {"tv": shows, "movie": movies}
        self._numbers: dict[tuple[str, WorkId], int] = {}
        self._works: dict[tuple[str, int], Work] = {}
        for folder, index in self._indexes.items():
            kind = TargetKind.SHOW if folder == "tv" else TargetKind.MOVIE
            for trakt, work in index.works.items():
                number = work.tmdb or (MADE_UP + trakt if (kind, trakt) in crowd else None)
                if number is not None and (folder, number) not in self._works:
                    self._numbers[folder, trakt] = number
                    self._works[folder, number] = work

    def ask(
        self,
        path: str,
        parse: Callable[[object], T],
        params: Mapping[str, str | int] | None = None,
        *,
        refresh: bool = False,  # noqa: ARG002  (the client's)
        offline: bool = False,  # noqa: ARG002
    ) -> T | None:
        """What TMDB would say; every question counts, for each run asks one once."""
        _, folder, what = path.split("/")
        given = params or {}
        self.requests["search" if folder == "search" else folder] += 1
        if folder == "search":
            found = self._indexes[what].search(str(given["query"]))
            rows = [self._row(what, work) for work in found if (what, work.id) in self._numbers]
            return parse({"results": rows})
        asked = self._works.get((folder, int(what)))
        return None if asked is None else parse(self._whole(folder, asked, str(given["append_to_response"])))

    def _row(self, folder: str, work: Work) -> dict[str, Any]:
        name, day = ("name", "first_air_date") if folder == "tv" else ("title", "release_date")
        first = f"{work.year:04}-07-01" if work.year else ""
        if isinstance(work, Movie) and work.released:
            first = work.released.isoformat()
        return {
            "id": self._numbers[folder, work.id],
            name: work.title,
            f"original_{name}": work.original_title,
            day: first,
        }

    def _whole(self, folder: str, work: Work, appended: str) -> dict[str, Any]:
        names = appended.split(",")
        assert len(names) <= MAX_APPENDED
        titles = [{"title": alias} for alias in work.aliases or ()]
        whole = {
            **self._row(folder, work),
            "alternative_titles": {"results" if folder == "tv" else "titles": titles},
        }
        if isinstance(work, Show):
            seasons = {f"season/{season.number}": season for season in work.seasons or ()}
            whole["seasons"] = [{"season_number": season.number} for season in seasons.values()]
            whole |= {name: _season(seasons[name]) for name in names if name in seasons}
        return whole


def _season(season: Season) -> dict[str, Any]:
    episodes = [
        {
            "episode_number": episode.number,
            "name": episode.title,
            "air_date": _day(episode.first_aired),
        }
        for episode in season.episodes
    ]
    return {"season_number": season.number, "name": season.title, "episodes": episodes}


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


class OfflineTmdbCatalogue(TmdbCatalogue):
    """TMDB's catalogue over the data."""

    def __init__(self, tmdb: OfflineTmdb, ids: WorkIds) -> None:
        super().__init__(tmdb, ids)
        self.requests = tmdb.requests
