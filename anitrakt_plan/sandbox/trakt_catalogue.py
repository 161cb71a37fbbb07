"""Trakt's search and its show and film pages: text search, look-up by id, seasons with episodes, aliases."""

import re
from collections.abc import Collection, Sequence

from anitrakt_plan.sandbox.catalogue import Catalogue, Json, Movie, Show
from anitrakt_plan.sandbox.names import WordsOf
from anitrakt_plan.sandbox.names import words as words_of
from anitrakt_plan.sandbox.paging import paged
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.trakt_views import (
    brief,
    episode_of,
    full_movie_view,
    full_show_view,
    runtime_of,
    season_view,
)
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, json_answer

_ID_TYPES = ("trakt", "imdb", "tmdb", "tvdb")
_SEARCH_TYPES = ("movie", "show", "episode", "person", "list")
_ESCAPED = re.compile(r"\\(.)")
_FIELD = re.compile(r"(?<!\\):")
_EXCLUDED = re.compile(r"(?:^|\s)[-!](?=\w)")


def search(practice: Practice, call: Call, types: str) -> Answer:
    """GET /search/{types}?query=…: rough relevance over titles and aliases, 50 a page unless asked.

    Special characters must be escaped with a backslash: an unescaped colon makes a field name of the word
    before it (and nothing is found), an unescaped - or ! before a word shuts that word out.
    """
    wanted = types.split(",")
    if not set(wanted) <= set(_SEARCH_TYPES):
        return empty_answer(404)
    query = call.query.get("query", "")
    if not query.strip():
        return json_answer({"error": "query is required"}, 400)
    first, last = _years(call.query.get("years", ""))
    fields = call.query.get("fields", "title,original_title,translations,aliases").split(",")
    asked, excluded = _words_of_query(query)
    found = [
        (score, kind, known.work)
        for kind, names in (
            ("show", practice.catalogue.show_names),
            ("movie", practice.catalogue.movie_names),
        )
        if kind in wanted
        for known in names.with_any(asked)
        if first <= known.work.year <= last and (score := _score(asked, excluded, known, fields)) > 0
    ]
    found.sort(key=lambda row: (-row[0], row[1], row[2].trakt_id))
    rows, headers = paged(call, found, default_limit=50)
    full = _full(call)
    views = [
        {"type": kind, "score": score, kind: _view(practice, item, full=full)} for score, kind, item in rows
    ]
    return json_answer(views, 200, headers)


def look_up(practice: Practice, call: Call, id_type: str, value: str) -> Answer:
    """GET /search/{id_type}/{id}?type=…: what has this id; an empty list where nothing has."""
    if id_type not in _ID_TYPES:
        return empty_answer(404)
    wanted = call.query.get("type", "show,movie,episode").split(",")
    rows: list[Json] = []
    show = practice.catalogue.show(id_type, value)
    movie = practice.catalogue.movie(id_type, value)
    place = practice.catalogue.episode(int(value)) if id_type == "trakt" and value.isdigit() else None
    full = _full(call)
    if show and "show" in wanted:
        rows.append({"type": "show", "score": None, "show": _view(practice, show, full=full)})
    if movie and "movie" in wanted:
        rows.append({"type": "movie", "score": None, "movie": _view(practice, movie, full=full)})
    if place and "episode" in wanted:
        rows.append(
            {"type": "episode", "score": None, "episode": episode_of(place), "show": brief(place.show)}
        )
    page, headers = paged(call, rows, default_limit=50)
    return json_answer(list(page), 200, headers)


def show_page(practice: Practice, call: Call, item: str) -> Answer:
    """GET /shows/{id}."""
    show = show_at(practice.catalogue, item)
    return json_answer(_view(practice, show, full=_full(call))) if show else empty_answer(404)


def movie_page(practice: Practice, call: Call, item: str) -> Answer:
    """GET /movies/{id}."""
    movie = movie_at(practice.catalogue, item)
    return json_answer(_view(practice, movie, full=_full(call))) if movie else empty_answer(404)


def seasons(practice: Practice, call: Call, item: str) -> Answer:
    """GET /shows/{id}/seasons, with extended=full, episodes or both."""
    show = show_at(practice.catalogue, item)
    if show is None:
        return empty_answer(404)
    extended = call.query.get("extended", "").split(",")
    runtime = runtime_of(practice.catalogue, show)
    today = _today(practice)
    views = [
        season_view(season, today, full="full" in extended, episodes="episodes" in extended, runtime=runtime)
        for season in sorted(show.seasons, key=lambda season: season.number)
    ]
    return json_answer(views)


def show_aliases(practice: Practice, _call: Call, item: str) -> Answer:
    """GET /shows/{id}/aliases."""
    show = show_at(practice.catalogue, item)
    return json_answer(_aliases(show)) if show else empty_answer(404)


def movie_aliases(practice: Practice, _call: Call, item: str) -> Answer:
    """GET /movies/{id}/aliases."""
    movie = movie_at(practice.catalogue, item)
    return json_answer(_aliases(movie)) if movie else empty_answer(404)


def show_ratings(practice: Practice, call: Call, item: str) -> Answer:
    """GET /shows/{id}/ratings; with extended=all a `mal` block where Trakt knows the link."""
    show = show_at(practice.catalogue, item)
    if show is None:
        return empty_answer(404)
    view: Json = {"rating": 8.1, "votes": 100, "distribution": {str(number): 10 for number in range(1, 11)}}
    if call.query.get("extended") == "all":
        linked = next(
            (
                anime
                for anime in practice.catalogue.anime
                if anime.trakt_link and anime.trakt and anime.trakt.get("show") == show.trakt_id
            ),
            None,
        )
        view["tmdb"] = {"rating": 8.0, "votes": 50}
        if linked:
            link = f"https://myanimelist.net/anime/{linked.mal}"
            view["mal"] = {"rating": 8.2, "votes": 1000, "link": link}
    return json_answer(view)


def show_at(catalogue: Catalogue, item: str) -> Show | None:
    """The show that a path names by Trakt id, IMDb id or slug."""
    return catalogue.show(_path_id_kind(item), item)


def movie_at(catalogue: Catalogue, item: str) -> Movie | None:
    """The film that a path names by Trakt id, IMDb id or slug."""
    return catalogue.movie(_path_id_kind(item), item)


def _path_id_kind(item: str) -> str:
    return "trakt" if item.isdigit() else "imdb" if re.fullmatch(r"tt\d+", item) else "slug"


def _view(practice: Practice, item: Show | Movie, *, full: bool) -> Json:
    if not full:
        return brief(item)
    if isinstance(item, Show):
        return full_show_view(practice.catalogue, item, _today(practice))
    return full_movie_view(item)


def _aliases(item: Show | Movie) -> list[Json]:
    return [{"title": alias, "country": "us" if alias.isascii() else "jp"} for alias in item.aliases]


def _full(call: Call) -> bool:
    return "full" in call.query.get("extended", "").split(",")


def _today(practice: Practice) -> str:
    return practice.clock().date().isoformat()


def _years(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.isdigit():
        return 0, 9999
    return int(first), int(last) if dash and last.isdigit() else int(first)


def _words_of_query(query: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words that are looked for, and those that shut a work out."""
    if _FIELD.search(query):
        return (), frozenset()
    excluded = frozenset(word for part in _EXCLUDED.split(query)[1:] for word in words_of(part)[:1])
    asked = words_of(_ESCAPED.sub(r" \1 ", query))
    return tuple(word for word in asked if word not in excluded), excluded


def _score(
    asked: tuple[str, ...],
    excluded: Collection[str],
    known: WordsOf[Show] | WordsOf[Movie],
    fields: Sequence[str],
) -> float:
    names = [known.title] if "title" in fields else []
    if {"aliases", "translations", "original_title"} & set(fields):
        names += known.aliases
    best = 0.0
    wanted = set(asked)
    for name in names:
        own = set(name)
        if own & set(excluded):
            return 0
        shared = len(wanted & own)
        if shared:
            coverage = 2 * shared / (len(wanted) + len(own))
            best = max(best, coverage * 900 + (100 if asked == name else 0))
    return round(best, 3)
