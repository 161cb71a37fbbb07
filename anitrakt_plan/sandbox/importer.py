"""Trakt's own import page, as a practice: by its rules a file becomes requests, which look at nothing that is there.

Source: trakt/trakt-web, `projects/client/src/lib/sections/settings/`, August 2026: `import/parsers/TvTimeCsvParser.ts`
(which layout a file is), `TvTimeExportParser.ts`, `TraktCsvParser.ts`, `TraktJsonParser.ts`, `import/parsers/utils/*`,
`import/engine/pickIds.ts`, `buildHistoryPayload.ts`, `buildRatingsPayload.ts`, `buildWatchlistPayload.ts`,
`import/syncToTrakt.ts`, `sync/constants`. Written anew from what they do.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from anitrakt_plan.sandbox.catalogue import Json

CHUNK = 100
TRIES = 3

Post = Callable[[str, Json], int]
"""Sends a body to a path of the API, and gives back the status; raises OSError where the answer is lost."""


class NotImportableError(ValueError):
    """What the page says instead of taking a file."""


@dataclass
class Item:
    """What the importer makes of a row, whatever the layout."""

    action: str
    type: str
    ids: Json
    title: str | None = None
    year: int | None = None
    watched_at: str | None = None
    rating: float | None = None
    rated_at: str | None = None
    season: int | None = None
    episode: int | None = None
    show: Json = field(default_factory=dict)  # the show's ids, beside season and episode


@dataclass
class Upload:
    """A file as the page has read it, before *Start Import*. `unresolved` films would be searched by their titles."""

    items: list[Item]

    @property
    def announced(self) -> dict[str, int]:
        """The numbers that the page shows, in its words."""
        words = {
            "history": "items for History",
            "watchlist": "items for Watchlist",
            "ratings": "ratings",
        }
        counts = {word: sum(item.action == action for item in self.items) for action, word in words.items()}
        return {word: count for word, count in counts.items() if count}

    @property
    def unresolved(self) -> list[Item]:
        return [item for item in self.items if item.type == "movie" and not _picked(item)]

    def requests(self) -> Iterator[tuple[str, Json]]:
        """The bodies that *Start Import* sends, in order, and where."""
        return ((path, body) for path, body, _ in self.batches())

    def batches(self) -> Iterator[tuple[str, Json, int]]:
        """The same, each with the number of its items."""
        for action, body in (
            ("history", _history_body),
            ("watchlist", _listed_body),
            ("ratings", _ratings_body),
        ):
            chosen = [item for item in self.items if item.action == action]
            for start in range(0, len(chosen), CHUNK):
                some = chosen[start : start + CHUNK]
                yield f"/sync/{action}", body(some), len(some)


def start_import(upload: Upload, post: Post) -> int:
    """Send it all; how many items the page says have failed: whole hundreds, each after three tries.

    A batch is repeated after any error, also where the server had taken it in and its answer was lost.
    """
    failed = 0
    for path, body, count in upload.batches():
        if not any(_is_sent(post, path, body) for _ in range(TRIES)):
            failed += count
    return failed


def _is_sent(post: Post, path: str, body: Json) -> bool:
    try:
        return post(path, body) < 400
    except OSError:
        return False


def read_upload(tab: str, name: str, data: bytes) -> Upload:
    """Choose a tab (TV Time, CSV, JSON) and give it a file. Raises NotImportableError where the page shows an error."""
    match tab:
        case "TV Time":
            return Upload(_tv_time(name, data))
        case "CSV":
            _need(name.endswith(".csv"), "the file is not a .csv")
            return Upload([item for row in _table(data.decode()) for item in _csv_row(row) if _valid(item)])
        case "JSON":
            return Upload([item for item in _json(name, data) if _valid(item)])
    raise NotImportableError(f"there is no tab {tab}")


def _need(condition: bool, why: str) -> None:
    if not condition:
        raise NotImportableError(why)


def _table(text: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text)) if any(row.values())]


def _int(text: object) -> int | None:
    found = re.match(r"\s*-?\d+", str(text or ""))
    return int(found[0]) or None if found else None


def _date(text: object) -> str | None:
    """What JavaScript's Date makes of it: an ISO text, or nothing, and nothing means *now* to Trakt."""
    if not isinstance(text, str) or not text:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T12:00:00+00:00"
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    instant = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _date_or_unknown(text: object) -> str | None:
    return "unknown" if text == "unknown" else _date(text)


# --- TV Time ---


def _tv_time(name: str, data: bytes) -> list[Item]:
    if name.endswith(".zip"):
        return _export_zip(data)
    _need(name.endswith(".csv"), "TV Time takes .csv and .zip")
    first = next(iter(_table(data.decode())), {})
    # Of the layouts that TV Time has as CSV, none is read here: it is enough that a file is taken for none of them.
    is_one = name.startswith("tvtime-") or first.keys() & {
        *("series_tvdb_id", "media_type", "imdb_id", "type-uuid-n", "key", "notification_offset", "vote_key")
    }
    _need(not is_one, "one of TV Time's CSV layouts, which are not practised here")
    raise NotImportableError("none of TV Time's files")


def _export_zip(data: bytes) -> list[Item]:
    """The zip of TV Time's export tool, as JSON. What is no `tvtime-*` file is passed over."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = {
                path.rpartition("/")[2]: archive.read(path)
                for path in archive.namelist()
                if path.rpartition("/")[2].startswith("tvtime-") and path.endswith((".json", ".csv"))
            }
    except zipfile.BadZipFile:
        raise NotImportableError("the .zip can't be read") from None
    _need(bool(texts), "no TV Time files in the .zip")
    _need(not any(name.endswith(".csv") for name in texts), "CSV in the .zip, which is not practised here")
    items: list[Item] = []
    for name, text in texts.items():
        rows = json.loads(text)
        items += _movies(rows) if "movies" in name else _series(rows) if "series" in name else []
    return _folded(items)


def _movies(rows: Iterable[Json]) -> Iterator[Item]:
    for row in rows:
        ids = _ids(row)
        if row.get("is_watched") is True and ids:
            yield Item(
                "history", "movie", ids, row.get("title"), row.get("year"), _date(row.get("watched_at"))
            )


def _ids(row: Json) -> Json:
    return {name: value for name, value in (row.get("id") or {}).items() if value and value != "-1"}


def _series(rows: Iterable[Json]) -> Iterator[Item]:
    for row in rows:
        show = _ids(row)
        for season, episode in _episodes(row):
            own = {name: value for name, value in _ids(episode).items() if name == "tvdb"}
            if episode.get("is_watched") is True and (own or show):
                yield _watched(row, season, episode, own)
        if row.get("status") == "not_started_yet" and show:
            yield Item("watchlist", "show", show, row.get("title"))


def _episodes(row: Json) -> Iterator[tuple[Json, Json]]:
    for season in row.get("seasons") or []:
        for episode in season.get("episodes") or []:
            yield season, episode


def _watched(row: Json, season: Json, episode: Json, own: Json) -> Item:
    return Item(
        "history",
        "episode",
        own,
        title=row.get("title"),
        watched_at=_date(episode.get("watched_at")),
        season=season.get("number"),
        episode=episode.get("number"),
        show=_ids(row),
    )


def _folded(items: Iterable[Item]) -> list[Item]:
    """Repeated plays of one thing become one: the files of several exports may hold the same watches."""
    found: dict[str, Item] = {}
    for item in items:
        address = json.dumps([item.action, item.type, item.ids, item.show, item.season, item.episode])
        found.setdefault(address, item)
    return list(found.values())


# --- CSV and JSON, in Trakt's own words ---


def _type(word: str | None) -> str:
    word = (word or "movie").lower()
    if word in ("show", "series", "tv series"):
        return "show"
    return word if word in ("season", "episode") else "movie"


def _action(word: str) -> str:
    return {"watchlist": "watchlist", "ratings": "ratings", "rating": "ratings"}.get(word.lower(), "history")


def _inferred(row: Json) -> str:
    """What a row without an action is for."""
    if row.get("rated_at") or row.get("rating"):
        return "ratings"
    return "watchlist" if row.get("listed_at") or row.get("watchlisted_at") else "history"


def _csv_row(raw: dict[str, str]) -> list[Item]:
    row = {key.lower().strip(): value for key, value in raw.items()}
    ids = {
        "trakt": _int(row.get("trakt", row.get("trakt_id"))),
        "imdb": row.get("imdb", row.get("imdb_id")) or None,
        "tmdb": _int(row.get("tmdb", row.get("tmdb_id"))),
        "tvdb": _int(row.get("tvdb", row.get("tvdb_id"))),
    }
    title, year = row.get("title", row.get("name")), _int(row.get("year"))
    if not any(ids.values()) and not (title and year):
        return []
    action = _action(row["action"]) if row.get("action") else _inferred(row)
    is_rating = action == "ratings"
    return [
        Item(
            action,
            _type(row.get("type")),
            ids,
            title=title,
            year=year,
            watched_at=_date_or_unknown(row.get("watched_at", row.get("date_watched"))),
            rating=_int(row.get("rating")) if is_rating else None,
            rated_at=_date(row.get("rated_at")) if is_rating else None,
            season=_int(row.get("season")),
            episode=_int(row.get("episode")),
        )
    ]


def _json(name: str, data: bytes) -> Iterator[Item]:
    _need(name.endswith((".json", ".zip")), "the file is no .json")
    if name.endswith(
        ".zip"
    ):  # of a data download, in the folders of older ones; nothing else in a zip is read
        return
    read = json.loads(data)
    for entry in read if isinstance(read, list) else [read]:
        yield _json_entry(entry)


def _json_entry(entry: Json) -> Item:
    kind = _type(entry.get("type") or next((k for k in ("episode", "show") if entry.get(k)), "movie"))
    episode = (entry.get("episode") or {}) if kind == "episode" else {}
    media = _media(entry, kind)
    ids = episode.get("ids") or media.get("ids") or entry.get("id") or {}
    return Item(
        _action(entry["action"]) if entry.get("action") else _inferred(entry),
        kind,
        {name: ids.get(name, entry.get(f"{name}_id")) for name in ("trakt", "imdb", "tmdb", "tvdb")},
        title=media.get("title"),
        year=media.get("year"),
        watched_at=_date_or_unknown(entry.get("watched_at")),
        rating=entry.get("rating"),
        rated_at=_date(entry.get("rated_at")),
        season=episode.get("season"),
        episode=episode.get("number"),
    )


def _media(entry: Json, kind: str) -> Json:
    """The object with the title; a flat row is its own."""
    found = entry.get("show") if kind == "episode" else entry.get("movie") or entry.get("show")
    return found or entry


# --- from items to requests ---


_PRIORITY = {
    "movie": ("imdb", "tmdb", "trakt"),
    "show": ("imdb", "tvdb", "trakt"),
    "season": ("tvdb", "trakt", "tmdb"),
    "episode": ("tvdb", "trakt"),
}


def _picked(item: Item) -> Json | None:
    name = next((name for name in _PRIORITY[item.type] if item.ids.get(name) is not None), None)
    return {name: item.ids[name]} if name else None


def _positional(item: Item) -> bool:
    return bool(item.show) and item.season is not None and item.episode is not None


def _valid(item: Item) -> bool:
    return any(item.ids.values()) or bool(item.title and item.year)


def _empty_body() -> Json:
    return {"movies": [], "shows": [], "seasons": [], "episodes": []}


def _history_body(items: list[Item]) -> Json:
    body = _empty_body()
    by_place: list[Item] = []
    for item in items:
        ids, when = _picked(item), _when(item)
        if ids:  # the episode's own id goes before its place in the show
            body[f"{item.type}s"].append({"ids": ids, **when})
        elif item.type == "episode" and _positional(item):
            by_place.append(item)
        elif item.type == "episode" and item.ids.get("imdb"):
            body["shows"].append({"ids": {"imdb": item.ids["imdb"]}, **when})  # the whole show
        elif item.type == "show" and item.title and item.year:
            body["shows"].append({"title": item.title, "year": item.year, **when})
    body["shows"] += _shows(by_place)
    return body


def _when(item: Item) -> Json:
    return {"watched_at": item.watched_at} if item.watched_at else {}


def _shows(items: Iterable[Item]) -> Iterator[Json]:
    """Episodes by their place, folded into their shows."""
    shows: dict[str, tuple[Json, dict[int, list[Json]]]] = {}
    for item in items:
        key = f"tvdb:{item.show['tvdb']}" if item.show.get("tvdb") else f"imdb:{item.show['imdb']}"
        ids, seasons = shows.setdefault(key, ({}, {}))
        ids |= item.show
        seasons.setdefault(item.season or 0, []).append({"number": item.episode, **_when(item)})
    for ids, seasons in shows.values():
        yield {"ids": ids, "seasons": [{"number": n, "episodes": rows} for n, rows in seasons.items()]}


def _listed_body(items: list[Item]) -> Json:
    body = _empty_body()
    for item in items:
        if ids := _picked(item):
            body[f"{item.type}s"].append({"ids": ids})
    return body


def _ratings_body(items: list[Item]) -> Json:
    body = _empty_body()
    for item in items:
        ids = _picked(item)
        if ids and item.rating is not None and item.type in ("movie", "show"):
            rated_at = {"rated_at": item.rated_at} if item.rated_at else {}
            rating = min(10, max(1, round(item.rating)))
            body[f"{item.type}s"].append({"ids": ids, "rating": rating, **rated_at})
    return body
