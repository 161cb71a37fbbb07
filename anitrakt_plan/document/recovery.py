"""The tree of a whole file; where its YAML is broken, of all the entries that are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anitrakt_plan.core.model import KEY_PATTERN
from anitrakt_plan.document.mistakes import Findings, Place
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.syntax import report_syntax, report_unreadable_signs
from anitrakt_plan.document.tree import (
    LONGEST_FOR_PURE_PARSER,
    MapNode,
    Node,
    Refused,
    ScalarNode,
    SyntaxProblem,
    parse,
    parse_pure,
    report_duplicates,
)

_ENTRIES = re.compile(r"^entries[ \t]*:[ \t]*(?:#[^\r\n]*)?$", re.MULTILINE)
_ENTRY_KEY = re.compile(rf"(?P<indent>[ \t]*)[\"']?(?:{KEY_PATTERN})[\"']?[ \t]*:(?:[ \t]|$)")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines of one entry, by the index at which they begin, and how far its key is indented."""

    start: int
    text: str
    indent: str


def tree_of(source: SourceText, findings: Findings) -> MapNode | None:
    """The file's root. YAML's parser stops at the first slip, so a broken file is read entry by entry."""
    if report_unreadable_signs(source, findings):
        return None
    known = len(findings.mistakes)
    try:
        root = parse(source.text, findings)
    except Refused as refusal:
        findings.error(refusal.code, refusal.message, Place(refusal.index, refusal.index + 1))
        return None
    except SyntaxProblem as problem:
        del findings.mistakes[known:]  # the pieces are read again and tell the same
        return _piecewise(source, findings, problem)
    if root is None:
        findings.error("PLAN004", "the file holds only comments; did `anitrakt plan` fail?", Place(0, 1))
        return None
    if not isinstance(root, MapNode):
        findings.error("PLAN010", "this is not a plan", root, "a plan begins with format: anitrakt-plan/1")
        return None
    return root


def _piecewise(source: SourceText, findings: Findings, problem: SyntaxProblem) -> MapNode | None:
    opened = _ENTRIES.search(source.text)
    pieces = _Pieces(source, findings)
    if opened is None:
        whole = pieces.parse(0, source.text)
        return whole if isinstance(whole, MapNode) else None
    end = _end_of_entries(source, opened.end())
    around = [pieces.parse(0, source.text[: opened.start()]), pieces.parse(end, source.text[end:])]
    entries: list[tuple[ScalarNode, Node]] = []
    chunks = list(_chunks(source, opened.end(), end))
    usual = _usual_indent(chunks)
    for chunk in chunks:
        if chunk.indent != usual:
            at = Place(chunk.start, chunk.start + max(1, len(chunk.indent)))
            message = f"the entry is indented by {len(chunk.indent)}, the others by {len(usual)}"
            findings.error("PLAN016", message, at, "give all entries the same indentation")
        piece = pieces.parse(chunk.start, chunk.text)
        if isinstance(piece, MapNode):
            entries += piece.items
    if not chunks and not findings.failed:
        report_syntax(problem, source, findings)
    report_duplicates(findings, entries)
    key = ScalarNode("entries", True, opened.start(), opened.start() + len("entries"))
    block = MapNode(tuple(entries), False, opened.end(), end)
    items = [item for piece in around if isinstance(piece, MapNode) for item in piece.items]
    return MapNode((*items, (key, block)), False, 0, len(source.text))


class _Pieces:
    """Parses piece by piece and notes each piece's own slip."""

    def __init__(self, source: SourceText, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._pure_left = LONGEST_FOR_PURE_PARSER

    def parse(self, start: int, text: str) -> Node | None:
        """The tree of the piece that begins at the index `start`, None where it has none."""
        known = len(self._findings.mistakes)
        try:
            return parse(text, self._findings, start)
        except Refused as refusal:
            place = Place(refusal.index, refusal.index + 1)
            self._findings.error(refusal.code, refusal.message, place)
            return None
        except SyntaxProblem as problem:
            del self._findings.mistakes[known:]
            if len(text) <= self._pure_left:
                self._pure_left -= len(text)
                node = parse_pure(text, self._findings, start)
                if node is not None:
                    return node
            report_syntax(problem, self._source, self._findings)
            return None


def _end_of_entries(source: SourceText, index: int) -> int:
    """Where the next key at the left edge begins, if one follows the entries."""
    for number in range(source.line_number(index) + 1, len(source.line_starts) + 1):
        line = source.line(number)
        if line[:1] not in ("", " ", "\t", "#"):
            return source.line_starts[number - 1]
    return len(source.text)


def _chunks(source: SourceText, start: int, end: int) -> Iterator[_Chunk]:
    first = source.line_number(start) + 1
    begins: list[tuple[int, str]] = []
    for number in range(first, len(source.line_starts) + 1):
        at = source.line_starts[number - 1]
        if at >= end:
            break
        line = source.line(number)
        found = _ENTRY_KEY.match(line)
        if found:
            begins.append((at, found["indent"]))
        elif not begins and line.strip() and not line.lstrip().startswith("#"):
            begins.append((at, line[: len(line) - len(line.lstrip())]))  # a first entry with a misspelt key
    for place, (at, indent) in enumerate(begins):
        stop = begins[place + 1][0] if place + 1 < len(begins) else end
        yield _Chunk(at, source.text[at:stop], indent)


def _usual_indent(chunks: list[_Chunk]) -> str:
    indents = [chunk.indent for chunk in chunks]
    return max(set(indents), key=lambda indent: (indents.count(indent), -len(indent)), default="  ")
