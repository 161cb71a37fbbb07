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


def compare(one: Title, other: Title) -> tuple[Likeness, float]:
    """How alike an entry's title (`one`) and a work's (`other`) are, and the likeness of their letters, 0-1."""
    if one.text == other.text or one.heard == other.heard:
        return Likeness.SAME, 1.0
    if one.base == other.base or one.base_heard == other.base_heard:
        return Likeness.SAME_BASE, 1.0
    letters = max(fuzz.ratio(one.base, other.base), fuzz.ratio(one.base_heard, other.base_heard)) / 100
    words = fuzz.token_sort_ratio(one.base, other.base) / 100
    value = max(letters, words)
    if _leads(one, other):
        return Likeness.LEADS, max(value, 0.6)
    if value >= 0.9:
        return Likeness.CLOSE, value
    if value >= 0.75:
        return Likeness.SIMILAR, value
    return (Likeness.WEAK if value >= 0.55 else Likeness.OTHER), value


def _leads(one: Title, other: Title) -> bool:
    """Whether one title is the other and a subtitle or further words: `Aquarion Logos` in `Aquarion`."""
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
    best = (Likeness.OTHER, 0.0, "")
    rank = LIKENESS_ORDER.index(best[0])
    others = [(name, read_title(name)) for name in dict.fromkeys(theirs) if name]
    for mine in dict.fromkeys(name for name in ours if name):
        one = read_title(mine)
        for name, other in others:
            likeness, value = compare(one, other)
            place = LIKENESS_ORDER.index(likeness)
            if place < rank or (place == rank and value > best[1]):
                best, rank = (likeness, value, name), place
        if rank == 0:
            break
    return best


@lru_cache(maxsize=16384)
def likeness_of(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[Likeness, float, str]:
    """The best likeness over all pairs, remembered: the same names are compared for every place of a show."""
    return best_likeness(ours, theirs)
