"""What an id map is: a file that is published somewhere, what is read out of it, and how old it is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from anitrakt_plan.http import Answer
from anitrakt_plan.model import Claim, Ids, OutsideIds, Run, TargetKind
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.words import pluralize

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V", bound=Hashable)


class IdMap(ABC):
    """One data set, read. What a map does not know, it leaves as it is here."""

    in_shows: Mapping[int, int] = {}
    """How many works the map has among a show's regular episodes, by the show's TMDB id."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        """Where a work is, by its ids; empty where the map does not know it."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:  # noqa: ARG002
        """Trakt's id for a TMDB id, where the map has it."""
        return None

    def tmdb_id(self, kind: TargetKind, trakt: int) -> int | None:  # noqa: ARG002
        """TMDB's id for a Trakt id, where the map has both."""
        return None

    def entries_in_show(self, trakt: int | None, tmdb: int | None) -> int:  # noqa: ARG002
        """How many works the map knows in a show, by its ids there; 0 where it doesn't know the show."""
        return self.in_shows.get(tmdb or 0, 0)

    def runs_beside(self, ids: Ids, show: int) -> frozenset[Run]:  # noqa: ARG002
        """The runs of regular episodes that the map spells out for other works in a show, by its TMDB id."""
        return frozenset()

    def works(self) -> Iterator[KnownWork]:
        """The works that the map has a name for, as often as it has one."""
        return iter(())

    def outside_ids(self) -> Iterator[tuple[ListSubject, OutsideIds]]:
        """Shows and films by Trakt's ids, each with the ids elsewhere that the map has beside it."""
        return iter(())


@dataclass(frozen=True, slots=True)
class IdMapFile:
    """A file of a data set: what people call it, its name in a folder of maps, where it is published, its reader.

    `parse` raises ValueError for bytes that are not this format.
    """

    title: str
    file: str
    address: str
    parse: Callable[[bytes], IdMap]


def unambiguous(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, _V]:
    """The pairs as a mapping, without what stands in several that disagree."""
    found: dict[_K, set[_V]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: next(iter(values)) for key, values in found.items() if len(values) == 1}


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
    return "today" if days < 1 else f"{pluralize(days, 'day')} ago"
