"""Trakt's catalogue: shows with their seasons and episodes, and films."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class TargetKind(StrEnum):
    """What a thing is on Trakt."""

    SHOW = "show"
    MOVIE = "movie"


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
        return f"https://trakt.tv/shows/{self.slug or self.id}"


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
        return f"https://trakt.tv/movies/{self.slug or self.id}"


Work = Show | Movie
