"""Cases: a list and a small world of its own in a folder, and what must come of `plan`, `validate` and `apply`.

`case.json` has the arguments of `plan` (`LIST` is the list file), the `users` whose lists are served, and `expect`.
`world.json` has `anime` by MyAnimeList id, `shows` and `movies` by Trakt id, and the rows of the id maps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox import Sandbox
from anitrakt_plan.sandbox.catalogue import Anime, Catalogue
from anitrakt_plan.sandbox.lists import ListEntry, ListUser

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
            "anime": [_anime(row) for row in world.get("anime", {}).values()],
            "shows": [_show(row) for row in world.get("shows", {}).values()],
            "movies": [_movie(row) for row in world.get("movies", {}).values()],
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
        place = sandbox.catalogue.episode(play.item) if play.kind == "episode" else None
        if place is None:
            yield f"{play.kind}.{play.item}"
        else:
            yield f"{place.show.trakt_id}.S{place.season.number:02d}E{place.episode.number:02d}"


def _anime(row: Json) -> Json:
    return {
        "mal": row["mal_id"],
        "anilist": row["anilist_id"],
        "title": row["title"],
        "english": row["title_english"],
        "native": row["title_japanese"],
        "synonyms": row["synonyms"],
        "type": row["type"],
        "episodes": row["episodes"],
        "start": row["start_date"],
        "end": row["end_date"],
        "duration": row["duration"],
    }


def _show(row: Json) -> Json:
    seasons = [
        {
            "number": season["number"],
            "ids": season["ids"],
            "episodes": [
                (episode["number"], episode["ids"]["trakt"], (episode["first_aired"] or "")[:10] or None)
                for episode in season["episodes"]
            ],
        }
        for season in row["seasons"]
    ]
    return {**_named(row), "seasons": seasons}


def _movie(row: Json) -> Json:
    return {**_named(row), "released": row["released"]}


def _named(row: Json) -> Json:
    aliases = [alias["title"] for alias in row["aliases"]]
    return {"title": row["title"], "year": row["year"], "ids": row["ids"], "aliases": aliases}


def _entry(catalogue: Catalogue, row: Json, number: int) -> ListEntry:
    anime: Anime | None = catalogue.anime_by(mal=row["mal_id"])
    assert anime is not None, f"the case's world has no anime {row['mal_id']}"
    return ListEntry(
        number,
        anime,
        row["status"],
        row["progress"],
        score=row["score"],
        started=row["start"],
        finished=row["finish"],
        repeats=row["repeat"],
        private=row["private"],
        hidden=row["hidden"],
        custom=row["custom_lists"],
    )
