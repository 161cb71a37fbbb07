"""Makes entries, shows and season lists for the tests of matching, with few words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from anitrakt_plan.core.layout import Layout, read_layout
from anitrakt_plan.core.model import (
    Entry,
    EntryKey,
    Ids,
    Kind,
    PartialDate,
    Progress,
    Season,
    SeasonEpisode,
    Service,
    Status,
    Titles,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def day(text: str | None) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


def entry(
    title: str = "Foo",
    count: int | None = 12,
    begin: str | None = None,
    end: str | None = None,
    *,
    mal: int = 1,
    kind: Kind = Kind.TV,
    english: str | None = None,
    watched: int | None = None,
    status: Status = Status.COMPLETED,
    synonyms: tuple[str, ...] = (),
    japanese: str | None = None,
) -> Entry:
    return Entry(
        EntryKey(Service.MAL, mal),
        Ids(mal),
        Titles(title, english, japanese, synonyms),
        kind,
        Progress(status, watched=count or 0 if watched is None else watched),
        count,
        day(begin),
        day(end),
    )


def season(
    number: int,
    count: int,
    begin: str | None = None,
    *,
    first: int = 1,
    step: int = 7,
    titles: tuple[str, ...] = (),
    breaks: dict[int, int] | None = None,
) -> Season:
    """A season of weekly episodes; `breaks`: days of pause before the episode with that index."""
    episodes = []
    start = date.fromisoformat(begin) if begin else None
    pause = 0
    for index in range(count):
        pause += (breaks or {}).get(index, 0)
        aired = (
            datetime.combine(start + timedelta(days=step * index + pause), time(15), UTC) if start else None
        )
        title = titles[index] if index < len(titles) else None
        episodes.append(SeasonEpisode(first + index, number * 1000 + index, aired, title))
    return Season(number, tuple(episodes))


def layout(*seasons: Season) -> Layout:
    return read_layout(seasons, NOW)
