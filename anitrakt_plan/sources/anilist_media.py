"""AniList's description of a work, as the list and the completion of list files ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anitrakt_plan.core.model import Ids, Kind, PartialDate, Titles
from anitrakt_plan.sources.values import kind_of, make_date, positive

DATE_FIELDS = "{ year month day }"
MEDIA_FIELDS = (
    "id idMal format episodes duration seasonYear synonyms title { romaji english native } "
    f"startDate {DATE_FIELDS} endDate {DATE_FIELDS}"
)


@dataclass(frozen=True, slots=True)
class Media:
    """A work on AniList. `minutes` is one episode's length; `episodes` is None where unknown."""

    ids: Ids
    titles: Titles
    kind: Kind
    episodes: int | None
    aired_from: PartialDate | None
    aired_to: PartialDate | None
    minutes: int | None


def read_media(media: Mapping[str, Any]) -> Media:
    """Read a `Media` object that was asked for by MEDIA_FIELDS; fields may be null."""
    title = media.get("title") or {}
    romaji = title.get("romaji") or title.get("english") or title.get("native") or ""
    return Media(
        ids=Ids(mal=positive(media.get("idMal")), anilist=positive(media.get("id"))),
        titles=Titles(
            romaji=romaji,
            english=title.get("english") or None,
            japanese=title.get("native") or None,
            synonyms=tuple(name for name in media.get("synonyms") or () if name),
        ),
        kind=kind_of(media.get("format")),
        episodes=positive(media.get("episodes")),
        aired_from=_day(media.get("startDate")) or _day({"year": media.get("seasonYear")}),
        aired_to=_day(media.get("endDate")),
        minutes=positive(media.get("duration")),
    )


def fuzzy(value: Mapping[str, Any] | None) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of AniList's FuzzyDate, each perhaps None."""
    parts = value or {}
    return parts.get("year"), parts.get("month"), parts.get("day")


def _day(value: Mapping[str, Any] | None) -> PartialDate | None:
    """A work's own date; an impossible one is AniList's slip, not the user's, and says nothing."""
    try:
        return make_date(*fuzzy(value))
    except ValueError:
        return None
