"""A stand-in for AniList's completion of list files: answers by MyAnimeList id, from the data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from anitrakt_plan.http import Answer, ReadClient
from anitrakt_plan.model import Entry, PartialDate
from anitrakt_plan.sources import anilist
from benchmarks.data import load_meta


class MetaAniList:
    """Knows each work that the data folder knows."""

    def __init__(self, rows: Mapping[int, Mapping[str, Any]]) -> None:
        self._rows = rows

    def query(self, body: Mapping[str, Any], **_: object) -> Answer:
        """A page of media, as AniList answers to the query by ids."""
        asked: Sequence[int] = body["variables"].get("idMal_in") or ()
        media = [_media(mal, self._rows[mal]) for mal in asked if mal in self._rows]
        page = {"data": {"Page": {"pageInfo": {"hasNextPage": False}, "media": media}}}
        return Answer(200, {}, json.dumps(page).encode(), "https://anilist.example")


def read_anilist(folder: Path) -> MetaAniList:
    """The stand-in over all of the folder's metadata; what `anime.jsonl` has goes first, it knows more."""
    rows: dict[int, Mapping[str, Any]] = {int(key): row for key, row in load_meta(folder).items()}
    with (folder / "anime.jsonl").open(encoding="utf-8") as file:
        rows |= {row["mal_id"]: row for row in map(json.loads, file)}
    return MetaAniList(rows)


def completed(source: MetaAniList, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries as they are once AniList was asked about each."""
    return anilist.complete(cast(ReadClient, source), entries)  # it asks by `query` alone


def _media(mal: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row.get("anilist_id"),
        "idMal": mal,
        "format": row.get("type"),
        "episodes": row.get("episodes"),
        "duration": row.get("duration"),
        "synonyms": row.get("synonyms") or [],
        "title": {
            "romaji": row["title"],
            "english": row.get("title_english"),
            "native": row.get("title_japanese"),
        },
        "startDate": _fuzzy(row.get("start_date")),
        "endDate": _fuzzy(row.get("end_date")),
    }


def _fuzzy(text: str | None) -> dict[str, int | None] | None:
    day = PartialDate.parse(text[:10]) if text else None
    return {"year": day.year, "month": day.month, "day": day.day} if day else None
