"""What id maps say of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """Episode numbers `first`-`last`; `last` is None where the end is open."""

    first: int
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the list's episodes and where an id map puts them.

    `ratio` 1: one to one. n > 1: one of the list's is n of the target's. n < -1: n of the list's are one.
    """

    listed: Span
    season: int
    target: tuple[Span, ...]
    ratio: int = 1


@dataclass(frozen=True, slots=True)
class ShowClaim:
    """An id map says: this entry is in this show. Either id may be missing, and season and segments too.

    `segments` is empty where the map names a season only; `season` is None where it spans several, or where the
    map does not say (split cours). `names` is what the map calls the list's own work, `begins` the day of the first
    broadcast as the map has it.
    """

    map: str
    trakt: int | None = None
    tmdb: int | None = None
    slug: str | None = None
    title: str | None = None
    year: int | None = None
    season: int | None = None
    segments: tuple[Segment, ...] = ()
    names: tuple[str, ...] = ()
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class MovieClaim:
    """An id map says: this entry is this film. `names` and `begins` as in ShowClaim."""

    map: str
    trakt: int | None = None
    tmdb: int | None = None
    slug: str | None = None
    title: str | None = None
    year: int | None = None
    names: tuple[str, ...] = ()
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class AbsentClaim:
    """An id map says: the target has no such thing."""

    map: str


Claim = ShowClaim | MovieClaim | AbsentClaim
