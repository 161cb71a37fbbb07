"""Trakt's catalogue: shows with their seasons and episodes, and films."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


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

    def page(self, name: int | str) -> str:
        """The page on trakt.tv, for a person, of the work with this slug or id."""
        return f"https://trakt.tv/{self.path}/{name}"


@dataclass(frozen=True, slots=True, order=True)
class Episode:
    """One episode of some show, by the numbers Trakt gives it; season 0 holds the specials."""

    season: int
    number: int


@dataclass(frozen=True, slots=True)
class SeasonEpisode:
    """An episode in a season list; `id` is Trakt's own and outlives renumbering. `first_aired` is UTC."""

    number: int
    id: int
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
class Show:
    """A Trakt show. `seasons` and `aliases` are None where they have not been read.

    `runtime` is an episode's length in minutes; `genres` are Trakt's own words for them (`anime`, `animation`, ...),
    empty where they are not known.
    """

    id: int
    title: str
    year: int | None = None
    slug: str | None = None
    tmdb: int | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] | None = None
    seasons: tuple[Season, ...] | None = None
    aired_episodes: int | None = None
    runtime: int | None = None
    genres: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The show's page for a person."""
        return TargetKind.SHOW.page(self.slug or self.id)


@dataclass(frozen=True, slots=True)
class Movie:
    """A Trakt film. `aliases` is None where they have not been read.

    `runtime` is its length in minutes, `genres` as with a show.
    """

    id: int
    title: str
    year: int | None = None
    slug: str | None = None
    tmdb: int | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] | None = None
    released: date | None = None
    runtime: int | None = None
    genres: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The film's page for a person."""
        return TargetKind.MOVIE.page(self.slug or self.id)


Work = Show | Movie


class Catalogue(Protocol):
    """What is asked of Trakt's catalogue: each call is at most one request, and none where the answer is cached.

    Everything raises NotSignedIn or Failed.
    """

    def show(self, show_id: int) -> Show | None:
        """A show by its Trakt id, without seasons and aliases; None where Trakt has none."""

    def movie(self, movie_id: int) -> Movie | None:
        """A film by its Trakt id; None where Trakt has none."""

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        """The work of a page on trakt.tv; None where Trakt has none."""

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The work with a TMDB id; None where Trakt has none."""

    def seasons(self, show_id: int) -> tuple[Season, ...] | None:
        """A show's whole season list; None where Trakt has no such show."""

    def aliases(self, kind: TargetKind, work_id: int) -> tuple[str, ...]:
        """A work's other titles."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """Works whose titles hold the query's words, roughly best first; the query is plain text."""
