"""The plan: its entries, decisions and policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from anitrakt_plan.model.entries import EntryKey, Kind, PartialDate, Progress, Status
from anitrakt_plan.model.matches import Address, Match


class Decision(StrEnum):
    """Whether an entry may be sent, and who said so."""

    AUTO = "auto"
    CONFIRMED = "confirmed"
    REVIEW = "review"
    SKIP = "skip"

    @property
    def sends(self) -> bool:
        """Only what is confirmed, by anitrakt or by the user, is ever sent."""
        return self in (Decision.AUTO, Decision.CONFIRMED)

    @property
    def by_person(self) -> bool:
        """Whether a person has decided, which planning again never changes."""
        return self in (Decision.CONFIRMED, Decision.SKIP)


class SyncKind(StrEnum):
    """A kind of thing that an entry can send (the plan's key `send`)."""

    HISTORY = "history"
    RATINGS = "ratings"
    WATCHLIST = "watchlist"
    DROPPED = "dropped"


class DatePolicy(StrEnum):
    """Which `watched_at` the plays get."""

    FINISH = "finish"
    SPREAD = "spread"
    RELEASED = "released"
    UNKNOWN = "unknown"
    ACTIVITY = "activity"


class RatingScope(StrEnum):
    """What on Trakt an entry's rating goes to: by the plan's key `rates`, and by the user's, `rate`, in its place."""

    MOVIE = "movie"
    SHOW = "show"
    SEASON = "season"
    EPISODES = "episodes"
    SEASON_AND_SHOW = "season+show"
    OFF = "off"


USERS_SCOPES = (RatingScope.SHOW, RatingScope.SEASON, RatingScope.EPISODES, RatingScope.OFF)
"""What the plan's key `rate` may say."""


class RatingsPolicy(StrEnum):
    """The plan's policy for ratings."""

    AUTO = "auto"
    SEASON = "season"
    SHOW_FIRST = "show:first"
    SHOW_LAST = "show:last"
    SHOW_MEAN = "show:mean"
    SHOW_MAX = "show:max"
    BOTH = "both"
    OFF = "off"


class ConflictPolicy(StrEnum):
    """Which rating wins where Trakt has another one than the list."""

    KEEP = "keep"
    REPLACE = "replace"


class RewatchPolicy(StrEnum):
    """Whether rewatches become plays of their own."""

    IGNORE = "ignore"
    COUNT = "count"


DEFAULT_SEND = frozenset({SyncKind.HISTORY, SyncKind.RATINGS})
"""What is sent unless a plan or an entry says otherwise: Trakt's lists are opt-in."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules a plan was made with; stands in the file under `generated.policy`."""

    auto_from: float = 0.99
    dates: DatePolicy = DatePolicy.FINISH
    ratings: RatingsPolicy = RatingsPolicy.AUTO
    on_conflict: ConflictPolicy = ConflictPolicy.KEEP
    rewatches: RewatchPolicy = RewatchPolicy.IGNORE
    no_date: tuple[PartialDate, ...] = ()
    send: frozenset[SyncKind] = DEFAULT_SEND


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on Trakt that an entry might be, best first in a plan; `why` holds short reason codes."""

    match: Match
    title: str
    year: int | None
    url: str
    confidence: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the list service says of the work (the plan's key `source`)."""

    kind: Kind
    year: int | None = None
    episodes: int | None = None


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One entry of the plan. The user owns decision, match, sure, send, rate, dates and note; anitrakt the rest.

    `hint` is the text of the `#>` comment behind the match (auto) or the decision (review), without its sign.
    """

    key: EntryKey
    title: str
    facts: Facts
    progress: Progress
    decision: Decision
    match: Match | Address | None = None
    sure: bool = False
    english: str | None = None
    url: str | None = None
    candidates: tuple[Candidate, ...] = ()
    rates: RatingScope | None = None
    send: frozenset[SyncKind] | None = None
    rate: RatingScope | None = None
    dates: DatePolicy | None = None
    note: str | None = None
    attention: tuple[str, ...] = ()
    hint: str | None = None

    @property
    def resolved(self) -> Match | None:
        """The match, unless it is an address that was not looked up yet."""
        return None if isinstance(self.match, Address) else self.match

    @property
    def titles(self) -> tuple[str, ...]:
        """What it is called; nothing where nobody has a title for it, and its key stands in that place."""
        named = (title for title in (self.title, self.english) if title and title != str(self.key))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Whose list a plan was made from; `user` is None for a list file that names none."""

    service: str
    user: str | None
    entries: int
    statuses: tuple[Status, ...]
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. `target_user` is None where the plan was made without a Trakt sign-in. `at` is UTC."""

    tool: str
    at: datetime
    source: SourceInfo
    target_user: str | None
    policy: Policy
    entries: tuple[PlanEntry, ...] = field(default=())


def format_confidence(confidence: float) -> str:
    """Two decimals, three from 0.99 up; always cut, so that what is not certain never reads 1."""
    digits = 3 if confidence >= 0.99 else 2
    return f"{int(confidence * 10**digits + 1e-9) / 10**digits:.{digits}f}"
