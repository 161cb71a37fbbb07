"""Trakt's JSON of shows, films, seasons and aliases, as the model's values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from anitrakt_plan.core.model import Movie, Season, SeasonEpisode, Show, TargetKind, Work
from anitrakt_plan.trakt.rows import (
    Row,
    RowError,
    inner,
    number,
    optional_moment,
    optional_number,
    optional_text,
    row,
    text,
)


def show_of(said: object) -> Show:
    """A show; raises RowError where id or title are missing."""
    value = row(said, "show")
    ids = inner(value, "ids")
    return Show(
        id=number(ids, "trakt", least=1),
        title=text(value, "title"),
        year=_year(value.get("year")),
        slug=optional_text(ids.get("slug")),
        tmdb=optional_number(ids.get("tmdb")),
        original_title=optional_text(value.get("original_title")),
        aired_episodes=optional_number(value.get("aired_episodes")),
        runtime=optional_number(value.get("runtime")) or None,
        genres=_genres(value.get("genres")),
    )


def movie_of(said: object) -> Movie:
    """A film; raises RowError where id or title are missing."""
    value = row(said, "movie")
    ids = inner(value, "ids")
    return Movie(
        id=number(ids, "trakt", least=1),
        title=text(value, "title"),
        year=_year(value.get("year")),
        slug=optional_text(ids.get("slug")),
        tmdb=optional_number(ids.get("tmdb")),
        original_title=optional_text(value.get("original_title")),
        released=_day(value.get("released")),
        runtime=optional_number(value.get("runtime")) or None,
        genres=_genres(value.get("genres")),
    )


def found_works(said: object, kind: TargetKind) -> tuple[Work, ...]:
    """The works in a search answer, in its order; hits of another kind, or without id or title, are left out.

    Raises RowError where the answer is no list.
    """
    works: list[Work] = []
    for value in _list(said, "search"):
        hit = value if isinstance(value, dict) else {}
        try:
            works.append(show_of(hit.get("show")) if kind is TargetKind.SHOW else movie_of(hit.get("movie")))
        except RowError:
            continue
    return tuple(works)


def seasons_of(said: object) -> tuple[Season, ...]:
    """All seasons in order, each with its episodes in order. Raises RowError where the answer is no list of seasons.

    An episode without a number or an id can't be sent, so it is no place to match: it is left out.
    """
    seasons = (_season(row(value, "season")) for value in _list(said, "seasons"))
    return tuple(sorted(seasons, key=lambda season: season.number))


def aliases_of(said: object) -> tuple[str, ...]:
    """Each other title once. Raises RowError where the answer is no list."""
    titles = (optional_text(value.get("title")) for value in _rows(_list(said, "aliases")))
    return tuple(dict.fromkeys(title for title in titles if title))


def _season(value: Row) -> Season:
    ids = value.get("ids")
    listed = value.get("episodes")
    episodes = (_episode(said) for said in _rows(listed if isinstance(listed, list) else ()))
    return Season(
        number=number(value, "number"),
        episodes=tuple(sorted((e for e in episodes if e is not None), key=lambda episode: episode.number)),
        id=optional_number(ids.get("trakt")) if isinstance(ids, dict) else None,
        title=optional_text(value.get("title")),
    )


def _episode(value: Row) -> SeasonEpisode | None:
    try:
        return SeasonEpisode(
            number=number(value, "number", least=1),
            id=number(inner(value, "ids"), "trakt", least=1),
            first_aired=optional_moment(value.get("first_aired")),
            title=optional_text(value.get("title")),
        )
    except RowError:
        return None


def _rows(values: Iterable[object]) -> Iterable[Row]:
    return (value for value in values if isinstance(value, dict))


def _list(said: object, name: str) -> list[object]:
    if not isinstance(said, list):
        raise RowError(f"`{name}` is not a list")
    return said


def _year(value: object) -> int | None:
    """Works that are announced only have 0 for a year here and there: nobody knows it."""
    return optional_number(value) or None


def _genres(value: object) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
