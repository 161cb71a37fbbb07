"""The journal's records: what is written down before a request, after it, and when its effect is seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from anitrakt_plan.model import EntryKey
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.sync.batches import FileToImport, Operation
from anitrakt_plan.sync.knowledge import BatchItemId
from anitrakt_plan.sync.settle import Sighting

FORMAT = "anitrakt-journal/1"


class RunKind(StrEnum):
    """What a run did."""

    APPLY = "apply"
    UNDO = "undo"
    EXPORT = "export"
    REPAIR = "repair"


class OutcomeState(StrEnum):
    """What is known of a batch once its request is over."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in-doubt"


@dataclass(frozen=True, slots=True)
class Opened:
    """The first line: whose journal this is. `account` is the uuid, which outlives the name."""

    account: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunBegan:
    """A run begins, or goes on (`goes_on`) where one of this id stopped. `source` is `mal:yourname`.

    `resend` are the entries whose settled plays may go out again in it, until it comes to its end.
    """

    run: str
    at: datetime
    kind: RunKind
    user: str
    source: str | None = None
    goes_on: bool = False
    resend: tuple[EntryKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """A batch about to be sent: this operation, in this run. Or a file about to be written, which somebody may send."""

    batch: int
    run: str
    at: datetime
    operation: Operation | FileToImport


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for a batch; `not_found` are positions in it. `sentence` says it to a person."""

    batch: int
    at: datetime
    state: OutcomeState
    sentence: str = ""
    not_found: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Plays of ours that a read of Trakt's history showed."""

    at: datetime
    plays: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch in doubt, or a file that was uploaded, is settled: these positions of it are not on Trakt."""

    batch: int
    at: datetime
    absent: tuple[int, ...]


@dataclass(frozen=True)
class _Places:
    at: datetime
    places: tuple[BatchItemId, ...]


class Removed(_Places):
    """Plays of ours that were taken away, as a read of Trakt's history showed."""


class Unseen(_Places):
    """Plays of ours that Trakt acknowledged and does not list, and that were reported to the user."""


class Expired(_Places):
    """What a whole read a day after its sending does not show: a play or list item that comes later is not ours."""


class MissingAccepted(_Places):
    """Plays of ours that were given up, and that the user accepts as missing."""


@dataclass(frozen=True, slots=True)
class RatingSeen:
    """A rating of ours as Trakt lists it."""

    place: BatchItemId
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class RatingsSeen:
    """Ratings of ours that a read of Trakt's ratings showed."""

    at: datetime
    ratings: tuple[RatingSeen, ...]


class ListsSeen(_Places):
    """List items of ours that a read of the lists showed."""


class Doubled(_Places):
    """All exported plays that stand twice at their minute, as a read of Trakt's history showed."""


@dataclass(frozen=True, slots=True)
class RowsSeen:
    """Plays that stand for others of the account, as a read of Trakt's history showed them."""

    at: datetime
    plays: tuple[Sighting, ...]


class RatingsUndone(_Places):
    """Ratings of ours that are undone though another one of ours stands there: it is not to go back to them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An id that a person typed was looked up and agrees with the entry: it is not looked up again."""

    entry: EntryKey
    match: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Identified:
    """A work that the plan names by its TMDB id is this one on Trakt, whatever Trakt says of that id later."""

    subject: ListSubject
    trakt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Renamed:
    """The list has an id now for an entry that was known by its title: what went before is that entry's."""

    entry: EntryKey
    to: EntryKey
    at: datetime


@dataclass(frozen=True, slots=True)
class LinesPassed:
    """Lines that can't be read, by the sum of their bytes, which the user lets pass: what they said is forgotten."""

    at: datetime
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run is over: its exit code, and a sentence for `log`. `open`: it stopped with more to do."""

    run: str
    at: datetime
    exit: int
    sentence: str = ""
    open: bool = False


Record = (
    Opened
    | RunBegan
    | Intent
    | Outcome
    | Seen
    | Settled
    | Removed
    | Unseen
    | Expired
    | MissingAccepted
    | Doubled
    | RatingsSeen
    | ListsSeen
    | RatingsUndone
    | RowsSeen
    | Checked
    | Identified
    | Renamed
    | LinesPassed
    | RunEnded
)
