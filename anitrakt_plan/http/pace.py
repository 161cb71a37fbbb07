"""The pace of one service: no more requests than it allows, and a word where that takes a person's time."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from anitrakt_plan.files import OWN_FILE, own_file
from anitrakt_plan.http.answers import RateLimit
from anitrakt_plan.words import pluralize

TOLD_FROM = 2.0
"""A wait of so many seconds is said before it begins."""

_TOLD_EVERY = 0.5
"""So many seconds at most the others don't know of a turn; each telling costs milliseconds of the disk."""

_LOCK_SECONDS = 2.0
"""Nobody holds the lock of a window for longer than a file takes to be read and written."""

_log = logging.getLogger(__name__)


class Pace:
    """Gives out turns, and waits where there is none: at most `limit` of them, by all processes that share the file.

    The file holds when the last turns were taken (seconds since 1970). It is a help: where it can't be read or locked,
    this process counts its own turns. `clock` is the machine's, for other processes must mean the same by it. Close it
    at the end, so that the next command knows of the last turns.
    """

    def __init__(
        self,
        service: str,
        limit: RateLimit,
        file: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service, self._limit, self._file = service, limit, file
        count, milliseconds = limit.rate
        self._count, self._seconds = count, milliseconds / 1000
        self._clock, self._sleep = clock, sleep
        self._turns: list[float] = []
        self._untold: list[float] = []
        self._told_at = -_TOLD_EVERY
        self._is_ahead = False
        self._queue = threading.Lock()

    def take_ahead(self) -> None:
        """Take the next request's turn now, where there is something to do between its turn and the request."""
        if not self._is_ahead:
            self._wait_for_turn()
            self._is_ahead = True

    def take(self) -> None:
        """Take a turn, which may be waited for: never longer than the limit's own span."""
        if self._is_ahead:
            self._is_ahead = False
        else:
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        with self._queue:  # of several threads one waits, and says so once
            # Other processes may be faster each time; who has waited for a whole span goes.
            left = self._seconds
            while wait := self._wait_or_take(is_due=left <= 0):
                wait = min(wait, left)
                if wait >= TOLD_FROM:
                    _log.info("%s", waiting_words(self._service, self._limit, wait))
                self._sleep(wait)
                left -= wait

    @property
    def free(self) -> int:
        """How many turns can be taken now without a wait, by all processes together."""
        with self._queue:
            self._tell()
            self._turns = self._counting(self._turns, self._clock())
            return max(0, self._count - len(self._turns))

    def close(self) -> None:
        """Tell the others of the last turns."""
        with self._queue:
            if self._untold:
                self._tell()

    def _wait_or_take(self, *, is_due: bool) -> float:
        """Take a turn and give back 0, or the seconds until there may be one."""
        is_time = not 0 <= self._clock() - self._told_at < _TOLD_EVERY
        if self._file is not None and (is_time or len(self._turns) + 1 >= self._count):
            self._tell()
        now = self._clock()
        self._turns = self._counting(self._turns, now)
        if len(self._turns) >= self._count and not is_due:
            return self._turns[-self._count] + self._seconds - now
        self._turns.append(now)
        self._untold.append(now)
        if self._count == 1:  # the next may be another's
            self._tell()
        return 0.0

    def _counting(self, turns: Iterable[float], now: float) -> list[float]:
        # a clock that was set back would else make everybody wait for what has not been yet
        return sorted(turn for turn in turns if now - self._seconds < turn <= now)

    def _tell(self) -> None:
        """Write down the turns that only this process knows of, and learn the others'."""
        if self._file is None:
            return
        from filelock import FileLock

        self._told_at = self._clock()
        try:
            own_file(self._file)
            # never held while somebody waits
            with FileLock(self._file.with_suffix(".lock"), timeout=_LOCK_SECONDS, mode=OWN_FILE):
                now = self._clock()  # while the lock was waited for, others have taken turns
                told = _turns_in(self._file)
                # what can't be read is written anew, from what this process knows
                known = self._turns if told is None else [*told, *self._untold]
                self._turns, self._untold = self._counting(known, now), []
                self._file.write_text(json.dumps(self._turns), encoding="ascii")
        except OSError:  # filelock's own time-out is one
            return


def _turns_in(file: Path) -> list[float] | None:
    """What the file says; None where that is nothing, or no list of times."""
    with suppress(OSError, ValueError):
        turns = json.loads(file.read_bytes())
        if isinstance(turns, list) and all(isinstance(turn, float) for turn in turns):
            return turns
    return None


SECONDS_A_REQUEST = 0.25
"""How long one answer takes, about."""


def time_words(requests: float, limit: RateLimit) -> str:
    """How long so many requests take at a pace, as far as a person cares."""
    waits = (requests - limit.count) * limit.seconds / limit.count
    seconds = max(requests * SECONDS_A_REQUEST, waits)
    return f"about {pluralize(round(seconds / 60), 'minute')}" if seconds >= 60 else "less than a minute"


def waiting_words(service: str, limit: RateLimit, seconds: float) -> str:
    """What is said before a wait: `waiting 2:40 for Trakt's limit (450 requests in 5 minutes)`."""
    whole = round(seconds)
    minutes, rest = divmod(limit.seconds, 60)
    span = pluralize(int(minutes), "minute") if minutes and not rest else f"{limit.seconds:g} s"
    return f"waiting {whole // 60}:{whole % 60:02} for {service}'s limit ({limit.count:g} requests in {span})"
