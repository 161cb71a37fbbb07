"""stdout and stderr that take any text, whatever the console or the platform's code page."""

from __future__ import annotations

import io
import sys


def take_any_text() -> None:
    """Make stdout UTF-8 with LF where it is no console, and let no stream fail over a letter it does not have.

    Windows gives a pipe or a file the old code page, in which a Japanese title would end the command.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
