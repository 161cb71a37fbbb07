"""The text of one entry of a plan, and how single keys in it are changed, whatever style they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anitrakt_plan.core.model import PlanEntry
from anitrakt_plan.document.dumping import format_match_value
from anitrakt_plan.document.entries import Draft
from anitrakt_plan.document.loading import Loaded
from anitrakt_plan.document.quoting import quoted
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, SeqNode, is_null

_LINE_END = r"\r\n\x85\u2028\u2029"
_COMMENT = re.compile(rf"#[^{_LINE_END}]*")
_HINT = re.compile(rf"[ \t]*#>[^{_LINE_END}]*")
_BLANK = re.compile(rf"[ \t]*(?=[{_LINE_END}]|\Z)")


@dataclass(frozen=True, slots=True)
class _Splice:
    """Replace the text from `start` to `end`."""

    start: int
    end: int
    text: str


class EntryText:
    """One entry's text and how to change single keys in it, whatever style they are written in."""

    def __init__(self, loaded: Loaded, draft: Draft) -> None:
        self._source = SourceText(loaded.name, loaded.text)
        self._text = loaded.text
        self._node = draft.node
        self._written = draft.entry
        self._newline = loaded.encoding.newline
        self._indent = " " * self._column(draft.node.start)

    def changed_to(self, wanted: PlanEntry) -> str:
        """The whole file's text with this entry's user-owned keys as wanted."""
        written = self._written
        splices: list[_Splice] = []
        if wanted.decision is not written.decision:
            splices += self._set("decision", wanted.decision.value)
        else:
            splices += self._drop_hint("decision")
        hint = wanted.hint
        if (wanted.match, wanted.sure) != (written.match, written.sure):
            splices += self._set("match", format_match_value(wanted.match, sure=wanted.sure), hint)
        elif hint is None:
            splices += self._drop_hint("match")
        elif wanted.hint != written.hint:
            splices += self._set_hint("match", hint)
        if wanted.note != written.note:
            splices += self._remove("note") if wanted.note is None else self._set("note", quoted(wanted.note))
        text = self._text
        for splice in sorted(enumerate(splices), key=lambda item: (item[1].start, item[1].end, item[0]))[
            ::-1
        ]:
            text = text[: splice[1].start] + splice[1].text + text[splice[1].end :]
        return text

    # --- one key ---

    def _set(self, name: str, value: str, hint: str | None = None) -> list[_Splice]:
        """Give a key a value on its own line; comments that stood within the old value go below it."""
        found = self._node.find(name)
        behind = f"  #> {hint}" if hint else ""
        if found is None:
            return [self._insert(name, value, behind)]
        key, old = found
        start, end = self._extent(key, old)
        kept = [words for words in self._comments(key, old) if not words.startswith("#>")]
        colon = "" if ":" in self._text[key.end : start] else ":"
        space = "" if self._text[start - 1 : start].isspace() else " "
        splices = [_Splice(start, end, f"{colon}{space}{value}")]
        rest = _HINT.match(self._text, end)
        if rest is not None:
            splices.append(_Splice(end, rest.end(), ""))
        at = rest.end() if rest else end
        if behind and not self._node.flow and _BLANK.match(self._text, at):
            splices.append(_Splice(at, at, behind))
        if kept and not self._node.flow:
            line_end = self._line_end(at)
            splices.append(_Splice(line_end, line_end, "".join(self._own_line(words) for words in kept)))
        elif kept:
            below = "".join(f" {words}{self._newline}{self._indent}" for words in kept)
            splices.append(_Splice(end, end, below))
        return splices

    def _insert(self, name: str, value: str, behind: str) -> _Splice:
        """A new key: in a block on its own line behind `decision` or the match, in a flow map beside it."""
        anchors = ("match", "decision") if name == "note" else ("decision",)
        found = [item for item in map(self._node.find, anchors) if item is not None]
        anchor = next(item for item in found if not (self._node.flow and is_null(item[1])))
        _, end = self._extent(*anchor)
        if self._node.flow:
            return _Splice(end, end, f", {name}: {value}")
        at = self._line_end(end)
        return _Splice(at, at, self._own_line(f"{name}: {value}{behind}"))

    def _remove(self, name: str) -> list[_Splice]:
        """Take a key out with its line; where a comment of the user's is on it, only its value."""
        found = self._node.find(name)
        assert found is not None
        key, old = found
        _, end = self._extent(key, old)
        line_start = self._source.line_starts[self._source.line_number(key.start) - 1]
        alone = not self._text[line_start : key.start].strip() and _BLANK.match(self._text, end)
        if self._node.flow or not alone or self._comments(key, old) or self._node.items[0][0] is key:
            return self._set(name, "null")
        before = line_start - len(re.search(r"(\r\n|\r|\n)?\Z", self._text[:line_start])[0])  # type: ignore[index]
        return [_Splice(before, self._line_end(end), "")]

    def _drop_hint(self, name: str) -> list[_Splice]:
        found = self._node.find(name)
        if found is None:
            return []
        places = [self._extent(*found)[1]]
        if not isinstance(found[1], ScalarNode) and not found[1].flow:
            places.append(self._after_colon(found[0]))
        hints = [_HINT.match(self._text, place) for place in places]
        return [_Splice(hint.start(), hint.end(), "") for hint in hints if hint is not None]

    def _set_hint(self, name: str, hint: str) -> list[_Splice]:
        """Put words behind a match that stays as it is, where no comment of the user's is in the way."""
        dropped = self._drop_hint(name)
        found = self._node.find(name)
        assert found is not None
        block = not isinstance(found[1], ScalarNode) and not found[1].flow
        at = self._after_colon(found[0]) if block else self._extent(*found)[1]
        rest = _HINT.match(self._text, at)
        free = _BLANK.match(self._text, rest.end() if rest else at)
        return [*dropped, _Splice(at, at, f"  #> {hint}")] if free and not self._node.flow else dropped

    # --- places ---

    def _column(self, index: int) -> int:
        return self._source.position(index).column - 1

    def _line_end(self, index: int) -> int:
        return self._source.line_end(index)

    def _own_line(self, words: str) -> str:
        return f"{self._newline}{self._indent}{words}"

    def _after_colon(self, key: ScalarNode) -> int:
        at = self._text.find(":", key.end)
        return at + 1

    def _extent(self, key: ScalarNode, value: Node) -> tuple[int, int]:
        """Where a value's own text begins and ends: without the comments and empty lines behind it."""
        if isinstance(value, ScalarNode) and is_null(value) and value.end <= value.start:
            # nothing is written there; the parser gives such a value the place of what comes next
            gap = _gap_colon(self._text, key.end)
            return (key.end, key.end) if gap is None else (gap, gap)
        colon = self._after_colon(key)
        start = colon if "\n" in self._text[colon : value.start].replace("\r", "\n") else value.start
        return start, _content_end(value, self._text)

    def _comments(self, key: ScalarNode, value: Node) -> list[str]:
        """The comments between a key and the end of its value, which a new value on one line would swallow."""
        _, end = self._extent(key, value)
        found = []
        scalars = sorted((node.start, node.end) for node in _scalars(value))
        at = key.end
        for first, last in [*scalars, (end, end)]:
            found += [words[0] for words in _COMMENT.finditer(self._text, at, max(at, min(first, end)))]
            header = re.match(rf"[|>][-+0-9]*[ \t]+(#[^{_LINE_END}]*)", self._text[first:last])
            if header and isinstance(value, ScalarNode) and not value.plain:
                found.append(header[1])
            at = max(at, last)
        return [words.rstrip() for words in found]


def _gap_colon(text: str, at: int) -> int | None:
    """The index behind the colon of a key whose value is not written; None where there is no colon either."""
    found = re.compile(r"\s*:").match(text, at)
    return found.end() if found else None


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SeqNode):
        for item in node.items:
            yield from _scalars(item)
    else:
        for key, value in node.items:
            yield key
            yield from _scalars(value)


def _content_end(node: Node, text: str) -> int:
    """The end of the last thing written in a value; a block's own end is where the next key begins."""
    if isinstance(node, ScalarNode) or node.flow:
        return node.start + len(text[node.start : node.end].rstrip())
    ends = [_content_end(value, text) for value in _parts(node)]
    return max([node.start, *ends])


def _parts(node: MapNode | SeqNode) -> Iterator[Node]:
    if isinstance(node, SeqNode):
        yield from node.items
        return
    for key, value in node.items:
        yield key
        yield value
