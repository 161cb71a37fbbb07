"""Finds the comments of a plan file, and tells the user's from anitrakt's own (`#>`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, SeqNode

OURS = "#>"
_COMMENT = re.compile(r"#[^\r\n]*")
_REST_OF_LINE = re.compile(r"(?P<gap>[ \t,]*)(?P<comment>#[^\r\n]*)?")


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Every single value and key below a node, in the order of the file."""
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SeqNode):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.items:
            yield key
            yield from scalars(value)


def content_end(text: str, key: ScalarNode, value: Node) -> int:
    """The index behind the last sign of a key's value, which for a block is that of its last line."""
    colon = text.index(":", key.end) + 1
    last = value
    while isinstance(last, MapNode | SeqNode) and not last.flow and last.items:
        if isinstance(last, MapNode):
            key, last = last.items[-1]
            colon = text.index(":", key.end) + 1
        else:
            last = last.items[-1]
    end = last.end if last.end > last.start else colon
    while end > colon and text[end - 1] in " \t\r\n":
        end -= 1  # a block text's own end stands on the line after it
    return max(end, colon)


@dataclass(frozen=True, slots=True)
class Comment:
    """One of the user's comments, and whether it has a line to itself."""

    index: int
    text: str
    own_line: bool


def find_comments(text: str, node: Node, start: int, end: int) -> list[Comment]:
    """The user's comments between two indexes: every `#` there that is in no value of `node` begins one."""
    found: list[Comment] = []
    at = start
    for scalar in [*scalars(node), ScalarNode("", True, end, end)]:
        if scalar.start < at:
            continue
        for one in _COMMENT.finditer(text, at, min(scalar.start, end)):
            if not one[0].startswith(OURS):
                line = max(text.rfind("\n", 0, one.start()), text.rfind("\r", 0, one.start())) + 1
                found.append(Comment(one.start(), one[0].rstrip(), not text[line : one.start()].strip()))
        at = max(at, scalar.end)
    return found


def comments_in(text: str, value: Node, start: int, end: int) -> list[str]:
    """The texts of the user's comments between two indexes."""
    return [comment.text for comment in find_comments(text, value, start, end)]


def behind(text: str, index: int) -> tuple[str, str | None]:
    """What stands on the rest of a line: the gap, and the comment if there is one."""
    rest = _REST_OF_LINE.match(text, index)
    if rest is None:  # both halves may be empty, so the pattern always fits
        return "", None
    return rest["gap"], rest["comment"]
