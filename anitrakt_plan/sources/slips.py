"""Small faults of a list that cost one value or one entry, gathered into a few sentences."""

from __future__ import annotations

from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.model import PartialDate
from anitrakt_plan.sources.values import make_date, rating_of, read_date

_MAX_NAMED = 20
"""A list of which more is wrong in one way than this is wrong as a whole."""


class Slips:
    """Gathers what had to be left out, by kind, each with its place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, noun: str, place: str, *, which: str = "") -> None:
        """One more that was left out: a noun in the singular, where it is, and what is wrong with all such."""
        self._found.setdefault((noun, which), []).append(place)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each kind, with the place of each, and a number where they are very many."""
        return tuple(_note(noun, which, places) for (noun, which), places in self._found.items())

    def date(self, text: str | None, where: str) -> PartialDate | None:
        """The date of this text; one that can't be is left out and counted."""
        try:
            return read_date(text)
        except ValueError as error:
            self.add("impossible date", f"{where}: {error}")
            return None

    def date_of(self, parts: tuple[int | None, int | None, int | None], where: str) -> PartialDate | None:
        """The date of year, month and day; one that can't be is left out and counted."""
        try:
            return make_date(*parts)
        except ValueError as error:
            self.add("impossible date", f"{where}: {error}")
            return None

    def rating(self, score: float | None, *, best: int, where: str) -> int | None:
        """The rating 1-10 of this score; one out of range is left out and counted."""
        try:
            return rating_of(score, best=best)
        except ValueError as error:
            self.add("impossible score", f"{where}: {error}")
            return None


def _note(noun: str, which: str, places: list[str]) -> str:
    named, more = "; ".join(places[:_MAX_NAMED]), len(places) - _MAX_NAMED
    tail = f"; and {more} more" if more > 0 else ""
    return f"left out: {counted(len(places), noun)}{which and ' '}{which} ({named}{tail})"
