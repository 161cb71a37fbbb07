"""The text of a plan file: its bytes decoded, its lines, where an index stands, and how single values are written."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

MAX_FILE_SIZE = 32 * 1024 * 1024
"""Bytes. A plan of 10,000 entries with five candidates each has some 12 MB; what is larger is no plan."""

_UTF_16 = (
    (re.compile(re.escape(codecs.BOM_UTF16_LE)), "utf-16-le", True),
    (re.compile(re.escape(codecs.BOM_UTF16_BE)), "utf-16-be", True),
    (re.compile(rb"[^\0]\0", re.DOTALL), "utf-16-le", False),
    (re.compile(rb"\0[^\0]", re.DOTALL), "utf-16-be", False),
)
"""How files in UTF-16 begin: with a mark, or with a sign of which one half is empty."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_SPECIAL = re.compile(
    '[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]'
)
_NOT_IN_COMMENT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]+")
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?: [A-Za-z0-9_+-]+)*")
_TAKEN_FOR_VALUES = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


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
    """Bytes that are no text, with what is said of them; `before` is the decodable text before the first bad byte."""

    def __init__(self, code: str, message: str, before: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.before, self.hint = code, before, hint


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
        return self.text[start : self._end_of(number)].rstrip("\r\n")

    def _end_of(self, number: int) -> int:
        return self.line_starts[number] if number < len(self.line_starts) else len(self.text)

    def line_start(self, index: int) -> int:
        """The index at which the line begins in which an index stands."""
        return self.line_starts[self.line_number(index) - 1]

    def line_end(self, index: int) -> int:
        """The index of the end of the line in which an index stands, its line end not counted."""
        number = self.line_number(index)
        return self.line_starts[number - 1] + len(self.line(number))

    def next_line(self, index: int) -> int:
        """The index at which the line after that of an index begins, or the end of the text."""
        return self._end_of(self.line_number(index))


def decode(raw: bytes) -> tuple[str, Encoding]:
    """Text and encoding of a file: UTF-8 with or without a mark, or UTF-16 (Windows PowerShell's `>` writes it).

    Raises NotText for bytes that are neither, or too many.
    """
    if len(raw) > MAX_FILE_SIZE:
        size, most = len(raw) // 2**20, MAX_FILE_SIZE // 2**20
        raise NotText("PLAN002", f"the file has {size} MB; a plan has at most {most}")
    name, bom = _guess_encoding(raw)
    body = raw.removeprefix(codecs.BOM_UTF8) if name == "utf-8" else raw[2 if bom else 0 :]
    try:
        text = body.decode(name)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(name, errors="replace")
        message = f"the file is not UTF-8 from here on ({error.reason})"
        raise NotText("PLAN001", message, before, "save it as UTF-8 in the editor") from None
    first_ends = (found[0] for found in _LINE_END.finditer(text))
    return text, Encoding(name, bom, "\r\n" if next(first_ends, "") == "\r\n" else "\n")


def _guess_encoding(raw: bytes) -> tuple[str, bool]:
    for beginning, name, bom in _UTF_16:
        if beginning.match(raw) and (bom or len(raw) % 2 == 0):
            return name, bom
    return "utf-8", raw.startswith(codecs.BOM_UTF8)


def quoted(text: str) -> str:
    """A text in double quotes on one line. Half a surrogate pair, which no file can hold, becomes U+FFFD."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def word(text: str) -> str:
    """A fixed word or short code without quotes where every YAML reader takes it for a text, else with them."""
    if _PLAIN_WORD.fullmatch(text) and text.lower() not in _TAKEN_FOR_VALUES:
        return text
    return quoted(text)


def comment(text: str) -> str:
    """A text that can stand behind `#>`: on one line, without characters that would end it."""
    return " ".join(_NOT_IN_COMMENT.sub(" ", text).split())


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    number = ord(sign)
    if 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
