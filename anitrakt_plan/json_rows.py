"""Reading a service's JSON without trusting it: each piece has its type, or a RowError names the piece."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

Row = Mapping[str, object]


class RowError(ValueError):
    """A row lacks something or has it in another type; the text names the piece."""


def row(value: object, name: str) -> Row:
    """A JSON object."""
    if not isinstance(value, dict):
        raise RowError(f"`{name}` is not an object")
    return value


def inner(outer: Row, name: str) -> Row:
    """A JSON object inside another."""
    return row(outer.get(name), name)


def rows(value: object, name: str) -> list[object]:
    """A JSON list."""
    if not isinstance(value, list):
        raise RowError(f"{name} is not a list")
    return value


def number(outer: Row, name: str, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = optional_number(outer.get(name))
    if value is None or value < least:
        raise RowError(f"`{name}` is not a number")
    return value


def text(outer: Row, name: str) -> str:
    """A text that is not empty."""
    value = optional_text(outer.get(name))
    if value is None:
        raise RowError(f"`{name}` is not a text")
    return value


def trakt_id(outer: Row, name: str) -> int:
    """The Trakt id of the object under `name`."""
    return number(inner(inner(outer, name), "ids"), "trakt", least=1)


def moment(outer: Row, name: str) -> datetime:
    """A moment in UTC, from ISO 8601."""
    found = optional_moment(outer.get(name))
    if found is None:
        raise RowError(f"`{name}` is not a date and time")
    return found


def optional_row(value: object) -> Row:
    """A JSON object, empty where there is none."""
    return value if isinstance(value, dict) else {}


def optional_moment(value: object) -> datetime | None:
    """A moment in UTC, or None where there is none or it can't be read."""
    return _parse_moment(value) if isinstance(value, str) else None


@lru_cache(
    maxsize=1024
)  # the plays of one entry stand one behind the other, and were often written at one moment
def _parse_moment(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def optional_day(value: object) -> date | None:
    """A calendar day (`2013-04-07`), or None where there is none or it can't be read."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def optional_number(value: object) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def optional_text(value: object) -> str | None:
    """A text that is not empty, or None."""
    return value if isinstance(value, str) and value else None
