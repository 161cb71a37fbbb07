"""The operations that change a Trakt account, each of explicit episodes, films and ratings, and how they are packed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from anitrakt_plan.model import EntryKey, RatingScope, RatingSubject
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import When
from anitrakt_plan.sync.diff import PlayChange
from anitrakt_plan.sync.knowledge import BatchItemId, HistoryRow, ListName, OldRating

PLAYS_PER_BATCH = 100
"""What Trakt's own importer and cleaners send at once (docs/services.md 1.9)."""

RATINGS_PER_BATCH = 200
"""Some 800 at once took Trakt about 45 seconds (docs/services.md 1.8)."""

T = TypeVar("T")


class RemovalReason(StrEnum):
    """Why plays are taken away."""

    UNDO = "undo"
    SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class AddPlays:
    """Add plays; `watchlist` are the watchlist items that Trakt will drop for it.

    A play is of one episode or one film, so that no whole show or season can be marked.
    """

    plays: tuple[PlayChange, ...]
    watchlist: tuple[ListSubject, ...] = ()


@dataclass(frozen=True, slots=True)
class RatingToAdd:
    """A rating for some entries, with the match of each and what each rates; `rated_at` is UTC."""

    entries: tuple[EntryKey, ...]
    matches: tuple[str, ...]
    rates: tuple[RatingScope, ...]
    subject: RatingSubject
    value: int
    rated_at: datetime
    old: OldRating | None = None


@dataclass(frozen=True, slots=True)
class AddRatings:
    """Set ratings, whatever stood there."""

    ratings: tuple[RatingToAdd, ...]


@dataclass(frozen=True, slots=True)
class RatingToRestore:
    """A rating to put back to `old`, or to remove where that is None; this undoes those at `places`."""

    places: tuple[BatchItemId, ...]
    subject: RatingSubject
    old: OldRating | None


@dataclass(frozen=True, slots=True)
class RestoreRatings:
    """Put ratings back to what they were; all of them were something, or all of them nothing."""

    ratings: tuple[RatingToRestore, ...]

    @property
    def puts_back(self) -> bool:
        """Whether they were something."""
        return all(rating.old is not None for rating in self.ratings)


@dataclass(frozen=True, slots=True)
class ListedItem:
    """A show or film to put on or take off a list; `place` is the listing that this undoes."""

    subject: ListSubject
    entry: EntryKey | None = None
    place: BatchItemId | None = None


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Put shows and films on a list, or take them off it."""

    list: ListName
    add: bool
    items: tuple[ListedItem, ...]


@dataclass(frozen=True, slots=True)
class PlayToRemove:
    """One of our plays, by its place in the journal and its history id."""

    place: BatchItemId
    id: int


@dataclass(frozen=True, slots=True)
class RemovePlays:
    """Take away plays of ours by their history ids, and no others."""

    reason: RemovalReason
    plays: tuple[PlayToRemove, ...]


@dataclass(frozen=True, slots=True)
class RowToAdd:
    """A play to add in the place of one of the account's; `before` are the ids that its item has when it goes out."""

    row: HistoryRow
    when: When
    before: tuple[int, ...] = ()

    @property
    def subject(self) -> PlaySubject:
        """What it is of."""
        return self.row.subject


@dataclass(frozen=True, slots=True)
class AddRows:
    """Add plays that stand for others of the account, each of another item; `watchlist` as with AddPlays."""

    rows: tuple[RowToAdd, ...]
    watchlist: tuple[ListSubject, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveRows:
    """Take away plays of the account by their history ids, and no others; they stand here whole, to be put back."""

    rows: tuple[HistoryRow, ...]


Operation = AddPlays | AddRatings | RestoreRatings | ChangeList | RemovePlays | AddRows | RemoveRows


@dataclass(frozen=True, slots=True)
class FileToImport:
    """A file for Trakt's own importer: a person uploads it or does not, and later reads show what of it arrived.

    Its plays' dates are those that Trakt will show: none is left for the importer to choose.
    """

    path: str
    plays: tuple[PlayChange, ...]
    ratings: tuple[RatingToAdd, ...] = ()
    listings: tuple[ListedItem, ...] = ()


def pack(changes: Sequence[PlayChange], size: int = PLAYS_PER_BATCH) -> tuple[tuple[PlayChange, ...], ...]:
    """First-fit: an entry's plays stay together, an entry of more than `size` is cut into pieces of `size`.

    No batch holds one item twice, for the answer's counts could not be told apart.
    """
    batches: list[list[PlayChange]] = []
    held: list[set[PlaySubject]] = []
    first_open = 0
    for piece in _pieces(changes, size):
        subjects = {change.subject for change in piece}
        for index in range(first_open, len(batches)):
            if len(batches[index]) + len(piece) <= size and not subjects & held[index]:
                batches[index] += piece
                held[index] |= subjects
                break
        else:
            batches.append(list(piece))
            held.append(subjects)
        while first_open < len(batches) and len(batches[first_open]) == size:
            first_open += 1
    return tuple(tuple(batch) for batch in batches)


def _pieces(changes: Iterable[PlayChange], size: int) -> Iterator[Sequence[PlayChange]]:
    # each entry's changes, at most `size` together, and no item twice in a piece
    by_entry: dict[tuple[object, int], list[PlayChange]] = defaultdict(list)
    seen: dict[tuple[object, PlaySubject], int] = defaultdict(int)
    for change in changes:
        nth = seen[(change.entry, change.subject)]
        seen[(change.entry, change.subject)] += 1
        by_entry[(change.entry, nth)].append(change)
    for together in by_entry.values():
        yield from cut(together, size)


def pack_rows(rows: Iterable[RowToAdd], size: int = PLAYS_PER_BATCH) -> tuple[tuple[RowToAdd, ...], ...]:
    """Batches in order, no item twice in any."""
    batches: list[dict[PlaySubject, RowToAdd]] = []
    for row in rows:
        fitting = (batch for batch in batches if len(batch) < size and row.subject not in batch)
        batch = next(fitting, None)
        if batch is None:
            batches.append(batch := {})
        batch[row.subject] = row
    return tuple(tuple(batch.values()) for batch in batches)


def cut(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """Pieces of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


def taken_back_by(operation: Operation | FileToImport) -> tuple[BatchItemId, ...]:
    """Where in the journal that stands which an operation takes back."""
    match operation:
        case RestoreRatings(ratings=ratings):
            return tuple(place for rating in ratings for place in rating.places)
        case ChangeList(items=items):
            return tuple(item.place for item in items if item.place is not None)
        case RemovePlays(plays=plays):
            return tuple(play.place for play in plays)
        case _:
            return ()
