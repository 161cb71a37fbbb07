"""Reads single values out of the tree: each returns the value, or None after noting what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from anitrakt_plan.core.dates import parse_minute
from anitrakt_plan.core.episodes import parse_span
from anitrakt_plan.core.model import MarkedAt, PartialDate, SyncKind
from anitrakt_plan.document.mistakes import Findings, Placed, did_you_mean, nearest, shorten
from anitrakt_plan.document.tree import MapNode, Node, ScalarNode, SeqNode, is_null, scalar_value

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)

LARGEST_ID = 10**12
_KIND_OF = {bool: "true or false", int: "a number", float: "a number", str: "a text", type(None): "nothing"}


def describe(node: Node) -> str:
    """What a value is, in a person's words, for the second half of `must be …, not …`."""
    if isinstance(node, MapNode):
        return "a map of keys"
    if isinstance(node, SeqNode):
        return "a list"
    value = scalar_value(node)
    if value is None:
        return "nothing"
    return f"the {_KIND_OF[type(value)].removeprefix('a ')} {shorten(node.text, 40)}"


def given(node: Node | None, reader: Callable[[Node], T | None]) -> T | None:
    """What a reader makes of a value, None where the value is missing or null."""
    return None if node is None or is_null(node) else reader(node)


def map_of(findings: Findings, node: Node, key: Placed, what: str, example: str) -> MapNode | None:
    """A map of keys."""
    if isinstance(node, MapNode):
        return node
    place = key if is_null(node) else node
    findings.error(
        "PLAN020", f"{what} must be a map of keys, not {describe(node)}", place, f"write {example}"
    )
    return None


def list_of(findings: Findings, node: Node, what: str, example: str) -> tuple[Node, ...] | None:
    """A list of values."""
    if isinstance(node, SeqNode):
        return node.items
    findings.error("PLAN020", f"{what} must be a list, not {describe(node)}", node, f"write {example}")
    return None


def check_keys(
    findings: Findings,
    node: MapNode,
    known: Collection[str],
    *,
    needed: Iterable[str] = (),
    what: str,
    at: Placed,
    elsewhere: Mapping[str, str] | None = None,
) -> frozenset[str]:
    """Note keys that nobody knows and keys that are missing; `elsewhere` says where some key belongs instead.

    Returns the keys that are there, but misspelt: that they are missing is not said a second time.
    """
    present = {key.text for key, _ in node.items}
    meant: set[str] = set()
    for key, _ in node.items:
        if key.text in known:
            continue
        if elsewhere and key.text in elsewhere:
            findings.error("PLAN016", f"`{key.text}` does not belong into {what}", key, elsewhere[key.text])
            continue
        near = nearest(key.text, sorted(set(known) - present))
        meant |= {near} if near else set()
        hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"
        findings.error("PLAN012", f"{what} has no key `{shorten(key.text)}`", key, hint)
    for name in needed:
        if name not in present and name not in meant:
            findings.error("PLAN014", f"{what} lacks the key `{name}`", at)
    return frozenset(meant)


def text_of(findings: Findings, node: Node, what: str) -> str | None:
    """A text."""
    if isinstance(node, ScalarNode):
        value = scalar_value(node)
        if isinstance(value, str):
            return value
        if value is not None:
            findings.error(
                "PLAN020",
                f"{what} must be a text, but without quotes this is {_KIND_OF[type(value)]}",
                node,
                f'write "{shorten(node.text)}"',
            )
            return None
    findings.error("PLAN020", f"{what} must be a text, not {describe(node)}", node, "put it in double quotes")
    return None


def whole_number(
    findings: Findings, node: Node, what: str, low: int = 0, high: int = 100_000, *, code: str = "PLAN022"
) -> int | None:
    """A whole number from `low` to `high`."""
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        hint = None
        if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value):
            hint = f"write {value} without quotes"
        findings.error("PLAN020", f"{what} must be a whole number, not {describe(node)}", node, hint)
        return None
    if not low <= value <= high:
        findings.error(code, f"{what} must be from {low} to {high}, not {value}", node)
        return None
    return value


def share(findings: Findings, node: Node, what: str) -> float | None:
    """A number from 0 to 1."""
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        findings.error("PLAN020", f"{what} must be a number from 0 to 1, not {describe(node)}", node)
        return None
    if not 0 <= value <= 1:
        findings.error("PLAN022", f"{what} must be from 0 to 1, not {value}", node)
        return None
    return float(value)


def yes_or_no(findings: Findings, node: Node, what: str) -> bool | None:
    """True or false."""
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, bool):
        return value
    findings.error("PLAN020", f"{what} must be true or false, not {describe(node)}", node)
    return None


def word_of(
    findings: Findings, node: Node, words: type[Word], what: str, without: Collection[Word] = ()
) -> Word | None:
    """One of the fixed words of an enum."""
    allowed = [word.value for word in words if word not in without]
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, str) and value in allowed:
        return words(value)
    if isinstance(value, str):
        folded = {word.lower(): word for word in allowed}
        near = folded.get(value.lower())
        hint = f"write {near}" if near else did_you_mean(value, allowed)
        message = f"unknown {what} `{shorten(value)}`"
    else:
        hint, message = None, f"{describe(node)} can't stand here"
    listed = ", ".join(allowed)
    findings.error("PLAN021", f"{message}; allowed: {listed}", node, hint)
    return None


def kinds_of(findings: Findings, node: Node) -> frozenset[SyncKind]:
    """The value of a key `send`: kinds of things to send."""
    items = each(findings, node, "`send`", "[history, ratings]")
    words = [word_of(findings, item, SyncKind, "thing to send") for item in items]
    return frozenset(word for word in words if word is not None)


def date_of(findings: Findings, node: Node, what: str) -> PartialDate | None:
    """A date that may lack its day, or its month and day."""
    value = scalar_value(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, int) and not isinstance(value, bool):
        findings.error(
            "PLAN023",
            f"{what} must be a date in quotes; without them this is a number",
            node,
            f'write "{shorten(describe(node).rsplit(" ", 1)[-1])}"',
        )
        return None
    if not isinstance(value, str):
        findings.error(
            "PLAN023", f"{what} must be a date, not {describe(node)}", node, 'write "2019-07-01" or "2019"'
        )
        return None
    try:
        return PartialDate.parse(value)
    except ValueError as error:
        message = str(error) if "not a date" in str(error) else f"there is no such day as {value} ({error})"
        findings.error("PLAN023", f"{what}: {shorten(message, 120)}", node)
        return None


def times_of(findings: Findings, node: Node) -> tuple[MarkedAt, ...] | None:
    """When the list service saw episodes being marked: spans of the list's episodes, and minutes in UTC."""
    example = '{1: "2019-07-01T18:22Z", 2-4: "2019-07-02T20:05Z"}'
    spans = map_of(findings, node, node, "`times`", example)
    found: list[MarkedAt] = []
    for key, value in spans.items if spans else ():
        try:
            first, last = parse_span(key.text)
            text = scalar_value(value) if isinstance(value, ScalarNode) else None
            found.append(
                MarkedAt(first, last, parse_minute(text if isinstance(text, str) else describe(value)))
            )
        except ValueError as error:
            findings.error("PLAN025", shorten(str(error), 160), key, f"write {example}")
            continue
        if len(found) > 1 and found[-2].last >= first:
            findings.error("PLAN025", "the times are not in the order of episodes, each once", key)
    return tuple(found)


def each(
    findings: Findings, node: Node, what: str, example: str, *, unique: bool = True
) -> Iterator[ScalarNode]:
    """The single values of a list; lists within it and repetitions are noted and left out."""
    seen: set[str] = set()
    for item in list_of(findings, node, what, example) or ():
        if not isinstance(item, ScalarNode):
            findings.error("PLAN020", f"{what} must be a list of words, not of {describe(item)}", item)
        elif unique and item.text in seen:
            findings.error("PLAN013", f"`{shorten(item.text)}` stands twice in {what}", item, "delete one")
        else:
            seen.add(item.text)
            yield item
