"""Kinds of values and keys: how each is read (or said to be wrong), written, and described in the schema."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeVar

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


class Misread(Exception):
    """A value is not what belongs there: all that is said of it."""

    def __init__(self, code: str, message: str, place: Spanned, hint: str | None = None) -> None:
        super().__init__(message)
        self.said = code, message, place, hint


class Given(NamedTuple):
    """A value as it stands in the file: `what` it is in messages, and where to point when nothing is there."""

    node: Node
    what: str
    key: Spanned
    diagnostics: Diagnostics

    @property
    def value(self) -> Any:
        """What a single value means; None for a map or a list."""
        return value_of(self.node)

    def read(self, kind: ValueKind[T]) -> T | None:
        """The value as this kind has it; None after noting what is wrong with it."""
        try:
            return kind.read(self)
        except Misread as wrong:
            self.diagnostics.error(*wrong.said)
            return None

    def parsed(self, parse: Callable[[str], T], code: str, hint: str | None = None) -> T:
        """What `parse` makes of the text; its ValueError says in a sentence what is wrong with it."""
        try:
            return parse(as_written(self.node))
        except ValueError as error:
            raise Misread(code, shorten(str(error), 160), self.node, hint) from None

    def other_than(self, wanted: str, hint: str | None = None, code: str = "PLAN020") -> Misread:
        """The value is of another kind than is wanted."""
        return Misread(code, f"{self.what} must be {wanted}, not {describe(self.node)}", self.node, hint)

    def map(self, example: str) -> MapNode:
        """The value as a map of keys."""
        if isinstance(self.node, MapNode):
            return self.node
        message = f"{self.what} must be a map of keys, not {describe(self.node)}"
        raise Misread("PLAN020", message, self.key if is_null(self.node) else self.node, f"write {example}")

    def items(self, example: str) -> tuple[Node, ...]:
        """The value as a list."""
        if isinstance(self.node, SeqNode):
            return self.node.items
        raise self.other_than("a list", f"write {example}")

    def one_of(self, allowed: Mapping[str, T]) -> T:
        """What the value's word stands for."""
        value, listed = self.value, ", ".join(allowed)
        if not isinstance(value, str):
            message = f"{describe(self.node)} can't stand here; allowed: {listed}"
            raise Misread("PLAN021", message, self.node)
        if value in allowed:
            return allowed[value]
        folded = {one.lower(): one for one in allowed}.get(value.lower())
        hint = f"write {folded}" if folded else did_you_mean(value, allowed)
        message = f"unknown {self.what} `{shorten(value)}`; allowed: {listed}"
        raise Misread("PLAN021", message, self.node, hint)


# --- keys -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ValueKind(Generic[T]):
    """A kind of value; `read` raises Misread, or notes several things that are wrong and gives what it could read."""

    read: Callable[[Given], T | None]
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
    def shown(self) -> str:
        """What its value is called in messages."""
        return self.what or f"`{self.name}`"

    @cached_property
    def absent(self) -> dict[str, Any]:
        """The model's attributes where the key is not there."""
        return self.attributes_for(None)

    @cached_property
    def may_be_null(self) -> bool:
        """Whether null counts as if the key were not there."""
        return not self.needed if self.nullable is None else self.nullable

    def read(self, diagnostics: Diagnostics, key: ScalarNode, node: Node) -> Any:
        """The value, None where there is none, after noting what is wrong with it."""
        if self.may_be_null and is_null(node):
            return None
        return Given(node, self.shown, key, diagnostics).read(self.kind)

    def attributes_for(self, value: Any) -> dict[str, Any]:
        """The model's attributes by their names; none where it is to take its own default."""
        value = self.default if value is None else value
        if value is UNSET:
            return {}
        if len(self.places) == 1:
            return {self.places[0]: value}
        return dict(zip(self.places, value, strict=True))

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


def read_map(
    diagnostics: Diagnostics,
    items: Mapping[str, Item],
    fields: Sequence[Field],
    *,
    what: str,
    at: Spanned,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> tuple[dict[str, Any], frozenset[str]]:
    """The values of a map's keys by the model's names, and the keys that are not there or could not be read."""
    values: dict[str, Any] = {}
    unsound = check_keys(diagnostics, items, fields, what=what, at=at, elsewhere=elsewhere)
    for field in fields:
        item = items.get(field.name)
        if item is None:
            values |= field.absent
            if field.needed:
                unsound.add(field.name)
            continue
        known = len(diagnostics.found)
        value = field.read(diagnostics, *item)
        values |= field.absent if value is None else field.attributes_for(value)
        if len(diagnostics.found) > known:
            unsound.add(field.name)
    return values, frozenset(unsound)


def check_keys(
    diagnostics: Diagnostics,
    items: Mapping[str, Item],
    fields: Sequence[Field],
    *,
    what: str,
    at: Spanned,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> set[str]:
    """Note keys that nobody knows and keys that are missing; `elsewhere` says where some key belongs instead.

    Returns the keys that are there, but misspelt: that they are missing is not said a second time.
    """
    names = names_of(fields)
    meant = set()
    for name in items.keys() - set(names):
        key, near = items[name][0], nearest(name, sorted(set(names) - items.keys()))
        if name in elsewhere:
            diagnostics.error("PLAN016", f"`{name}` does not belong into {what}", key, elsewhere[name])
            continue
        hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(names)}"
        diagnostics.error("PLAN012", f"{what} has no key `{shorten(name)}`", key, hint)
        meant.add(near)
    for field in fields:
        if field.needed and field.name not in items and field.name not in meant:
            diagnostics.error("PLAN014", f"{what} lacks the key `{field.name}`", at)
    return {name for name in meant if name}


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

    def read(given: Given) -> T:
        block = given.map(example)
        at = block if block.flow else given.key
        return make(**read_map(given.diagnostics, block.named, fields, what=given.what, at=at)[0])

    return ValueKind(read, lambda value: flow_map(written_fields(fields, value)), object_schema(fields))


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

    def read(given: Given) -> Collection[Any]:
        items = given.items(example)
        if empty and not items:
            raise Misread("PLAN020", f"{given.what} is empty, {empty}", given.node, f"write {example}")
        singles = _singles(given.diagnostics, items, given.what, unique=unique)
        values = [given._replace(node=item, what=what).read(one) for item in singles]
        return make(value for value in values if value is not None)

    return ValueKind(
        read,
        lambda values: flow_list(map(one.write, values)),
        {
            "type": "array",
            **({"minItems": 1} if empty else {}),
            **({"uniqueItems": True} if unique else {}),
            "items": one.schema,
        },
    )


def _singles(
    diagnostics: Diagnostics, items: Iterable[Node], what: str, *, unique: bool
) -> Iterator[ScalarNode]:
    seen: set[str] = set()
    for item in items:
        if not isinstance(item, ScalarNode):
            diagnostics.error("PLAN020", f"{what} must be a list of words, not of {describe(item)}", item)
        elif unique and item.text in seen:
            diagnostics.error("PLAN013", f"`{shorten(item.text)}` stands twice in {what}", item, "delete one")
        else:
            seen.add(item.text)
            yield item


def word_of(meanings: Mapping[Any, str]) -> ValueKind[Any]:
    """One of an enum's fixed words, each with what it means."""
    allowed = {one.value: one for one in meanings}
    choices = words_schema({one.value: meaning for one, meaning in meanings.items()})
    return ValueKind(lambda given: given.one_of(allowed), word, choices)


def words_schema(meanings: Mapping[str, str]) -> dict[str, Any]:
    """The JSON Schema of one of some words."""
    return {"oneOf": [{"const": one, "description": meaning} for one, meaning in meanings.items()]}


def _read_service(given: Given) -> str:
    known = given.diagnostics.services
    return _read_text(given) if known is None else given.one_of({name: name for name in known})


def only(text: str, message: str) -> ValueKind[str]:
    """One fixed word that says nothing new; `message` tells what is wrong with any other."""

    def read(given: Given) -> str:
        if given.value != text:
            raise Misread("PLAN021", message, given.node, f"write {text}")
        return text

    return ValueKind(read, str, {"const": text})


def number(low: int = 0, high: int = 100_000, code: str = "PLAN022") -> ValueKind[int]:
    """A whole number within limits."""

    def read(given: Given) -> int:
        value = given.value
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            digits = re.fullmatch(r"\d{1,12}", str(value))
            raise given.other_than("a whole number", f"write {value} without quotes" if digits else None)
        if not low <= value <= high:
            raise Misread(code, f"{given.what} must be from {low} to {high}, not {value}", given.node)
        return value

    return ValueKind(read, str, {"type": "integer", "minimum": low, "maximum": high})


def _read_text(given: Given) -> str:
    value = given.value
    if isinstance(value, str):
        return value
    if value is None:
        raise given.other_than("a text", "put it in double quotes")
    unquoted = "true or false" if isinstance(value, bool) else "a number"
    message = f"{given.what} must be a text, but without quotes this is {unquoted}"
    raise Misread("PLAN020", message, given.node, f'write "{shorten(as_written(given.node))}"')


def _read_share(given: Given) -> float:
    value = given.value
    if type(value) not in (int, float) or math.isnan(value):
        raise given.other_than("a number from 0 to 1")
    if not 0 <= value <= 1:
        raise Misread("PLAN022", f"{given.what} must be from 0 to 1, not {value}", given.node)
    return float(value)


def _read_yes_or_no(given: Given) -> bool:
    if isinstance(given.value, bool):
        return given.value
    raise given.other_than("true or false")


def _read_date(given: Given) -> PartialDate:
    if isinstance(given.value, str):
        return given.parsed(lambda text: _date(text, given.what), "PLAN023")
    if type(given.value) is int:
        message = f"{given.what} must be a date in quotes; without them this is a number"
        raise Misread("PLAN023", message, given.node, f'write "{shorten(as_written(given.node))}"')
    raise given.other_than("a date", 'write "2019-07-01" or "2019"', "PLAN023")


def _date(text: str, what: str) -> PartialDate:
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        no_date = "not a date" in str(error)
        wrong = str(error) if no_date else f"there is no such day as {text} ({error})"
        raise ValueError(f"{what}: {shorten(wrong, 120)}") from None


def _read_instant(given: Given) -> datetime:
    _read_text(given)
    return given.parsed(_instant, "PLAN023", 'write "2026-11-22T09:12:44Z"')


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # no such day: it is told like any other text
    raise ValueError(f"`{shorten(text, 40)}` is not an instant in UTC")


def _write_instant(at: datetime) -> str:
    return quoted(f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z")


def _read_times(given: Given) -> tuple[MarkedAt, ...]:
    found: list[MarkedAt] = []
    for key, value in given._replace(key=given.node).map(_TIMES_EXAMPLE).items:
        minute = value_of(value)
        text = minute if isinstance(minute, str) else describe(value)
        try:
            one = MarkedAt(*parse_span(key.text), parse_minute(text))
        except ValueError as error:
            given.diagnostics.error("PLAN025", shorten(str(error), 160), key, f"write {_TIMES_EXAMPLE}")
            continue
        if found and found[-1].last >= one.first:
            message = "the times are not in the order of episodes, each once"
            given.diagnostics.error("PLAN025", message, key)
        found.append(one)
    return tuple(found)


def _write_times(times: Iterable[MarkedAt]) -> str:
    return flow_map(f"{format_span(one.first, one.last)}: {quoted(format_minute(one.at))}" for one in times)


_NOTHING = {"type": "null", "description": "Nothing, as if the key were not there."}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_TIMES_EXAMPLE = '{1: "2019-07-01T18:22Z", 2-4: "2019-07-02T20:05Z"}'

SERVICE = ValueKind(_read_service, word, {"type": "string", "pattern": "^[a-z]+$"})
TEXT = ValueKind(_read_text, quoted, {"type": "string"})
SHARE = ValueKind(_read_share, str, {"type": "number", "minimum": 0, "maximum": 1})
YES_OR_NO = ValueKind(_read_yes_or_no, lambda yes: "true" if yes else "false", {"type": "boolean"})
TEXT_OR_NULL: ValueKind[Any] = replace(TEXT, write=lambda text: "null" if text is None else quoted(text))
DATE = ValueKind(_read_date, lambda day: quoted(str(day)), {"$ref": "#/definitions/date"})
INSTANT = ValueKind(_read_instant, _write_instant, {"type": "string", "pattern": f"^{_INSTANT.pattern}$"})
SPAN_PATTERN = r"^\s*\d{1,5}\s*(-\s*\d{1,5}\s*)?$"
TIMES = ValueKind(
    _read_times,
    _write_times,
    {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {
            SPAN_PATTERN: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$"}
        },
        "examples": [{"1": "2019-07-01T18:22Z", "2-4": "2019-07-02T20:05Z"}],
    },
)
