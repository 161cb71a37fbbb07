"""How alike two titles are."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from anitrakt_plan.core.titles import Title, read_title


class Likeness(StrEnum):
    """How alike two titles are, the most alike first."""

    SAME = "same"
    SAME_BASE = "same but for season words"
    LEADS = "begins with it"
    CLOSE = "close"
    SIMILAR = "similar"
    WEAK = "weak"
    OTHER = "another title"


LIKENESS_ORDER = tuple(Likeness)


def _same(one: Title, other: Title) -> bool:
    return one.text == other.text or one.heard == other.heard


def _same_base(one: Title, other: Title) -> bool:
    return one.base == other.base or one.base_heard == other.base_heard


_EQUAL = ((Likeness.SAME, _same), (Likeness.SAME_BASE, _same_base))


def compare(one: Title, other: Title, floor: float = 0.0) -> tuple[Likeness, float]:
    """How alike an entry's title (`one`) and a work's (`other`) are, and the likeness of their letters, 0-1.

    A likeness of letters below `floor` may come back as 0: who knows a better pair need not have it counted.
    """
    for likeness, equal in _EQUAL:
        if equal(one, other):
            return likeness, 1.0
    if _leads(one, other):
        return Likeness.LEADS, max(_letters(one, other, 0.0), 0.6)
    value = _letters(one, other, floor)
    if value >= 0.9:
        return Likeness.CLOSE, value
    if value >= 0.75:
        return Likeness.SIMILAR, value
    return (Likeness.WEAK if value >= 0.55 else Likeness.OTHER), value


def _letters(one: Title, other: Title, floor: float) -> float:
    least = floor * 100
    letters = fuzz.ratio(one.base, other.base, score_cutoff=least)
    heard = fuzz.ratio(one.base_heard, other.base_heard, score_cutoff=least)
    words = fuzz.token_sort_ratio(one.base, other.base, score_cutoff=least)
    return max(letters, heard, words) / 100


def _leads(one: Title, other: Title) -> bool:
    """Whether one title is the other and a subtitle or further words: `Aquarion Logos` in `Aquarion`."""
    if one.base[:1] != other.base[:1]:
        return False  # a head begins as its title does
    for shorter, longer in ((other, one), (one, other)):
        if not shorter.base or not longer.base:
            continue
        if longer.tail and longer.head == shorter.base:
            return True
        if len(shorter.base) < 3 or len(longer.base) <= len(shorter.base):
            continue
        if longer.base.startswith(shorter.base + " "):
            return True
        if not shorter.base.isascii() and len(shorter.base) >= 4 and longer.base.startswith(shorter.base):
            return True
    return False


def best_likeness(ours: Iterable[str], theirs: Iterable[str]) -> tuple[Likeness, float, str]:
    """The best likeness over all pairs of titles, its value 0-1, and the other side's title that gave it."""
    mine = [read_title(name) for name in dict.fromkeys(ours) if name]
    others = [(name, read_title(name)) for name in dict.fromkeys(theirs) if name]
    equal = _first_equal(mine, others)
    if equal is not None:
        return equal
    best = (Likeness.OTHER, 0.0, "")
    rank = LIKENESS_ORDER.index(best[0])
    for one in mine:
        for name, other in others:
            likeness, value = compare(one, other, 1.0 if best[0] is Likeness.LEADS else best[1])
            place = LIKENESS_ORDER.index(likeness)
            if place < rank or (place == rank and value > best[1]):
                best, rank = (likeness, value, name), place
    return best


def _first_equal(mine: list[Title], others: list[tuple[str, Title]]) -> tuple[Likeness, float, str] | None:
    """The first pair of the same name, else of the same name but for season words: no letters need counting then."""
    for likeness, equal in _EQUAL:
        for one in mine:
            for name, other in others:
                if equal(one, other):
                    return likeness, 1.0, name
    return None


@lru_cache(maxsize=16384)
def likeness_of(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[Likeness, float, str]:
    """The best likeness over all pairs, remembered: the same names are compared for every place of a show."""
    return best_likeness(ours, theirs)
