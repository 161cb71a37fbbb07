"""Journal records as lines of JSON that a person can read, and back: a table of kinds, and one of value types."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from anitrakt_plan.journal import records as r
from anitrakt_plan.model import (
    EntryKey,
    EpisodeSubject,
    MovieSubject,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
)
from anitrakt_plan.model.account import (
    ListSubject,
    PlaySubject,
    format_subject,
    parse_list_subject,
    parse_play_subject,
    parse_subject,
)
from anitrakt_plan.model.dates import When, format_instant, parse_when
from anitrakt_plan.sync.batches import (
    AddPlays,
    AddRatings,
    AddRows,
    ChangeList,
    FileToImport,
    Operation,
    RemovePlays,
    RemoveRows,
    RestoreRatings,
)
from anitrakt_plan.sync.knowledge import BatchItemId

_KINDS: Mapping[str, type] = {
    "journal": r.Opened,
    "run": r.RunBegan,
    "plays": AddPlays,
    "ratings": AddRatings,
    "restore": RestoreRatings,
    "list": ChangeList,
    "remove": RemovePlays,
    "file": FileToImport,
    "add-rows": AddRows,
    "remove-rows": RemoveRows,
    "outcome": r.Outcome,
    "seen": r.Seen,
    "settled": r.Settled,
    "removed": r.Removed,
    "unseen": r.Unseen,
    "expired": r.Expired,
    "missing-accepted": r.MissingAccepted,
    "doubled": r.Doubled,
    "ratings-seen": r.RatingsSeen,
    "lists-seen": r.ListsSeen,
    "ratings-undone": r.RatingsUndone,
    "rows-seen": r.RowsSeen,
    "checked": r.Checked,
    "identified": r.Identified,
    "renamed": r.Renamed,
    "lines-passed": r.LinesPassed,
    "end": r.RunEnded,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_INTENDED = get_args(Operation | FileToImport)
_KEYS = {"subject": "of", "when": "watched_at", "value": "rating"}
"""The fields that are called otherwise in the file."""


class NewerJournal(ValueError):
    """The journal's format, or a kind of record in it, is one that this version does not know."""


def encode(record: r.Record) -> str:
    """One line of JSON with the sum of its text at the end, without its line break."""
    if isinstance(record, r.Intent):
        head = {"batch": record.batch, "run": record.run, "at": format_instant(record.at)}
        said = {"type": _NAMES[type(record.operation)], **head, **_written(record.operation)}
    else:
        version = {"format": r.FORMAT} if isinstance(record, r.Opened) else {}
        said = {"type": _NAMES[type(record)], **version, **_written(record)}
    text = json.dumps(said, ensure_ascii=False)
    return f'{text[:-1]}, "{_SUM}": "{_sum_of(text)}"}}'


_SUM = "sum"
_LAST_KEY = re.compile(r'([^"]*)": "([0-9a-f]{8})"\}')


def sum_of(text: bytes) -> str:
    """The sum (CRC-32) of a text's bytes."""
    return f"{zlib.crc32(text):08x}"


def _sum_of(text: str) -> str:
    return sum_of(text.encode("utf-8", "surrogatepass"))


def _has_sum(line: str) -> bool:
    """Whether the line ends with a sum. Raises ValueError where that is not the sum of what stands before it."""
    text, _, end = line.rpartition(', "')
    found = _LAST_KEY.fullmatch(end)
    if found is None:
        return False
    is_sum = found[1] == _SUM
    if is_sum is not (found[2] == _sum_of(f"{text}}}")):  # a right sum by another name: the name was damaged
        raise ValueError("its sum is not that of its text")
    return is_sum


def decode(line: str) -> r.Record:
    """The record of a line; raises ValueError on anything that is none or was changed, NewerJournal on a newer format.

    Lines of earlier versions have no sum.
    """
    try:
        has_sum, said = _has_sum(line), json.loads(line)
        if (_SUM in said) is not has_sum:
            raise ValueError("its sum is not one")
        name = said["type"]
        if isinstance(name, str) and name not in _KINDS:
            raise NewerJournal(f"this version knows no line of the type `{name}`")
        kind = _KINDS[name]
        if kind is r.Opened and said["format"] != r.FORMAT:
            raise NewerJournal(f"its format is `{said['format']}`, and this version knows `{r.FORMAT}`")
        record: Any = _read(kind, said)
        if kind in _INTENDED:
            record = r.Intent(int(said["batch"]), said["run"], _parse_instant(said["at"]), record)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"not a record: {error!r}") from None
    return record  # type: ignore[no-any-return]


def _parse_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"`{text}` has no time zone")
    return instant.astimezone(UTC)


def _parse_place(text: str) -> BatchItemId:
    batch, index = text.split(".")
    return BatchItemId(int(batch), int(index))


# the plays of one entry stand one behind the other and say the same of it: it is read once, and kept once
_same_again = lru_cache(maxsize=256)

_READERS: Mapping[Any, Callable[[str], object]] = {
    datetime: _same_again(_parse_instant),
    When: _same_again(parse_when),
    BatchItemId: _parse_place,
    EntryKey: _same_again(EntryKey.parse),
    PlaySubject: parse_play_subject,
    ListSubject: parse_list_subject,
    RatingSubject: parse_subject,
}
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    datetime: format_instant,
    BatchItemId: lambda place: f"{place.batch}.{place.index}",
    EntryKey: str,
    **dict.fromkeys((MovieSubject, ShowSubject, SeasonSubject, EpisodeSubject), format_subject),
}


def _written(value: Any) -> Any:
    # of records and their parts, what is as it is by default is left out
    if type(value) in _WRITERS:
        return _WRITERS[type(value)](value)
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    if not is_dataclass(value):
        return value
    return {
        _KEYS.get(field.name, field.name): _written(said)
        for field in fields(value)
        if (said := getattr(value, field.name)) != field.default
    }


def _read(kind: type, said: Mapping[str, Any]) -> Any:
    # keys that this version does not know are passed over
    names, readers = _fields(kind)
    return kind(**{names[key]: readers[key](value) for key, value in said.items() if key in names})


@cache
def _fields(kind: type) -> tuple[Mapping[str, str], Mapping[str, Callable[[Any], Any]]]:
    # by the keys of a line, what the fields are called, and how they are read
    hints = get_type_hints(kind)
    names = {_KEYS.get(field.name, field.name): field.name for field in fields(kind)}
    return names, {key: _reader(hints[name]) for key, name in names.items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    if hint in _READERS:
        return _READERS[hint]
    if get_origin(hint) is tuple:
        read_one = _reader(get_args(hint)[0])
        return lambda listed: tuple(read_one(one) for one in listed)
    if NoneType in get_args(hint):
        (read,) = (_reader(inner) for inner in get_args(hint) if inner is not NoneType)
        return lambda said: None if said is None else read(said)
    kind: type = hint
    return partial(_read, kind) if is_dataclass(kind) else kind
