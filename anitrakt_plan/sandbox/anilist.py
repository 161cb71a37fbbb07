"""The practice AniList: list collections in chunks, media by id fifty a page, users, errors as recorded."""

from collections.abc import Callable, Iterable
from typing import Any

from anitrakt_plan.sandbox.anilist_views import STATUS_OF, entry_view, media_view, user_view
from anitrakt_plan.sandbox.catalogue import Anime, Json
from anitrakt_plan.sandbox.graphql import Field, GraphQLMistake, parse, select
from anitrakt_plan.sandbox.limits import ANILIST
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from anitrakt_plan.sandbox.practice import ANILIST_TOKEN, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, json_answer

MOST_A_CHUNK = 500
MOST_A_PAGE = 50

_LIST_NAMES = {
    "CURRENT": "Watching",
    "PAUSED": "Paused",
    "DROPPED": "Dropped",
    "PLANNING": "Planning",
    "REPEATING": "Rewatching",
}
_LOCATIONS = [{"line": 1, "column": 1}]


class _Refused(Exception):
    """An error that the service answers with: message, status, and the field that is null for it."""

    def __init__(self, message: str, status: int, field: str | None) -> None:
        super().__init__(message)
        self.message, self.status, self.field = message, status, field


def graphql(practice: Practice, call: Call) -> Answer:
    """POST: any query over MediaListCollection, Page.media, Media, User and Viewer."""
    headers = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "29"}
    if practice.limits.admit(ANILIST) is not None:
        error = {"message": "Too Many Requests.", "status": 429, "locations": _LOCATIONS}
        return json_answer({"data": None, "errors": [error]}, 429, {"Retry-After": "60"})
    body = call.json()
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _errors("No query or mutation provided", 400, None, headers)
    if call.bearer is not None and call.bearer != ANILIST_TOKEN:
        return _errors("Invalid token", 400, None, headers)
    try:
        roots = parse(body["query"], body.get("variables") or {})
        data = {root.key: _resolve(practice, call, root) for root in roots}
    except GraphQLMistake as mistake:
        return _errors(str(mistake), 400, None, headers)
    except _Refused as refused:
        return _errors(refused.message, refused.status, refused.field, headers)
    return json_answer({"data": data}, 200, headers)


def _resolve(practice: Practice, call: Call, root: Field) -> Any:
    resolvers: dict[str, Callable[[Practice, Call, Field], Any]] = {
        "MediaListCollection": _collection,
        "Page": _page,
        "Media": _one_media,
        "User": _user,
        "Viewer": _viewer,
    }
    if root.name not in resolvers:
        raise GraphQLMistake(f'Cannot query field "{root.name}" on type "Query".')
    return select(resolvers[root.name](practice, call, root), root.fields, root.name)


def _collection(practice: Practice, call: Call, root: Field) -> Json:
    said = root.arguments
    user = _find_user(practice, said)
    if user is None:
        raise _Refused("User not found", 404, "MediaListCollection")
    owner = call.bearer == ANILIST_TOKEN and user.name == "sample"
    if user.private and not owner:
        raise _Refused("Private User", 404, "MediaListCollection")
    if said.get("type") not in ("ANIME", "MANGA"):
        raise _Refused("validation", 400, "MediaListCollection")
    statuses = said.get("status_in") or ([said["status"]] if "status" in said else list(STATUS_OF.values()))
    entries = [
        entry
        for entry in user.entries
        if said["type"] == "ANIME" and STATUS_OF[entry.status] in statuses and (owner or not entry.private)
    ]
    per_chunk = min(int(said.get("perChunk", MOST_A_CHUNK)), MOST_A_CHUNK)
    chunk = max(1, int(said.get("chunk", 1)))  # 0 counts as 1
    shown = entries[(chunk - 1) * per_chunk : chunk * per_chunk]
    return {
        "lists": _lists(practice, shown, single=bool(said.get("forceSingleCompletedList")), user=user),
        "hasNextChunk": chunk * per_chunk < len(entries),
        "user": user_view(user),
    }


def _lists(practice: Practice, entries: Iterable[ListEntry], *, single: bool, user: ListUser) -> list[Json]:
    """Each entry in its status list (the completed split by format) unless hidden, and in its custom lists."""
    lists: dict[str, Json] = {}

    def put(name: str, entry: ListEntry, *, custom: bool, split: bool, status: str | None) -> None:
        row = lists.setdefault(
            name,
            {
                "name": name,
                "isCustomList": custom,
                "isSplitCompletedList": split,
                "status": status,
                "entries": [],
            },
        )
        row["entries"].append(entry_view(practice, entry, user))

    for entry in entries:
        status = STATUS_OF[entry.status]
        if not entry.hidden:
            split = status == "COMPLETED" and not single
            name = f"Completed {entry.anime.type}" if split else _LIST_NAMES.get(status, "Completed")
            put(name, entry, custom=False, split=split, status=status)
        for name in entry.custom:
            put(name, entry, custom=True, split=False, status=None)
    return list(lists.values())


def _page(practice: Practice, _call: Call, root: Field) -> Json:
    page = max(1, int(root.arguments.get("page", 1)))
    per_page = min(int(root.arguments.get("perPage", MOST_A_PAGE)), MOST_A_PAGE)
    asked = next((field for field in root.fields if field.name == "media"), None)
    found = [anime for anime in practice.catalogue.anime if asked and _wanted(anime, asked.arguments)]
    first = (page - 1) * per_page
    return {
        "pageInfo": {
            "total": 5000,  # as unreliable as the real one
            "perPage": per_page,
            "currentPage": page,
            "lastPage": 100,
            "hasNextPage": first + per_page < len(found),
        },
        "media": [media_view(practice, anime) for anime in found[first : first + per_page]],
    }


def _wanted(anime: Anime, said: Json) -> bool:
    if said.get("type", "ANIME") != "ANIME" or anime.anilist is None:
        return False
    tests: dict[str, Callable[[Any], bool]] = {
        "id": lambda value: anime.anilist == value,
        "id_in": lambda value: anime.anilist in value,
        "idMal": lambda value: anime.mal == value,
        "idMal_in": lambda value: anime.mal in value,
        "search": lambda value: _named(anime, str(value)),
    }
    return all(test(said[name]) for name, test in tests.items() if name in said)


def _named(anime: Anime, text: str) -> bool:
    names = [anime.title, anime.english or "", anime.native or "", *anime.synonyms]
    return any(text.casefold() in name.casefold() for name in names)


def _one_media(practice: Practice, _call: Call, root: Field) -> Json:
    found = next((anime for anime in practice.catalogue.anime if _wanted(anime, root.arguments)), None)
    if found is None:
        raise _Refused("Not Found.", 404, "Media")
    return media_view(practice, found)


def _user(practice: Practice, _call: Call, root: Field) -> Json:
    user = _find_user(practice, {"userName": root.arguments.get("name"), "userId": root.arguments.get("id")})
    if user is None or user.private:
        raise _Refused("Not Found.", 404, "User")
    return user_view(user)


def _viewer(practice: Practice, call: Call, _root: Field) -> Json:
    user = practice.lists.user("sample", "anilist")
    if call.bearer != ANILIST_TOKEN or user is None:
        raise _Refused("Unauthorized.", 401, "Viewer")
    return user_view(user)


def _find_user(practice: Practice, said: Json) -> ListUser | None:
    if said.get("userName"):
        return practice.lists.user(str(said["userName"]), "anilist")
    return practice.lists.user_by_id(said.get("userId"), "anilist")


def _errors(message: str, status: int, field: str | None, headers: dict[str, str]) -> Answer:
    error = {"message": message, "status": status, "locations": _LOCATIONS}
    return json_answer({"errors": [error], "data": {field: None} if field else None}, status, headers)
