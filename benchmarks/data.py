"""The benchmark's data: list entries, Trakt's catalogue and the truth, read from a folder outside the project.

Two worlds: the plain one agrees with the id maps; in the hard one titles, dates and layouts are as Trakt and TMDB
tend to have them, and some seasons have moved since the maps were made.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any

from anitrakt_plan.model import (
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
    Show,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
    Titles,
    trakt_id,
)

NOW = datetime(2027, 7, 1, tzinfo=UTC)
"""After the last date in the data: the truth takes every entry for finished."""
FIRST_CROWD_ID = 1_000_000_000
ONE_OFF = ("OVA", "Special", "TV Special", "Music")
"""Kinds of which Trakt has a single one as a film."""
FIRST_MADE_UP = 10**15
ENVIRONMENT = "ANITRAKT_BENCH_DATA"


TODAY, FEBRUARY = "idmap", "idmap-2025-02"
"""The folders of the id maps: as they are now, and as they stood in February 2025."""
_ANIBRIDGE, _ANITRAKT = "mappings.json", ("tv_ex.json", "movies_ex.json")
MAP_FILES = (_ANIBRIDGE, *_ANITRAKT, "bangumi.json")


class World(StrEnum):
    """Which Trakt the entries are looked up in."""

    PLAIN = "plain"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Truth:
    """Where an entry is, and which half of the data it belongs to: `train`, or what the fit never sees.

    `moved`: in what way its episodes lie elsewhere than the id maps still say; empty where they don't.
    """

    match: Match
    train: bool
    moved: str = ""


@dataclass(frozen=True, slots=True)
class BenchData:
    """Everything in the data folder that the benchmark needs of one world.

    `crowd`: works that no entry of the truth belongs to. `maps`: the files of the id maps, by folder and name.
    """

    entries: tuple[Entry, ...]
    truth: dict[EntryKey, Truth]
    shows: dict[int, Show]
    movies: dict[int, Movie]
    crowd: tuple[Show | Movie, ...]
    maps: dict[str, dict[str, bytes]]


def data_folder(given: str | None) -> Path:
    """The data folder: the argument, the environment variable, or the folder beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(given or os.environ.get(ENVIRONMENT) or beside)


def load(folder: Path, world: World = World.PLAIN) -> BenchData:
    """Read one world from the folder; raises OSError if a file is missing."""
    entries = tuple(map(_entry, lines(folder / "anime.jsonl")))
    return _hard(folder, entries) if world is World.HARD else _plain(folder, entries)


def _plain(folder: Path, entries: tuple[Entry, ...]) -> BenchData:
    shows = {trakt_id(show.id): show for show in map(_show, lines(folder / "trakt_shows.jsonl"))}
    movies = {trakt_id(movie.id): movie for movie in map(_movie, lines(folder / "trakt_movies.jsonl"))}
    maps = _maps(folder)
    known = {entry.ids.mal for entry in entries if entry.ids.mal} | _known_to(maps[TODAY])
    crowd = tuple(_crowd(load_meta(folder), known, shows, movies))
    return BenchData(entries, _truths(lines(folder / "truth_dev.jsonl")), shows, movies, crowd, maps)


def _hard(folder: Path, entries: tuple[Entry, ...]) -> BenchData:
    with gzip.open(folder / "hard_dev.json.gz") as file:
        rows = json.load(file)
    made = (("shows", _show), ("movies", _movie))
    works = [(bool(row.get("crowd")), make(row)) for name, make in made for row in rows[name]]
    shows = {trakt_id(work.id): work for crowd, work in works if isinstance(work, Show) and not crowd}
    movies = {trakt_id(work.id): work for crowd, work in works if isinstance(work, Movie) and not crowd}
    others = tuple(work for crowd, work in works if crowd)
    return BenchData(entries, _truths(rows["truth"]), shows, movies, others, _maps(folder))


def _maps(folder: Path) -> dict[str, dict[str, bytes]]:
    """The files of the id maps, as far as each folder has them."""
    return {
        age: {
            name: (folder / age / name).read_bytes() for name in MAP_FILES if (folder / age / name).exists()
        }
        for age in (TODAY, FEBRUARY)
    }


def _known_to(maps: dict[str, bytes]) -> set[int]:
    """The MyAnimeList ids that the maps know a place for."""
    known = {row["myanimelist"]["id"] for name in _ANITRAKT for row in json.loads(maps[name])}
    return known | {int(key[4:]) for key in json.loads(maps[_ANIBRIDGE]) if key.startswith("mal:")}


def load_meta(folder: Path) -> dict[str, dict[str, Any]]:
    """What MyAnimeList says of some 30,000 works, by id."""
    with gzip.open(folder / "mal_meta.json.gz") as file:
        rows: dict[str, dict[str, Any]] = json.load(file)
    return rows


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file that holds one JSON object a line."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def half(kind: TargetKind, work_id: int) -> bool:
    """Whether a show or film belongs to the half that is fitted on; a whole show is on one side."""
    return zlib.crc32(f"{kind.value} {work_id}".encode()) % 2 == 0


def _truths(rows: Iterable[dict[str, Any]]) -> dict[EntryKey, Truth]:
    return {EntryKey("mal", row["mal_id"]): _truth(row) for row in rows}


def _truth(row: dict[str, Any]) -> Truth:
    train, moved = half(TargetKind(row["kind"]), row["trakt"]), row.get("moved") or ""
    if row["kind"] == "movie":
        return Truth(MovieMatch(row["trakt"]), train, moved)
    runs = tuple(Run(season, first, last) for season, first, last in row["runs"])
    return Truth(ShowMatch(row["trakt"], Straight(runs)), train, moved)


def _partial(text: str | None) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


def _kind(text: str | None) -> Kind:
    return Kind(text) if text in set(Kind) else Kind.UNKNOWN


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        key=EntryKey("mal", row["mal_id"]),
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
    ids = row["ids"]
    return Show(
        ids["trakt"],
        row["title"],
        row["year"],
        ids["slug"],
        ids.get("tmdb"),
        row.get("original_title"),
        aliases=tuple(row.get("aliases") or ()),
        seasons=tuple(_season(season, ids["trakt"]) for season in row["seasons"]),
    )


def _season(row: dict[str, Any], show: int) -> Season:
    """A season; episodes without an id get one that is theirs alone, and the same in every run."""
    first = FIRST_MADE_UP + show * 1_000_000 + row["number"] * 10_000
    return Season(
        row["number"],
        tuple(
            SeasonEpisode(number, uid if uid is not None else first + number, _instant(day))
            for number, uid, day in row["episodes"]
        ),
        row["ids"].get("trakt"),
    )


def _movie(row: dict[str, Any]) -> Movie:
    ids = row["ids"]
    return Movie(
        ids["trakt"],
        row["title"],
        row["year"],
        ids["slug"],
        ids.get("tmdb"),
        row.get("original_title"),
        aliases=tuple(row.get("aliases") or ()),
        released=date.fromisoformat(row["released"]) if row.get("released") else None,
    )


def _crowd(
    meta: dict[str, dict[str, Any]], known: set[int], shows: dict[int, Show], movies: dict[int, Movie]
) -> Iterator[Show | Movie]:
    """Made-up Trakt works around the real ones: one for each other anime that no real work stands for."""
    real = {(TargetKind.SHOW, show.title.casefold(), show.year) for show in shows.values()}
    real |= {(TargetKind.MOVIE, movie.title.casefold(), movie.year) for movie in movies.values()}
    for text, row in meta.items():
        if int(text) in known or not row.get("title"):
            continue
        work = _crowd_work(FIRST_CROWD_ID + int(text), row)
        kind = TargetKind.SHOW if isinstance(work, Show) else TargetKind.MOVIE
        if (kind, work.title.casefold(), work.year) not in real:
            yield work


def _crowd_work(work_id: int, row: dict[str, Any]) -> Show | Movie:
    begin, end = (_partial((row.get(key) or "")[:10] or None) for key in ("start_date", "end_date"))
    name, year = row.get("title_english") or row["title"], begin.year if begin else None
    aliases = tuple(filter(None, (row["title"], row.get("title_japanese"), *(row.get("synonyms") or ()))))
    count, day = row.get("episodes") or 1, begin.exact if begin else None
    if row.get("type") == "Movie" or (row.get("type") in ONE_OFF and count == 1):
        return Movie(work_id, name, year, aliases=aliases, released=day)
    season = _crowd_season(work_id, count, day, end.exact if end else None)
    return Show(work_id, name, year, aliases=aliases, seasons=(season,))


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
