"""Trakt's search and its show and film pages: text search, look-up by id, seasons with episodes, aliases."""

import re
from collections.abc import Collection, Sequence

from anitrakt_plan.sandbox.catalogue import Json, Movie, Show, Words, WordsOf, words_of
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.trakt_views import (
    brief,
    episode_of,
    full_movie_view,
    full_show_view,
    paged,
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
        if first <= known.work.year <= last and (score := _score(asked, excluded, _names(known, fields))) > 0
    ]
    found.sort(key=lambda row: (-row[0], row[1], row[2].trakt_id))
    rows, headers = paged(call, found, default_limit=50)
    views = [{"type": kind, "score": score, kind: _view(practice, call, work)} for score, kind, work in rows]
    return json_answer(views, 200, headers)


def look_up(practice: Practice, call: Call, id_type: str, value: str) -> Answer:
    """GET /search/{id_type}/{id}?type=…: what has this id; an empty list where nothing has."""
    if id_type not in _ID_TYPES:
        return empty_answer(404)
    catalogue = practice.catalogue
    show, movie = catalogue.show(id_type, value), catalogue.movie(id_type, value)
    place = catalogue.episode(int(value)) if id_type == "trakt" and value.isdigit() else None
    found = {
        "show": show and {"show": _view(practice, call, show)},
        "movie": movie and {"movie": _view(practice, call, movie)},
        "episode": place and {"episode": episode_of(place), "show": brief(place.show)},
    }
    wanted = call.query.get("type", "show,movie,episode").split(",")
    rows = [{"type": kind, "score": None, **row} for kind, row in found.items() if row and kind in wanted]
    rows_of_page, headers = paged(call, rows, default_limit=50)
    return json_answer(rows_of_page, 200, headers)


def page(practice: Practice, call: Call, kind: str, item: str) -> Answer:
    """GET /shows/{id} or /movies/{id}."""
    work = practice.catalogue.work(kind.removesuffix("s"), _path_id_kind(item), item)
    return json_answer(_view(practice, call, work)) if work else empty_answer(404)


def aliases(practice: Practice, _call: Call, kind: str, item: str) -> Answer:
    """GET /shows/{id}/aliases or /movies/{id}/aliases."""
    work = practice.catalogue.work(kind.removesuffix("s"), _path_id_kind(item), item)
    if work is None:
        return empty_answer(404)
    return json_answer(
        [{"title": alias, "country": "us" if alias.isascii() else "jp"} for alias in work.aliases]
    )


def seasons(practice: Practice, call: Call, item: str) -> Answer:
    """GET /shows/{id}/seasons, with extended=full, episodes or both."""
    show = practice.catalogue.show(_path_id_kind(item), item)
    if show is None:
        return empty_answer(404)
    full, episodes = call.extended("full"), call.extended("episodes")
    runtime, today = runtime_of(practice.catalogue, show), _today(practice)
    return json_answer(
        [
            season_view(season, today, full=full, episodes=episodes, runtime=runtime)
            for season in sorted(show.seasons, key=lambda season: season.number)
        ]
    )


def show_ratings(practice: Practice, call: Call, item: str) -> Answer:
    """GET /shows/{id}/ratings; with extended=all a `mal` block where Trakt knows the link."""
    show = practice.catalogue.show(_path_id_kind(item), item)
    if show is None:
        return empty_answer(404)
    view: Json = {"rating": 8.1, "votes": 100, "distribution": {str(number): 10 for number in range(1, 11)}}
    if call.extended("all"):
        view["tmdb"] = {"rating": 8.0, "votes": 50}
        linked = next((a for a in practice.catalogue.anime_on(show.trakt_id) if a.trakt_link), None)
        if linked:
            link = f"https://myanimelist.net/anime/{linked.mal}"
            view["mal"] = {"rating": 8.2, "votes": 1000, "link": link}
    return json_answer(view)


def _path_id_kind(item: str) -> str:
    return "trakt" if item.isdigit() else "imdb" if re.fullmatch(r"tt\d+", item) else "slug"


def _view(practice: Practice, call: Call, work: Show | Movie) -> Json:
    if not call.extended("full"):
        return brief(work)
    if isinstance(work, Show):
        return full_show_view(practice.catalogue, work, _today(practice))
    return full_movie_view(work)


def _today(practice: Practice) -> str:
    return practice.clock().date().isoformat()


def _years(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.isdigit():
        return 0, 9999
    return int(first), int(last) if dash and last.isdigit() else int(first)


def _words_of_query(query: str) -> tuple[Words, frozenset[str]]:
    """The words that are looked for, and those that shut a work out."""
    if _FIELD.search(query):
        return (), frozenset()
    excluded = frozenset(word for part in _EXCLUDED.split(query)[1:] for word in words_of(part)[:1])
    asked = words_of(_ESCAPED.sub(r" \1 ", query))
    return tuple(word for word in asked if word not in excluded), excluded


def _score(asked: Words, excluded: frozenset[str], names: Sequence[Words]) -> float:
    if any(excluded.intersection(name) for name in names):
        return 0
    return round(max((_likeness(asked, name) for name in names), default=0), 3)


def _likeness(asked: Words, name: Words) -> float:
    wanted, own = set(asked), set(name)
    shared = len(wanted & own)
    if not shared:
        return 0
    return 2 * shared / (len(wanted) + len(own)) * 900 + (100 if asked == name else 0)


def _names(known: WordsOf[Show] | WordsOf[Movie], fields: Collection[str]) -> list[Words]:
    """The names that the search looks at."""
    names = [known.title] if "title" in fields else []
    return names + list(known.aliases if {"aliases", "translations", "original_title"} & set(fields) else ())
