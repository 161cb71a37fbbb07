"""When a play is said to have happened: whole-minute instants, or an honest `unknown`. Never now, never invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from anitrakt_plan.core.model import DatePolicy, PartialDate, Progress

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What Trakt lists for a play of unknown date (apis.md 1.7)."""


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
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def noon(day: date, zone: tzinfo) -> datetime:
    """Noon of a calendar day in a zone, as UTC: no zone's midnight can push it to another day."""
    return datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)


def finish_time(progress: Progress, *, no_date: Sequence[PartialDate], zone: tzinfo, now: datetime) -> When:
    """The finish date at noon in `zone`, never later than `now`; unknown where the list has no exact day.

    A day after tomorrow's date line is a mistake in the list, not a date: unknown. `no_date` names days on which a
    list was filled in bulk.
    """
    day = progress.finished.exact if progress.finished else None
    if day is None or any(_within(day, named) for named in no_date):
        return Undated.UNKNOWN
    try:
        instant = noon(day, zone)
    except OverflowError:
        return Undated.UNKNOWN
    if instant > now + timedelta(days=1) or instant.year < 1900:
        return Undated.UNKNOWN
    return whole_minute(min(instant, now))


def _within(day: date, named: PartialDate) -> bool:
    return (
        day.year == named.year
        and named.month in (None, day.month)
        and (named.day is None or named.day == day.day)
    )


def play_times(
    progress: Progress,
    policy: DatePolicy,
    *,
    aired: Sequence[datetime | None],
    film: bool,
    no_date: Sequence[PartialDate],
    zone: tzinfo,
    now: datetime,
) -> tuple[When, ...]:
    """A `watched_at` for each of an entry's plays; `aired` has one item for each, None where not known.

    `released` is Trakt's own word for episodes only; a film gets its release date (apis.md 1.7).
    """
    match policy:
        case DatePolicy.UNKNOWN:
            return (Undated.UNKNOWN,) * len(aired)
        case DatePolicy.RELEASED if film:
            return tuple(whole_minute(day) if day and day <= now else Undated.UNKNOWN for day in aired)
        case DatePolicy.RELEASED:
            return (Undated.RELEASED,) * len(aired)
        case DatePolicy.SPREAD:
            finish = finish_time(progress, no_date=no_date, zone=zone, now=now)
            return _spread(progress, finish, aired, zone)
        case DatePolicy.FINISH | DatePolicy.ACTIVITY:
            return (finish_time(progress, no_date=no_date, zone=zone, now=now),) * len(aired)


def _spread(
    progress: Progress, finish: When, aired: Sequence[datetime | None], zone: tzinfo
) -> tuple[When, ...]:
    """Evenly from the start's noon to the finish's, in order, none before it aired; at the finish without a start."""
    day = progress.started.exact if progress.started else None
    if isinstance(finish, Undated):
        return (finish,) * len(aired)
    start = min(noon(day, zone), finish) if day else finish
    step = (finish - start) / max(len(aired) - 1, 1)
    times: list[When] = []
    latest = start
    for index, first_aired in enumerate(aired):
        even = start + step * index if len(aired) > 1 else finish
        latest = max(latest, even, first_aired or even)
        times.append(whole_minute(latest) if latest <= finish else Undated.UNKNOWN)
        latest = min(latest, finish)
    return tuple(times)
