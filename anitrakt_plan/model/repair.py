"""A repair: what of an account looks like a script's work, in groups that a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum

from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import Undated, When, noon


class RepairKind(StrEnum):
    """What is wrong with the plays of a group."""

    DOUBLED = "doubled"
    WHOLE_SHOW = "whole-show"
    WRONG_WORK = "wrong-work"
    MISDATED = "misdated"


class RepairDecision(StrEnum):
    """What becomes of a group's plays; only a person decides, and until then it is `review`."""

    KEEP = "keep"
    REMOVE = "remove"
    REDATE = "redate"
    REVIEW = "review"

    @property
    def acts(self) -> bool:
        """Whether anything is done to the plays."""
        return self in (RepairDecision.REMOVE, RepairDecision.REDATE)


RedateTo = date | Undated
"""What a play is dated by instead: a day, or `unknown`."""


@dataclass(frozen=True, slots=True)
class RepairPlay:
    """One play of a group, by its history id; it is touched only while that stands on this item and minute (UTC)."""

    id: int
    subject: PlaySubject
    watched_at: datetime
    title: str | None = None


@dataclass(frozen=True, slots=True)
class RepairGroup:
    """Some plays of one work and one reason. `keeps` are plays that stay, and by which the others can be spared.

    `against` says what speaks against `suggest`. `to` is needed for `redate`.
    """

    key: str
    kind: RepairKind
    about: str
    why: str
    plays: tuple[RepairPlay, ...]
    suggest: RepairDecision
    against: str | None = None
    keeps: tuple[RepairPlay, ...] = ()
    to: RedateTo | None = None
    decision: RepairDecision = RepairDecision.REVIEW
    note: str | None = None

    @property
    def works(self) -> tuple[ListSubject, ...]:
        """The shows and films that its plays are of."""
        return tuple(dict.fromkeys(work_of(play.subject) for play in self.plays))

    def redated_to(self, zone: tzinfo) -> When | None:
        """The `watched_at` that its plays get: of a day its noon in the account's zone; None where they keep theirs."""
        to = self.to if self.decision is RepairDecision.REDATE else None
        return noon(to, zone) if isinstance(to, date) else to


@dataclass(frozen=True, slots=True)
class RepairAccount:
    """The Trakt account that a repair is for; `uuid` outlives a change of name."""

    user: str
    uuid: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A whole repair file. `at` is UTC: when the account was read."""

    tool: str
    at: datetime
    account: RepairAccount
    groups: tuple[RepairGroup, ...] = field(default=())

    @property
    def plays(self) -> Iterator[RepairPlay]:
        """The plays of all groups."""
        return (play for group in self.groups for play in group.plays)

    @property
    def several(self) -> frozenset[str]:
        """The keys of the groups that are of more than one work."""
        return frozenset(group.key for group in self.groups if len(group.works) > 1)
