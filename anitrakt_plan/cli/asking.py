"""Questions to a person at a terminal, and what the first and the second Ctrl-C do."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

import click

from anitrakt_plan.cli.state import State

if TYPE_CHECKING:
    from anitrakt_plan.commands.ports import Ask, Question


def terminal_ask(*, allowed: bool) -> Ask | None:
    """Asks on the terminal; None where nobody sits at one, or where asking is not `allowed`."""
    if not allowed or not sys.stdin.isatty() or not sys.stderr.isatty():
        return None
    return _ask


def _ask(question: Question) -> str:
    click.echo(question.text, err=True)
    for number, choice in enumerate(question.choices, start=1):
        click.echo(f"  {number}  {choice}{'  (recommended)' if number == 1 else ''}", err=True)
    answer: str = click.prompt(
        "Your choice", default="1", value_proc=lambda text: _choice(question, text), err=True
    )
    return answer


def _choice(question: Question, text: str) -> str:
    """A choice by its number, its word, or the beginning of one. Raises UsageError, and click asks again."""
    word = text.strip().casefold()
    if word.isdigit() and 1 <= int(word) <= len(question.choices):
        return question.choices[int(word) - 1]
    fitting = [choice for choice in question.choices if word and choice.casefold().startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    raise click.UsageError(f"answer with a number, or with one of: {', '.join(question.choices)}")


def yes_ask(question: Question) -> str:
    """`--yes` answers yes where that is a choice; it passes no safety stop, so other questions get the first."""
    return "yes" if "yes" in question.choices else question.choices[0]


@contextlib.contextmanager
def stop_on_interrupt(state: State) -> Iterator[threading.Event]:
    """The first Ctrl-C lets the running request finish and sums up; the second stops at once.

    Yields the event that the first one sets.
    """
    stop = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        state.insist("\nStopping after this request. Ctrl-C again stops at once.")

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
