"""Lists saved as JSON from the APIs of AniList and MyAnimeList, as scripts in browsers do, in whatever wrapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from anitrakt_plan.model import Entry
from anitrakt_plan.sources import anilist, mal
from anitrakt_plan.sources.export_text import refuse
from anitrakt_plan.sources.source_list import FoundList, ImportWarnings, read_rows

Row = Mapping[str, Any]

WHAT_TO_GIVE = (
    "Give MyAnimeList's XML export, AniList's gdpr_data.json, or name the user with --mal or --anilist."
)

_WRAPPERS = (
    "data",
    "MediaListCollection",
    "Page",
    "lists",
    "mediaList",
    "entries",
    "list",
    "items",
    "anime",
    "animelist",
)
"""The keys below which entries are looked for."""

_DEEPEST = 8
_BEST_SCORES = {"POINT_100": 100, "POINT_10_DECIMAL": 10, "POINT_10": 10, "POINT_5": 5, "POINT_3": 3}
_MANGA_FORMATS = frozenset({"MANGA", "NOVEL", "ONE_SHOT"})


def read_document(document: object, name: str) -> FoundList:
    """The list in a JSON document; `name` is how messages call the file.

    Raises Failed where no anime can be read.
    """
    rows = _once(_rows(document))
    anime = [row for row in rows if not _is_manga(row)]
    if not rows:
        refuse("the file is JSON, but no list of anime that anitrakt knows", name, WHAT_TO_GIVE)
    if not anime:
        refuse("this is a manga list", name, WHAT_TO_GIVE)
    warnings = ImportWarnings()
    entries = read_rows(anime, partial(_entry, best=_best_score(document, anime)), warnings)
    if not entries:
        refuse("no entry of the list can be read", name, "\n".join((*warnings.notes(), WHAT_TO_GIVE)))
    service = "mal" if "node" in anime[0] else "anilist"
    return FoundList(service, _user_name(document), entries, warnings.notes())


def _rows(value: object, depth: int = 0) -> Iterator[Row]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _rows(item, depth + 1)
    elif isinstance(value, dict) and (_is_anilists(value) or isinstance(value.get("node"), dict)):
        yield value
    elif isinstance(value, dict):
        for key in _WRAPPERS:
            yield from _rows(value.get(key), depth + 1)


def _is_anilists(row: Row) -> bool:
    return "status" in row and ("mediaId" in row or isinstance(row.get("media"), dict))


def _once(rows: Iterator[Row]) -> list[Row]:
    # an entry that is in custom lists, too, comes with each of them
    found: list[Row] = []
    known: set[int] = set()
    for row in rows:
        number = row.get("mediaId")
        if isinstance(number, int):
            if number in known:
                continue
            known.add(number)
        found.append(row)
    return found


def _is_manga(row: Row) -> bool:
    media, listed = row.get("media"), row.get("list_status")
    if isinstance(media, dict):
        return media.get("type") == "MANGA" or str(media.get("format")) in _MANGA_FORMATS
    return isinstance(listed, dict) and "num_chapters_read" in listed


def _entry(row: Row, warnings: ImportWarnings, best: int | None) -> Entry | None:
    try:
        if "node" in row:
            return mal.read_entry(row, warnings)
        return anilist.read_entry(row, warnings, best=best)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        warnings.add("entry", f"id {row.get('mediaId') or row.get('id')}", which="in a shape nobody knows")
        return None


def _best_score(document: object, rows: list[Row]) -> int | None:
    # AniList answers on the scale of the user. Scores up to 5 may be stars, or all that a strict person gives of 10.
    options = _user(document).get("mediaListOptions")
    stated = _BEST_SCORES.get(str(options.get("scoreFormat"))) if isinstance(options, dict) else None
    if stated is not None:
        return stated
    scores = [score for row in rows if isinstance(score := row.get("score"), int | float)]
    highest = max(scores, default=0)
    return 100 if highest > 10 else 10 if highest > 5 else None


def _user_name(document: object) -> str | None:
    name = _user(document).get("name")
    return name if isinstance(name, str) and name else None


def _user(value: object) -> Row:
    for _ in range(_DEEPEST):
        if not isinstance(value, dict):
            break
        user = value.get("user")
        if isinstance(user, dict):
            return user
        value = value.get("data") or value.get("MediaListCollection")
    return {}
