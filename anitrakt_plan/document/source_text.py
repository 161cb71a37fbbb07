"""The text of a plan file: its bytes decoded, its lines, and where an index stands."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes. A plan of 10,000 entries with five candidates each has some 12 MB; what is larger is no plan."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; line and column count from 1, columns in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes became text, so that it can be written back alike; UTF-16 is written back as UTF-8."""

    name: str = "utf-8"
    bom: bool = False
    newline: str = "\n"

    def to_bytes(self, text: str) -> bytes:
        """The bytes to write: always UTF-8, with the byte order mark that a UTF-8 file had."""
        mark = codecs.BOM_UTF8 if self.bom and self.name == "utf-8" else b""
        return mark + text.encode("utf-8", errors="replace")


class NotText(ValueError):
    """Bytes that are no text; `before` is the decodable text in front of the first bad byte."""

    def __init__(self, reason: str, before: str) -> None:
        super().__init__(reason)
        self.before = before


@dataclass(frozen=True)
class SourceText:
    """A file's text without byte order mark, its line ends untouched, under the name that messages give it."""

    name: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """The index at which each line begins."""
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def line_number(self, index: int) -> int:
        """The number of the line, from 1, in which this index stands."""
        return bisect_right(self.line_starts, max(index, 0))

    def position(self, index: int) -> Position:
        """Line and column of an index."""
        line = self.line_number(index)
        return Position(line, max(index, 0) - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line without its line end; empty beyond the end."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def line_end(self, index: int) -> int:
        """The index of the end of the line in which an index stands, its line end not counted."""
        number = self.line_number(index)
        return self.line_starts[number - 1] + len(self.line(number))


def decode(raw: bytes) -> tuple[str, Encoding]:
    """Text and encoding of a file: UTF-8 with or without a mark, or UTF-16 (Windows PowerShell's `>` writes it).

    Raises NotText for bytes that are neither.
    """
    name, bom = _guess_encoding(raw)
    body = raw.removeprefix(codecs.BOM_UTF8) if name == "utf-8" else raw[2 if bom else 0 :]
    try:
        text = body.decode(name)
    except UnicodeDecodeError as error:
        raise NotText(error.reason, body[: error.start].decode(name, errors="replace")) from None
    first_end = _LINE_END.search(text)
    newline = "\r\n" if first_end is not None and first_end[0] == "\r\n" else "\n"
    return text, Encoding(name, bom, newline)


def _guess_encoding(raw: bytes) -> tuple[str, bool]:
    if raw.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", True
    if raw.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", True
    head = raw[:2]
    if len(raw) % 2 == 0 and len(head) == 2 and head[0] != head[1]:
        if head[1] == 0:
            return "utf-16-le", False
        if head[0] == 0:
            return "utf-16-be", False
    return "utf-8", raw.startswith(codecs.BOM_UTF8)
