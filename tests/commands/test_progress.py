"""What a person sees of a step that takes time."""

from __future__ import annotations

import io
import sys

import pytest

from anitrakt_plan.cli.context import State


class Screen(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("steps", "shown"), [([], None), ([(0, 0)], None), ([(0, 0), (3, 8)], "3/8")])
def test_a_bar_is_shown_only_where_the_end_is_known(
    steps: list[tuple[int, int]], shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    state = State()
    state.color = "always"
    with state.progress("Reading your list") as show:
        for done, total in steps:
            show(done, total)
    assert "Reading your list" in screen.getvalue()
    assert "/?" not in screen.getvalue()
    assert "0/0" not in screen.getvalue()
    assert shown is None or shown in screen.getvalue()
