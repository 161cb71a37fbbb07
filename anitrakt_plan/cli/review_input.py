"""Answers to a review: single keys at a terminal, or one line for each answer from a pipe."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import Protocol, TextIO

import click

from anitrakt_plan.cli.state import State
from anitrakt_plan.errors import BadUsage

ARROW_LEFT = "\x1b[D"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its key, and what stood behind the key (on a pipe; a terminal is asked for it)."""

    key: str
    rest: str = ""


class Input(Protocol):
    """Where answers come from. Everything raises EOFError at the end and KeyboardInterrupt on Ctrl-C."""

    interactive: bool

    def reply(self, prompt: str) -> Reply:
        """The next answer."""

    def text(self, prompt: str, reply: Reply) -> str:
        """The words that belong to an answer; empty where the person gave none."""

    def unusable(self, message: str) -> None:
        """Say that an answer can't be used. Raises BadUsage where the next line was meant for something else."""


class TerminalInput:
    """Keys as they are pressed."""

    interactive = True

    def __init__(self, state: State) -> None:
        self._state = state

    def reply(self, prompt: str) -> Reply:
        click.echo(prompt, nl=False, err=True, color=self._state.use_color(sys.stderr))
        key = click.getchar()
        if key in ("\x03", "\x04"):
            raise KeyboardInterrupt if key == "\x03" else EOFError
        if key == ARROW_LEFT:
            key = "b"
        # several keys at once are type-ahead or a paste; only the first was meant for this question
        key = key[:1]
        click.echo(key if key.isprintable() else "", err=True)
        return Reply(key)

    def text(self, prompt: str, reply: Reply) -> str:  # noqa: ARG002
        try:
            words: str = click.prompt(prompt, default="", show_default=False, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
        return words.strip()

    def unusable(self, message: str) -> None:
        self._state.insist(f"  {message}", style="yellow")


class LineInput:
    """One line for each answer: `a`, `2`, `s too short`, `/ other words`, `i movie 97`."""

    interactive = False

    def __init__(self, state: State, stream: TextIO) -> None:
        self._state = state
        self._stream = stream
        self._line = 0

    def reply(self, prompt: str) -> Reply:
        line = ""
        while not line.strip():
            line = self._stream.readline()
            self._line += 1
            if not line:
                raise EOFError
        line = line.strip()
        click.echo(f"{click.unstyle(prompt)}{line}", err=True)
        return Reply(line[:1], line[1:].strip())

    def text(self, prompt: str, reply: Reply) -> str:  # noqa: ARG002
        return reply.rest

    def unusable(self, message: str) -> None:
        raise BadUsage(
            f"line {self._line} of the answers can't be used: {message}",
            todo="The lines after it were not read; what was answered before is in the file.",
        )


def open_input(state: State) -> Input:
    """The terminal, or the pipe or file that stdin is. Raises BadUsage where stdin can have no answers."""
    if sys.stdin.isatty():
        return TerminalInput(state)
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return LineInput(state, sys.stdin)
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or stat.S_ISSOCK(kind)):
        raise BadUsage(
            "there is no terminal to ask on",
            todo="Run `anitrakt review` at a terminal, or send it answers through a pipe, one a line; "
            "`anitrakt show --decision review` lists what is open, and any editor can settle it.",
        )
    return LineInput(state, sys.stdin)
