"""A practice world of any size for measuring cost: a catalogue, and a list with an account that has a past."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox.catalogue import Anime
from anitrakt_plan.sandbox.lists import ListEntry
from benchmarks.copies import SHIFT, copied
from benchmarks.data import lines
from tests.practice.world import Catalogue

Json = dict[str, Any]

SEED = 20261122
LACK_IN_ONE_MAP = 0.03
WATCHED_BEFORE = 0.10
"""The share of the list of which Trakt has plays already."""

RATED = 0.7
NEEDED = ("anime.jsonl", "truth_dev.jsonl", "trakt_shows.jsonl", "trakt_movies.jsonl")


def make_catalogue(entries: int, data: Path | None) -> Catalogue:
    """A catalogue with at least that many anime: from the data folder, or (None) from the sandbox's own.

    Where there are too few, all works are copied under shifted ids and other names. Raises OSError for a
    folder that lacks a file.
    """
    original = _from_folder(data) if data else _from_sandbox()
    times = -(-entries // len(original["anime"]))
    document: Json = {"anime": [], "shows": [], "movies": [], "sample_list": []}
    for number in range(times):
        works = copied(original, number) if number else original
        for name in ("anime", "shows", "movies"):
            document[name] += works[name]
    rng = random.Random(SEED)
    for anime in document["anime"]:
        if anime["trakt"] and rng.random() < LACK_IN_ONE_MAP:
            anime["lacks"] = [rng.choice(("anibridge", "anitrakt"))]
    document["account"] = {"plays": [], "ratings": [], "watchlist": []}
    return Catalogue(document)


def make_list(catalogue: Catalogue, entries: int, *, mapped: bool = False) -> list[ListEntry]:
    """A list of that many completed entries, drawn from the catalogue, and an account that has seen some of them.

    `mapped`: none that no id map knows, as far as there are so many. The account's past goes into the catalogue, from
    where a new sandbox takes it.
    """
    rng = random.Random(SEED + entries)
    known = [anime for anime in catalogue.anime if anime.trakt]
    chosen = rng.sample(known if mapped and len(known) >= entries else catalogue.anime, entries)
    listed = [_entry(700_000 + number, anime, rng) for number, anime in enumerate(chosen)]
    seen = rng.sample(chosen, max(1, round(entries * WATCHED_BEFORE)))
    catalogue.account = {
        "plays": [play for anime in seen for play in _plays(catalogue, anime)],
        "ratings": [rating for anime in seen[::2] for rating in _ratings(catalogue, anime)],
        "watchlist": [],
    }
    if not catalogue.account["plays"]:
        raise ValueError("no entry of the list has a place on Trakt; take a longer list")
    return listed


def forget_every_other(listed: Sequence[ListEntry]) -> None:
    """Have no id map know every other entry of a list."""
    for entry in listed[::2]:
        entry.anime.lacks = ["anibridge", "anitrakt", "bangumi"]


def _entry(number: int, anime: Anime, rng: random.Random) -> ListEntry:
    finished = date(2012, 1, 1) + timedelta(days=rng.randrange(4800))
    text = finished.isoformat() if rng.random() < 0.85 else None
    score = rng.randrange(40, 101, 5) if rng.random() < RATED else 0
    return ListEntry(number, anime, "completed", anime.episodes or 0, score, finished=text)


def _plays(catalogue: Catalogue, anime: Anime) -> Iterator[list[Any]]:
    moment = "2020-05-17T18:00:00.000Z"
    place = anime.trakt or {}
    if "movie" in place:
        yield ["movie", place["movie"], moment, "watch"]
    for season, first, last in place.get("runs", ()):
        for number in range(first, last + 1):
            if _has_episode(catalogue, place["show"], season, number):
                yield ["episode", place["show"], season, number, moment, "scrobble"]


def _ratings(catalogue: Catalogue, anime: Anime) -> Iterator[list[Any]]:
    place = anime.trakt or {}
    moment = "2020-05-17T18:30:00.000Z"
    if "movie" in place:
        yield ["movie", place["movie"], 8, moment]
    if place.get("runs"):
        show = catalogue.show("trakt", place["show"])
        season = show.season(place["runs"][0][0]) if show else None
        if season:
            yield ["season", season.ids["trakt"], 7, moment]


def _has_episode(catalogue: Catalogue, show_id: int, season: int, number: int) -> bool:
    show = catalogue.show("trakt", show_id)
    found = show.season(season) if show else None
    return bool(found and found.episode(number))


# --- where the works come from ------------------------------------------------------------------


def _from_sandbox() -> Json:
    text = files("anitrakt_plan.sandbox").joinpath("catalogue.json").read_text(encoding="utf-8")
    document: Json = json.loads(text)
    for anime in document["anime"]:
        anime.setdefault("trakt", None)
    return document


def _from_folder(folder: Path) -> Json:
    truth = {row["mal_id"]: _place(row) for row in lines(folder / "truth_dev.jsonl")}
    return {
        "anime": [_anime(row, truth.get(row["mal_id"])) for row in lines(folder / "anime.jsonl")],
        "shows": _with_ids_of_their_own(list(lines(folder / "trakt_shows.jsonl"))),
        "movies": list(lines(folder / "trakt_movies.jsonl")),
    }


def _with_ids_of_their_own(shows: list[Json]) -> list[Json]:
    """The data's episode ids are drawn by lot, and a few were drawn twice: the account could not tell them apart."""
    taken: set[int] = set()
    for show in shows:
        for season in show["seasons"]:
            for episode in season["episodes"]:
                while episode[1] in taken:
                    episode[1] += 1
                taken.add(episode[1])
    return shows


def _place(row: Json) -> Json:
    if row["kind"] == "movie":
        return {"movie": row["trakt"]}
    return {"show": row["trakt"], "runs": row["runs"]}


def _anime(row: Json, place: Json | None) -> Json:
    return {
        "mal": row["mal_id"],
        "anilist": row.get("anilist_id") or SHIFT // 2 + row["mal_id"],
        "title": row["title"],
        "english": row.get("title_english") or None,
        "native": row.get("title_japanese") or None,
        "synonyms": list(row.get("synonyms") or ()),
        "type": row.get("type") or "Special",
        "episodes": row.get("episodes"),
        "start": row.get("start_date"),
        "end": row.get("end_date"),
        "duration": row.get("duration"),
        "trakt": place,
    }
