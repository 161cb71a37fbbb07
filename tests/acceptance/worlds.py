"""Cases: a list and a small world of its own in a folder, and what must come of `plan`, `validate` and `apply`.

tests/cases/README.md tells what stands in `case.json` and `world.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox.catalogue import Anime
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from tests.practice import Sandbox
from tests.practice.world import Catalogue

Json = dict[str, Any]

ROOT = Path(__file__).parent.parent.parent
HOMES = (ROOT / "tests" / "cases", ROOT.parent / "shared" / "cases")
"""The project's own cases, and (where the folder is there) the ones that it was given."""


@dataclass(frozen=True)
class Case:
    """One folder of a case."""

    folder: Path
    said: Json

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def expected(self) -> Json:
        expected: Json = self.said["expect"]
        return expected

    @property
    def arguments(self) -> list[str]:
        """The arguments of `plan`."""
        listed = str(self.folder / self.said["list"]) if "list" in self.said else "LIST"
        return [listed if argument == "LIST" else argument for argument in self.said["args"]]


def cases() -> list[Case]:
    """All cases, in the order of their names."""
    folders = [file.parent for home in HOMES for file in sorted(home.glob("*/case.json"))]
    return [Case(folder, json.loads((folder / "case.json").read_text("utf-8"))) for folder in folders]


def catalogue_of(case: Case) -> Catalogue:
    """What exists in the case's world, as the practice services have it."""
    world: Json = json.loads((case.folder / "world.json").read_text("utf-8"))
    return Catalogue(
        {
            "anime": [_anime(mal, row) for mal, row in world.get("anime", {}).items()],
            "shows": [_show(trakt, row) for trakt, row in world.get("shows", {}).items()],
            "movies": [_movie(trakt, row) for trakt, row in world.get("movies", {}).items()],
            "sample_list": [],
            "account": {"plays": [], "ratings": [], "watchlist": []},
            "anibridge": world.get("anibridge", {}),
            "anitrakt": world.get("anitrakt", []),
        }
    )


def add_users(sandbox: Sandbox, case: Case) -> None:
    """Has the practice list services serve the case's users, on AniList and MyAnimeList alike."""
    for number, (name, said) in enumerate(case.said.get("users", {}).items()):
        entries = [
            _entry(sandbox.catalogue, row, 900_000 + place) for place, row in enumerate(said["entries"])
        ]
        private = said.get("service_visibility", "public") != "public"
        sandbox.lists.add(ListUser(name, 300 + number, entries, private=private))


def plays_in(sandbox: Sandbox) -> Iterator[str]:
    """Every play of the account: `9301.S01E01`, or `movie.9103`."""
    for play in sandbox.world.plays.values():
        place = sandbox.catalogue.episodes.get(play.item) if play.kind == "episode" else None
        if place is None:
            yield f"{play.kind}.{play.item}"
        else:
            yield f"{place.show.trakt_id}.S{place.season.number:02d}E{place.episode.number:02d}"


def _anime(mal: str, row: Json) -> Json:
    return {
        "mal": int(mal),
        "anilist": row.get("anilist_id", int(mal)),
        "title": row["title"],
        "english": row.get("title_english"),
        "native": row.get("title_japanese"),
        "synonyms": row.get("synonyms", []),
        "type": row["type"],
        "episodes": row["episodes"],
        "start": row.get("start_date"),
        "end": row.get("end_date"),
        "duration": row.get("duration", 24),
    }


def _show(trakt: str, row: Json) -> Json:
    seasons = row["seasons"]
    if isinstance(seasons, dict):
        seasons = [_weekly(int(trakt), int(number), *said) for number, said in seasons.items()]
    else:
        seasons = [
            {**season, "episodes": [_episode(one) for one in season["episodes"]]} for season in seasons
        ]
    return {**_named(trakt, row), "seasons": seasons}


def _weekly(show: int, number: int, begin: str, count: int) -> Json:
    """A season in short form, `"1": ["2010-01-09", 12]`: so many episodes from that day on, one a week."""
    season = show * 100_000 + number * 2_000
    days = [date.fromisoformat(begin) + timedelta(weeks=week) for week in range(count)]
    return {
        "number": number,
        "ids": {"trakt": season, "tmdb": season, "tvdb": None},
        "episodes": [(place, season + place, day.isoformat()) for place, day in enumerate(days, start=1)],
    }


def _episode(row: Json) -> tuple[int, int, str | None]:
    return row["number"], row["ids"]["trakt"], (row["first_aired"] or "")[:10] or None


def _movie(trakt: str, row: Json) -> Json:
    return {**_named(trakt, row), "released": row["released"]}


def _named(trakt: str, row: Json) -> Json:
    number = int(trakt)
    ids = {"trakt": number, "slug": f"s-{trakt}", "tmdb": number, "tvdb": number, "imdb": None}
    aliases = [alias if isinstance(alias, str) else alias["title"] for alias in row.get("aliases", [])]
    return {"title": row["title"], "year": row["year"], "ids": row.get("ids", ids), "aliases": aliases}


def _entry(catalogue: Catalogue, row: Json, number: int) -> ListEntry:
    anime: Anime | None = catalogue.anime_by(mal=row["mal_id"])
    assert anime is not None, f"the case's world has no anime {row['mal_id']}"
    return ListEntry(
        number,
        anime,
        row["status"],
        row["progress"],
        score=row.get("score", 0),
        started=row.get("start"),
        finished=row.get("finish"),
        repeats=row.get("repeat", 0),
        private=row.get("private", False),
        hidden=row.get("hidden", False),
        custom=row.get("custom_lists", []),
    )
