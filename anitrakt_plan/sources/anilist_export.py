"""AniList's own data export, `gdpr_data.json`: the list without titles, and the times episodes were marked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from anitrakt_plan.model import Entry, EntryKey, Ids, Kind, PartialDate, Progress, Service, Status, Titles
from anitrakt_plan.sources.export_text import refuse
from anitrakt_plan.sources.source_list import EpisodeTime, Slips, SourceList, sort_out

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


def is_export(document: object) -> bool:
    """Whether a JSON document is this export: what AniList's API answers is called `lists`, too."""
    rows = document.get("lists") if isinstance(document, dict) else None
    return isinstance(rows, list) and (
        not rows or any("series_id" in row for row in rows if isinstance(row, dict))
    )


def read_document(
    export: Mapping[str, Any], name: str, statuses: Collection[Status], *, include_private: bool = False
) -> SourceList:
    """The list in an export; `name` is how messages and the plan call the file.

    Entries have only their AniList id: titles, kinds and episode counts come from `anilist.complete`. Raises
    Failed where no anime can be read.
    """
    rows = export["lists"]
    anime = [row for row in rows if isinstance(row, dict) and _int(row, "series_type") == _ANIME_LIST]
    slips = Slips()
    entries = [entry for row in anime if (entry := _entry(row, slips))]
    if anime and not entries:
        refuse("no entry of the list can be read", name, "\n".join((*slips.notes(), EXPORT_AGAIN)))
    if not entries:
        refuse("there is no anime in this export", name, EXPORT_AGAIN)
    user = export.get("user")
    return sort_out(
        entries,
        service=Service.ANILIST,
        user=_user_name(user),
        statuses=statuses,
        include_private=include_private,
        file=name,
        notes=slips.notes(),
        times=_times(export.get("activity"), frozenset(entry.key for entry in entries)),
    )


def _user_name(user: object) -> str | None:
    named = (user.get("display_name") or user.get("name")) if isinstance(user, dict) else None
    return named if isinstance(named, str) and named else None


def _entry(row: Mapping[str, Any], slips: Slips) -> Entry | None:
    media = _int(row, "series_id")
    where = f"anilist:{media}"
    if media < 1:
        slips.add("entry", f"row {row.get('id')}", which="without an AniList id")
        return None
    status = _STATUSES.get(_int(row, "status", missing=-1))
    if status is None:
        slips.add("entry", f"{where}: `{row.get('status')}`", which="with a status nobody knows")
        return None
    progress = Progress(
        status=status,
        watched=max(0, _int(row, "progress")),
        started=_date(_int(row, "started_on"), f"{where}, start", slips),
        finished=_date(_int(row, "finished_on"), f"{where}, finish", slips),
        repeats=max(0, _int(row, "repeat")),
        rating=slips.rating(_int(row, "score"), best=100, where=where),
    )
    return Entry(
        key=EntryKey(Service.ANILIST, media),
        ids=Ids(anilist=media),
        titles=Titles(romaji=""),
        kind=Kind.UNKNOWN,
        progress=progress,
        private=bool(_int(row, "private")),
    )


def _date(number: int, where: str, slips: Slips) -> PartialDate | None:
    """Dates are whole numbers, YYYYMMDD; parts that are unknown are 0."""
    return slips.date_of((number // 10000, number // 100 % 100, number % 100), where)


def _times(activity: object, known: frozenset[EntryKey]) -> Iterator[EpisodeTime]:
    for row in activity if isinstance(activity, Sequence) and not isinstance(activity, str) else ():
        if not isinstance(row, dict) or _int(row, "action_type") != _WATCHED_EPISODES:
            continue
        if _int(row, "object_type", missing=_ANIME_ACTIVITY) != _ANIME_ACTIVITY:
            continue
        key = EntryKey(Service.ANILIST, _int(row, "object_id"))
        span = re.fullmatch(r"\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*", str(row.get("object_value", "")))
        at = _moment(row.get("updated_at")) or _moment(row.get("created_at"))
        if key not in known or span is None or at is None:
            continue
        first, last = int(span[1]), int(span[2] or span[1])
        if 1 <= first <= last:
            yield EpisodeTime(key, first, last, at)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _int(row: Mapping[str, Any], name: str, *, missing: int = 0) -> int:
    """A whole number, whether the export wrote it as one, as a flag, or as text."""
    value = row.get(name)
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    return missing
