"""A Trakt of a few works that counts its requests, and id maps of a few rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from anitrakt_plan.model import (
    Claim,
    Ids,
    Movie,
    Run,
    Season,
    Segment,
    Show,
    ShowClaim,
    Span,
    TargetKind,
    Work,
    WorkId,
)

W = TypeVar("W", bound=Work)


class Maps:
    """Id maps with a few claims by MAL id."""

    def __init__(
        self, claims: Mapping[int, tuple[Claim, ...]] | None = None, tmdb: dict[int, int] | None = None
    ):
        self._claims = claims or {}
        self._tmdb = tmdb or {}

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        return self._claims.get(ids.mal or 0, ())

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        return self._tmdb.get(tmdb)

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:
        """The closed runs of all other claims about the show."""
        others = [claim for mal, claims in self._claims.items() if mal != ids.mal for claim in claims]
        segments = [
            segment
            for claim in others
            if isinstance(claim, ShowClaim) and claim.tmdb == show
            for segment in claim.segments
        ]
        return frozenset(
            Run(segment.season, span.first, span.last)
            for segment in segments
            for span in segment.target
            if span.last is not None
        )


class Catalogue:
    """A small Trakt that counts its requests; its search finds every work that shares a word."""

    def __init__(self, *works: Work):
        self.works = works
        self.requests: Counter[str] = Counter()
        self.by_imdb_id: dict[str, Work] = {}

    def _find(self, kind: type[W], work_id: WorkId) -> W | None:
        return next((w for w in self.works if isinstance(w, kind) and w.id == work_id), None)

    def _bare(self, work: W) -> W:
        if isinstance(work, Show):
            return replace(work, seasons=None, aliases=None)
        return replace(work, aliases=None)

    def show(self, show_id: WorkId) -> Show | None:
        self.requests["show"] += 1
        found = self._find(Show, show_id)
        return self._bare(found) if found else None

    def movie(self, movie_id: WorkId) -> Movie | None:
        self.requests["movie"] += 1
        found = self._find(Movie, movie_id)
        return self._bare(found) if found else None

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        self.requests["seasons"] += 1
        show = self._find(Show, show_id)
        return show.seasons if show else None

    def came_with_seasons(self, show_id: WorkId) -> Show | None:
        return None

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        self.requests["aliases"] += 1
        work = self._find(Show, work_id) if kind is TargetKind.SHOW else self._find(Movie, work_id)
        return (work.aliases or ()) if work else ()

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        self.requests["search"] += 1
        wanted = Show if kind is TargetKind.SHOW else Movie
        words = set(query.casefold().split())
        found: list[Work] = []
        for work in self.works:
            names = " ".join((work.title, *(work.aliases or ()))).casefold().replace(":", " ").split()
            if isinstance(work, wanted) and words & set(names):
                found.append(self._bare(work))
        return tuple(found)

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        wanted = Show if kind is TargetKind.SHOW else Movie
        return next((self._bare(w) for w in self.works if isinstance(w, wanted) and w.slug == slug), None)

    def by_imdb(self, imdb: str) -> Work | None:
        return self._bare(self.by_imdb_id[imdb]) if imdb in self.by_imdb_id else None

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        self.requests["by_tmdb"] += 1
        wanted = Show if kind is TargetKind.SHOW else Movie
        return next((self._bare(w) for w in self.works if isinstance(w, wanted) and w.tmdb == tmdb), None)


def anibridge(tmdb: int, number: int, first: int, last: int) -> ShowClaim:
    """A row of AniBridge: a TMDB id, and a run."""
    segment = Segment(Span(1, last - first + 1), number, (Span(first, last),))
    return ShowClaim("anibridge", tmdb=tmdb, season=number, segments=(segment,))


def anitrakt(
    number: int | None, show: int = 1420, title: str = "Attack on Titan", year: int = 2013
) -> ShowClaim:
    """A row of AniTrakt: a Trakt id with the show's name, and a season."""
    return ShowClaim("anitrakt", trakt=show, tmdb=1429, title=title, year=year, season=number)
