"""The practice AniList: queries checked against AniList's own types, lists in chunks, errors as recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from anitrakt_plan.sandbox.catalogue import Anime, Json, constants, text_of_file
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from anitrakt_plan.sandbox.practice import KEYS, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, json_answer

# graphql-core takes as long to import as Flask does, and only AniList's first query needs it.
if TYPE_CHECKING:
    from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema

Row = TypeVar("Row")

routes = Routes("anilist")

MAX_CHUNK = 500
MAX_PAGE = 50

_LIMITS = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "29"}
_FORMATS = {"TV": "TV", "Movie": "MOVIE", "OVA": "OVA", "ONA": "ONA", "Special": "SPECIAL", "Music": "MUSIC"}
_SCALES: dict[str, Callable[[int], float]] = {
    "POINT_100": lambda score: score,
    "POINT_10_DECIMAL": lambda score: score / 10,
    "POINT_10": lambda score: max(1, score // 10),
    "POINT_5": lambda score: max(1, round(score / 20)),
    "POINT_3": lambda score: 1 + (score > 35) + (score > 60),
}


class _Refused(Exception):
    """What the service itself refuses, with the status that it answers."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@routes.post("/")
def graphql(practice: Practice, call: Call) -> Answer:
    """Any query over the types of anilist.graphql: 400 where it asks wrongly, else what the service refuses."""
    from graphql import graphql_sync

    body = call.json()
    query = body.get("query") if isinstance(body, dict) else None
    if not isinstance(query, str):
        return _refusal("No query or mutation provided")
    if call.bearer not in (None, KEYS.anilist_token):
        return _refusal("Invalid token")
    roots = _roots(practice, call.bearer == KEYS.anilist_token)
    result = graphql_sync(_schema(), query, roots, variable_values=body.get("variables"))
    if not result.errors:
        return json_answer({"data": result.data}, 200, _LIMITS)
    views = [_error_view(error, result.data is None) for error in result.errors]
    return json_answer({"errors": views, "data": result.data}, views[0]["status"], _LIMITS)


def _error_view(error: GraphQLError, asked_wrongly: bool) -> Json:
    cause = error.original_error
    if not isinstance(cause, _Refused | None) and not asked_wrongly:
        raise cause  # the sandbox's own mistake
    status = cause.status if isinstance(cause, _Refused) else 400
    places = [place.formatted for place in error.locations or ()]
    return {"message": error.message, "status": status, "locations": places}


def _refusal(message: str) -> Answer:
    error = {"message": message, "status": 400, "locations": [{"line": 1, "column": 1}]}
    return json_answer({"errors": [error], "data": None}, 400, _LIMITS)


@cache
def _schema() -> GraphQLSchema:
    from graphql import build_schema

    return build_schema(text_of_file("anilist.graphql"))


# -- the fields of a query; callables are given the field's arguments ------------------------------------


def _roots(practice: Practice, owner: bool) -> Json:
    return {
        "MediaListCollection": lambda _info, **said: _collection(practice, owner, said),
        "Page": lambda info, **said: _page(practice, info, said),
        "Media": lambda _info, **said: _one_media(practice, said),
    }


def _collection(practice: Practice, owner: bool, said: Json) -> Json:
    user = practice.lists.user(said.get("userName") or said.get("userId"), "anilist")
    if user is None:
        raise _Refused("User not found", 404)
    owner = owner and user.name == "sample"
    if user.private and not owner:
        raise _Refused("Private User", 404)
    if said.get("type") is None:
        raise _Refused("validation", 400)
    entries = [entry for entry in user.entries if _asked_for(entry, said, owner)]
    shown, more = _sliced(entries, said.get("chunk"), said.get("perChunk"), MAX_CHUNK)
    return {
        "lists": _lists(practice, shown, single=bool(said.get("forceSingleCompletedList")), user=user),
        "hasNextChunk": more,
        "user": _user_view(user),
    }


def _sliced(rows: list[Row], number: int | None, size: int | None, most: int) -> tuple[list[Row], bool]:
    """A chunk or a page, and whether there is another; 0 counts as 1."""
    size = min(size or most, most)
    end = size * max(1, number or 1)
    return rows[end - size : end], end < len(rows)


def _asked_for(entry: ListEntry, said: Json, owner: bool) -> bool:
    status = entry.status_on("anilist")
    wanted = said.get("status_in") or [said.get("status") or status]
    return said["type"] == "ANIME" and status in wanted and (owner or not entry.private)


def _lists(practice: Practice, entries: Iterable[ListEntry], *, single: bool, user: ListUser) -> list[Json]:
    """Each entry in its status list (the completed split by format) unless hidden, and in its custom lists."""
    lists: dict[str, Json] = {}

    def put(name: str, entry: ListEntry, *, custom: bool, split: bool, status: str | None) -> None:
        kind = {"name": name, "isCustomList": custom, "isSplitCompletedList": split, "status": status}
        row = lists.setdefault(name, {**kind, "entries": []})
        row["entries"].append(_entry_view(practice, entry, user))

    for entry in entries:
        status = entry.status_on("anilist")
        if not entry.hidden:
            split = status == "COMPLETED" and not single
            name = f"Completed {entry.anime.type}" if split else entry.status_on("anilist_list")
            put(name, entry, custom=False, split=split, status=status)
        for name in entry.custom:
            put(name, entry, custom=True, split=False, status=None)
    return list(lists.values())


def _page(practice: Practice, info: GraphQLResolveInfo[Any], said: Json) -> Json:
    asked = _media_arguments(info)
    found = [anime for anime in practice.catalogue.anime if _wanted(anime, asked)]
    shown, more = _sliced(found, said.get("page"), said.get("perPage"), MAX_PAGE)
    return {
        "pageInfo": {
            "total": 5000,  # as unreliable as the real one
            "perPage": min(said.get("perPage") or MAX_PAGE, MAX_PAGE),
            "currentPage": said.get("page") or 1,
            "lastPage": 100,
            "hasNextPage": more,
        },
        "media": [_media_view(practice, anime) for anime in shown],
    }


def _media_arguments(info: GraphQLResolveInfo[Any]) -> Json:
    """What the query asks of a page's media: whether there is a next page depends on it."""
    from graphql import FieldNode, GraphQLObjectType, get_argument_values

    page = info.schema.type_map["Page"]
    assert isinstance(page, GraphQLObjectType)
    selected = info.field_nodes[0].selection_set
    for node in selected.selections if selected else ():
        if isinstance(node, FieldNode) and node.name.value == "media":
            return get_argument_values(page.fields["media"], node, info.variable_values)
    return {}


def _wanted(anime: Anime, said: Json) -> bool:
    tests: dict[str, Callable[[Any], bool]] = {
        "type": lambda value: value == "ANIME",
        "id": lambda value: anime.anilist == value,
        "id_in": lambda value: anime.anilist in value,
        "idMal": lambda value: anime.mal == value,
        "idMal_in": lambda value: anime.mal in value,
        "search": lambda value: _named(anime, value),
    }
    asked = [name for name in tests if said.get(name) is not None]
    return anime.anilist is not None and all(tests[name](said[name]) for name in asked)


def _named(anime: Anime, text: str) -> bool:
    names = [anime.title, anime.english or "", anime.native or "", *anime.synonyms]
    return any(text.casefold() in name.casefold() for name in names)


def _one_media(practice: Practice, said: Json) -> Json:
    for anime in practice.catalogue.anime:
        if _wanted(anime, said):
            return _media_view(practice, anime)
    raise _Refused("Not Found.", 404)


# -- what the fields answer; those of anilist.graphql that are missing here are null ------------------------


def _user_view(user: ListUser) -> Json:
    return {**constants("anilist_user"), "id": user.id, "name": user.name}


def _entry_view(practice: Practice, entry: ListEntry, user: ListUser) -> Json:
    return {
        **constants("anilist_entry"),
        "id": entry.id,
        "userId": user.id,
        "mediaId": entry.anime.anilist,
        "status": entry.status_on("anilist"),
        "score": lambda _info, format="POINT_100": _SCALES[format](entry.score) if entry.score else 0,  # noqa: A006
        "progress": entry.watched,
        "repeat": entry.repeats,
        "private": entry.private,
        "hiddenFromStatusLists": entry.hidden,
        "customLists": lambda _info, **said: _custom_lists(entry, as_array=bool(said.get("asArray"))),
        "startedAt": _fuzzy(entry.started),
        "completedAt": _fuzzy(entry.finished),
        "media": _media_view(practice, entry.anime),
        "user": _user_view(user),
    }


def _custom_lists(entry: ListEntry, *, as_array: bool) -> object:
    if as_array:
        return [{"name": name, "enabled": True} for name in entry.custom]
    return {"Favourites": "Favourites" in entry.custom}


def _media_view(practice: Practice, anime: Anime) -> Json:
    short = anime.type == "TV" and (anime.duration or 24) < 16
    return {
        **constants("anilist_media"),
        "id": anime.anilist,
        "idMal": anime.mal,
        "title": {
            "romaji": anime.title,
            "english": anime.english,
            "native": anime.native,
            "userPreferred": anime.title,
        },
        "synonyms": anime.synonyms,
        "coverImage": {
            "medium": f"{practice.pictures}/cover/{anime.anilist}.png" if practice.pictures else None
        },
        "format": "TV_SHORT" if short else _FORMATS.get(anime.type, "SPECIAL"),
        "status": "RELEASING" if anime.airing else "FINISHED",
        "startDate": _fuzzy(anime.start),
        "endDate": _fuzzy(anime.end),
        "season": anime.season and anime.season.upper(),
        "seasonYear": int(anime.start[:4]) if anime.start else None,
        "episodes": anime.episodes,
        "duration": anime.duration,
        "siteUrl": f"https://anilist.co/anime/{anime.anilist}",
        "relations": lambda _info: _relations(practice, anime),
    }


def _relations(practice: Practice, anime: Anime) -> Json:
    edges = [
        {"relationType": relation.upper(), "node": _media_view(practice, other)}
        for relation, other in practice.catalogue.related(anime)
    ]
    return {"edges": edges, "nodes": [edge["node"] for edge in edges]}


def _fuzzy(text: str | None) -> Json:
    parts: list[int | None] = [int(part) for part in text.split("-")] if text else []
    year, month, day = [*parts, None, None, None][:3]
    return {"year": year, "month": month, "day": day}
