"""YAML text as a tree of scalars, maps and sequences that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]  # its types name only the loaders
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from anitrakt_plan.document.mistakes import Findings, Place
from anitrakt_plan.json_text import whole

DEEPEST = 50
"""A plan nests six deep; a file that nests deeper than this only means to exhaust the reader."""

MOST_NODES = 2_000_000
LONGEST_FOR_PURE_PARSER = 500_000
"""Characters. The pure parser takes some 10 s for a million, and only reads what the C parser refused."""


class ScalarNode(NamedTuple):
    """A single value: its text without quotes, and whether it stood there without quotes."""

    text: str
    plain: bool
    start: int
    end: int


class MapNode(NamedTuple):
    """Keys with values, in the order of the file, duplicates included."""

    items: tuple[tuple[ScalarNode, Node], ...]
    flow: bool
    start: int
    end: int

    def find(self, name: str) -> tuple[ScalarNode, Node] | None:
        """The first key of this name, with its value."""
        return next((item for item in self.items if item[0].text == name), None)

    def value(self, name: str) -> Node | None:
        """The value of the first key of this name."""
        found = self.find(name)
        return found[1] if found else None


class SeqNode(NamedTuple):
    """A list of values."""

    items: tuple[Node, ...]
    flow: bool
    start: int
    end: int


Node = ScalarNode | MapNode | SeqNode
Value = str | int | float | bool | None

_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_OTHER_INTEGER = re.compile(r"0o([0-7]{1,18})|0x([0-9a-fA-F]{1,15})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def scalar_value(node: ScalarNode) -> Value:
    """What a scalar means by YAML 1.2's core schema: no dates, no yes/no, no base 60."""
    text = node.text
    if not node.plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if not text or text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    other = _OTHER_INTEGER.fullmatch(text)
    if other:
        return int(other[1], 8) if other[1] else int(other[2], 16)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def is_null(node: Node | None) -> bool:
    """Whether a value is missing or written as null."""
    return node is None or (isinstance(node, ScalarNode) and scalar_value(node) is None)


def plain_data(node: Node) -> object:
    """The tree as dicts, lists and values, for a validator; the first of duplicate keys counts."""
    if isinstance(node, ScalarNode):
        return scalar_value(node)
    if isinstance(node, SeqNode):
        return [plain_data(item) for item in node.items]
    data: dict[str, object] = {}
    for key, value in node.items:
        if key.text not in data:
            data[key.text] = plain_data(value)
    return data


class SyntaxProblem(Exception):
    """The text is no YAML: the parser's words, the index they are about, and the index where it began."""

    def __init__(self, problem: str, index: int, began: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.index = index
        self.began = began


class Refused(Exception):
    """The text is YAML, but nothing that anitrakt will read on."""

    def __init__(self, code: str, message: str, index: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.index = index


def parse(text: str, findings: Findings, offset: int = 0) -> Node | None:
    """The tree of one YAML document, None where it is empty; `offset` is where the text stands in the file.

    Raises SyntaxProblem and Refused.
    """
    try:
        return _Builder(CParser(text).get_event, findings, offset).document()
    except YAMLError as error:
        raise _syntax_problem(error, offset, len(text)) from None


def parse_pure(text: str, findings: Findings, offset: int = 0) -> Node | None:
    """The same by the slow parser, which knows a few forms of YAML 1.2 that the C parser refuses; None on error."""
    known = len(findings.mistakes)
    try:
        return _Builder(iter(YAML(typ="safe", pure=True).parse(text)).__next__, findings, offset).document()
    except (YAMLError, Refused, ValueError, IndexError, StopIteration, RecursionError):
        del findings.mistakes[known:]
        return None


def _syntax_problem(error: YAMLError, offset: int, length: int) -> SyntaxProblem:
    if isinstance(error, MarkedYAMLError):
        mark, context = error.problem_mark, error.context_mark
        index = offset + (mark.index if mark is not None else length)
        began = offset + context.index if context is not None else None
        return SyntaxProblem(f"{error.context or ''} {error.problem or ''}".strip(), index, began)
    return SyntaxProblem(str(error).splitlines()[0] if str(error) else "unreadable", offset, None)


class _Builder:
    """Makes nodes of parser events, so that nothing deep or endless is ever held."""

    def __init__(self, next_event: Callable[[], Any], findings: Findings, offset: int) -> None:
        self._next = next_event
        self._findings = findings
        self._offset = offset
        self._left = MOST_NODES

    def document(self) -> Node | None:
        self._next()  # the start of the stream
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        root = self._node(self._next(), 0)
        self._next()  # the end of the document
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            index = self._offset + event.start_mark.index
            raise Refused("PLAN009", "a second YAML document begins here; a plan is one document", index)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        start = self._offset + event.start_mark.index
        self._left -= 1
        if self._left < 0:
            raise Refused("PLAN002", f"the file holds more than {MOST_NODES:,} values; no plan does", start)
        if isinstance(event, AliasEvent):
            end = self._offset + event.end_mark.index
            self._findings.error(
                "PLAN003",
                "an alias (*) stands here; a plan has none",
                Place(start, end),
                "write the value out",
            )
            return ScalarNode("", True, start, end)
        if event.anchor is not None or event.tag is not None:
            self._report_properties(event, start)
        if isinstance(event, ScalarEvent):
            return ScalarNode(
                whole(event.value),
                event.style in (None, "", False),
                start,
                self._offset + event.end_mark.index,
            )
        if depth >= DEEPEST:
            raise Refused("PLAN003", f"the nesting is more than {DEEPEST} deep; a plan's is not", start)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, start, depth)
        return self._map(event, start, depth)

    def _report_properties(self, event: Any, start: int) -> None:
        place = Place(start, self._offset + event.end_mark.index)
        if event.anchor is not None:
            self._findings.error(
                "PLAN003", f"an anchor (&{event.anchor}) stands here; a plan has none", place, "delete it"
            )
        if event.tag is not None:
            self._findings.error("PLAN003", "a tag (!) stands here; a plan has none", place, "delete it")

    def _sequence(self, event: Any, start: int, depth: int) -> SeqNode:
        items: list[Node] = []
        while not isinstance(following := self._next(), SequenceEndEvent):
            items.append(self._node(following, depth + 1))
        return SeqNode(tuple(items), bool(event.flow_style), start, self._offset + following.end_mark.index)

    def _map(self, event: MappingStartEvent, start: int, depth: int) -> MapNode:
        items: list[tuple[ScalarNode, Node]] = []
        while not isinstance(following := self._next(), MappingEndEvent):
            key = self._node(following, depth + 1)
            value = self._node(self._next(), depth + 1)
            if isinstance(key, ScalarNode):
                items.append((key, value))
            else:
                self._findings.error("PLAN003", "a key is a list or map; a plan's keys are words", key)
        report_duplicates(self._findings, items)
        return MapNode(tuple(items), bool(event.flow_style), start, self._offset + following.end_mark.index)


def report_duplicates(findings: Findings, items: list[tuple[ScalarNode, Node]]) -> None:
    """Note each key that stands in one map a second time, with both places."""
    first: dict[str, ScalarNode] = {}
    for key, _ in items:
        earlier = first.setdefault(key.text, key)
        if earlier is not key:
            findings.error(
                "PLAN013",
                f"`{key.text[:60]}` stands here a second time",
                key,
                "delete one of the two",
                also=[(earlier, "the first one is here")],
            )
