"""Copies of the practice world's works under other ids and names, for lists longer than the data."""

from __future__ import annotations

import copy
import unicodedata
from typing import Any

Json = dict[str, Any]

SHIFT = 20_000_000
"""Between the ids of a work and those of its copy; above every anime's, show's and film's id."""

EPISODE_SHIFT = 3_000_000_000
"""The same for episodes and seasons, whose ids are longer."""

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


def copied(original: Json, number: int) -> Json:
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
