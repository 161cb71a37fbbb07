"""How old an id map is: all maps go stale, and Trakt's seasons move on without them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from anitrakt_plan.http import Answer

_FIRST_YEAR = 2000
"""npm stamps every file of a package with a day in 1985; no map is as old as that."""

_VERSION = re.compile(r"@(\d+(?:\.\d+)+)/")


@dataclass(frozen=True, slots=True)
class MapAge:
    """What is known of a map's age. `downloaded` None: just now. `confirmed`: when its service last called it current.

    `made` is the day that the service gives the file, `version` the one in the address that it came from.
    """

    title: str
    downloaded: datetime | None = None
    confirmed: datetime | None = None
    made: date | None = None
    version: str | None = None

    @classmethod
    def of(cls, title: str, answer: Answer) -> MapAge:
        """The age of the map in an answer."""
        modified, found = answer.moment("last-modified"), _VERSION.search(answer.url)
        return cls(
            title,
            answer.stored_at,
            answer.moment("date"),
            modified.date() if modified is not None and modified.year >= _FIRST_YEAR else None,
            found[1] if found else None,
        )

    def words(self, now: datetime) -> str:
        """Such as "downloaded 3 days ago, from 2026-11-26"; `now` is UTC."""
        parts = [f"downloaded {_ago(self.downloaded, now)}"]
        if self.downloaded and self.confirmed and (self.confirmed - self.downloaded).days > 0:
            parts.append(f"still current {_ago(self.confirmed, now)}")
        if self.version:
            parts.append(f"version {self.version}")
        if self.made:
            parts.append(f"from {self.made}")
        return ", ".join(parts)


def _ago(moment: datetime | None, now: datetime) -> str:
    days = 0 if moment is None else (now - moment).days
    return "today" if days < 1 else f"{days} day{'s' * (days != 1)} ago"
