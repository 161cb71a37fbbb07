"""YAML text as a tree of nodes that know where they are, what is wrong with its syntax, and what can be read anyway."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeGuard

from ruamel.yaml import YAML
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

from anitrakt_plan.json_text import whole
from anitrakt_plan.model import KEY_PATTERN
from anitrakt_plan.planfile.problems import Diagnostics, Span, Spanned, shorten
from anitrakt_plan.planfile.text import SourceText

try:
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]  # its types name only the loaders
except (
    ImportError
):  # not every Python has a wheel of it; then the pure parser reads everything, ten times as long
    CParser = None

MAX_DEPTH = 50
"""A plan nests six deep; a file that nests deeper than this only means to exhaust the reader."""

MAX_NODES = 2_000_000
MAX_FOR_PURE_PARSER = 500_000
"""Characters. The pure parser takes some 10 s for a million, and only reads what the C parser refused."""


# --- the tree ---------------------------------------------------------------------------------------------


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

    @property
    def keys(self) -> tuple[ScalarNode, ...]:
        """The keys without their values."""
        return tuple(key for key, _ in self.items)

    @property
    def named(self) -> dict[str, tuple[ScalarNode, Node]]:
        """The keys with their values by name; of duplicates the first."""
        return {item[0].text: item for item in reversed(self.items)}

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
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Value]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"0o[0-7]{1,18}"), lambda text: int(text, 0)),
    (re.compile(r"0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.lower().replace(".", ""))),
)


def scalar_value(node: ScalarNode) -> Value:
    """What a scalar means by YAML 1.2's core schema: no dates, no yes/no, no base 60."""
    text = node.text
    if not node.plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789":
        for pattern, meaning in _NUMBERS:
            if pattern.fullmatch(text):
                return meaning(text)
    return text


def value_of(node: Node) -> Value:
    """What a single value means; None for a map or a list."""
    return scalar_value(node) if isinstance(node, ScalarNode) else None


def is_null(node: Node | None) -> bool:
    """Whether a value is missing or written as null."""
    return node is None or (isinstance(node, ScalarNode) and scalar_value(node) is None)


def is_block(node: Node) -> TypeGuard[MapNode | SeqNode]:
    """Whether a value is a map or list on lines of its own, below its key."""
    return not isinstance(node, ScalarNode) and not node.flow


def node_at(node: Node, path: Iterable[str | int]) -> Node:
    """The node to which keys and numbers lead, as far as they do."""
    for step in path:
        if isinstance(node, MapNode):
            node = node.value(str(step)) or node
        elif isinstance(node, SeqNode):
            node = node.items[int(step)]
    return node


def plain_data(node: Node) -> object:
    """The tree as dicts, lists and values, for a validator; the first of duplicate keys counts."""
    if isinstance(node, ScalarNode):
        return scalar_value(node)
    if isinstance(node, SeqNode):
        return [plain_data(item) for item in node.items]
    return {key.text: plain_data(value) for key, value in reversed(node.items)}


# --- parsing ----------------------------------------------------------------------------------------------


class Refused(Exception):
    """The text is YAML, but nothing that anitrakt will read on."""

    def __init__(self, code: str, message: str, index: int) -> None:
        super().__init__(message)
        self.said = code, message, Span(index, index + 1)


def _parse(text: str, diagnostics: Diagnostics, start: int = 0, *, pure: bool = False) -> Node | None:
    # the tree of one YAML document, None where it is empty, or after noting why anitrakt won't read it on.
    # `start` is where the text stands in the file. The slow `pure` parser knows a few forms of YAML 1.2 that
    # the C parser refuses. Raises YAMLError, with nothing noted
    known = len(diagnostics.found)
    try:
        if pure or CParser is None:
            next_event, stand_in = iter(YAML(typ="safe", pure=True).parse(text)).__next__, ":"
        else:
            stand_in = next((sign for sign in _STAND_INS if sign not in text), ":")
            next_event = CParser(_COLON_IN_VALUE.sub(stand_in, text)).get_event
        return _Builder(next_event, diagnostics, start, stand_in).document()
    except Refused as refusal:
        diagnostics.error(*refusal.said)
        return None
    except YAMLError:
        del diagnostics.found[known:]  # pieces of the text are read again and tell the same
        raise


_COLON_IN_VALUE = re.compile(r"(?<=\w):(?=[\w/])")
"""YAML 1.2 reads `{show: tmdb:1429}`, the C parser of 1.1 refuses such a colon, so it is given another sign there."""

_STAND_INS = "\ue000\ue001\ue002\ue003"
"""Signs of Unicode's private use, of which a text has hardly one."""

_UNQUOTED = (None, "", False)
"""The styles in which the two parsers report a value without quotes."""


class _Builder:
    """Makes nodes of parser events, so that nothing deep or endless is ever held."""

    def __init__(
        self, next_event: Callable[[], Any], diagnostics: Diagnostics, offset: int, stand_in: str
    ) -> None:
        self._next = next_event
        self._diagnostics = diagnostics
        self._offset = offset
        self._stand_in = stand_in  # of a colon in a value: itself, or what the C parser was given for it
        self._left = MAX_NODES
        # a long file says the same words ten thousand times: each is kept once
        self._texts: dict[str, str] = {}

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
            raise Refused("PLAN002", f"the file holds more than {MAX_NODES:,} values; no plan does", start)
        end = self._offset + event.end_mark.index
        if type(event) is ScalarEvent and event.anchor is None and event.tag is None:
            return self._scalar(event, start, end)
        if isinstance(event, AliasEvent):
            alias, hint = "an alias (*) stands here; a plan has none", "write the value out"
            self._diagnostics.error("PLAN003", alias, Span(start, end), hint)
            return ScalarNode("", True, start, end)
        if event.anchor is not None or event.tag is not None:
            self._report_properties(event, Span(start, end))
        if isinstance(event, ScalarEvent):
            return self._scalar(event, start, end)
        if depth >= MAX_DEPTH:
            raise Refused("PLAN003", f"the nesting is more than {MAX_DEPTH} deep; a plan's is not", start)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, start, depth)
        return self._map(event, start, depth)

    def _scalar(self, event: ScalarEvent, start: int, end: int) -> ScalarNode:
        text = event.value
        if not text.isascii():
            text = whole(text.replace(self._stand_in, ":"))
        return ScalarNode(self._texts.setdefault(text, text), event.style in _UNQUOTED, start, end)

    def _report_properties(self, event: Any, place: Spanned) -> None:
        for found, name in ((event.anchor, f"an anchor (&{event.anchor})"), (event.tag, "a tag (!)")):
            if found is not None:
                self._diagnostics.error("PLAN003", f"{name} stands here; a plan has none", place, "delete it")

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
                self._diagnostics.error("PLAN003", "a key is a list or map; a plan's keys are words", key)
        if len({key.text for key, _ in items}) < len(items):
            report_duplicates(self._diagnostics, items)
        return MapNode(tuple(items), bool(event.flow_style), start, self._offset + following.end_mark.index)


def report_duplicates(diagnostics: Diagnostics, items: list[tuple[ScalarNode, Node]]) -> None:
    """Note each key that stands in one map a second time, with both places."""
    first: dict[str, ScalarNode] = {}
    for key, _ in items:
        earlier = first.setdefault(key.text, key)
        if earlier is not key:
            diagnostics.error(
                "PLAN013",
                f"`{key.text[:60]}` stands here a second time",
                key,
                "delete one of the two",
                also=[(earlier, "the first one is here")],
            )


# --- the tree of a whole file -----------------------------------------------------------------------------

_ENTRIES = re.compile(r"^entries[ \t]*:[ \t]*(?:#[^\r\n]*)?$", re.MULTILINE)
_ENTRY_KEY = re.compile(rf"(?P<indent>[ \t]*)[\"']?(?:{KEY_PATTERN})[\"']?[ \t]*:(?:[ \t]|$)")


def tree_of(source: SourceText, diagnostics: Diagnostics) -> MapNode | None:
    """The file's root. YAML's parser stops at the first slip, so a broken file is read entry by entry."""
    if _report_unreadable_signs(source, diagnostics):
        return None
    try:
        root = _parse(source.text, diagnostics)
    except YAMLError as error:
        root = _piecewise(source, diagnostics, error)
    if isinstance(root, MapNode):
        return root
    if root is not None:
        diagnostics.error("PLAN010", "this is not a plan", root, "a plan begins with format: anitrakt-plan/1")
    elif not diagnostics.failed:
        diagnostics.error("PLAN004", "the file holds only comments; did `anitrakt plan` fail?", Span(0, 1))
    return None


class _Chunk(NamedTuple):
    """The lines of one entry, by the index at which they begin, and how far its key is indented."""

    start: int
    text: str
    indent: str


def _piecewise(source: SourceText, diagnostics: Diagnostics, error: YAMLError) -> Node | None:
    opened = _ENTRIES.search(source.text)
    pieces = _Pieces(source, diagnostics)
    if opened is None:
        return pieces.parse(0, source.text)
    end = _end_of_entries(source, opened.end())
    items = pieces.items(0, source.text[: opened.start()]) + pieces.items(end, source.text[end:])
    chunks = list(_chunks(source, opened.end(), end))
    _report_indents(chunks, diagnostics)
    entries = [item for chunk in chunks for item in pieces.items(chunk.start, chunk.text)]
    if not chunks and not diagnostics.failed:
        _report_syntax(error, 0, source, diagnostics)
    report_duplicates(diagnostics, entries)
    key = ScalarNode("entries", True, opened.start(), opened.start() + len("entries"))
    block = MapNode(tuple(entries), False, opened.end(), end)
    return MapNode((*items, (key, block)), False, 0, len(source.text))


class _Pieces:
    def __init__(self, source: SourceText, diagnostics: Diagnostics) -> None:
        self._source = source
        self._diagnostics = diagnostics
        self._pure_left = MAX_FOR_PURE_PARSER

    def parse(self, start: int, text: str) -> Node | None:
        try:
            return _parse(text, self._diagnostics, start)
        except YAMLError as error:
            node = self._parse_pure(start, text)
            if node is None:
                _report_syntax(error, start, self._source, self._diagnostics)
            return node

    def items(self, start: int, text: str) -> list[tuple[ScalarNode, Node]]:
        node = self.parse(start, text)
        return list(node.items) if isinstance(node, MapNode) else []

    def _parse_pure(self, start: int, text: str) -> Node | None:
        if len(text) > self._pure_left:
            return None
        self._pure_left -= len(text)
        known = len(self._diagnostics.found)
        try:
            return _parse(text, self._diagnostics, start, pure=True)
        except (YAMLError, ValueError, IndexError, StopIteration, RecursionError):
            del self._diagnostics.found[known:]
            return None


def _end_of_entries(source: SourceText, index: int) -> int:
    for number in range(source.line_number(index) + 1, len(source.line_starts) + 1):
        if source.line(number)[:1] not in ("", " ", "\t", "#"):
            return source.line_starts[number - 1]
    return len(source.text)


def _chunks(source: SourceText, start: int, end: int) -> Iterator[_Chunk]:
    begins: list[tuple[int, str]] = []
    for number in range(source.line_number(start) + 1, len(source.line_starts) + 1):
        at = source.line_starts[number - 1]
        if at >= end:
            break
        line = source.line(number)
        found = _ENTRY_KEY.match(line)
        if found:
            begins.append((at, found["indent"]))
        elif not begins and _has_text(line):
            begins.append((at, _indent_of(line)))  # a first entry with a misspelt key
    stops = [*(at for at, _ in begins[1:]), end]
    for (at, indent), stop in zip(begins, stops, strict=False):
        yield _Chunk(at, source.text[at:stop], indent)


def _report_indents(chunks: list[_Chunk], diagnostics: Diagnostics) -> None:
    indents = [chunk.indent for chunk in chunks]
    usual = max(set(indents), key=lambda indent: (indents.count(indent), -len(indent)), default="  ")
    for chunk in chunks:
        if chunk.indent != usual:
            at = Span(chunk.start, chunk.start + max(1, len(chunk.indent)))
            diagnostics.error(
                "PLAN016",
                f"the entry is indented by {len(chunk.indent)}, the others by {len(usual)}",
                at,
                "give all entries the same indentation",
            )


def _has_text(line: str) -> bool:
    return line.lstrip()[:1] not in ("", "#")


def _indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


# --- what is wrong with the syntax, in words for a person who does not know YAML's grammar ------------------

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
_NEVER_CLOSED, _CLOSE_IT = "the quote that opens here is never closed", "close it on the same line"
_MAX_SIGNS = 20
"""A file that was damaged as a whole could have thousands of unreadable signs; the first ones tell it."""


class _Slip(NamedTuple):
    """What is wrong with a line that fits a pattern, whose group `at` is what is meant."""

    pattern: re.Pattern[str]
    code: str
    message: str
    hint: str


_SLIPS = (
    _Slip(
        re.compile(r"[^\S\t]*(?P<at>\t).*"),
        "PLAN006",
        "the line is indented with a tab",
        "use spaces; YAML knows no tabs",
    ),
    _Slip(
        re.compile(r"\s*[\w-]+:\s+(?P<at>-) .*"),
        "PLAN016",
        "a list can't begin behind its key",
        "a candidate is copied without its leading `- `",
    ),
    _Slip(
        re.compile(r"""\s*(?:- )?[\w-]+:[ \t]+(?P<at>"(?:[^"\\]|\\.)*|'[^']*)"""),
        "PLAN005",
        _NEVER_CLOSED,
        _CLOSE_IT,
    ),
    _Slip(
        re.compile(r".*?\b(?:show|movie):[ \t]+(?P<at>(?i:tmdb)[ \t]*:[ \t]+(?P<id>\d+)).*"),
        "PLAN030",
        "TMDB's id is written without a space",
        "write tmdb:{id}",
    ),
    _Slip(
        re.compile(
            r"\s*(?:- )?(?P<key>[\w-]+):[ \t]+(?P<at>[^\s\"'{\[#|>](?:.*?[^:])?:(?:\s.*?)?)\s*(?:#.*)?"
        ),
        "PLAN007",
        "the text holds a colon and a space, so YAML takes it for a key",
        'write {key}: "{quoted}"',
    ),
    _Slip(
        re.compile(r".*?(?P<key>[\w-]+):[ \t]+(?P<at>[@`%&*!|>].*?)\s*"),
        "PLAN007",
        "{reserved}",
        'write {key}: "{quoted}"',
    ),
)


def _report_unreadable_signs(source: SourceText, diagnostics: Diagnostics) -> bool:
    known = len(diagnostics.found)
    for found in islice(_UNPRINTABLE.finditer(source.text), _MAX_SIGNS):
        message = f"the character U+{ord(found[0]):04X} can't stand in YAML as it is"
        diagnostics.error("PLAN005", message, Span(*found.span()), "delete it")
    markers = _MARKER.finditer(source.text) if "<<<<<<<" in source.text else iter(())
    for found in islice(markers, _MAX_SIGNS):
        message, hint = "git's conflict marker stands here", "choose one of the two versions"
        diagnostics.error("PLAN008", message, Span(*found.span()), hint)
    return len(diagnostics.found) > known


def _report_syntax(error: YAMLError, start: int, source: SourceText, diagnostics: Diagnostics) -> None:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    index = min(start + mark.index, len(source.text)) if mark else len(source.text)
    index = start if not isinstance(error, MarkedYAMLError) else index
    if index > 0 and not source.text[index:].strip():
        index = len(source.text.rstrip())  # an error at the very end is shown on the last line that has text
    number = source.line_number(index)
    # the parser often sees a slip only on the line after it
    if not any(_report_slip(source, line, diagnostics) for line in (number, number - 1)):
        code, message, hint, at = _by_problem(error, start, source, index)
        diagnostics.error(code, message, Span(at, at + 1), hint)


def _report_slip(source: SourceText, number: int, diagnostics: Diagnostics) -> bool:
    line, start = source.line(number), source.line_starts[number - 1]
    for slip in _SLIPS if _has_text(line) else ():
        if found := slip.pattern.fullmatch(line):
            quoted = shorten(found["at"].replace("\\", "\\\\").replace('"', '\\"'))
            words = {"reserved": _reserved_sign(found["at"][0]), "quoted": quoted, **found.groupdict()}
            place = Span(start + found.start("at"), start + found.end("at"))
            diagnostics.error(slip.code, slip.message.format(**words), place, slip.hint.format(**words))
            return True
    return False


class _Known(NamedTuple):
    """What the parser's words mean to a person; `at_opening`: shown where the parser began, not where it gave up."""

    words: tuple[str, ...]
    code: str
    message: str
    hint: str | None = None
    at_opening: bool = False


_INDENTATION = (
    "mapping values are not allowed",
    "expected key",
    "block mapping",
    "block collection",
    "block sequence",
    "'-' indicator",
)
_KNOWN = (
    _Known(("quoted scalar",), "PLAN005", _NEVER_CLOSED, _CLOSE_IT, at_opening=True),
    _Known(("flow mapping",), "PLAN005", "a comma or the closing `}}` is missing (it opens at {opened})"),
    _Known(("flow sequence",), "PLAN005", "a comma or the closing `]` is missing (it opens at {opened})"),
    _Known(_INDENTATION, "PLAN016", ""),
    _Known(
        ("could not find expected ':'", "simple key"),
        "PLAN005",
        "a key without a colon, or a text that goes on over a line",
        "write `key: value`",
        at_opening=True,
    ),
    _Known(("cannot start any token",), "PLAN007", "{reserved}", "put it in quotes"),
    _Known(("escape",), "PLAN005", "there is no such escape in a quoted text", "write \\\\ for a backslash"),
    _Known(("",), "PLAN005", "this is not valid YAML ({words})"),
)


def _by_problem(
    error: YAMLError, start: int, source: SourceText, index: int
) -> tuple[str, str, str | None, int]:
    began, words = index, next(iter(str(error).splitlines()), "unreadable")
    if isinstance(error, MarkedYAMLError):
        words = f"{error.context or ''} {error.problem or ''}".strip()
        began = start + error.context_mark.index if error.context_mark else index
    known = next(one for one in _KNOWN if any(word in words for word in one.words))
    if known.words is _INDENTATION:
        return known.code, *_indentation(source, index)
    message = known.message.format(
        opened=source.position(began),
        reserved=_reserved_sign(source.text[index : index + 1]),
        words=shorten(words, 100),
    )
    return known.code, message, known.hint, began if known.at_opening else index


def _reserved_sign(sign: str) -> str:
    return f"a text can't begin with {'a backtick' if sign == '`' else f'`{sign}`'} unless it is quoted"


def _indentation(source: SourceText, index: int) -> tuple[str, str | None, int]:
    number = source.line_number(index)
    indent = len(_indent_of(source.line(number)))
    lines_above = (source.line(above) for above in range(number - 1, max(0, number - 50), -1))
    above_indent = len(_indent_of(next(filter(_has_text, lines_above), "")))
    if number == 1 or indent == above_indent:
        return "this does not fit what stands before it", "look for a missing quote, comma or line end", index
    return (
        f"the line is indented by {indent}, the line above by {above_indent}: it belongs to nothing",
        "give it the indentation of the keys beside it; a copied candidate goes behind `match:`",
        source.line_starts[number - 1] + indent,
    )
