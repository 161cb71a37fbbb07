"""TMDB's JSON of shows, films, seasons and search results, and what of it is worth keeping."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from statistics import median_low
from typing import Any

from anitrakt_plan.json_rows import (
    Row,
    RowError,
    number,
    optional_day,
    optional_number,
    optional_row,
    optional_text,
    row,
    rows,
    text,
)
from anitrakt_plan.json_text import read_json
from anitrakt_plan.model import OutsideIds, Season, SeasonEpisode, TargetKind

SEASON = "season/"
"""What stands before a season's number where it came with its show."""

_ANIMATION = 16
"""The genre's number: search results have no words for their genres."""


@dataclass(frozen=True, slots=True)
class TmdbWork:
    """A show or a film; `aliases`, `outside` and `runtime` are empty where only a search has named it.

    `day` is the first broadcast or the release, `poster` the path of its picture. `seasons`: the season lists that
    came with a show; `missing`: the numbers of those that did not.
    """

    tmdb: int
    title: str
    day: date | None = None
    original_title: str | None = None
    genres: tuple[str, ...] = ()
    runtime: int | None = None
    aliases: tuple[str, ...] | None = None
    outside: OutsideIds = OutsideIds()
    seasons: tuple[Season, ...] = ()
    missing: tuple[int, ...] = ()
    poster: str | None = None
    network: str | None = None


def work_of(said: object, kind: TargetKind) -> TmdbWork:
    """A show or film asked for by its id, with what was appended; raises RowError where id or title are missing."""
    value = row(said, kind.word)
    named = _named(value, kind)
    seasons = dict(_appended(value))
    return TmdbWork(
        **_facts(value, kind),
        genres=tuple(name.lower() for one in _list(value, "genres") if (name := _text(one, "name"))),
        runtime=optional_number(value.get("runtime")) or _usual(_lengths(value)),
        aliases=tuple(dict.fromkeys(named)),
        outside=_outside(value),
        seasons=tuple(seasons[number] for number in sorted(seasons)),
        missing=tuple(number for number in _listed(value) if number not in seasons),
        poster=optional_text(value.get("poster_path")),
        network=next((name for one in _list(value, "networks") if (name := _text(one, "name"))), None),
    )


def found_works(said: object, kind: TargetKind) -> tuple[TmdbWork, ...]:
    """The works in a search answer, in its order; those without an id or a title are left out."""
    return tuple(_found(rows(row(said, "search").get("results"), "`results`"), kind))


def found_anywhere(said: object) -> tuple[tuple[TargetKind, TmdbWork], ...]:
    """The films and shows with an id elsewhere."""
    value = row(said, "find")
    lists = ((TargetKind.MOVIE, "movie_results"), (TargetKind.SHOW, "tv_results"))
    return tuple((kind, work) for kind, key in lists for work in _found(_list(value, key), kind))


def seasons_of(said: object) -> tuple[Season, ...]:
    """The seasons that were appended to a show."""
    return tuple(season for _, season in _appended(row(said, "show")))


def _found(hits: Iterable[object], kind: TargetKind) -> Iterator[TmdbWork]:
    for hit in hits:
        with contextlib.suppress(RowError):
            value = row(hit, kind.word)
            genres = _list(value, "genre_ids")
            word = "animation" if _ANIMATION in genres else "no animation"
            yield TmdbWork(**_facts(value, kind), genres=(word,) if genres else ())


_NAMES: Mapping[TargetKind, tuple[str, str, str, str]] = {
    TargetKind.SHOW: ("name", "original_name", "first_air_date", "results"),
    TargetKind.MOVIE: ("title", "original_title", "release_date", "titles"),
}
"""How TMDB calls a work's name, its original name, its first day, and the list of its alternative titles."""


def _facts(value: Row, kind: TargetKind) -> dict[str, Any]:
    title, original, day, _ = _NAMES[kind]
    return {
        "tmdb": number(value, "id", least=1),
        "title": text(value, title),
        "day": optional_day(value.get(day)),
        "original_title": optional_text(value.get(original)),
    }


def _named(value: Row, kind: TargetKind) -> Iterator[str]:
    for other in _list(optional_row(value.get("alternative_titles")), _NAMES[kind][3]):
        if title := _text(other, "title"):
            yield title


def _outside(value: Row) -> OutsideIds:
    ids = optional_row(value.get("external_ids"))
    imdb = optional_text(ids.get("imdb_id")) or optional_text(value.get("imdb_id"))
    return OutsideIds(imdb, optional_number(ids.get("tvdb_id")) or None)


def _listed(value: Row) -> Iterator[int]:
    for one in _list(value, "seasons"):
        season = optional_number(optional_row(one).get("season_number"))
        if season is not None:
            yield season


def _appended(value: Row) -> Iterator[tuple[int, Season]]:
    for name, said in value.items():
        if name.startswith(SEASON):
            season = _season(row(said, name))
            yield season.number, season


def _season(value: Row) -> Season:
    episodes = map(_episode, _list(value, "episodes"))
    return Season(
        number(value, "season_number"),
        tuple(sorted((e for e in episodes if e is not None), key=lambda episode: episode.number)),
        title=_text(value, "name"),
    )


def _episode(said: object) -> SeasonEpisode | None:
    value = optional_row(said)
    if not (known := optional_number(value.get("episode_number"))) or known < 0:
        return None
    return SeasonEpisode(known, None, _moment(value.get("air_date")), _text(value, "name"))


def _moment(day: object) -> datetime | None:
    # a day of the network's without a time: at noon UTC it is that day in Japan, too
    found = optional_day(day)
    return datetime.combine(found, time(12), UTC) if found else None


def _lengths(value: Row) -> Iterator[int]:
    """The minutes of a show's episodes, of its regular ones alone: TMDB rarely has a length of the show itself."""
    for name, season in value.items():
        if name.startswith(SEASON) and name != f"{SEASON}0":
            for episode in _list(optional_row(season), "episodes"):
                if minutes := optional_number(optional_row(episode).get("runtime")):
                    yield minutes


def _usual(lengths: Iterable[int]) -> int | None:
    known = list(lengths)
    return median_low(known) if known else None


def _list(value: Row, name: str) -> list[object]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: object, name: str) -> str | None:
    return optional_text(optional_row(value).get(name))


# --- what is kept ---


_READ = frozenset(
    {
        *("id", "name", "title", "original_name", "original_title", "first_air_date", "release_date"),
        *("genres", "genre_ids", "runtime", "imdb_id", "tvdb_id", "external_ids", "alternative_titles"),
        *("results", "titles", "tv_results", "movie_results", "seasons", "season_number", "episodes"),
        *("episode_number", "air_date", "poster_path", "networks"),
    }
)
"""All that is read of an answer, at any depth. A season's list of crew and guests is most of its bytes."""


def trimmed(body: bytes) -> bytes:
    """The same answer without what nobody reads; raises ValueError where it is not JSON."""
    return json.dumps(_without_unread(read_json(body)), ensure_ascii=False, separators=(",", ":")).encode()


def _without_unread(value: object) -> object:
    if isinstance(value, list):
        return [_without_unread(one) for one in value]
    if isinstance(value, dict):
        return {
            name: _without_unread(one)
            for name, one in value.items()
            if name in _READ or name.startswith(SEASON)
        }
    return value
