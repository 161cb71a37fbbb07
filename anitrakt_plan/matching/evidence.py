"""The values of matching: options with their signals, and the proposal for an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from functools import lru_cache
from typing import TypeVar

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.seasons import Place
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Episode,
    Match,
    Run,
    Work,
    WorkId,
)
from anitrakt_plan.model.matches import kind_and_id


class Level(Enum):
    """What a signal can see. Its value is its row in the table of weights, or a part of one beside other levels."""


class Word(Level):
    """What one of several witnesses says: each weighs by itself."""


_L = TypeVar("_L", bound=Level)

Seen = tuple[_L | tuple[_L, ...], str]
"""What a signal returns: the level, or the levels that make one together, and what was seen in words."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that is weighed: a film (no place), a place in a show, or a show whose seasons are not read."""

    work: Work
    match: Match | None
    place: Place | None = None

    @property
    def opens(self) -> bool:
        """Whether it is the work from its beginning, as far as is known."""
        return self.place is None or self.place.opens


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another entry of the same list that is sure to be in the show: its episodes, and whether it began earlier."""

    episodes: tuple[Episode, ...]
    earlier: bool | None


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What is known beside the option itself: the id maps' claims and the entry's neighbours by show, and the day.

    `other_work`: the name of the work that the entry's id says, where its title says another. `beside`: the runs in the
    option's show that a map spells out for other works.
    """

    claims: tuple[Claimed, ...] = ()
    neighbours: tuple[tuple[WorkId, Neighbour], ...] = ()
    other_work: str | None = None
    today: date | None = None
    beside: frozenset[Run] = frozenset()


class Speaks(StrEnum):
    """What a signal tells a person of a candidate."""

    FOR = "for"
    AGAINST = "against"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class SignalValue:
    """What one signal saw, as levels and in words; `weight` is in log-odds: below 0 against the option."""

    name: str
    levels: tuple[Level, ...]
    value: str
    weight: float

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows of the table that it is weighed by."""
        return rows_of(self.levels)


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with all its evidence; `caps` are the reasons why it can't be auto whatever its confidence."""

    candidate: Candidate
    signals: tuple[SignalValue, ...]
    caps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What matching says of an entry. `match` is None unless it is auto.

    `why` holds short reason codes, `hint` the text of the `#>` comment, `candidates` at most five (best first;
    empty where there is nothing to choose), `judged` the evidence for `explain`, and `wanted` what would have
    made it auto, in words (empty where it is). `other_work` is the name of the work that the entry's id says, where the
    list's title says another.
    """

    key: EntryKey
    decision: Decision
    match: Match | None
    confidence: float
    why: tuple[str, ...]
    hint: str
    candidates: tuple[Candidate, ...] = ()
    judged: tuple[Judged, ...] = ()
    wanted: str = ""
    other_work: str | None = None


@lru_cache(maxsize=4096)
def rows_of(levels: tuple[Level, ...]) -> tuple[str, ...]:
    """The rows of the table for some levels: one for all, but one for each witness."""
    rows = tuple([str(level.value) for level in levels])
    return rows if isinstance(levels[0], Word) else ("".join(rows),)


def same_work(match: Match, other: Match) -> bool:
    """Whether two matches are in the same show, or are the same film."""
    return kind_and_id(match) == kind_and_id(other)
