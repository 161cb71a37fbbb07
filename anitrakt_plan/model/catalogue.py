"""Trakt's catalogue: shows with their seasons and episodes, and films."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Protocol, TypeAlias

TraktId: TypeAlias = int
"""Trakt's own number of a show or a film; the two kinds count apart."""


@dataclass(frozen=True, slots=True, order=True)
class TmdbId:
    """TMDB's number of a show or a film, where Trakt's own is not known (yet)."""

    number: int

    def __str__(self) -> str:
        return f"tmdb:{self.number}"


WorkId = TraktId | TmdbId
"""How a match, a candidate or a subject names its show or film."""

WORK_ID = r"(?:tmdb:)?[1-9]\d{0,18}"
"""A work's id as text: `1420`, or `tmdb:1429`."""


@lru_cache(maxsize=1024)  # a journal names the work of each play
def parse_work_id(text: str) -> WorkId:
    """Read `1420` or `tmdb:1429`; raises ValueError on anything else."""
    if not re.fullmatch(WORK_ID, text):
        raise ValueError(f"`{text}` is not an id; write Trakt's number, or TMDB's as tmdb:1429")
    head, _, number = text.rpartition(":")
    return TmdbId(int(number)) if head else int(number)


class TargetKind(StrEnum):
    """What a thing is on Trakt."""

    SHOW = "show"
    MOVIE = "movie"

    @property
    def path(self) -> str:
        """Where its works stand, on trakt.tv and in the API: `shows`, `movies`."""
        return f"{self.value}s"

    @property
    def word(self) -> str:
        """What a person calls it."""
        return "film" if self is TargetKind.MOVIE else "show"

    def page(self, name: WorkId | str) -> str:
        """The page, for a person, of the work with this slug or id: on trakt.tv, with TMDB's id on themoviedb.org."""
        if isinstance(name, TmdbId):
            folder = "movie" if self is TargetKind.MOVIE else "tv"
            return f"https://www.themoviedb.org/{folder}/{name.number}"
        return f"https://trakt.tv/{self.path}/{name}"


def trakt_id(work: WorkId) -> TraktId:
    """Trakt's own id. Raises TypeError for TMDB's: who writes by Trakt's ids must have looked it up before."""
    if isinstance(work, TmdbId):
        raise TypeError(f"nobody has looked up Trakt's id of {work}")
    return work


@dataclass(frozen=True, slots=True, order=True)
class Episode:
    """One episode of some show, by the numbers Trakt gives it; season 0 holds the specials."""

    season: int
    number: int


@dataclass(frozen=True, slots=True)
class SeasonEpisode:
    """An episode in a season list. `first_aired` is UTC.

    `id` is Trakt's own and outlives renumbering; None where another catalogue has the list.
    """

    number: int
    id: int | None
    first_aired: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """A season of a show with its episodes in order; their numbers may run on from the season before."""

    number: int
    episodes: tuple[SeasonEpisode, ...]
    id: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """What a show and a film have in common. `aliases` is None where they have not been read.

    `runtime` is the length in minutes of a film, or of an episode; `genres` are Trakt's own words for them (`anime`,
    `animation`, ...), empty where they are not known. `id` is TMDB's where its catalogue was asked and nobody knows
    Trakt's.
    """

    kind: ClassVar[TargetKind]
    id: WorkId
    title: str
    year: int | None = None
    slug: str | None = None
    tmdb: int | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] | None = None
    runtime: int | None = None
    genres: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The work's page for a person."""
        # trakt.tv's pages are named by slugs: where only the number is known, TMDB's page is the surer one
        if self.slug or self.tmdb is None:
            return self.kind.page(self.slug or self.id)
        return self.kind.page(TmdbId(self.tmdb))


@dataclass(frozen=True, slots=True)
class Show(_Work):
    """A Trakt show. `seasons` is None where they have not been read; `network` is who broadcast it first."""

    kind: ClassVar = TargetKind.SHOW
    seasons: tuple[Season, ...] | None = None
    aired_episodes: int | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Movie(_Work):
    """A Trakt film."""

    kind: ClassVar = TargetKind.MOVIE
    released: date | None = None


Work = Show | Movie


@dataclass(frozen=True, slots=True)
class KnownWork:
    """A work as an id map, a plan's candidates or a data download names it, without asking anybody.

    `names` are what else it is called there, `seasons` those that are named of it.
    """

    work: Work
    names: tuple[str, ...] = ()
    seasons: tuple[int, ...] = ()
    imdb: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideIds:
    """A work's ids elsewhere, as some service has them; a wrong one happens."""

    imdb: str | None = None
    tvdb: int | None = None


SeasonsOf = Callable[[WorkId], tuple[Season, ...] | None]
"""A show's seasons; None where nobody knows them."""


class Catalogue(Protocol):
    """What is asked of a catalogue, Trakt's or TMDB's. Everything raises NotSignedIn or Failed.

    Each call is at most one request, and none where the answer is cached.
    """

    def show(self, show_id: WorkId) -> Show | None:
        """A show by its id, without seasons and aliases; None where there is none."""

    def movie(self, movie_id: WorkId) -> Movie | None:
        """A film by its id; None where there is none."""

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        """The work of a page on trakt.tv; None where there is none."""

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The work with a TMDB id; None where there is none."""

    def by_imdb(self, imdb: str) -> Work | None:
        """The work with an IMDb id, such as `tt0094625`; None where there is none."""

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """A show's whole season list; None where there is no such show."""

    def came_with_seasons(self, show_id: WorkId) -> Show | None:
        """The show itself, where the answer with its seasons held it, too; never a request."""

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        """A work's other titles."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """Works whose titles hold the query's words, roughly best first; the query is plain text."""
