"""When a play is said to have happened: whole-minute instants, or an honest `unknown`. Never now, never invented."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from anitrakt_plan.model.entries import PartialDate, Progress

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What Trakt lists for a play of unknown date (docs/services.md 1.7)."""
EARLIEST = 1900
"""A year before this is a slip in the list: nothing was there to be watched."""


class Undated(StrEnum):
    """Words that Trakt takes in place of an instant."""

    UNKNOWN = "unknown"
    RELEASED = "released"


When = datetime | Undated
"""A play's `watched_at`: an aware UTC instant on a whole minute, or a word."""


def whole_minute(instant: datetime) -> datetime:
    """The instant in UTC with its seconds cut off, as Trakt keeps it."""
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


def format_when(when: When) -> str:
    """Write a `watched_at` as Trakt takes it: ISO with milliseconds and Z, or the word."""
    if isinstance(when, Undated):
        return when.value
    return format_instant(whole_minute(when))


def format_instant(instant: datetime) -> str:
    """Write an instant as Trakt does: ISO in UTC with milliseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_minute(instant: datetime) -> str:
    """Write an instant as the plan does: `2019-07-01T18:22Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def parse_minute(text: str) -> datetime:
    """Read what `format_minute` writes; raises ValueError on anything else."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z", text) is None:
        raise ValueError(f"`{text}` is not a minute in UTC; it looks like 2019-07-01T18:22Z")
    return datetime.fromisoformat(text)


def say_when(times: Collection[When], zone: tzinfo) -> str:
    """Several plays' dates in few words, by the days of a zone: `2019-07-01 to 2019-07-11, 2 at an unknown date`."""
    days = sorted({time.astimezone(zone).date() for time in times if isinstance(time, datetime)})
    pieces = []
    if days:
        pieces.append(str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}")
    for word, said in ((Undated.RELEASED, "at the release date"), (Undated.UNKNOWN, "at an unknown date")):
        count = sum(1 for time in times if time is word)
        if count:
            pieces.append(f"{count} {said}" if count < len(times) else said)
    return ", ".join(pieces)


def parse_when(text: str) -> When:
    """Read what `format_when` writes; raises ValueError on anything else."""
    if text in (Undated.UNKNOWN, Undated.RELEASED):
        return Undated(text)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"`{text}` has no time zone")
    return whole_minute(instant)


def stands_at(watched_at: datetime, when: When) -> bool:
    """Whether a play that Trakt lists at `watched_at` stands where one sent with `when` would stand.

    `released` fits every instant: which one Trakt chose is not known before it is read.
    """
    match when:
        case Undated.UNKNOWN:
            return whole_minute(watched_at) == EPOCH
        case Undated.RELEASED:
            return True
        case datetime():
            return whole_minute(watched_at) == whole_minute(when)


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name; UTC where this machine does not know the name."""
    return known_zone(name) or UTC


def known_zone(name: str) -> tzinfo | None:
    """The time zone of an IANA name; None where this machine does not know the name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return None


def noon(day: date, zone: tzinfo) -> datetime:
    """Noon of a calendar day in a zone, as UTC: no zone's midnight can push it to another day."""
    return datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)


def finish_time(progress: Progress, *, no_date: Sequence[PartialDate], zone: tzinfo, now: datetime) -> When:
    """The finish date at noon in `zone`, never later than `now`; unknown where the list has no exact day.

    A day after tomorrow's date line is a mistake in the list, not a date: unknown. `no_date` names days on which a
    list was filled in bulk.
    """
    day = progress.finished.exact if progress.finished else None
    if day is None or any(is_within(day, named) for named in no_date):
        return Undated.UNKNOWN
    try:
        instant = noon(day, zone)
    except OverflowError:
        return Undated.UNKNOWN
    if instant > now + timedelta(days=1) or instant.year < EARLIEST:
        return Undated.UNKNOWN
    return whole_minute(min(instant, now))


def is_within(day: date, named: PartialDate) -> bool:
    """Whether a day is the one that is named, or in the month or year that is."""
    return (
        day.year == named.year
        and named.month in (None, day.month)
        and (named.day is None or named.day == day.day)
    )


def date_doubts(progress: Progress, aired_from: PartialDate | None) -> tuple[str, ...]:
    """What can't be right about a list's dates: sentences without a full stop, none where all fits.

    Dates that lack their day are compared as far as both are known.
    """
    started, finished = progress.started, progress.finished
    doubts = []
    if finished is not None and started is not None and _before(finished, started):
        doubts.append(f"finished {finished}, before it was started ({started})")
    if finished is not None and aired_from is not None and _before(finished, aired_from):
        doubts.append(f"finished {finished}, before it was first aired ({aired_from})")
    return tuple(doubts)


def _before(one: PartialDate, other: PartialDate) -> bool:
    for mine, theirs in ((one.year, other.year), (one.month, other.month), (one.day, other.day)):
        if mine is None or theirs is None:
            return False
        if mine != theirs:
            return mine < theirs
    return False
