"""The journal's records: what is written down before a request, after it, and when its effect is seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from anitrakt_plan.core.dates import When
from anitrakt_plan.core.knowledge import ListName, OldRating, Place
from anitrakt_plan.core.model import EntryKey, Rates, RatingSubject
from anitrakt_plan.core.subjects import ListSubject, PlaySubject

FORMAT = "anitrakt-journal/1"


class RunKind(StrEnum):
    """What a run did."""

    APPLY = "apply"
    UNDO = "undo"


class OutcomeState(StrEnum):
    """What is known of a batch once its request is over."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in-doubt"


class RemovalReason(StrEnum):
    """Why plays are taken away."""

    UNDO = "undo"
    SURPLUS = "surplus"


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
    source: str | None
    goes_on: bool = False
    resend: tuple[EntryKey, ...] = ()


@dataclass(frozen=True, slots=True)
class IntendedPlay:
    """A play about to be sent; `before` are the history ids its item has now."""

    entry: EntryKey
    match: str
    subject: PlaySubject
    when: When
    before: tuple[int, ...] = ()
    instead_of: Place | None = None


@dataclass(frozen=True, slots=True)
class PlaysIntent:
    """A batch of plays about to be sent; `watchlist` are the watchlist items that Trakt will drop for it."""

    batch: int
    run: str
    at: datetime
    plays: tuple[IntendedPlay, ...]
    watchlist: tuple[ListSubject, ...] = ()


@dataclass(frozen=True, slots=True)
class IntendedRating:
    """A rating about to be sent for some entries, with the match of each and what each rates."""

    entries: tuple[EntryKey, ...]
    matches: tuple[str, ...]
    rates: tuple[Rates, ...]
    subject: RatingSubject
    value: int
    rated_at: datetime
    old: OldRating | None


@dataclass(frozen=True, slots=True)
class RatingsIntent:
    """A batch of ratings about to be sent."""

    batch: int
    run: str
    at: datetime
    ratings: tuple[IntendedRating, ...]


@dataclass(frozen=True, slots=True)
class RestoredRating:
    """A rating about to be put back to `old`, or removed where that is None, which undoes those at `places`."""

    places: tuple[Place, ...]
    subject: RatingSubject
    old: OldRating | None


@dataclass(frozen=True, slots=True)
class RestoreIntent:
    """A batch of ratings about to be put back."""

    batch: int
    run: str
    at: datetime
    ratings: tuple[RestoredRating, ...]


@dataclass(frozen=True, slots=True)
class ListedItem:
    """A show or film about to be put on or taken off a list; `place` is the one that this undoes."""

    subject: ListSubject
    entry: EntryKey | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ListIntent:
    """A batch of shows and films about to be put on a list, or taken off it."""

    batch: int
    run: str
    at: datetime
    list: ListName
    add: bool
    items: tuple[ListedItem, ...]


@dataclass(frozen=True, slots=True)
class RemovedPlay:
    """One of our plays, by its place in the journal and its history id."""

    place: Place
    id: int


@dataclass(frozen=True, slots=True)
class RemovalIntent:
    """A batch of our plays about to be taken away by their history ids."""

    batch: int
    run: str
    at: datetime
    reason: RemovalReason
    plays: tuple[RemovedPlay, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for a batch; `not_found` are positions in it. `sentence` says it to a person."""

    batch: int
    at: datetime
    state: OutcomeState
    sentence: str = ""
    not_found: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenPlay:
    """One of our plays as Trakt lists it."""

    place: Place
    id: int
    episode: int | None
    watched_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """Plays of ours that a read of Trakt's history showed."""

    at: datetime
    plays: tuple[SeenPlay, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch in doubt is settled: these positions of it are not on Trakt."""

    batch: int
    at: datetime
    absent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Plays of ours that were taken away, as a read of Trakt's history showed."""

    at: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Plays of ours that Trakt acknowledged and does not list, and that were reported to the user."""

    at: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class RatingSeen:
    """A rating of ours as Trakt lists it."""

    place: Place
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class RatingsSeen:
    """Ratings of ours that a read of Trakt's ratings showed."""

    at: datetime
    ratings: tuple[RatingSeen, ...]


@dataclass(frozen=True, slots=True)
class RatingsUndone:
    """Ratings of ours that are undone though another one of ours stands there: it is not to go back to them."""

    at: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """An id that a person typed was looked up and agrees with the entry: it is not looked up again."""

    entry: EntryKey
    match: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Renamed:
    """The list has an id now for an entry that was known by its title: what went before is that entry's."""

    entry: EntryKey
    to: EntryKey
    at: datetime


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run is over: its exit code, and a sentence for `log`. `open`: it stopped with more to do."""

    run: str
    at: datetime
    exit: int
    sentence: str
    open: bool = False


Intent = PlaysIntent | RatingsIntent | RestoreIntent | ListIntent | RemovalIntent
Record = (
    Opened
    | RunBegan
    | Intent
    | Outcome
    | Seen
    | Settled
    | Removed
    | Unseen
    | RatingsSeen
    | RatingsUndone
    | Checked
    | Renamed
    | RunEnded
)
