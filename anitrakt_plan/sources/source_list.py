"""What every source hands over: the entries asked for, and what was left out and why."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from anitrakt_plan.model import (
    MAX_REPEATS,
    TITLE,
    Entry,
    EntryKey,
    Kind,
    MarkedAt,
    PartialDate,
    Progress,
    Status,
    Titles,
    asked_for,
    title_word,
)
from anitrakt_plan.words import pluralize

_Row = TypeVar("_Row")

ALL_STATUSES = frozenset(status for status in Status if status is not Status.GONE)
"""What `--status all` asks for."""

_MAX_NAMED = 20

_ROOM_FOR_TITLE = 90
"""Signs of a title that stay where a number comes behind them: the key must not grow too long."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """A whole list as a source finds it: in any order, with entries that stand in it more than once.

    `notes` are sentences for the summary, `times` when episodes were marked as watched.
    """

    service: str
    user: str | None
    entries: Sequence[Entry]
    notes: tuple[str, ...] = ()
    times: Mapping[EntryKey, Sequence[MarkedAt]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceList:
    """A list as it was asked for, each entry once, in the order of keys.

    `entries` have the statuses asked for; `others` are the list's other entries, which a re-plan needs to tell an
    entry that changed its status from one that is gone. Private entries that were not asked for are in neither:
    `private_keys` names them and `left_out_private` counts those whose status was asked for.
    `total_by_status` counts `entries` and `others`.
    """

    service: str
    user: str | None
    entries: tuple[Entry, ...]
    left_out_private: int = 0
    file: str | None = None
    total_by_status: Mapping[Status, int] = field(default_factory=lambda: MappingProxyType({}))
    others: tuple[Entry, ...] = ()
    private_keys: tuple[EntryKey, ...] = ()
    notes: tuple[str, ...] = ()
    times: Mapping[EntryKey, Sequence[MarkedAt]] = field(default_factory=dict)


def sort_out(
    found: FoundList, statuses: Collection[Status], *, include_private: bool = False, file: str | None = None
) -> SourceList:
    """Sort what a source found by what was asked for. Of entries with the same id the last one counts.

    Entries that the list knows by their titles alone are told apart by number: `title:twins`, `title:twins-2`.
    """
    apart = list(_told_apart(found.entries))
    wanted = asked_for(statuses)
    entries: list[Entry] = []
    others: list[Entry] = []
    private: list[Entry] = []
    for _, entry in sorted({entry.key: entry for entry in apart}.items()):
        is_wanted = entry.progress.status in wanted
        group = private if entry.private and not include_private else entries if is_wanted else others
        group.append(entry)
    return SourceList(
        service=found.service,
        user=found.user,
        entries=tuple(entries),
        left_out_private=sum(entry.progress.status in wanted for entry in private),
        file=file,
        total_by_status=_total_by_status((*entries, *others)),
        others=tuple(others),
        private_keys=tuple(entry.key for entry in private),
        notes=(*found.notes, *_twice_notes(apart), *_title_notes(entries)),
        times=found.times,
    )


def _total_by_status(entries: Iterable[Entry]) -> Mapping[Status, int]:
    counts = Counter(entry.progress.status for entry in entries)
    return MappingProxyType({status: counts[status] for status in Status if counts[status]})


def _told_apart(found: Sequence[Entry]) -> Iterator[Entry]:
    # each title's second and later entry gets a key of its own; the very same one comes once
    titled: dict[EntryKey, list[Entry]] = {}
    taken = {entry.key for entry in found if entry.key.is_title}
    for entry in found:
        if not entry.key.is_title:
            yield entry
            continue
        alike = titled.setdefault(entry.key, [])
        if entry in alike:
            continue
        key, number = entry.key, len(alike) + 1
        while alike and key in taken:
            key, number = _numbered(entry.key, number), number + 1
        alike.append(entry)
        taken.add(key)
        yield replace(entry, key=key)


def _numbered(key: EntryKey, number: int) -> EntryKey:
    return EntryKey(TITLE, title_word(f"{str(key.id)[:_ROOM_FOR_TITLE]}-{number}"))


def _title_notes(entries: Sequence[Entry]) -> Iterator[str]:
    titled = [entry.titles.romaji for entry in entries if entry.key.is_title]
    if titled:
        yield f"{pluralize(len(titled), 'entry')} without an id: kept in review by title ({_named(titled)})"


def _twice_notes(found: Sequence[Entry]) -> Iterator[str]:
    known: set[EntryKey] = set()
    twice: dict[EntryKey, str] = {}
    for entry in found:
        if entry.key in known:
            twice[entry.key] = f"{entry.key} {entry.titles.romaji}".rstrip()
        known.add(entry.key)
    if twice:
        names = _named(list(twice.values()))
        yield f"the list has {pluralize(len(twice), 'entry')} several times; the last one counts ({names})"


def _named(names: Sequence[str]) -> str:
    more = f"; and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return "; ".join(names[:_MAX_NAMED]) + more


# --- small faults of a list that cost one value or one entry, gathered into a few sentences ---


class ImportWarnings:
    """Gathers what had to be left out, by kind, each with its place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, noun: str, place: str, *, which: str = "") -> None:
        """One more that was left out: a noun in the singular, where it is, and what is wrong with all such."""
        self._found.setdefault((noun, which), []).append(place)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each kind, with the place of each, and a number where they are very many."""
        return tuple(
            f"left out: {pluralize(len(places), noun)}{which and ' '}{which} ({_named(places)})"
            for (noun, which), places in self._found.items()
        )

    def status(self, known: Status | None, said: object, where: str) -> Status | None:
        """The status; where it is None, nobody knows what the list says, and the entry is left out and counted."""
        if known is None:
            self.add("entry", f"{where}: `{said}`", which="with a status nobody knows")
        return known

    def date(self, said: DateInList, where: str) -> PartialDate | None:
        """The date that the list says; one that can't be is left out and counted."""
        try:
            return read_date(said)
        except ValueError as error:
            self.add("impossible date", f"{where}: {error}")
            return None

    def rating(self, score: float | str | None, *, best: int, where: str) -> int | None:
        """The rating 1-10 of this score; one out of range is left out and counted."""
        try:
            return rating_of(score, best=best)
        except ValueError as error:
            self.add("impossible score", f"{where}: {error}")
            return None


def read_rows(
    rows: Iterable[_Row], read: Callable[[_Row, ImportWarnings], Entry | None], warnings: ImportWarnings
) -> list[Entry]:
    """The entries in the rows of a list, without those that can't be read; the warnings tell of them."""
    found = (read(row, warnings) for row in rows)
    return [entry for entry in found if entry is not None]


def titles_of(
    romaji: str, english: str | None, japanese: str | None, synonyms: Iterable[str | None] | None
) -> Titles:
    """The titles as a list says them: any may be empty or missing."""
    return Titles(romaji, english or None, japanese or None, tuple(name for name in synonyms or () if name))


@dataclass(frozen=True, slots=True)
class ProgressFields:
    """What a list calls the parts of an entry's progress, and how it writes numbers."""

    watched: str
    repeats: str
    started: str
    finished: str
    score: str
    number: Callable[[Any], int] = lambda said: said or 0

    def read(
        self,
        row: Mapping[str, Any],
        status: Status,
        where: str,
        warnings: ImportWarnings,
        *,
        best: int | None,
    ) -> Progress:
        """The progress in a row of the list; `best` is the highest score on its scale, None where nobody knows it."""
        return Progress(
            status=status,
            watched=max(0, self.number(row.get(self.watched))),
            started=warnings.date(row.get(self.started), f"{where}, start"),
            finished=warnings.date(row.get(self.finished), f"{where}, finish"),
            repeats=max(0, self.number(row.get(self.repeats))),
            rating=warnings.rating(row.get(self.score), best=best, where=where) if best else None,
        )


def key_of(service: str, number: int | None, title: str) -> EntryKey | None:
    """The key of an entry: by the service's id, else by its title; None where it has neither."""
    if number:
        return EntryKey(service, number)
    word = title_word(title)
    return EntryKey(TITLE, word) if word else None


def clamped(progress: Progress, episodes: int | None) -> Progress:
    """The progress with `watched` as the plan counts it.

    Completed and repeating mean all episodes, where their number is known, whatever the list says (many say 0);
    elsewhere it is the list's number, never more than there are. Nobody has watched anything so often as to need more
    than three digits.
    """
    progress = replace(progress, repeats=min(progress.repeats, MAX_REPEATS))
    if episodes is None:
        return progress
    return replace(progress, watched=episodes if progress.is_complete else min(progress.watched, episodes))


# --- dates, scores and numbers as lists write them, read leniently ---


EARLIEST_YEAR = 1900
"""No list is older than this; a smaller year is a slip of the keyboard or of a program."""

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*)?", re.DOTALL)

_KINDS = {
    "tv": Kind.TV,
    "tvshort": Kind.TV_SHORT,
    "movie": Kind.MOVIE,
    "special": Kind.SPECIAL,
    "tvspecial": Kind.TV_SPECIAL,
    "ova": Kind.OVA,
    "ona": Kind.ONA,
    "music": Kind.MUSIC,
    "cm": Kind.CM,
    "pv": Kind.PV,
}


_STATUSES = {
    **dict.fromkeys(("watching", "currentlywatching", "current", "1"), Status.WATCHING),
    **dict.fromkeys(("completed", "watched", "2"), Status.COMPLETED),
    **dict.fromkeys(("rewatching", "repeating"), Status.REPEATING),
    **dict.fromkeys(("onhold", "paused", "3"), Status.PAUSED),
    **dict.fromkeys(("dropped", "4"), Status.DROPPED),
    **dict.fromkeys(("plantowatch", "planning", "planned", "6"), Status.PLANNED),
}


def status_of(word: str | None, *, rewatching: bool = False) -> Status | None:
    """The status by a list's own word, whatever its case and separators; None where none fits.

    A list's flag `rewatching` is stronger than its word: such an entry is met under watching and under completed.
    """
    status = _STATUSES.get(re.sub(r"[^a-z0-9]", "", (word or "").lower()))
    return Status.REPEATING if rewatching and status in (Status.WATCHING, Status.COMPLETED) else status


DateInList = str | int | Mapping[str, int | None] | None
"""`2019-07-01`, 20190701, or AniList's year, month and day; parts may be missing or 0."""


def read_date(said: DateInList) -> PartialDate | None:
    """Read `2019-07-01`, `2023-3-28`, `2019-05-00`, `2019` or numbers; None where not even the year is known.

    Raises ValueError on a date that can't be: with the list's own text in the sentence.
    """
    if isinstance(said, int):
        return _date_of(said // 10000, said // 100 % 100, said % 100)
    if isinstance(said, Mapping):
        return _date_of(said.get("year"), said.get("month"), said.get("day"))
    text = (said or "").strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is not a date")
    return _date_of(*(int(part or 0) for part in found.groups()))


def _date_of(year: int | None, month: int | None, day: int | None) -> PartialDate | None:
    if not year:
        return None
    if year < EARLIEST_YEAR:
        raise ValueError(f"the year {year} can't be")
    month, day = month or 0, (month and day) or 0
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        raise ValueError(f"there is no day {year:04d}-{month:02d}-{day:02d}") from None


def works_date(said: DateInList) -> PartialDate | None:
    """A work's own date; an impossible one is the service's slip, not the user's, and says nothing."""
    try:
        return read_date(said)
    except ValueError:
        return None


def rating_of(score: float | str | None, *, best: int) -> int | None:
    """A score of 0 (none) to `best` on Trakt's scale 1-10, half rounded up; raises ValueError out of range."""
    if isinstance(score, str):
        score = _decimal(score)
    if not score:
        return None
    if not 0 < score <= best:
        raise ValueError(f"a score of {score:g} is not within 1-{best}")
    return max(1, math.floor(score * 10 / best + 0.5))


def _decimal(text: str) -> float:
    try:
        return float(text.replace(",", ".") or 0)
    except ValueError:
        raise ValueError(f"`{text}`") from None


def kind_of(word: str | None) -> Kind:
    """The kind by a list's own word, whatever its case and separators; UNKNOWN where none fits."""
    return _KINDS.get(re.sub(r"[^a-z]", "", (word or "").lower()), Kind.UNKNOWN)


def positive(number: int | None) -> int | None:
    """A count, or None where the list says 0 for unknown."""
    return number if number and number > 0 else None
