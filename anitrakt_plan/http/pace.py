"""The pace of one service: no more requests than it allows, and a word where that takes a person's time."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from anitrakt_plan.http.answers import RateLimit
from anitrakt_plan.words import pluralize

if TYPE_CHECKING:
    from pyrate_limiter import Limiter

TOLD_FROM = 2.0
"""A wait of so many seconds is said before it begins."""

_log = logging.getLogger(__name__)


class Window:
    """When the last requests went out, as far back as the limit looks."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        count, milliseconds = limit.rate
        self._seconds = milliseconds / 1000
        self._sent: deque[float] = deque(maxlen=count)
        self._clock = clock

    @property
    def wait(self) -> float:
        """Seconds until the next request may go."""
        if len(self._sent) < (self._sent.maxlen or 0):
            return 0.0
        return max(0.0, self._sent[0] + self._seconds - self._clock())

    def note(self) -> None:
        """Take down that a request goes out now."""
        self._sent.append(self._clock())


def waiting_words(service: str, limit: RateLimit, seconds: float) -> str:
    """What is said before a wait: `waiting 2:40 for Trakt's limit (450 requests in 5 minutes)`."""
    whole = round(seconds)
    minutes, rest = divmod(limit.seconds, 60)
    span = pluralize(int(minutes), "minute") if minutes and not rest else f"{limit.seconds:g} s"
    return f"waiting {whole // 60}:{whole % 60:02} for {service}'s limit ({limit.count:g} requests in {span})"


def limiter_of(service: str, limit: RateLimit) -> Limiter:
    """A limiter that waits as long as it must, and says so. Close it at the end."""
    from pyrate_limiter import InMemoryBucket, Limiter, Rate

    window = Window(limit)

    class Telling(Limiter):
        def try_acquire(
            self, name: str = "", weight: int = 1, blocking: bool = True, timeout: float = -1
        ) -> bool:
            if (wait := window.wait) >= TOLD_FROM:
                _log.info("%s", waiting_words(service, limit, wait))
            acquired = bool(super().try_acquire(name, weight, blocking, timeout))
            window.note()
            return acquired

    return Telling(InMemoryBucket([Rate(*limit.rate)]))
