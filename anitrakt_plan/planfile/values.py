"""Kinds of values and keys: how each is read (or noted as wrong), written, and described in the schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property, partial
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from anitrakt_plan.model import MarkedAt, PartialDate
from anitrakt_plan.model.dates import format_minute, parse_minute
from anitrakt_plan.model.matches import format_span, parse_span
from anitrakt_plan.planfile.problems import Diagnostics, Spanned, did_you_mean, nearest, shorten
from anitrakt_plan.planfile.text import quoted, word
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, SeqNode, is_null, scalar_value, value_of

T = TypeVar("T")

Item = tuple[ScalarNode, Node]
"""A key and its value."""

_TYPE_WORDS = {bool: "true or false", int: "number", float: "number", str: "text"}


# --- what is noted of any value ---------------------------------------------------------------------------


def describe(node: Node) -> str:
    """What a value is, in a person's words, for the second half of `must be …, not …`."""
    if isinstance(node, MapNode):
        return "a map of keys"
    if isinstance(node, SeqNode):
        return "a list"
    value = scalar_value(node)
    return "nothing" if value is None else f"the {_TYPE_WORDS[type(value)]} {shorten(node.text, 40)}"


def as_written(node: Node) -> str:
    """The text of a single value, and what any other is."""
    return node.text if isinstance(node, ScalarNode) else describe(node)


def parsed(
    diagnostics: Diagnostics,
    code: str,
    parse: Callable[[str], T],
    node: Node,
    hint: str | None = None,
    at: Spanned | None = None,
) -> T | None:
    """What `parse` makes of a value's text; its ValueError says in a sentence what is wrong with it."""
    try:
        return parse(as_written(node))
    except ValueError as error:
        diagnostics.error(code, shorten(str(error), 160), at or node, hint)
        return None


def map_of(diagnostics: Diagnostics, node: Node, at: Spanned, what: str, example: str) -> MapNode | None:
    """A map of keys; `at` is where to point when nothing is written there."""
    if isinstance(node, MapNode):
        return node
    diagnostics.error(
        "PLAN020",
        f"{what} must be a map of keys, not {describe(node)}",
        at if is_null(node) else node,
        f"write {example}",
    )
    return None


def list_of(diagnostics: Diagnostics, node: Node, what: str, example: str) -> tuple[Node, ...] | None:
    """A list of values."""
    if isinstance(node, SeqNode):
        return node.items
    diagnostics.error("PLAN020", f"{what} must be a list, not {describe(node)}", node, f"write {example}")
    return None


def each(
    diagnostics: Diagnostics, node: Node, what: str, example: str, *, unique: bool
) -> Iterator[ScalarNode]:
    """The single values of a list; lists within it and repetitions are noted and left out."""
    seen: set[str] = set()
    for item in list_of(diagnostics, node, what, example) or ():
        if not isinstance(item, ScalarNode):
            diagnostics.error("PLAN020", f"{what} must be a list of words, not of {describe(item)}", item)
        elif unique and item.text in seen:
            diagnostics.error("PLAN013", f"`{shorten(item.text)}` stands twice in {what}", item, "delete one")
        else:
            seen.add(item.text)
            yield item


def check_keys(
    diagnostics: Diagnostics,
    keys: Iterable[ScalarNode],
    fields: Sequence[Field],
    *,
    what: str,
    at: Spanned,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> frozenset[str]:
    """Note keys that nobody knows and keys that are missing; `elsewhere` says where some key belongs instead.

    Returns the keys that are there, but misspelt: that they are missing is not said a second time.
    """
    there = {key.text: key for key in reversed(tuple(keys))}
    known = names_of(fields)
    free = sorted(set(known) - there.keys())
    strangers = (there[name] for name in there.keys() - set(known))
    meant = {_report_stranger(diagnostics, key, fields, free, what, elsewhere) for key in strangers}
    for name in names_of(filter(attrgetter("needed"), fields)):
        if name not in there and name not in meant:
            diagnostics.error("PLAN014", f"{what} lacks the key `{name}`", at)
    return frozenset(filter(None, meant))


def _report_stranger(
    diagnostics: Diagnostics,
    key: ScalarNode,
    fields: Sequence[Field],
    free: Sequence[str],
    what: str,
    elsewhere: Mapping[str, str],
) -> str | None:
    """Note a key that nobody knows; returns the one that was probably meant."""
    if key.text in elsewhere:
        message = f"`{key.text}` does not belong into {what}"
        diagnostics.error("PLAN016", message, key, elsewhere[key.text])
        return None
    near = nearest(key.text, free)
    hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(names_of(fields))}"
    diagnostics.error("PLAN012", f"{what} has no key `{shorten(key.text)}`", key, hint)
    return near


# --- keys -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ValueKind(Generic[T]):
    """A kind of value. `read` notes what is wrong and returns None then; its last argument is the value's key."""

    read: Callable[[Diagnostics, Node, str, Spanned], T | None]
    write: Callable[[T], str]
    schema: Mapping[str, Any]


class Owner(Enum):
    """Whose word holds for a key when anitrakt plans again."""

    ANITRAKT = "anitrakt"
    USER = "user"


UNSET: Final[Any] = object()
"""Stands where there is no value, not even None."""


@dataclass(frozen=True)
class Field:
    """A key of the file: all that reading, writing, splicing, merging and the schema know of it.

    `what` names its value in messages; `attributes` is where the model keeps it, if not under its name. A key that
    need not be there may be null, which says the same, unless `nullable` says otherwise. `default` counts for what is
    not there or can't be read (UNSET: the model's own); a value that equals `omit` is not written.
    """

    name: str
    kind: ValueKind[Any]
    help: str
    what: str = ""
    owner: Owner = Owner.ANITRAKT
    attributes: tuple[str, ...] = ()
    needed: bool = False
    nullable: bool | None = None
    default: Any = UNSET
    omit: Any = None

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The names of the attributes in which the model keeps the value."""
        return self.attributes or (self.name,)

    @cached_property
    def of(self) -> Callable[[Any], Any]:
        """Takes the key's value out of the model: for several attributes, all of them."""
        return attrgetter(*self.places)

    @cached_property
    def may_be_null(self) -> bool:
        """Whether null counts as if the key were not there."""
        return not self.needed if self.nullable is None else self.nullable

    def read(self, diagnostics: Diagnostics, key: ScalarNode, node: Node) -> Any:
        """The value, None where there is none, after noting what is wrong with it."""
        if self.may_be_null and is_null(node):
            return None
        return self.kind.read(diagnostics, node, self.what or f"`{self.name}`", key)

    def attributes_for(self, value: Any) -> dict[str, Any]:
        """The model's attributes by their names; none where it is to take its own default."""
        value = self.default if value is None else value
        if value is UNSET:
            return {}
        return dict(zip(self.places, value if len(self.places) > 1 else (value,), strict=True))

    def text(self, model: object) -> str | None:
        """The value as it is written, None where the key is left out."""
        value = self.of(model)
        return None if value == self.omit else self.kind.write(value)

    def schema(self) -> dict[str, Any]:
        """The key's part of the JSON Schema."""
        described = _or_null(self.kind.schema) if self.may_be_null else dict(self.kind.schema)
        return described if "$ref" in described else {"description": self.help, **described}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    if "oneOf" in schema:
        return {**schema, "oneOf": [*schema["oneOf"], _NOTHING]}
    return {**schema, "type": [schema["type"], "null"]}


def object_schema(fields: Iterable[Field]) -> dict[str, Any]:
    """The JSON Schema of a map with these keys and no others."""
    fields = tuple(fields)
    needed = [field.name for field in fields if field.needed]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        "properties": {field.name: field.schema() for field in fields},
    }


def names_of(fields: Iterable[Field]) -> tuple[str, ...]:
    """The keys of a table."""
    return tuple(field.name for field in fields)


def read_fields(
    diagnostics: Diagnostics, node: MapNode, fields: Iterable[Field]
) -> tuple[dict[str, Any], frozenset[str]]:
    """The values of a map's keys by the model's names, and the keys that are not there or could not be read."""
    items = node.named
    values: dict[str, Any] = {}
    unsound = set()
    for field in fields:
        known, item = len(diagnostics.found), items.get(field.name)
        values |= field.attributes_for(field.read(diagnostics, *item) if item else None)
        if len(diagnostics.found) > known or (field.needed and not item):
            unsound.add(field.name)
    return values, frozenset(unsound)


def flow_map(parts: Iterable[str]) -> str:
    """A map on one line."""
    return f"{{{', '.join(parts)}}}"


def flow_list(items: Iterable[str]) -> str:
    """A list on one line."""
    return f"[{', '.join(items)}]"


def written_fields(fields: Iterable[Field], model: object) -> list[str]:
    """Each key with its value, for a map on one line."""
    texts = ((field.name, field.text(model)) for field in fields)
    return [f"{name}: {text}" for name, text in texts if text is not None]


# --- kinds of values --------------------------------------------------------------------------------------


def record(make: Callable[..., T], fields: Sequence[Field], example: str) -> ValueKind[T]:
    """A map of keys, on one line where anitrakt writes it."""
    return ValueKind(
        partial(_read_record, make=make, fields=fields, example=example),
        lambda value: flow_map(written_fields(fields, value)),
        object_schema(fields),
    )


def _read_record(
    diagnostics: Diagnostics,
    node: Node,
    what: str,
    at: Spanned,
    *,
    make: Callable[..., T],
    fields: Sequence[Field],
    example: str,
) -> T | None:
    block = map_of(diagnostics, node, at, what, example)
    if block is None:
        return None
    where = block if block.flow else at
    check_keys(diagnostics, block.keys, fields, what=what, at=where)
    return make(**read_fields(diagnostics, block, fields)[0])


def several(
    one: ValueKind[Any],
    what: str,
    example: str,
    make: Callable[[Iterable[Any]], Collection[Any]] = tuple,
    *,
    unique: bool = True,
    empty: str = "",
) -> ValueKind[Collection[Any]]:
    """A list of values, `what` each of them is; `empty` says why it can't be without any."""
    limits = {"minItems": 1} if empty else {}
    limits |= {"uniqueItems": True} if unique else {}

    def read(diagnostics: Diagnostics, node: Node, name: str, at: Spanned) -> Collection[Any]:
        known = len(diagnostics.found)
        items = list(each(diagnostics, node, name, example, unique=unique))
        if empty and not items and len(diagnostics.found) == known:
            diagnostics.error("PLAN020", f"{name} is empty, {empty}", node, f"write {example}")
        values = [one.read(diagnostics, item, what, at) for item in items]
        return make(value for value in values if value is not None)

    return ValueKind(
        read,
        lambda values: flow_list(map(one.write, values)),
        {"type": "array", **limits, "items": one.schema},
    )


def word_of(meanings: Mapping[Any, str]) -> ValueKind[Any]:
    """One of an enum's fixed words, each with what it means."""
    choices = [{"const": one.value, "description": meaning} for one, meaning in meanings.items()]
    return ValueKind(partial(_read_word, words=meanings), word, {"oneOf": choices})


def _read_word(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned, *, words: Iterable[Any]) -> Any:
    value, allowed = value_of(node), {one.value: one for one in words}
    if value in allowed:
        return allowed[value]
    listed = ", ".join(allowed)
    if isinstance(value, str):
        folded = {one.lower(): one for one in allowed}.get(value.lower())
        hint = f"write {folded}" if folded else did_you_mean(value, allowed)
        diagnostics.error("PLAN021", f"unknown {what} `{shorten(value)}`; allowed: {listed}", node, hint)
    else:
        diagnostics.error("PLAN021", f"{describe(node)} can't stand here; allowed: {listed}", node)
    return None


def only(text: str, message: str) -> ValueKind[str]:
    """One fixed word that says nothing new; `message` tells what is wrong with any other."""

    def read(diagnostics: Diagnostics, node: Node, _what: str, _at: Spanned) -> str:
        if value_of(node) != text:
            diagnostics.error("PLAN021", message, node, f"write {text}")
        return text

    return ValueKind(read, str, {"const": text})


def number(low: int = 0, high: int = 100_000, code: str = "PLAN022") -> ValueKind[int]:
    """A whole number within limits."""
    return ValueKind(
        partial(read_number, low=low, high=high, code=code),
        str,
        {"type": "integer", "minimum": low, "maximum": high},
    )


def read_number(
    diagnostics: Diagnostics,
    node: Node,
    what: str,
    _at: Spanned,
    *,
    low: int,
    high: int,
    code: str = "PLAN022",
) -> int | None:
    """A whole number from `low` to `high`."""
    value: Any = value_of(node)
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        digits = re.fullmatch(r"\d{1,12}", str(value))
        hint = f"write {value} without quotes" if digits else None
        diagnostics.error("PLAN020", f"{what} must be a whole number, not {describe(node)}", node, hint)
    elif low <= value <= high:
        return value
    else:
        diagnostics.error(code, f"{what} must be from {low} to {high}, not {value}", node)
    return None


def _read_text(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> str | None:
    value = value_of(node)
    if isinstance(value, str):
        return value
    message, hint = f"{what} must be a text, not {describe(node)}", "put it in double quotes"
    if value is not None:
        message = f"{what} must be a text, but without quotes this is {_WITH_ARTICLE[type(value)]}"
        hint = f'write "{shorten(as_written(node))}"'
    diagnostics.error("PLAN020", message, node, hint)
    return None


def _read_share(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> float | None:
    value: Any = value_of(node)
    if type(value) not in (int, float) or math.isnan(value):
        diagnostics.error("PLAN020", f"{what} must be a number from 0 to 1, not {describe(node)}", node)
    elif 0 <= value <= 1:
        return float(value)
    else:
        diagnostics.error("PLAN022", f"{what} must be from 0 to 1, not {value}", node)
    return None


def _read_yes_or_no(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> bool | None:
    value = value_of(node)
    if isinstance(value, bool):
        return value
    diagnostics.error("PLAN020", f"{what} must be true or false, not {describe(node)}", node)
    return None


def _read_date(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> PartialDate | None:
    value = value_of(node)
    if isinstance(value, str):
        return parsed(diagnostics, "PLAN023", partial(_date, what=what), node)
    message, hint = f"{what} must be a date, not {describe(node)}", 'write "2019-07-01" or "2019"'
    if type(value) is int:
        message = f"{what} must be a date in quotes; without them this is a number"
        hint = f'write "{shorten(as_written(node))}"'
    diagnostics.error("PLAN023", message, node, hint)
    return None


def _date(text: str, what: str) -> PartialDate:
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        no_date = "not a date" in str(error)
        wrong = str(error) if no_date else f"there is no such day as {text} ({error})"
        raise ValueError(f"{what}: {shorten(wrong, 120)}") from None


def _read_instant(diagnostics: Diagnostics, node: Node, what: str, at: Spanned) -> datetime | None:
    text = _read_text(diagnostics, node, what, at)
    return None if text is None else parsed(diagnostics, "PLAN023", _instant, node, _INSTANT_HINT)


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # no such day: it is told like any other text
    raise ValueError(f"`{shorten(text, 40)}` is not an instant in UTC")


def _write_instant(at: datetime) -> str:
    return quoted(f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z")


def _read_times(diagnostics: Diagnostics, node: Node, what: str, _at: Spanned) -> tuple[MarkedAt, ...] | None:
    """When the list service saw episodes being marked: spans of the list's episodes, and minutes in UTC."""
    spans = map_of(diagnostics, node, node, what, _TIMES_EXAMPLE)
    items = spans.items if spans else ()
    found = [(key, one) for key, value in items if (one := _read_time(diagnostics, key, value))]
    for (_, before), (key, after) in pairwise(found):
        if before.last >= after.first:
            diagnostics.error("PLAN025", "the times are not in the order of episodes, each once", key)
    return tuple(one for _, one in found)


def _read_time(diagnostics: Diagnostics, key: ScalarNode, node: Node) -> MarkedAt | None:
    minute = value_of(node)
    text = minute if isinstance(minute, str) else describe(node)
    return parsed(diagnostics, "PLAN025", partial(_marked, minute=text), key, f"write {_TIMES_EXAMPLE}")


def _marked(span: str, minute: str) -> MarkedAt:
    return MarkedAt(*parse_span(span), parse_minute(minute))


def _write_times(times: Iterable[MarkedAt]) -> str:
    return flow_map(f"{format_span(one.first, one.last)}: {quoted(format_minute(one.at))}" for one in times)


_NOTHING = {"type": "null", "description": "Nothing, as if the key were not there."}
_WITH_ARTICLE = {bool: "true or false", int: "a number", float: "a number"}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_INSTANT_HINT = 'write "2026-11-22T09:12:44Z"'
_TIMES_EXAMPLE = '{1: "2019-07-01T18:22Z", 2-4: "2019-07-02T20:05Z"}'

TEXT = ValueKind(_read_text, quoted, {"type": "string"})
SHARE = ValueKind(_read_share, str, {"type": "number", "minimum": 0, "maximum": 1})
YES_OR_NO = ValueKind(_read_yes_or_no, lambda yes: "true" if yes else "false", {"type": "boolean"})
TEXT_OR_NULL: ValueKind[Any] = replace(TEXT, write=lambda text: "null" if text is None else quoted(text))
DATE = ValueKind(_read_date, lambda day: quoted(str(day)), {"$ref": "#/definitions/date"})
INSTANT = ValueKind(_read_instant, _write_instant, {"type": "string", "pattern": f"^{_INSTANT.pattern}$"})
TIMES = ValueKind(
    _read_times,
    _write_times,
    {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {
            r"^\s*\d{1,5}\s*(-\s*\d{1,5}\s*)?$": {
                "type": "string",
                "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$",
            }
        },
        "examples": [{"1": "2019-07-01T18:22Z", "2-4": "2019-07-02T20:05Z"}],
    },
)
