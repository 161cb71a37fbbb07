"""Trakt's catalogue: shows, films, seasons, aliases and search, by the client id alone, and cached for long."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

from anitrakt_plan.core.episodes import runs_of
from anitrakt_plan.core.model import Episode, Movie, Run, Season, Show, TargetKind, Work
from anitrakt_plan.errors import Failed
from anitrakt_plan.http import Answer
from anitrakt_plan.trakt.addresses import ResolvedAddress, parse_address
from anitrakt_plan.trakt.client import Trakt, json_of
from anitrakt_plan.trakt.refusals import not_understood, refusal
from anitrakt_plan.trakt.rows import RowError
from anitrakt_plan.trakt.works import aliases_of, found_works, movie_of, seasons_of, show_of

T = TypeVar("T")

_MONTH, _QUARTER = timedelta(days=30), timedelta(days=90)
SEARCH_LIMIT = 10
_FIELDS = "title,original_title,aliases,translations"
_SPECIAL = re.compile(r'[+\-&|!(){}\[\]^"~*?:/\\]')
_PATHS = {TargetKind.SHOW: "shows", TargetKind.MOVIE: "movies"}


class TraktCatalogue:
    """Answers questions about Trakt's catalogue; one request each, or none while the cache has the answer.

    `refresh` asks Trakt even so, `fresh_seasons` for season lists alone, once a run. `offline` never does: what the
    cache lacks is answered as if Trakt had nothing.
    Season lists, which one run asks for again and again, are kept in memory too.
    Everything here raises NotSignedIn without a client id or with a wrong one, and Failed where Trakt fails.
    """

    def __init__(
        self, trakt: Trakt, *, refresh: bool = False, fresh_seasons: bool = False, offline: bool = False
    ) -> None:
        self._trakt = trakt
        self._refresh = refresh
        self._fresh_seasons = fresh_seasons
        self._offline = offline
        self._seasons: dict[int, tuple[Season, ...] | None] = {}

    def show(self, show_id: int) -> Show | None:
        """A show by its Trakt id, without seasons and aliases; None where Trakt has none."""
        return self._work_by(TargetKind.SHOW, str(show_id), show_of)

    def movie(self, movie_id: int) -> Movie | None:
        """A film by its Trakt id; None where Trakt has none."""
        return self._work_by(TargetKind.MOVIE, str(movie_id), movie_of)

    def seasons(self, show_id: int) -> tuple[Season, ...] | None:
        """All seasons with their episodes, season 0 too; None where Trakt has no such show."""
        if show_id in self._seasons:
            return self._seasons[show_id]
        params = {"extended": "full,episodes"}
        found = self._ask(
            f"/shows/{show_id}/seasons", seasons_of, params, refresh=self._refresh or self._fresh_seasons
        )
        if found is not None or self._offline:  # what Trakt lacks now it may have at the next question
            self._seasons[show_id] = found
        return found

    def has_seasons(self, show_id: int) -> bool:
        """Whether this catalogue has the season list in memory."""
        return show_id in self._seasons

    def aliases(self, kind: TargetKind, work_id: int) -> tuple[str, ...]:
        """The other titles of a show or film."""
        return self._ask(f"/{_PATHS[kind]}/{work_id}/aliases", aliases_of) or ()

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
        params = {"type": kind.value, "extended": "full"}
        found = self._ask(f"/search/tmdb/{tmdb}", lambda said: found_works(said, kind), params, keep=_QUARTER)
        return found[0] if found else None

    def resolve_address(self, url: str) -> ResolvedAddress:
        """What a pasted trakt.tv address names; raises ValueError with a sentence where it names nothing."""
        parts = parse_address(url)
        parse: Callable[[object], Show | Movie] = show_of if parts.kind is TargetKind.SHOW else movie_of
        work = self._work_by(parts.kind, quote(parts.slug, safe=""), parse)
        if work is None:
            raise ValueError(f"Trakt has no page `{url.strip()}`")
        if parts.season is None:
            return ResolvedAddress(work)
        runs = self._runs_at(work.id, parts.season, parts.episode)
        if not runs:
            raise ValueError(f"{work.title} has no such season or episode on Trakt: `{url.strip()}`")
        return ResolvedAddress(work, parts.season, parts.episode, runs)

    def _runs_at(self, show_id: int, season: int, episode: int | None) -> tuple[Run, ...]:
        return runs_of(
            Episode(listed.number, place.number)
            for listed in self.seasons(show_id) or ()
            if listed.number == season
            for place in listed.episodes
            if episode in (None, place.number)
        )

    def _work_by(self, kind: TargetKind, key: str, parse: Callable[[object], T]) -> T | None:
        return self._ask(f"/{_PATHS[kind]}/{key}", parse, {"extended": "full"})

    def _ask(
        self,
        path: str,
        parse: Callable[[object], T],
        params: Mapping[str, str | int] | None = None,
        *,
        keep: timedelta = _MONTH,
        refresh: bool | None = None,
    ) -> T | None:
        """The parsed answer; None for 404 and for 204, by which Trakt says that there is nothing."""
        where = f"GET {path}"
        anew = self._refresh if refresh is None else refresh
        answer = self._trakt.public(path, params, keep=keep, refresh=anew, offline=self._offline)
        if self._offline and answer.status == 504:
            return None
        try:
            return _understood(answer, where, parse)
        except Failed:
            if not answer.from_cache or self._offline:
                raise
        # A page that is no answer of Trakt's must not serve from the cache for a month.
        return _understood(self._trakt.public(path, params, keep=keep, refresh=True), where, parse)


def _understood(answer: Answer, where: str, parse: Callable[[object], T]) -> T | None:
    if answer.status in (204, 404):
        return None
    if not answer.ok:
        raise refusal(answer, request=where)
    try:
        return parse(json_of(answer, where))
    except RowError as error:
        raise not_understood(where, str(error)) from None


def escape_query(query: str) -> str:
    """A title as a search query: the signs that Trakt's search reads as operators lose that meaning.

    By the API blueprint, "Special Characters": a backslash before each; `:` and `!` stand in many titles.
    """
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], " ".join(query.split()))
