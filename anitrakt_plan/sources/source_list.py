"""What every source hands over: the entries asked for, and what was left out and why."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from anitrakt_plan.model import (
    TITLE,
    Entry,
    EntryKey,
    Kind,
    PartialDate,
    Progress,
    Service,
    Status,
    asked_for,
    title_word,
)
from anitrakt_plan.words import counted as counted_noun
from anitrakt_plan.words import counted as number_of

ALL_STATUSES = frozenset(status for status in Status if status is not Status.GONE)
"""What `--status all` asks for."""

_MAX_NAMED = 20

_ROOM_FOR_TITLE = 90
"""Signs of a title that stay where a number comes behind them: the key must not grow too long."""

_WHOLE = frozenset({Status.COMPLETED, Status.REPEATING})


@dataclass(frozen=True, slots=True)
class EpisodeTime:
    """The list's episodes `first`-`last` were marked watched at this moment (UTC); from an AniList export."""

    key: EntryKey
    first: int
    last: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SourceList:
    """A list as it was read, each entry once, in the order of keys.

    `entries` have the statuses asked for; `others` are the list's other entries, which a re-plan needs to tell an
    entry that changed its status from one that is gone. Private entries that were not asked for are in neither:
    `private_keys` names them and `left_out_private` counts those whose status was asked for.
    `total_by_status` counts `entries` and `others`. `notes` are sentences for the summary.
    """

    service: Service
    user: str | None
    entries: tuple[Entry, ...]
    left_out_private: int = 0
    file: str | None = None
    total_by_status: Mapping[Status, int] = field(default_factory=lambda: MappingProxyType({}))
    others: tuple[Entry, ...] = ()
    private_keys: tuple[EntryKey, ...] = ()
    notes: tuple[str, ...] = ()
    times: tuple[EpisodeTime, ...] = ()


def sort_out(
    found: Iterable[Entry],
    *,
    service: Service,
    user: str | None,
    statuses: Collection[Status],
    include_private: bool = False,
    file: str | None = None,
    notes: Iterable[str] = (),
    times: Iterable[EpisodeTime] = (),
) -> SourceList:
    """Sort what a source found by what was asked for. Of entries with the same id the last one counts.

    Entries that the list knows by their titles alone are told apart by number: `title:twins`, `title:twins-2`.
    """
    by_key: dict[EntryKey, Entry] = {}
    twice: dict[EntryKey, Entry] = {}
    for entry in _told_apart(list(found)):
        if entry.key in by_key:
            twice[entry.key] = entry
        by_key[entry.key] = entry
    wanted = asked_for(statuses)
    entries, others, private = [], [], []
    for key in sorted(by_key):
        entry = by_key[key]
        if entry.private and not include_private:
            private.append(entry)
        elif entry.progress.status in wanted:
            entries.append(entry)
        else:
            others.append(entry)
    counts = Counter(entry.progress.status for entry in (*entries, *others))
    return SourceList(
        service=service,
        user=user,
        entries=tuple(entries),
        left_out_private=sum(entry.progress.status in wanted for entry in private),
        file=file,
        total_by_status=MappingProxyType({status: counts[status] for status in Status if counts[status]}),
        others=tuple(others),
        private_keys=tuple(entry.key for entry in private),
        notes=(*notes, *_twice_notes(twice), *_title_notes(entries)),
        times=tuple(sorted(times, key=lambda time: (time.key, time.at, time.first))),
    )


def counted(progress: Progress, episodes: int | None) -> Progress:
    """The progress with `watched` as the plan counts it.

    Completed and repeating mean all episodes, where their number is known, whatever the list says (many say 0);
    elsewhere it is the list's number, never more than there are.
    """
    if episodes is None:
        return progress
    watched = episodes if progress.status in _WHOLE else min(progress.watched, episodes)
    return replace(progress, watched=watched)


def _told_apart(found: Sequence[Entry]) -> Iterator[Entry]:
    """The entries, each title's second and later one under a key of its own; the very same one comes once."""
    titled: dict[EntryKey, list[Entry]] = {}
    taken = {entry.key for entry in found if entry.key.is_title}
    for entry in found:
        alike = titled.setdefault(entry.key, []) if entry.key.is_title else []
        if entry in alike:
            continue
        key = entry.key
        number = len(alike) + 1
        while alike and key in taken:
            key, number = _numbered(entry.key, number), number + 1
        alike.append(entry)
        taken |= {key} if key.is_title else set()
        yield replace(entry, key=key)


def _numbered(key: EntryKey, number: int) -> EntryKey:
    return EntryKey(TITLE, title_word(f"{str(key.id)[:_ROOM_FOR_TITLE]}-{number}"))


def _title_notes(entries: Sequence[Entry]) -> Iterator[str]:
    titled = [entry.titles.romaji for entry in entries if entry.key.is_title]
    if titled:
        yield f"{counted_noun(len(titled), 'entry')} without an id: kept in review by title ({_named(titled)})"


def _twice_notes(twice: Mapping[EntryKey, Entry]) -> Iterable[str]:
    if twice:
        names = [f"{key} {entry.titles.romaji}".rstrip() for key, entry in twice.items()]
        yield f"the list has {counted_noun(len(twice), 'entry')} several times; the last one counts ({_named(names)})"


def _named(names: Sequence[str]) -> str:
    more = f"; and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return "; ".join(names[:_MAX_NAMED]) + more


# --- small faults of a list that cost one value or one entry, gathered into a few sentences ---


class Slips:
    """Gathers what had to be left out, by kind, each with its place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, noun: str, place: str, *, which: str = "") -> None:
        """One more that was left out: a noun in the singular, where it is, and what is wrong with all such."""
        self._found.setdefault((noun, which), []).append(place)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each kind, with the place of each, and a number where they are very many."""
        return tuple(_note(noun, which, places) for (noun, which), places in self._found.items())

    def date(self, text: str | None, where: str) -> PartialDate | None:
        """The date of this text; one that can't be is left out and counted."""
        try:
            return read_date(text)
        except ValueError as error:
            self.add("impossible date", f"{where}: {error}")
            return None

    def date_of(self, parts: tuple[int | None, int | None, int | None], where: str) -> PartialDate | None:
        """The date of year, month and day; one that can't be is left out and counted."""
        try:
            return make_date(*parts)
        except ValueError as error:
            self.add("impossible date", f"{where}: {error}")
            return None

    def rating(self, score: float | None, *, best: int, where: str) -> int | None:
        """The rating 1-10 of this score; one out of range is left out and counted."""
        try:
            return rating_of(score, best=best)
        except ValueError as error:
            self.add("impossible score", f"{where}: {error}")
            return None


def _note(noun: str, which: str, places: list[str]) -> str:
    named, more = "; ".join(places[:_MAX_NAMED]), len(places) - _MAX_NAMED
    tail = f"; and {more} more" if more > 0 else ""
    return f"left out: {number_of(len(places), noun)}{which and ' '}{which} ({named}{tail})"


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


def read_date(text: str | None) -> PartialDate | None:
    """Read `2019-07-01`, `2023-3-28`, `2019-05-00`, `2019` or nothing (also `0000-00-00`).

    Raises ValueError on a date that can't be: with the list's own text in the sentence.
    """
    text = (text or "").strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is not a date")
    return make_date(*(int(part or 0) for part in found.groups()))


def make_date(year: int | None, month: int | None = None, day: int | None = None) -> PartialDate | None:
    """A date of which parts may be 0 or None; None where not even the year is known.

    Raises ValueError on a day that does not exist.
    """
    if not year:
        return None
    if not month:
        day = None
    if year < EARLIEST_YEAR:
        raise ValueError(f"the year {year} can't be")
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        raise ValueError(f"there is no day {year:04d}-{month or 0:02d}-{day or 0:02d}") from None


def rating_of(score: float | None, *, best: int) -> int | None:
    """A score of 0 (none) to `best` on Trakt's scale 1-10, half rounded up; raises ValueError out of range."""
    if not score:
        return None
    if not 0 < score <= best:
        raise ValueError(f"a score of {score:g} is not within 1-{best}")
    return max(1, math.floor(score * 10 / best + 0.5))


def kind_of(word: str | None) -> Kind:
    """The kind by a list's own word, whatever its case and separators; UNKNOWN where none fits."""
    return _KINDS.get(re.sub(r"[^a-z]", "", (word or "").lower()), Kind.UNKNOWN)


def positive(number: int | None) -> int | None:
    """A count, or None where the list says 0 for unknown."""
    return number if number and number > 0 else None
