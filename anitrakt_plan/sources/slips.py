"""Small faults of a list that cost one value or one entry, gathered into a few sentences."""

from __future__ import annotations

from anitrakt_plan.core.model import PartialDate
from anitrakt_plan.sources.values import make_date, rating_of, read_date


class Slips:
    """Counts what had to be left out, by kind, and keeps the first example of each."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, example: str) -> None:
        """Count one more of `what` (a noun in the plural), with its place and its words."""
        count, first = self._found.get(what, (0, example))
        self._found[what] = (count + 1, first)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each kind."""
        return tuple(
            f"left out: {count} {what} ({'it is ' if count == 1 else 'the first is '}{example})"
            for what, (count, example) in self._found.items()
        )

    def date(self, text: str | None, where: str) -> PartialDate | None:
        """The date of this text; one that can't be is left out and counted."""
        try:
            return read_date(text)
        except ValueError as error:
            self.add("impossible dates", f"{where}: {error}")
            return None

    def date_of(self, parts: tuple[int | None, int | None, int | None], where: str) -> PartialDate | None:
        """The date of year, month and day; one that can't be is left out and counted."""
        try:
            return make_date(*parts)
        except ValueError as error:
            self.add("impossible dates", f"{where}: {error}")
            return None

    def rating(self, score: float | None, *, best: int, where: str) -> int | None:
        """The rating 1-10 of this score; one out of range is left out and counted."""
        try:
            return rating_of(score, best=best)
        except ValueError as error:
            self.add("impossible scores", f"{where}: {error}")
            return None
