"""A reading of the rules by which Trakt's own importer turns an upload into requests, for the tests of our files.

Source: trakt/trakt-web, `projects/client/src/lib/sections/settings/import/` as of August 2026:
`parsers/TvTimeCsvParser.ts` (which layout a file is), `parsers/TvTimeGdprParser.ts`, `parsers/TraktCsvParser.ts`,
`parsers/TraktJsonParser.ts`, `parsers/utils/*`, `engine/pickIds.ts`, `engine/buildHistoryPayload.ts`,
`engine/buildRatingsPayload.ts`, `engine/buildWatchlistPayload.ts`, `syncToTrakt.ts`. Written anew from what they do.
Where versions of that summer differ (`cautious`), both are read, and our files must mean the same to both.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CHUNK = 100


@dataclass
class Item:
    """What the importer makes of a row, whatever the layout."""

    action: str
    type: str
    ids: dict[str, Any]
    title: str | None = None
    year: int | None = None
    watched_at: str | None = None
    rating: float | None = None
    rated_at: str | None = None
    season: int | None = None
    episode: int | None = None
    show_tvdb: int | None = None


@dataclass
class Requests:
    """The bodies that the importer sends, in order, and the films it can't resolve without asking."""

    history: list[dict[str, Any]] = field(default_factory=list)
    watchlist: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    unresolved: list[Item] = field(default_factory=list)


def upload(menu: str, name: str, text: str, *, old: bool = False) -> Requests:
    """Choose `menu` on the import page and give it a file. Raises ValueError where the page shows an error.

    `old`: as the page read files in June, before it knew of seasons and of positions.
    """
    if menu == "TV Time":
        items = _tv_time(name, text, old=old)
    elif menu == "CSV":
        _need(name.endswith(".csv"), "not a csv")
        items = [item for row in _table(text) for item in _csv_row(row, old=old)]
    else:
        _need(menu == "JSON" and name.endswith(".json"), "not a json")
        read = json.loads(text)
        items = [
            item for entry in (read if isinstance(read, list) else [read]) for item in _json_entry(entry, old)
        ]
    return _requests([item for item in items if menu == "TV Time" or _valid(item)])


def _need(condition: bool, why: str) -> None:
    if not condition:
        raise ValueError(why)


def _table(text: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text)) if any(row.values())]


def _int(text: object) -> int | None:
    found = re.match(r"\s*-?\d+", str(text or ""))
    return int(found[0]) if found else None


def _id(value: object) -> int | None:
    number = _int(value)
    return number if number is not None and number > 0 else None


def _date(text: str | None) -> str | None:
    """What JavaScript's Date makes of it: an ISO text, or nothing, and nothing means *now* to Trakt."""
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T12:00:00+00:00"
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (
        (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    )


# --- TV Time ---


def _tv_time(name: str, text: str, *, old: bool) -> list[Item]:
    _need(name.endswith(".csv"), "TV Time takes .csv and .zip")
    rows = _table(text)
    _need(bool(rows), "no rows")
    first = rows[0]
    if name.startswith("tvtime-") or "series_tvdb_id" in first:
        layout = "export"
    elif "media_type" in first:
        layout = "extractor"
    elif "imdb_id" in first:
        layout = "liberator"
    elif "type-uuid-n" in first or "key" in first:
        layout = "gdpr"
    else:
        layout = "unknown"
    _need(layout == "gdpr", f"read as {layout}")
    _need(name not in ("ratings-live-votes.csv", "lists-prod-lists.csv"), "read as votes or lists")
    return [item for row in rows if (item := _gdpr_episode(row, old=old))]


def _gdpr_episode(row: dict[str, str], *, old: bool) -> Item | None:
    if not (row.get("key") or "").startswith("watch-episode-"):
        return None
    own = _int(row.get("episode_id") if old else row.get("ep_id") or row.get("episode_id"))
    season = _int(row.get("s_no") or row.get("season_number"))
    number = _int(row.get("ep_no") or row.get("episode_number"))
    show = None if old else _int(row.get("s_id"))
    if own is None and (show is None or season is None or number is None):
        return None
    return Item(
        "history",
        "episode",
        {} if own is None else {"tvdb": own},
        title=row.get("series_name"),
        season=season,
        episode=number,
        show_tvdb=show,
        watched_at=_date(row.get("created_at")),
    )


# --- CSV and JSON ---


def _type(word: str | None, *, old: bool) -> str:
    word = (word or "movie").lower()
    if word in ("show", "series", "tv series"):
        return "show"
    if word == "season" and not old:
        return "season"
    return "episode" if word == "episode" else "movie"


def _action(word: str) -> str:
    return {"watchlist": "watchlist", "ratings": "ratings", "rating": "ratings"}.get(word.lower(), "history")


def _watched_at(text: str | None) -> str | None:
    return "unknown" if text == "unknown" else _date(text)


def _csv_row(raw: dict[str, str], *, old: bool) -> list[Item]:
    row = {key.lower().strip(): value for key, value in raw.items()}
    ids = {
        "trakt": _id(row.get("trakt", row.get("trakt_id"))),
        "imdb": row.get("imdb", row.get("imdb_id")) or None,
        "tmdb": _id(row.get("tmdb", row.get("tmdb_id"))),
        "tvdb": _id(row.get("tvdb", row.get("tvdb_id"))),
    }
    title, year = row.get("title", row.get("name")), _int(row.get("year"))
    if not any(ids.values()) and not (title and year):
        return []
    base = {
        "type": _type(row.get("type"), old=old),
        "ids": ids,
        "title": title,
        "year": year,
        "season": _int(row.get("season")),
        "episode": _int(row.get("episode")),
    }
    rating = _int(row.get("rating"))
    _need(bool(row.get("action")), "our rows name their action")
    action = _action(row["action"])
    of_rating = {"rating": rating, "rated_at": _date(row.get("rated_at"))} if action == "ratings" else {}
    return [Item(action, watched_at=_watched_at(row.get("watched_at")), **base, **of_rating)]  # type: ignore[arg-type]


def _json_entry(entry: dict[str, Any], old: bool) -> list[Item]:
    nested = any(entry.get(name) is not None for name in ("movie", "show", "episode"))
    _need(nested and bool(entry.get("action")), "our rows are nested and name their action")
    kind = _type(entry.get("type"), old=old)
    media = entry.get("show") if kind == "episode" else (entry.get("movie") or entry.get("show"))
    episode = entry.get("episode") if kind == "episode" else None
    ids = (episode or {}).get("ids") or (media or {}).get("ids") or {}
    return [
        Item(
            _action(entry["action"]),
            kind,
            {**{name: _id(ids.get(name)) for name in ("trakt", "tmdb", "tvdb")}, "imdb": ids.get("imdb")},
            title=(media or {}).get("title"),
            year=(media or {}).get("year"),
            watched_at=_watched_at(entry.get("watched_at")),
            rating=entry.get("rating"),
            rated_at=_date(entry.get("rated_at")),
            season=(episode or {}).get("season"),
            episode=(episode or {}).get("number"),
        )
    ]


# --- from items to requests ---

_PRIORITY = {
    "movie": ("imdb", "tmdb", "trakt"),
    "show": ("imdb", "tvdb", "trakt", "tmdb"),
    "season": ("tvdb", "trakt", "tmdb"),
}


def _picked(item: Item) -> dict[str, Any] | None:
    priority = _PRIORITY.get(item.type)
    if priority is None:
        positional = item.season is not None and item.episode is not None
        priority = ("tvdb", "trakt") if positional else ("tvdb", "trakt", "tmdb", "imdb")
    name = next((name for name in priority if item.ids.get(name) is not None), None)
    return {name: item.ids[name]} if name else None


def _positional(item: Item) -> bool:
    return item.show_tvdb is not None and item.season is not None and item.episode is not None


def _valid(item: Item) -> bool:
    return _picked(item) is not None or bool(item.title and item.year) or _positional(item)


def _requests(items: list[Item]) -> Requests:
    found = Requests()
    found.unresolved = [item for item in items if item.type == "movie" and not _picked(item)]
    for action, target, body in (
        ("history", found.history, _history_body),
        ("watchlist", found.watchlist, _watchlist_body),
        ("ratings", found.ratings, _ratings_body),
    ):
        chosen = [item for item in items if item.action == action]
        target += [body(chosen[start : start + CHUNK]) for start in range(0, len(chosen), CHUNK)]
    return found


def _history_body(items: list[Item]) -> dict[str, Any]:
    body: dict[str, Any] = {"movies": [], "shows": [], "seasons": [], "episodes": []}
    by_show: dict[int, dict[int, list[dict[str, Any]]]] = {}
    for item in items:
        ids, when = _picked(item), {"watched_at": item.watched_at} if item.watched_at else {}
        if item.type == "episode" and not ids and _positional(item):
            seasons = by_show.setdefault(item.show_tvdb or 0, {})
            seasons.setdefault(item.season or 0, []).append({"number": item.episode, **when})
        elif ids:
            body[f"{item.type}s"].append({"ids": ids, **when})
        elif item.type == "show" and item.title and item.year:
            body["shows"].append({"title": item.title, "year": item.year, **when})
    body["shows"] += [
        {"ids": {"tvdb": tvdb}, "seasons": [{"number": n, "episodes": eps} for n, eps in seasons.items()]}
        for tvdb, seasons in by_show.items()
    ]
    return body


def _watchlist_body(items: list[Item]) -> dict[str, Any]:
    body: dict[str, Any] = {"movies": [], "shows": [], "seasons": [], "episodes": []}
    for item in items:
        if ids := _picked(item):
            body[f"{item.type}s"].append({"ids": ids})
    return body


def _ratings_body(items: list[Item]) -> dict[str, Any]:
    body: dict[str, Any] = {"movies": [], "shows": [], "seasons": [], "episodes": []}
    for item in items:
        ids = _picked(item)
        if ids and item.rating is not None:
            rated_at = {"rated_at": item.rated_at} if item.rated_at else {}
            rating = min(10, max(1, round(item.rating)))
            body[f"{item.type}s"].append({"ids": ids, "rating": rating, **rated_at})
    return body
