"""The Trakt account: plays, ratings, and what else it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in Trakt account. `uuid` outlives a change of name; `time_zone` is an IANA name."""

    uuid: str
    user: str
    time_zone: str
    vip: bool = False
    watch_only_once: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeItem:
    """An episode as Trakt's account state names it: by its own id, with the numbers of the day."""

    show: int
    season: int
    number: int
    id: int


@dataclass(frozen=True, slots=True)
class MovieItem:
    """A film as Trakt's account state names it."""

    movie: int


Item = EpisodeItem | MovieItem


@dataclass(frozen=True, slots=True)
class Play:
    """One play in Trakt's history. `watched_at` is UTC, whole minutes; 1970-01-01 means an unknown date."""

    id: int
    watched_at: datetime
    action: str
    item: Item


@dataclass(frozen=True, slots=True)
class MovieSubject:
    """A rated film."""

    movie: int


@dataclass(frozen=True, slots=True)
class ShowSubject:
    """A rated show."""

    show: int


@dataclass(frozen=True, slots=True)
class SeasonSubject:
    """A rated season, by its number."""

    show: int
    season: int


@dataclass(frozen=True, slots=True)
class EpisodeSubject:
    """A rated episode, by its numbers."""

    show: int
    season: int
    number: int


RatingSubject = MovieSubject | ShowSubject | SeasonSubject | EpisodeSubject


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating on Trakt, 1-10; `rated_at` is UTC."""

    subject: RatingSubject
    value: int
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Existing:
    """What the Trakt account holds, read live; `read_at` is UTC, the moment the read began.

    `watchlist` and `dropped` are None where they were not needed and so not read.
    """

    account: Account
    read_at: datetime
    plays: tuple[Play, ...]
    ratings: tuple[Rating, ...] = ()
    watchlist: tuple[ShowSubject | MovieSubject, ...] | None = None
    dropped: tuple[ShowSubject, ...] | None = None
