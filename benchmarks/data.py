"""The benchmark's data: list entries, Trakt's catalogue and the truth, read from a folder outside the project."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from anitrakt_plan.core.model import (
    Entry,
    EntryKey,
    Ids,
    Kind,
    Match,
    Movie,
    MovieMatch,
    PartialDate,
    Progress,
    Run,
    Season,
    SeasonEpisode,
    Service,
    Show,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
    Titles,
)

NOW = datetime(2027, 7, 1, tzinfo=UTC)
"""After the last date in the data: the truth takes every entry for finished."""
FIRST_CROWD_ID = 1_000_000_000
ENVIRONMENT = "ANITRAKT_BENCH_DATA"


@dataclass(frozen=True, slots=True)
class Truth:
    """Where an entry is, and which half of the data it belongs to: `train`, or what the fit never sees."""

    match: Match
    train: bool


@dataclass(frozen=True, slots=True)
class BenchData:
    """Everything in the data folder that the benchmark needs."""

    entries: tuple[Entry, ...]
    truth: dict[EntryKey, Truth]
    shows: dict[int, Show]
    movies: dict[int, Movie]
    crowd: tuple[Show | Movie, ...]
    maps: dict[str, bytes]


def data_folder(given: str | None) -> Path:
    """The data folder: the argument, the environment variable, or the folder beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(given or os.environ.get(ENVIRONMENT) or beside)


def load(folder: Path) -> BenchData:
    """Read the whole folder; raises OSError if a file is missing."""
    shows = {show.id: show for show in map(_show, _lines(folder / "trakt_shows.jsonl"))}
    movies = {movie.id: movie for movie in map(_movie, _lines(folder / "trakt_movies.jsonl"))}
    entries = {row["mal_id"]: _entry(row) for row in _lines(folder / "anime.jsonl")}
    truth = {EntryKey(Service.MAL, row["mal_id"]): _truth(row) for row in _lines(folder / "truth_dev.jsonl")}
    names = ("mappings.json", "tv_ex.json", "movies_ex.json")
    maps = {name: (folder / "idmap" / name).read_bytes() for name in names}
    with gzip.open(folder / "mal_meta.json.gz") as file:
        meta = json.load(file)
    known = set(entries) | {row["myanimelist"]["id"] for name in names[1:] for row in json.loads(maps[name])}
    known |= {int(key[4:]) for key in json.loads(maps["mappings.json"]) if key.startswith("mal:")}
    crowd = tuple(_crowd(meta, known, shows, movies))
    return BenchData(tuple(entries.values()), truth, shows, movies, crowd, maps)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def half(kind: TargetKind, work_id: int) -> bool:
    """Whether a show or film belongs to the half that is fitted on; a whole show is on one side."""
    return zlib.crc32(f"{kind.value} {work_id}".encode()) % 2 == 0


def _truth(row: dict[str, Any]) -> Truth:
    train = half(TargetKind(row["kind"]), row["trakt"])
    if row["kind"] == "movie":
        return Truth(MovieMatch(row["trakt"]), train)
    runs = tuple(Run(season, first, last) for season, first, last in row["runs"])
    return Truth(ShowMatch(row["trakt"], Straight(runs)), train)


def _partial(text: str | None) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


def _kind(text: str | None) -> Kind:
    return Kind(text) if text in set(Kind) else Kind.UNKNOWN


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        key=EntryKey(Service.MAL, row["mal_id"]),
        ids=Ids(row["mal_id"], row.get("anilist_id")),
        titles=Titles(
            row["title"],
            row.get("title_english") or None,
            row.get("title_japanese") or None,
            tuple(row.get("synonyms") or ()),
        ),
        kind=_kind(row.get("type")),
        progress=Progress(Status.COMPLETED, watched=row.get("episodes") or 0),
        episodes=row.get("episodes") or None,
        aired_from=_partial(row.get("start_date")),
        aired_to=_partial(row.get("end_date")),
        minutes=row.get("duration") or None,
    )


def _instant(day: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(12), UTC) if day else None


def _show(row: dict[str, Any]) -> Show:
    seasons = tuple(
        Season(
            season["number"],
            tuple(SeasonEpisode(number, uid, _instant(day)) for number, uid, day in season["episodes"]),
            season["ids"]["trakt"],
        )
        for season in row["seasons"]
    )
    ids = row["ids"]
    aliases = tuple(row.get("aliases") or ())
    return Show(
        ids["trakt"],
        row["title"],
        row["year"],
        ids["slug"],
        ids.get("tmdb"),
        aliases=aliases,
        seasons=seasons,
    )


def _movie(row: dict[str, Any]) -> Movie:
    ids = row["ids"]
    released = date.fromisoformat(row["released"]) if row.get("released") else None
    aliases = tuple(row.get("aliases") or ())
    return Movie(
        ids["trakt"],
        row["title"],
        row["year"],
        ids["slug"],
        ids.get("tmdb"),
        aliases=aliases,
        released=released,
    )


def _crowd(
    meta: dict[str, dict[str, Any]], known: set[int], shows: dict[int, Show], movies: dict[int, Movie]
) -> Iterator[Show | Movie]:
    """Made-up Trakt works around the real ones: one for each other anime that no real work stands for."""
    real = {(TargetKind.SHOW, show.title.casefold(), show.year) for show in shows.values()}
    real |= {(TargetKind.MOVIE, movie.title.casefold(), movie.year) for movie in movies.values()}
    for text, row in meta.items():
        work_id = FIRST_CROWD_ID + int(text)
        if int(text) in known or not row.get("title"):
            continue
        name = row.get("title_english") or row["title"]
        begin = _partial((row.get("start_date") or "")[:10] or None)
        year = begin.year if begin else None
        aliases = tuple(filter(None, (row["title"], row.get("title_japanese"), *(row.get("synonyms") or ()))))
        count = row.get("episodes") or 1
        is_film = row.get("type") == "Movie" or (
            row.get("type") in ("OVA", "Special", "TV Special", "Music") and count == 1
        )
        kind = TargetKind.MOVIE if is_film else TargetKind.SHOW
        if (kind, name.casefold(), year) in real:
            continue
        day = begin.exact if begin else None
        if is_film:
            yield Movie(work_id, name, year, aliases=aliases, released=day)
            continue
        end = _partial((row.get("end_date") or "")[:10] or None)
        yield Show(
            work_id,
            name,
            year,
            aliases=aliases,
            seasons=(_crowd_season(work_id, count, day, end.exact if end else None),),
        )


def _crowd_season(work_id: int, count: int, begin: date | None, end: date | None) -> Season:
    count = min(count, 400)
    step = (end - begin) / (count - 1) if begin and end and count > 1 else None
    episodes = tuple(
        SeasonEpisode(
            number,
            work_id * 1000 + number,
            datetime.combine(begin + step * (number - 1) if step else begin, time(12), UTC)
            if begin and (step or number == 1)
            else None,
        )
        for number in range(1, count + 1)
    )
    return Season(1, episodes)
