"""Dates, scores and numbers as lists write them, read leniently."""

from __future__ import annotations

import math
import re

from anitrakt_plan.core.model import Kind, PartialDate

EARLIEST_YEAR = 1900
"""No list is older than this; a smaller year is a slip of the keyboard or of a program."""

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*)?", re.DOTALL)
_KINDS = {
    "tv": Kind.TV,
    "tvshort": Kind.TV_SHORT,
    "movie": Kind.MOVIE,
    "special": Kind.SPECIAL,
    "tvspecial": Kind.TV_SPECIAL,
    "ova": Kind.OVA,
    "ona": Kind.ONA,
    "music": Kind.MUSIC,
    "cm": Kind.CM,
    "pv": Kind.PV,
}


def read_date(text: str | None) -> PartialDate | None:
    """Read `2019-07-01`, `2023-3-28`, `2019-05-00`, `2019` or nothing (also `0000-00-00`).

    Raises ValueError on a date that can't be: with the list's own text in the sentence.
    """
    text = (text or "").strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is not a date")
    return make_date(*(int(part or 0) for part in found.groups()))


def make_date(year: int | None, month: int | None = None, day: int | None = None) -> PartialDate | None:
    """A date of which parts may be 0 or None; None where not even the year is known.

    Raises ValueError on a day that does not exist.
    """
    if not year:
        return None
    if not month:
        day = None
    if year < EARLIEST_YEAR:
        raise ValueError(f"the year {year} can't be")
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        raise ValueError(f"there is no day {year:04d}-{month or 0:02d}-{day or 0:02d}") from None


def rating_of(score: float | None, *, best: int) -> int | None:
    """A score of 0 (none) to `best` on Trakt's scale 1-10, half rounded up; raises ValueError out of range."""
    if not score:
        return None
    if not 0 < score <= best:
        raise ValueError(f"a score of {score:g} is not within 1-{best}")
    return max(1, math.floor(score * 10 / best + 0.5))


def kind_of(word: str | None) -> Kind:
    """The kind by a list's own word, whatever its case and separators; UNKNOWN where none fits."""
    return _KINDS.get(re.sub(r"[^a-z]", "", (word or "").lower()), Kind.UNKNOWN)


def positive(number: int | None) -> int | None:
    """A count, or None where the list says 0 for unknown."""
    return number if number and number > 0 else None
