"""Mistakes in a plan file: where they are, what is wrong, what was probably meant, and how they are shown."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from anitrakt_plan.document.source_text import Position, SourceText

Severity = Literal["error", "warning"]

MOST_MISTAKES = 1000
"""A file that is not a plan at all could have millions; nobody reads past these."""

_WIDEST_SNIPPET = 110
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Placed(Protocol):
    """Anything that stands from one index of the text to another."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """From one index of the text to another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a file.

    `snippet` is the whole line, `caret` how many of its characters from the position on are meant, `hint` what was
    probably meant or what to write, `also` the other places involved, each with a note.
    """

    code: str
    severity: Severity
    message: str
    file: str
    position: Position
    snippet: str
    caret: int
    hint: str | None = None
    also: tuple[tuple[Position, str], ...] = ()

    def render(self) -> str:
        """For people: file, line and column, the sentence, the line with a caret, and the hint."""
        line, column, length = _window(self.snippet, self.position.column - 1, self.caret)
        number = str(self.position.line)
        margin = " " * len(number)
        pointer = " " * _width(line[:column]) + "^" * max(1, _width(line[column : column + length]))
        out = [
            f"{self.file}:{self.position}: {self.severity}[{self.code}]: {_showable(self.message)}",
            f"{margin} |",
            f"{number} | {_showable(line)}".rstrip(),
        ]
        hint = _showable(self.hint) if self.hint else ""
        if len(hint) <= 50:
            out.append(f"{margin} | {pointer} {hint}".rstrip())
        else:
            out += [f"{margin} | {pointer}", f"{margin} = {hint}"]
        out += [f"{margin} = {self.file}:{place}: {_showable(note)}" for place, note in self.also]
        return "\n".join(out)

    def as_json(self) -> dict[str, object]:
        """For `--json`: severity, code, summary, detail, range (from 1, end excluded), snippet and the other places."""
        line, column = self.position.line, self.position.column
        return {
            "severity": self.severity,
            "code": self.code,
            "summary": self.message,
            "detail": self.hint,
            "file": self.file,
            "range": {
                "start": {"line": line, "column": column},
                "end": {"line": line, "column": column + max(1, self.caret)},
            },
            "snippet": self.snippet,
            "also": [{"line": place.line, "column": place.column, "note": note} for place, note in self.also],
        }


@dataclass
class Findings:
    """Collects the mistakes of one file while it is read."""

    source: SourceText
    mistakes: list[Mistake] = field(default_factory=list)

    def error(
        self,
        code: str,
        message: str,
        place: Placed,
        hint: str | None = None,
        also: Iterable[tuple[Placed, str]] = (),
    ) -> None:
        """Note something for which nothing of the file may be sent."""
        self._note("error", code, message, place, hint, also)

    def warning(self, code: str, message: str, place: Placed, hint: str | None = None) -> None:
        """Note something that a person should know of, though the file holds."""
        self._note("warning", code, message, place, hint, ())

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(mistake.severity == "error" for mistake in self.mistakes)

    def in_order(self) -> tuple[Mistake, ...]:
        """All mistakes by their place in the file, errors before warnings where both stand at one place."""
        return tuple(sorted(self.mistakes, key=lambda one: (one.position, one.severity, one.code)))

    def _note(
        self,
        severity: Severity,
        code: str,
        message: str,
        place: Placed,
        hint: str | None,
        also: Iterable[tuple[Placed, str]],
    ) -> None:
        if len(self.mistakes) >= MOST_MISTAKES:
            return
        position = self.source.position(place.start)
        snippet = self.source.line(position.line)
        caret = min(place.end, self.source.line_end(place.start)) - place.start
        others = tuple((self.source.position(other.start), note) for other, note in also)
        self.mistakes.append(
            Mistake(code, severity, message, self.source.name, position, snippet, max(1, caret), hint, others)
        )


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to a misspelt one, or None where none is near."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is probably meant to be, or None where none is near."""
    found = difflib.get_close_matches(word.lower()[:60], list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def shorten(text: str, most: int = 60) -> str:
    """A user's text for a message: on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _window(line: str, column: int, length: int) -> tuple[str, int, int]:
    """The piece of a long line around the caret, and where the caret stands in it."""
    if len(line) <= _WIDEST_SNIPPET:
        return line, column, length
    start = max(0, min(column - 30, len(line) - _WIDEST_SNIPPET))
    piece = line[start : start + _WIDEST_SNIPPET]
    if start > 0:
        piece = "…" + piece[1:]
    if start + _WIDEST_SNIPPET < len(line):
        piece = piece[:-1] + "…"
    return piece, column - start, min(length, _WIDEST_SNIPPET - (column - start))


def _width(text: str) -> int:
    """Columns on a terminal: Japanese signs take two, combining ones none; tabs are shown as one space."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) != 0 for sign in text)


def _showable(text: str) -> str:
    """A file's text must not be able to steer the terminal it is shown on."""
    return _UNSHOWABLE.sub(lambda found: " " if found[0] == "\t" else "�", text)
