"""What a review shows fits its screen: nothing that a person decides by is cut off."""

from __future__ import annotations

import io
from datetime import date

import pytest
from rich.console import Console

from anitrakt_plan.cli.review_ui import show_entry, show_offers
from anitrakt_plan.commands.doubts import Offer
from anitrakt_plan.commands.review import Step
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    Facts,
    Kind,
    PlanEntry,
    Progress,
    Run,
    ShowMatch,
    Status,
    Straight,
)

ENTRY = PlanEntry(
    EntryKey("mal", 1),
    "A Show With a Title That Goes On and On Until the End of the Line, and Then Some",
    Facts(Kind.TV, 2019, 24),
    Progress(Status.COMPLETED, 24),
    Decision.REVIEW,
)
OFFERS = tuple(
    Offer(
        ShowMatch(203000, Straight((Run(1, 1, 12), Run(12, 1, 12)))),
        ENTRY.title,
        2019,
        "https://trakt.tv/shows/a-show-with-a-title-that-goes-on-and-on-until-the-end/seasons/12",
        confidence,
        ("title", "season-words", "episodes", "air-dates"),
        date(2019, 1, 1),
        date(2020, 1, 1),
    )
    for confidence in (0.987, 0.9996)
)


class Screen(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize("width", [60, 72, 80, 99, 100, 120, 200])
def test_the_confidence_is_never_cut(width: int) -> None:
    screen = Screen()
    show_offers(Console(file=screen, width=width, color_system=None), ENTRY, OFFERS)
    shown = screen.getvalue()
    for words in (
        "sure",
        "0.98",
        "0.999",
        "S01E01-E12",
        "2019-01-01",
        "2020-01-01",
        "24 episodes",
        *OFFERS[0].why,
    ):
        assert words in shown
    rows = [line.rstrip() for line in shown.splitlines()]
    assert max(len(row) for row in rows if OFFERS[0].url not in row) <= width
    assert sum(OFFERS[0].url in row for row in rows) == len(OFFERS)  # whole, on one line each


@pytest.mark.parametrize("width", [40, 80, 200])
def test_through_a_pipe_the_width_is_always_the_same(width: int) -> None:
    pipe = io.StringIO()
    console = Console(file=pipe, width=width)
    show_entry(console, Step(ENTRY, 1, 2))
    assert console.width == 130
