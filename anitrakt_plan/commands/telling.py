"""How a command tells a person what it is doing, without knowing of terminals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Tell(Protocol):
    """The command line's side of a conversation; the tests have their own."""

    def say(self, text: str = "") -> None:
        """A message, unless the user wants quiet."""

    def detail(self, text: str) -> None:
        """A message for those who asked for more."""

    def progress(self, title: str) -> AbstractContextManager[Callable[[int, int], None]]:
        """Show a step's progress; yields a function of (done, total)."""
