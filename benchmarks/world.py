"""A practice world of any size for measuring cost: a catalogue, and a list with an account that has a past."""

from __future__ import annotations

import copy
import json
import random
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from anitrakt_plan.sandbox.catalogue import Anime, Catalogue
from anitrakt_plan.sandbox.lists import ListEntry

Json = dict[str, Any]

SEED = 20261122
SHIFT = 20_000_000
"""Between the ids of a work and those of its copy; above every anime's, show's and film's id."""

EPISODE_SHIFT = 3_000_000_000
"""The same for episodes and seasons, whose ids are longer."""

LACK_IN_ONE_MAP = 0.03
WATCHED_BEFORE = 0.10
"""The share of the list of which Trakt has plays already."""

RATED = 0.7
NEEDED = ("anime.jsonl", "truth_dev.jsonl", "trakt_shows.jsonl", "trakt_movies.jsonl")

_KEPT_WORDS = frozenset(
    [
        "season",
        "part",
        "cour",
        "movie",
        "film",
        "ova",
        "ona",
        "special",
        "specials",
        "the",
        "final",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "1st",
        "2nd",
        "3rd",
        "4th",
        "5th",
        "6th",
        "ii",
        "iii",
        "iv",
        "v",
        "vi",
        "vii",
        "viii",
        "ix",
        "x",
        "s1",
        "s2",
        "s3",
        "s4",
        "s5",
        "no",
        "to",
        "wa",
        "ga",
        "of",
        "and",
        "in",
        "a",
        "tv",
        "hen",
    ]
)
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxz"


def make_catalogue(entries: int, data: Path | None) -> Catalogue:
    """A catalogue with at least that many anime: from the data folder, or (None) from the sandbox's own.

    Where there are too few, all works are copied under shifted ids and other names. Raises OSError for a
    folder that lacks a file.
    """
    original = _from_folder(data) if data else _from_sandbox()
    times = -(-entries // len(original["anime"]))
    document: Json = {"anime": [], "shows": [], "movies": [], "sample_list": []}
    for number in range(times):
        copied = _copied(original, number) if number else original
        for name in ("anime", "shows", "movies"):
            document[name] += copied[name]
    rng = random.Random(SEED)
    for anime in document["anime"]:
        if anime["trakt"] and rng.random() < LACK_IN_ONE_MAP:
            anime["lacks"] = [rng.choice(("anibridge", "anitrakt"))]
    document["account"] = {"plays": [], "ratings": [], "watchlist": []}
    return Catalogue(document)


def make_list(catalogue: Catalogue, entries: int) -> list[ListEntry]:
    """A list of that many completed entries, drawn from the catalogue, and an account that has seen some of them.

    The account's past goes into the catalogue, from where a new sandbox takes it.
    """
    rng = random.Random(SEED + entries)
    chosen = rng.sample(catalogue.anime, entries)
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
    truth = {row["mal_id"]: _place(row) for row in _lines(folder / "truth_dev.jsonl")}
    return {
        "anime": [_anime(row, truth.get(row["mal_id"])) for row in _lines(folder / "anime.jsonl")],
        "shows": list(_lines(folder / "trakt_shows.jsonl")),
        "movies": list(_lines(folder / "trakt_movies.jsonl")),
    }


def _lines(path: Path) -> Iterator[Json]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


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


# --- copies -------------------------------------------------------------------------------------


def _copied(original: Json, number: int) -> Json:
    """All works once more, under ids of their own and names that are no more alike than those of strangers."""
    return {
        "anime": [_copied_anime(anime, number) for anime in original["anime"]],
        "shows": [_copied_show(show, number) for show in original["shows"]],
        "movies": [_copied_work(movie, number) for movie in original["movies"]],
    }


def _copied_anime(original: Json, number: int) -> Json:
    anime = copy.deepcopy(original)
    for name in ("mal", "anilist", "prequel"):
        if anime.get(name) is not None:
            anime[name] += SHIFT * number
    for name in ("title", "english", "native"):
        if anime.get(name):
            anime[name] = renamed(anime[name], number)
    anime["synonyms"] = [renamed(name, number) for name in anime.get("synonyms", ())]
    for name in ("trakt", "anitrakt"):
        place = anime.get(name) or {}
        for kind in ("show", "movie"):
            if kind in place:
                place[kind] += SHIFT * number
    anime["anibridge"] = None  # made from the place instead: the original's names ids that are not shifted
    return anime


def _copied_work(original: Json, number: int) -> Json:
    work = copy.deepcopy(original)
    ids = work["ids"]
    work["ids"] = {"trakt": ids["trakt"] + SHIFT * number, "slug": f"{ids['slug']}-copy-{number}"}
    if ids.get("tmdb"):
        work["ids"]["tmdb"] = ids["tmdb"] + SHIFT * number
    work["title"] = renamed(work["title"], number)
    work["aliases"] = [renamed(name, number) for name in work["aliases"]]
    return work


def _copied_show(original: Json, number: int) -> Json:
    show = _copied_work(original, number)
    for season in show["seasons"]:
        season["ids"] = {"trakt": season["ids"]["trakt"] + EPISODE_SHIFT * number}
        for episode in season["episodes"]:
            episode[1] += EPISODE_SHIFT * number
    return show


def renamed(name: str, number: int) -> str:
    """A name of the same shape and length, of other letters; season words and figures stay.

    A hundred copies of a name all differ.
    """
    table = _letters(number)
    return " ".join(
        word if word.casefold().strip(".,:;!?()[]'\"") in _KEPT_WORDS else _renamed_word(word, table, number)
        for word in name.split(" ")
    )


def _letters(number: int) -> dict[str, str]:
    """Vowels become vowels and consonants consonants, moved on by steps that depend on the copy."""
    steps = ((_VOWELS, number + number // len(_CONSONANTS)), (_CONSONANTS, number))
    small = {
        letter: letters[(place + step) % len(letters)]
        for letters, step in steps
        for place, letter in enumerate(letters)
    }
    return small | {letter.upper(): other.upper() for letter, other in small.items()}


def _renamed_word(word: str, table: dict[str, str], number: int) -> str:
    return "".join(table.get(sign) or (_moved(sign, number) if ord(sign) > 0x3000 else sign) for sign in word)


def _moved(sign: str, number: int) -> str:
    """A sign of a script without vowels to turn round: a neighbour of it in the code table."""
    other = chr(ord(sign) + number)
    letters = unicodedata.category(sign) == unicodedata.category(other) == "Lo"
    return other if letters else sign
