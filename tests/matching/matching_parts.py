"""Makes entries, shows and season lists for the tests of matching, with few words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from anitrakt_plan.matching.evidence import Option
from anitrakt_plan.matching.seasons import Layout, Layouts, Leaves, Place, Shape, read_layouts
from anitrakt_plan.model import (
    Entry,
    EntryKey,
    Ids,
    Kind,
    Mapping,
    Movie,
    MovieMatch,
    PartialDate,
    Progress,
    Run,
    Season,
    SeasonEpisode,
    Show,
    ShowMatch,
    Status,
    Straight,
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
        EntryKey("mal", mal),
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
    return read_layouts(seasons, NOW).aired


def layouts(*seasons: Season) -> Layouts:
    return read_layouts(seasons, NOW)


def in_show(
    season: int = 1,
    first: int = 1,
    count: int = 12,
    *,
    show: int = 1,
    title: str = "Foo",
    aliases: tuple[str, ...] | None = None,
    year: int | None = 2010,
    cour: int = 1,
    begins: str | None = None,
    ends: str | None = None,
    shape: Shape | None = None,
    rank: int | None = None,
    gap: int = 0,
    named: bool = False,
    leaves: Leaves = Leaves.NOTHING,
    even: bool = True,
    apart: bool = True,
    half: bool = False,
    season_ends: str | None = None,
    rest: tuple[Run, ...] = (),
    read: bool = True,
    skips: bool = False,
    unordered: bool = False,
    not_before: str | None = None,
    not_after: str | None = None,
    runtime: int | None = None,
    genres: tuple[str, ...] = (),
    mapping: Mapping | None = None,
) -> Option:
    """An option in a show, with a place that is what its words say."""
    run = mapping or Straight((Run(season, first, first + count - 1),))
    whole = cour == 1 and first == 1 and leaves is Leaves.NOTHING
    place = Place(
        run,
        shape or (Shape.SPECIALS if season == 0 else Shape.SEASON if whole else Shape.COUR),
        season,
        cour,
        opens=season == 1 and first == 1,
        whole=whole,
        begins=_date(begins),
        ends=_date(ends),
        rank=rank or season,
        gap=gap,
        named=named,
        leaves=leaves,
        even=even,
        apart=apart,
        half=half,
        season_ends=_date(season_ends),
        rest=rest,
        read=read,
        skips=skips,
        unordered=unordered,
        not_before=_date(not_before),
        not_after=_date(not_after),
    )
    work = Show(show, title, year, aliases=aliases, runtime=runtime, genres=genres)
    return Option(work, ShowMatch(show, run), place)


def film(
    title: str = "Foo",
    year: int | None = 2010,
    released: str | None = None,
    *,
    movie: int = 2,
    runtime: int | None = None,
    genres: tuple[str, ...] = (),
) -> Option:
    work = Movie(movie, title, year, aliases=(), released=_date(released), runtime=runtime, genres=genres)
    return Option(work, MovieMatch(movie))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
