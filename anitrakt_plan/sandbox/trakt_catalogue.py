"""Trakt's search and its show and film pages: text search, look-up by id, seasons with episodes, aliases."""

import re
from collections.abc import Collection, Iterable, Sequence

from anitrakt_plan.sandbox.catalogue import Json, Movie, Named, Show, Words, constants, words_of
from anitrakt_plan.sandbox.practice import Practice
from anitrakt_plan.sandbox.trakt_views import paged, runtime_of, season_view, work_view
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, empty_answer, json_answer

routes = Routes("trakt")

_ID_TYPES = ("trakt", "imdb", "tmdb", "tvdb")
_SEARCH_TYPES = ("movie", "show", "episode", "person", "list")
_ESCAPED = re.compile(r"\\(.)")
_FIELD = re.compile(r"(?<!\\):")
_EXCLUDED = re.compile(r"(?:^|\s)[-!](?=\w)")


@routes.get("/search/<types>")
def search(practice: Practice, call: Call, types: str) -> Answer:
    """Rough relevance over titles and aliases, 50 a page unless asked.

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
        (score, known.work)
        for known in _with_any(practice, asked)
        if known.work.kind in wanted
        and first <= known.work.year <= last
        and (score := _score(asked, excluded, _names(known, fields))) > 0
    ]
    found.sort(key=lambda row: (-row[0], row[1].kind, row[1].trakt_id))
    rows, headers = paged(call, found, default_limit=50)
    return json_answer([_hit(practice, call, work, score) for score, work in rows], 200, headers)


def _with_any(practice: Practice, words: Words) -> Iterable[Named]:
    """The works that have one of these words or more in a name."""
    named = practice.catalogue.named
    return {key: known for word in words for key, known in named.get(word, {}).items()}.values()


@routes.get("/search/<id_type>/<value>")
def look_up(practice: Practice, call: Call, id_type: str, value: str) -> Answer:
    """What has this id; an empty list where nothing has."""
    if id_type not in _ID_TYPES:
        return empty_answer(404)
    wanted = call.query.get("type", "show,movie").split(",")
    works = [practice.catalogue.work(kind, id_type, value) for kind in ("show", "movie") if kind in wanted]
    found, headers = paged(call, [work for work in works if work], default_limit=50)
    return json_answer([_hit(practice, call, work, None) for work in found], 200, headers)


def _hit(practice: Practice, call: Call, work: Show | Movie, score: float | None) -> Json:
    return {"type": work.kind, "score": score, work.kind: work_view(practice, call, work)}


@routes.get("/<any(shows, movies):kind>/<item>")
def page(practice: Practice, call: Call, kind: str, item: str) -> Answer:
    work = practice.catalogue.work(kind.removesuffix("s"), _path_id_kind(item), item)
    return json_answer(work_view(practice, call, work)) if work else empty_answer(404)


@routes.get("/<any(shows, movies):kind>/<item>/aliases")
def aliases(practice: Practice, _call: Call, kind: str, item: str) -> Answer:
    work = practice.catalogue.work(kind.removesuffix("s"), _path_id_kind(item), item)
    if work is None:
        return empty_answer(404)
    return json_answer(
        [{"title": alias, "country": "us" if alias.isascii() else "jp"} for alias in work.aliases]
    )


@routes.get("/shows/<item>/seasons")
def seasons(practice: Practice, call: Call, item: str) -> Answer:
    """All seasons, with extended=full, episodes or both."""
    show = practice.catalogue.show(_path_id_kind(item), item)
    if show is None:
        return empty_answer(404)
    asked = {"full": call.extended("full"), "episodes": call.extended("episodes")}
    runtime, today = runtime_of(practice.catalogue, show), practice.today
    ordered = sorted(show.seasons, key=lambda season: season.number)
    return json_answer([season_view(season, today, runtime=runtime, **asked) for season in ordered])


@routes.get("/shows/<item>/ratings")
def show_ratings(practice: Practice, call: Call, item: str) -> Answer:
    """A show's ratings; with extended=all a `mal` block where Trakt knows the link."""
    show = practice.catalogue.show(_path_id_kind(item), item)
    if show is None:
        return empty_answer(404)
    view = dict(constants("show_ratings"))
    if call.extended("all"):
        view["tmdb"] = {"rating": 8.0, "votes": 50}
        linked = next(
            (a for a in practice.catalogue.anime_of_shows.get(show.trakt_id, ()) if a.trakt_link), None
        )
        if linked:
            link = f"https://myanimelist.net/anime/{linked.mal}"
            view["mal"] = {"rating": 8.2, "votes": 1000, "link": link}
    return json_answer(view)


def _path_id_kind(item: str) -> str:
    return "trakt" if item.isdigit() else "imdb" if re.fullmatch(r"tt\d+", item) else "slug"


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
    return 2 * len(wanted & own) / (len(wanted) + len(own)) * 900 + (100 if asked == name else 0)


def _names(known: Named, fields: Collection[str]) -> list[Words]:
    """The names that the search looks at."""
    names = [known.title] if "title" in fields else []
    return names + list(known.aliases if {"aliases", "translations", "original_title"} & set(fields) else ())
