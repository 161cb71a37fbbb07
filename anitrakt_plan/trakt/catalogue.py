"""Trakt's catalogue: shows, films, seasons, aliases and search, by the client id alone, and cached for long."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from anitrakt_plan.http import Answer, jittered
from anitrakt_plan.http.answers import asked_anew_at_need
from anitrakt_plan.json_rows import (
    Row,
    RowError,
    inner,
    number,
    optional_day,
    optional_moment,
    optional_number,
    optional_row,
    optional_text,
    row,
    rows,
    text,
)
from anitrakt_plan.model import Movie, Season, SeasonEpisode, Show, TargetKind, TmdbId, TraktId, Work, WorkId
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.errors import refusal, understood

T = TypeVar("T")

_MONTH, _QUARTER = timedelta(days=30), timedelta(days=90)

SEARCH_LIMIT = 10

_FIELDS = "title,original_title,aliases,translations"

_SPECIAL = re.compile(r'[+\-&|!(){}\[\]^"~*?:/\\]')


class TraktCatalogue:
    """Answers questions about Trakt's catalogue; one request each, or none while the cache has the answer.

    `refresh` asks Trakt even so, `fresh_seasons` for season lists alone, once a run. `offline` never does: what the
    cache lacks is answered as if Trakt had nothing. `asks_again`: where the cache says that Trakt lacks something, it
    is asked once more. Raises NotSignedIn for the client id, and Failed.
    """

    def __init__(
        self,
        trakt: Trakt,
        *,
        refresh: bool = False,
        fresh_seasons: bool = False,
        offline: bool = False,
        asks_again: bool = False,
    ) -> None:
        self._trakt = trakt
        self._asks_again = asks_again
        self._refresh = refresh
        self._fresh_seasons = fresh_seasons
        self._offline = offline
        self._seasons: dict[WorkId, tuple[Season, ...] | None] = {}

    def show(self, show_id: WorkId) -> Show | None:
        """A show by its id, without seasons and aliases; None where Trakt has none."""
        trakt_id = self._trakt_id(TargetKind.SHOW, show_id)
        return None if trakt_id is None else self._work_by(TargetKind.SHOW, str(trakt_id), show_of)

    def movie(self, movie_id: WorkId) -> Movie | None:
        """A film by its id; None where Trakt has none."""
        trakt_id = self._trakt_id(TargetKind.MOVIE, movie_id)
        return None if trakt_id is None else self._work_by(TargetKind.MOVIE, str(trakt_id), movie_of)

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        """All seasons with their episodes, season 0 too; None where Trakt has no such show."""
        if show_id in self._seasons:
            return self._seasons[show_id]
        trakt_id, params = self._trakt_id(TargetKind.SHOW, show_id), {"extended": "full,episodes"}
        found = None
        if trakt_id is not None:
            found = self._ask(f"/shows/{trakt_id}/seasons", seasons_of, params, anew=self._fresh_seasons)
        if found is not None or self._offline:  # what Trakt lacks now it may have at the next question
            self._seasons[show_id] = found
        return found

    def came_with_seasons(self, show_id: WorkId) -> Show | None:  # noqa: ARG002  (the port's)
        """Nothing: Trakt gives a season list by itself."""
        return None

    def has_seasons(self, show_id: WorkId) -> bool:
        """Whether this catalogue has the season list in memory."""
        return show_id in self._seasons

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        """The other titles of a show or film."""
        trakt_id = self._trakt_id(kind, work_id)
        return () if trakt_id is None else self._ask(f"/{kind.path}/{trakt_id}/aliases", aliases_of) or ()

    def poster(self, kind: TargetKind, work_id: WorkId) -> str | None:
        """The address of a work's picture on Trakt's picture host; None where it has none."""
        trakt_id = self._trakt_id(kind, work_id)
        if trakt_id is None:
            return None
        return self._ask(f"/{kind.path}/{trakt_id}", poster_of, {"extended": "images"})

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        """The shows or films that Trakt finds for a title, best first by its own rough order."""
        escaped = escape_query(query)
        if not escaped:
            return ()
        limits: dict[str, str | int] = {"limit": SEARCH_LIMIT, "fields": _FIELDS}
        params = {"query": escaped, "extended": "full", **limits}
        return self._ask(f"/search/{kind.value}", lambda said: found_works(said, kind), params) or ()

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        """The show or film with this TMDB id. The kind is always named: TMDB counts films and shows apart."""
        path, params = _search_by_tmdb(kind, tmdb)
        found = self._ask(path, lambda said: found_works(said, kind), params, keep=_QUARTER)
        return found[0] if found else None

    def kept_id(self, kind: TargetKind, tmdb: int) -> TraktId | None:
        """Trakt's id for TMDB's, where the cache has an answer that still holds; else nobody is asked."""
        path, params = _search_by_tmdb(kind, tmdb)
        answer = self._trakt.public(path, params, keep=_QUARTER, offline=True)
        return self._trakt_id(kind, TmdbId(tmdb)) if answer.ok and not answer.stale else None

    def by_imdb(self, imdb: str) -> Work | None:
        """The film, or else the show, with this IMDb id; None where Trakt has none."""
        params = {"type": "movie,show", "extended": "full"}
        found = self._ask(f"/search/imdb/{imdb}", found_films_first, params, keep=_QUARTER)
        return found[0] if found else None

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        """The show or film of a page on trakt.tv; None where Trakt has none."""
        return self._work_by(kind, quote(slug, safe=""), _PARSERS[kind])

    def _trakt_id(self, kind: TargetKind, work_id: WorkId) -> TraktId | None:
        if not isinstance(work_id, TmdbId):
            return work_id
        work = self.by_tmdb(kind, work_id.number)
        return None if work is None or isinstance(work.id, TmdbId) else work.id

    def _work_by(self, kind: TargetKind, key: str, parse: Callable[[object], T]) -> T | None:
        return self._ask(f"/{kind.path}/{key}", parse, {"extended": "full"})

    def _ask(
        self,
        path: str,
        parse: Callable[[object], T],
        params: Mapping[str, str | int] | None = None,
        *,
        keep: timedelta = _MONTH,
        anew: bool = False,
    ) -> T | None:
        """The parsed answer; None for 404 and for 204, by which Trakt says that there is nothing."""
        kept = jittered(keep, path)
        return asked_anew_at_need(
            lambda past: self._trakt.public(path, params, keep=kept, refresh=past, offline=self._offline),
            lambda answer: _parsed(answer, f"GET {path}", parse),
            refresh=self._refresh or anew,
            offline=self._offline,
            doubts_nothing=self._asks_again,
        )


def _search_by_tmdb(kind: TargetKind, tmdb: int) -> tuple[str, dict[str, str | int]]:
    return f"/search/tmdb/{tmdb}", {"type": kind.value, "extended": "full"}


def _parsed(answer: Answer, where: str, parse: Callable[[object], T]) -> T | None:
    if answer.status in (204, 404):
        return None
    if not answer.ok:
        raise refusal(answer, request=where)
    return understood(answer, where, parse)


def escape_query(query: str) -> str:
    """A title as a search query, a backslash before each operator (API blueprint, "Special Characters")."""
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], " ".join(query.split()))


# --- Trakt's JSON of shows, films, seasons and aliases, as the model's values ---


def show_of(said: object) -> Show:
    """A show; raises RowError where id or title are missing."""
    value = row(said, "show")
    return Show(
        **_facts(value),
        aired_episodes=optional_number(value.get("aired_episodes")),
        network=optional_text(value.get("network")),
    )


def movie_of(said: object) -> Movie:
    """A film; raises RowError where id or title are missing."""
    value = row(said, "movie")
    return Movie(**_facts(value), released=optional_day(value.get("released")))


def _facts(value: Row) -> dict[str, Any]:
    """What shows and films have in common. 0 for a year or a length says that nobody knows it yet."""
    ids, genres = inner(value, "ids"), value.get("genres")
    return {
        "id": number(ids, "trakt", least=1),
        "title": text(value, "title"),
        "year": optional_number(value.get("year")) or None,
        "slug": optional_text(ids.get("slug")),
        "tmdb": optional_number(ids.get("tmdb")),
        "original_title": optional_text(value.get("original_title")),
        "runtime": optional_number(value.get("runtime")) or None,
        "genres": tuple(name for name in genres if isinstance(name, str)) if isinstance(genres, list) else (),
    }


_PARSERS: Mapping[TargetKind, Callable[[object], Work]] = {
    TargetKind.SHOW: show_of,
    TargetKind.MOVIE: movie_of,
}


def found_works(said: object, kind: TargetKind) -> tuple[Work, ...]:
    """The works in a search answer, in its order; hits of another kind, or without id or title, are left out."""
    works: list[Work] = []
    for hit in rows(said, "`search`"):
        with contextlib.suppress(RowError):
            works.append(_PARSERS[kind](optional_row(hit).get(kind.value)))
    return tuple(works)


def found_films_first(said: object) -> tuple[Work, ...]:
    """The works in an answer that may hold both kinds."""
    return (*found_works(said, TargetKind.MOVIE), *found_works(said, TargetKind.SHOW))


def seasons_of(said: object) -> tuple[Season, ...]:
    """All seasons and their episodes in order, without episodes that lack a number or an id: they can't be sent."""
    seasons = (_season(row(value, "season")) for value in rows(said, "`seasons`"))
    return tuple(sorted(seasons, key=lambda season: season.number))


def poster_of(said: object) -> str | None:
    """The first poster; Trakt gives addresses without their scheme."""
    posters = optional_row(row(said, "work").get("images")).get("poster")
    first = optional_text(posters[0]) if isinstance(posters, list) and posters else None
    return first if first is None or "://" in first else f"https://{first}"


def aliases_of(said: object) -> tuple[str, ...]:
    """Each other title once. Raises RowError where the answer is no list."""
    titles = (optional_text(optional_row(value).get("title")) for value in rows(said, "`aliases`"))
    return tuple(dict.fromkeys(title for title in titles if title))


def _season(value: Row) -> Season:
    listed = value.get("episodes")
    episodes = map(_episode, listed if isinstance(listed, list) else ())
    return Season(
        number=number(value, "number"),
        episodes=tuple(sorted((e for e in episodes if e is not None), key=lambda episode: episode.number)),
        id=optional_number(optional_row(value.get("ids")).get("trakt")),
        title=optional_text(value.get("title")),
    )


def _episode(said: object) -> SeasonEpisode | None:
    value = optional_row(said)
    try:
        return SeasonEpisode(
            number=number(value, "number", least=1),
            id=number(inner(value, "ids"), "trakt", least=1),
            first_aired=optional_moment(value.get("first_aired")),
            title=optional_text(value.get("title")),
        )
    except RowError:
        return None
