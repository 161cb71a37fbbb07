"""What is to be sent: plays, list items and ratings by entry, and why other things that are missing are not sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from anitrakt_plan.core.dates import When
from anitrakt_plan.core.knowledge import BatchItemId, ListName
from anitrakt_plan.core.model import EntryKey, Plan, RewatchPolicy
from anitrakt_plan.core.ratings import RatingsDiff
from anitrakt_plan.core.subjects import ListSubject, PlaySubject


@dataclass(frozen=True, slots=True)
class PlayChange:
    """One play to send; `before` are the history ids that its item has when it goes out.

    `instead_of` is the play in doubt, settled as absent, that it replaces.
    """

    entry: EntryKey
    match: str
    subject: PlaySubject
    when: When
    before: tuple[int, ...] = ()
    instead_of: BatchItemId | None = None


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A show or film to put on a list for an entry."""

    entry: EntryKey
    list: ListName
    subject: ListSubject


class Verdict(StrEnum):
    """Why a play of an entry is not sent, by the name under which apply's JSON counts it.

    `gone` was seen and removed by the user or taken back by undo; `unseen` was acknowledged and never listed;
    `in_doubt` waits to be settled; `not_found` was refused by name; `retries_exhausted` went out too often. A
    `leftover` stands on Trakt for an earlier match, and nothing points at it any more.
    """

    IN_SYNC = "in_sync"
    IN_DOUBT = "in_doubt"
    NOT_FOUND = "not_found_before"
    GONE = "gone"
    UNSEEN = "unseen_before"
    RETRIES_EXHAUSTED = "worn_out"
    LEFTOVER = "leftovers"


@dataclass(frozen=True, slots=True)
class EntryDiff:
    """One entry's part: the plays to send, why others are not sent, and why none is (`held`)."""

    key: EntryKey
    title: str
    match: str
    plays: tuple[PlayChange, ...] = ()
    unsent: tuple[tuple[PlaySubject, Verdict], ...] = ()
    held: str | None = None
    listings: tuple[ListingChange, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many of its plays are not sent for this reason."""
        return sum(1 for _, found in self.unsent if found is verdict)


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes by entry, in the plan's order, and the ratings by subject."""

    entries: tuple[EntryDiff, ...]
    ratings: RatingsDiff

    @property
    def plays(self) -> tuple[PlayChange, ...]:
        """Every play to send."""
        return tuple(play for entry in self.entries for play in entry.plays)

    @property
    def listings(self) -> tuple[ListingChange, ...]:
        """Every show or film to put on a list."""
        return tuple(listing for entry in self.entries for listing in entry.listings)

    @property
    def replacements(self) -> Diff:
        """Only the plays that replace what turned out to be absent."""
        plays = {e.key: tuple(play for play in e.plays if play.instead_of) for e in self.entries}
        entries = tuple(replace(entry, plays=plays[entry.key], listings=()) for entry in self.entries)
        return Diff(entries, replace(self.ratings, changes=()))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not any((self.plays, self.ratings.changes, self.listings))


def needs_rewatch_plays(plan: Plan) -> bool:
    """Whether a plan may ask for a second play of something."""
    return plan.policy.rewatches is RewatchPolicy.COUNT


def changed_entries(found: Diff) -> tuple[EntryKey, ...]:
    """The entries that something would be sent for, in the plan's order."""
    rated = {rater.entry for change in found.ratings.changes for rater in change.raters}
    return tuple(e.key for e in found.entries if e.plays or e.listings or e.key in rated)
