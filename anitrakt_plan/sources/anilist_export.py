"""AniList's own data export, `gdpr_data.json`: the list without titles, and the times episodes were marked."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, MarkedAt, Status, Titles
from anitrakt_plan.sources.export_text import refuse
from anitrakt_plan.sources.source_list import FoundList, ImportWarnings, ProgressFields

EXPORT_AGAIN = "Download it again from AniList's account settings and give `gdpr_data.json`."

_ANIME_LIST, _ANIME_ACTIVITY = 0, 1  # the export numbers the same thing differently in its two parts
_WATCHED_EPISODES = 3
"""The `action_type` of "watched episode 3" or "watched episode 1 - 3"."""
_STATUSES = {
    0: Status.WATCHING,
    1: Status.PLANNED,
    2: Status.COMPLETED,
    3: Status.DROPPED,
    4: Status.PAUSED,
    5: Status.REPEATING,
}
_PROGRESS = ProgressFields("progress", "repeat", "started_on", "finished_on", "score")


def is_export(document: object) -> bool:
    """Whether a JSON document is this export: what AniList's API answers is called `lists`, too."""
    rows = document.get("lists") if isinstance(document, dict) else None
    return isinstance(rows, list) and (
        not rows or any("series_id" in row for row in rows if isinstance(row, dict))
    )


def read_document(export: Mapping[str, Any], name: str) -> FoundList:
    """The list in an export; `name` is how messages call the file.

    Entries have only their AniList id: titles, kinds and episode counts come from `anilist.complete`. Raises
    Failed where no anime can be read.
    """
    rows = export["lists"]
    anime = [row for row in rows if isinstance(row, dict) and _int(row.get("series_type")) == _ANIME_LIST]
    warnings = ImportWarnings()
    entries = [entry for row in anime if (entry := _entry(row, warnings))]
    if anime and not entries:
        refuse("no entry of the list can be read", name, "\n".join((*warnings.notes(), EXPORT_AGAIN)))
    if not entries:
        refuse("there is no anime in this export", name, EXPORT_AGAIN)
    times = _times(export.get("activity"), {entry.key for entry in entries})
    return FoundList("anilist", _user_name(export.get("user")), entries, warnings.notes(), times)


def _user_name(user: object) -> str | None:
    named = (user.get("display_name") or user.get("name")) if isinstance(user, dict) else None
    return named if isinstance(named, str) and named else None


def _entry(row: Mapping[str, Any], warnings: ImportWarnings) -> Entry | None:
    media = _int(row.get("series_id"))
    if media < 1:
        warnings.add("entry", f"row {row.get('id')}", which="without an AniList id")
        return None
    where = f"anilist:{media}"
    status = warnings.status(_STATUSES.get(_int(row.get("status"), missing=-1)), row.get("status"), where)
    if status is None:
        return None
    numbers = {name: _int(value) for name, value in row.items()}
    return Entry(
        key=EntryKey("anilist", media),
        ids=Ids(anilist=media),
        titles=Titles(romaji=""),
        kind=Kind.UNKNOWN,
        progress=_PROGRESS.read(numbers, status, where, warnings, best=100),
        private=bool(numbers.get("private")),
    )


def _times(activity: object, known: Set[EntryKey]) -> Mapping[EntryKey, Sequence[MarkedAt]]:
    times: dict[EntryKey, list[MarkedAt]] = defaultdict(list)
    for row in activity if isinstance(activity, list) else ():
        if isinstance(row, dict) and (time := _time(row)):
            times[EntryKey("anilist", _int(row.get("object_id")))].append(time)
    return {key: times[key] for key in known & times.keys()}


def _time(row: Mapping[str, Any]) -> MarkedAt | None:
    """When episodes of an anime were marked; None for any other activity, and for one that can't be read."""
    if _int(row.get("action_type")) != _WATCHED_EPISODES:
        return None
    if _int(row.get("object_type"), missing=_ANIME_ACTIVITY) != _ANIME_ACTIVITY:
        return None
    span = re.fullmatch(r"\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*", str(row.get("object_value", "")))
    at = _moment(row.get("updated_at")) or _moment(row.get("created_at"))
    if span is None or at is None:
        return None
    first, last = int(span[1]), int(span[2] or span[1])
    return MarkedAt(first, last, at) if 1 <= first <= last else None


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _int(value: object, *, missing: int = 0) -> int:
    """A whole number, whether the export wrote it as one, as a flag, or as text."""
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    return missing
