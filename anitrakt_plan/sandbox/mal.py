"""The practice MyAnimeList: GET /users/{name}/animelist with its fields, paging and three meanings of 403."""

import re
from collections.abc import Container
from urllib.parse import urlencode

from anitrakt_plan.sandbox.catalogue import Anime, Json, constants
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from anitrakt_plan.sandbox.practice import KEYS, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, json_answer

routes = Routes("mal")

_ALWAYS_OF_STATUS = ("status", "score", "num_episodes_watched", "is_rewatching", "updated_at")
_ALWAYS_OF_NODE = ("id", "title", "main_picture")


def unknown_client(_practice: Practice, call: Call) -> Answer | None:
    """The refusal of a wrong token, or of no client id or a wrong one where there is no token."""
    if call.bearer is not None:
        return None if call.bearer == KEYS.mal_token else _error(401, "invalid_token", "token is invalid")
    client = call.headers.get("x-mal-client-id")
    if not client:
        return _error(403, "forbidden", "")
    return None if client == KEYS.mal_client_id else _error(400, "bad_request", "Invalid client id")


@routes.get("/users/<name>/animelist")
def animelist(practice: Practice, call: Call, name: str) -> Answer:
    """A user's list; `@me` is the token's own."""
    if name == "@me" and call.bearer is None:
        return _error(401, "invalid_token", "token is invalid")
    user = practice.lists.user("sample" if name == "@me" else name, "mal")
    if user is None:
        return _error(404, "not_found", "")
    if user.private and not call.bearer:
        return _error(403, "not_permitted", "This list is private.")
    if call.query.get("status", "") not in ("", *(words["mal"] for words in constants("statuses").values())):
        return _error(400, "bad_request", "invalid status")
    entries = _entries(call, user)
    limit, offset = min(call.number("limit", 100), 1000), call.number("offset", 0)
    fields = parse_fields(call.query.get("fields", ""))
    rows = [_row(entry, fields) for entry in entries[offset : offset + limit]]
    return json_answer({"data": rows, "paging": _paging(call, limit, offset, len(entries))})


def _paging(call: Call, limit: int, offset: int, count: int) -> Json:
    pages = {"next": offset + limit, "previous": max(0, offset - limit)}
    return {
        name: f"{call.base_url}{call.path}?{urlencode({**call.query, 'offset': start})}"
        for name, start in pages.items()
        if start != offset and start < count
    }


def _entries(call: Call, user: ListUser) -> list[ListEntry]:
    status, nsfw = call.query.get("status"), call.query.get("nsfw") in ("true", "1")
    entries = [
        entry
        for entry in user.entries
        if entry.anime.mal is not None
        and status in (None, "", entry.status_on("mal"))
        and (nsfw or entry.anime.nsfw == "white")
    ]
    by_title = call.query.get("sort") == "anime_title"
    return sorted(entries, key=lambda entry: entry.anime.title.casefold()) if by_title else entries


@routes.get("/anime/<int:mal_id>")
def anime_detail(practice: Practice, call: Call, mal_id: int) -> Answer:
    anime = practice.catalogue.anime_by(mal=mal_id)
    if anime is None:
        return _error(404, "not_found", "")
    return json_answer(_chosen(_node(anime), _ALWAYS_OF_NODE, parse_fields(call.query.get("fields", ""))))


def parse_fields(text: str) -> dict[str, list[str]]:
    """`a,b{c,d}` as {"a": [], "b": ["c", "d"]}."""
    return {
        found[1]: [part.strip() for part in (found[2] or "").split(",") if part.strip()]
        for found in re.finditer(r"([\w@]+)\s*(?:\{([^}]*)\})?", text)
    }


def _row(entry: ListEntry, fields: dict[str, list[str]]) -> Json:
    row: Json = {"node": _chosen(_node(entry.anime), _ALWAYS_OF_NODE, fields)}
    if "list_status" in fields:
        row["list_status"] = _chosen(_list_status(entry), _ALWAYS_OF_STATUS, fields["list_status"])
    return row


def _chosen(values: Json, always: tuple[str, ...], asked: Container[str]) -> Json:
    return {
        key: value for key, value in values.items() if (key in always or key in asked) and value is not None
    }


def _node(anime: Anime) -> Json:
    return {
        "id": anime.mal,
        "title": anime.title,
        "main_picture": {"medium": f"https://example.org/{anime.mal}.jpg"},
        "alternative_titles": {
            "synonyms": anime.synonyms,
            "en": anime.english or "",
            "ja": anime.native or "",
        },
        "start_date": anime.start,
        "end_date": anime.end,
        "media_type": anime.type.lower().replace(" ", "_"),
        "num_episodes": anime.episodes or 0,
        "start_season": anime.season and {"year": int((anime.start or "")[:4]), "season": anime.season},
        "status": "currently_airing" if anime.airing else "finished_airing",
        "nsfw": anime.nsfw,
        "average_episode_duration": (anime.duration or 0) * 60,
        "source": "manga",
    }


def _list_status(entry: ListEntry) -> Json:
    return {
        **constants("mal_status"),
        "status": entry.status_on("mal"),
        "score": entry.score_of_ten,
        "num_episodes_watched": entry.watched,
        "is_rewatching": entry.status == "rewatching",
        "start_date": entry.started,
        "finish_date": entry.finished,
        "num_times_rewatched": entry.repeats,
    }


def _error(status: int, error: str, message: str) -> Answer:
    return json_answer({"error": error, "message": message}, status)
