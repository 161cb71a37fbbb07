"""Rate limits that a test may switch on: so many requests in so many seconds, counted as the services count."""

import time
from collections import deque
from dataclasses import dataclass, field

TRAKT_READS = "AUTHED_API_GET_LIMIT"
TRAKT_WRITES = "AUTHED_API_POST_LIMIT"
ANILIST = "anilist"
MAL = "mal"


@dataclass(slots=True)
class Limit:
    """`count` requests in `seconds`, and when the latest came."""

    count: int
    seconds: float
    seen: deque[float] = field(default_factory=deque)

    def admit(self) -> float | None:
        """None where the request may pass, else the seconds until one may."""
        now = time.monotonic()
        while self.seen and self.seen[0] <= now - self.seconds:
            self.seen.popleft()
        if len(self.seen) >= self.count:
            return self.seen[0] + self.seconds - now
        self.seen.append(now)
        return None


@dataclass(slots=True)
class Limits:
    """The limits switched on, by name. None at first."""

    by_name: dict[str, Limit] = field(default_factory=dict)

    def switch_on(self, name: str, count: int, seconds: float) -> None:
        self.by_name[name] = Limit(count, seconds)

    def switch_off(self, name: str) -> None:
        self.by_name.pop(name, None)

    def admit(self, name: str) -> float | None:
        limit = self.by_name.get(name)
        return limit.admit() if limit else None
