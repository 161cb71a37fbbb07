"""The vocabulary of anitrakt: list entries, Trakt's shows and films, plays, ratings, and the plan."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# --- the source side: a list entry -------------------------------------------------------------


class Service(StrEnum):
    """A list service that an entry can come from; its name is the first half of an entry's key."""

    MAL = "mal"
    ANILIST = "anilist"


class Kind(StrEnum):
    """What an anime is, by the list service's own words."""

    TV = "TV"
    TV_SHORT = "TV Short"
    MOVIE = "Movie"
    SPECIAL = "Special"
    TV_SPECIAL = "TV Special"
    OVA = "OVA"
    ONA = "ONA"
    MUSIC = "Music"
    CM = "CM"
    PV = "PV"
    UNKNOWN = "Unknown"


class Status(StrEnum):
    """Where an entry stands in the user's list; `gone` means the list has it no more."""

    WATCHING = "watching"
    COMPLETED = "completed"
    REPEATING = "repeating"
    PAUSED = "paused"
    DROPPED = "dropped"
    PLANNED = "planned"
    GONE = "gone"


def asked_for(statuses: Collection[Status]) -> frozenset[Status]:
    """The statuses that count as asked for: a rewatching entry belongs to `completed`."""
    asked = frozenset(statuses)
    return asked | {Status.REPEATING} if Status.COMPLETED in asked else asked


@dataclass(frozen=True, slots=True, order=True)
class EntryKey:
    """The stable address of an entry: `mal:38524`."""

    service: Service
    id: int

    def __str__(self) -> str:
        return f"{self.service.value}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> EntryKey:
        """Read `mal:38524`; raises ValueError on anything else."""
        found = re.fullmatch(r"(mal|anilist):([1-9][0-9]*)", text)
        if found is None:
            raise ValueError(f"`{text}` is not an entry key; it looks like `mal:38524` or `anilist:99147`")
        return cls(Service(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date of which the day, or the day and the month, may be unknown."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("a day needs a month")
        if not 1 <= self.year <= 9999:
            raise ValueError(f"there is no year {self.year}")
        date(self.year, self.month or 1, self.day or 1)  # raises ValueError on a day that does not exist

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `2019`, `2019-07` or `2019-07-01`; raises ValueError on anything else."""
        if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text) is None:
            raise ValueError(f"`{text}` is not a date; write 2019, 2019-07 or 2019-07-01")
        return cls(*(int(part) for part in text.split("-")))

    @property
    def exact(self) -> date | None:
        """The calendar day, if year, month and day are all known."""
        if self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Titles:
    """The names of a work; `romaji` is the list service's main title and may be empty in an export."""

    romaji: str
    english: str | None = None
    japanese: str | None = None
    synonyms: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every name once, the most telling first."""
        names = (self.romaji, self.english, self.japanese, *self.synonyms)
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids by which id maps and saved decisions know a work."""

    mal: int | None = None
    anilist: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class MarkedAt:
    """The list's episodes `first`-`last` were marked as watched at this minute (UTC)."""

    first: int
    last: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """What the user's list says of an entry (the plan's key `list`): the ceiling for what may be sent.

    `rating` is on Trakt's scale 1-10. `watched` counts the list's episodes. `repeats` are rewatches, not plays. `times`
    are there only where the plan dates plays by activity: each episode once at most, in order.
    """

    status: Status
    watched: int = 0
    started: PartialDate | None = None
    finished: PartialDate | None = None
    repeats: int = 0
    rating: int | None = None
    times: tuple[MarkedAt, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, with what the list service knows of the work. `minutes` is one episode's length."""

    key: EntryKey
    ids: Ids
    titles: Titles
    kind: Kind
    progress: Progress
    episodes: int | None = None
    aired_from: PartialDate | None = None
    aired_to: PartialDate | None = None
    minutes: int | None = None
    private: bool = False

    @property
    def year(self) -> int | None:
        """The year in which the work began."""
        return self.aired_from.year if self.aired_from else None


# --- the target side: Trakt's catalogue --------------------------------------------------------


class TargetKind(StrEnum):
    """What a thing is on Trakt."""

    SHOW = "show"
    MOVIE = "movie"


@dataclass(frozen=True, slots=True, order=True)
class Episode:
    """One episode of some show, by the numbers Trakt gives it; season 0 holds the specials."""

    season: int
    number: int


@dataclass(frozen=True, slots=True)
class SeasonEpisode:
    """An episode in a season list; `id` is Trakt's own and outlives renumbering. `first_aired` is UTC."""

    number: int
    id: int
    first_aired: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """A season of a show with its episodes in order; their numbers may run on from the season before."""

    number: int
    episodes: tuple[SeasonEpisode, ...]
    id: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """A Trakt show. `seasons` and `aliases` are None where they have not been read; `mal_id` is Trakt's own link."""

    id: int
    title: str
    year: int | None = None
    slug: str | None = None
    tmdb: int | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] | None = None
    seasons: tuple[Season, ...] | None = None
    mal_id: int | None = None
    aired_episodes: int | None = None

    @property
    def url(self) -> str:
        """The show's page for a person."""
        return f"https://trakt.tv/shows/{self.slug or self.id}"


@dataclass(frozen=True, slots=True)
class Movie:
    """A Trakt film. `aliases` is None where they have not been read; `mal_id` is Trakt's own link."""

    id: int
    title: str
    year: int | None = None
    slug: str | None = None
    tmdb: int | None = None
    original_title: str | None = None
    aliases: tuple[str, ...] | None = None
    released: date | None = None
    mal_id: int | None = None

    @property
    def url(self) -> str:
        """The film's page for a person."""
        return f"https://trakt.tv/movies/{self.slug or self.id}"


Work = Show | Movie

# --- where an entry is on Trakt ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Consecutive episodes of one season, both ends included: S03E13-E22."""

    season: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.season < 0 or self.first < 1 or self.last < self.first:
            raise ValueError(f"no such run of episodes: S{self.season:02d}E{self.first:02d}-E{self.last:02d}")

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Straight:
    """The list's episodes 1, 2, 3 ... are the episodes of these runs, in order."""

    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        _need_episodes(self.runs)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Each `list_count` of the list's episodes are `trakt_count` on Trakt: 2:1 for shorts that Trakt pairs."""

    runs: tuple[Run, ...]
    list_count: int
    trakt_count: int

    def __post_init__(self) -> None:
        _need_episodes(self.runs)
        if self.list_count < 1 or self.trakt_count < 1 or self.list_count == self.trakt_count:
            raise ValueError(f"no such ratio: {self.list_count}:{self.trakt_count}")


@dataclass(frozen=True, slots=True)
class Part:
    """The list's episodes `first`-`last` are the episodes of these runs, evenly."""

    first: int
    last: int
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        _need_episodes(self.runs)
        if self.first < 1 or self.last < self.first:
            raise ValueError(f"no such part of the list: {self.first}-{self.last}")


@dataclass(frozen=True, slots=True)
class Parts:
    """An uneven mapping, part by part; what no part names is not sent."""

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a mapping needs at least one part")


Mapping = Straight | Ratio | Parts


def _need_episodes(runs: tuple[Run, ...]) -> None:
    """A show without episodes must not be sayable: Trakt would mark every episode of it watched."""
    if not runs:
        raise ValueError("a mapping needs at least one run of episodes")


@dataclass(frozen=True, slots=True)
class ShowMatch:
    """An entry is these episodes of this Trakt show."""

    show: int
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class MovieMatch:
    """An entry is this Trakt film."""

    movie: int


Match = ShowMatch | MovieMatch


@dataclass(frozen=True, slots=True)
class Address:
    """A trakt.tv address that the user pasted as a match and that has not been resolved yet."""

    url: str


# --- what id maps say --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Episode numbers `first`-`last`; `last` is None where the end is open."""

    first: int
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the list's episodes and where an id map puts them.

    `ratio` 1: one to one. n > 1: one of the list's is n of the target's. n < -1: n of the list's are one.
    """

    listed: Span
    season: int
    target: tuple[Span, ...]
    ratio: int = 1


@dataclass(frozen=True, slots=True)
class ShowClaim:
    """An id map says: this entry is in this show. Either id may be missing, and season and segments too.

    `segments` is empty where the map names a season only; `season` is None where it spans several, or where the
    map does not say (split cours).
    """

    map: str
    trakt: int | None = None
    tmdb: int | None = None
    slug: str | None = None
    title: str | None = None
    year: int | None = None
    season: int | None = None
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class MovieClaim:
    """An id map says: this entry is this film."""

    map: str
    trakt: int | None = None
    tmdb: int | None = None
    slug: str | None = None
    title: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class AbsentClaim:
    """An id map says: the target has no such thing."""

    map: str


Claim = ShowClaim | MovieClaim | AbsentClaim


# --- the plan ----------------------------------------------------------------------------------


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


class Rates(StrEnum):
    """What on Trakt an entry's rating goes to (the plan's machine-owned key `rates`)."""

    MOVIE = "movie"
    SHOW = "show"
    SEASON = "season"
    EPISODES = "episodes"
    SEASON_AND_SHOW = "season+show"
    OFF = "off"


class RatePolicy(StrEnum):
    """The user's word per entry (the plan's key `rate`)."""

    SHOW = "show"
    SEASON = "season"
    EPISODES = "episodes"
    OFF = "off"


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
    rates: Rates | None = None
    send: frozenset[SyncKind] | None = None
    rate: RatePolicy | None = None
    dates: DatePolicy | None = None
    note: str | None = None
    attention: tuple[str, ...] = ()
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Whose list a plan was made from; `user` is None for a list file that names none."""

    service: Service
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


# --- the target side: the account --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in Trakt account. `uuid` outlives a change of name; `time_zone` is an IANA name."""

    uuid: str
    user: str
    time_zone: str
    vip: bool = False
    watch_only_once: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeItem:
    """An episode as Trakt's account state names it: by its own id, with the numbers of the day."""

    show: int
    season: int
    number: int
    id: int


@dataclass(frozen=True, slots=True)
class MovieItem:
    """A film as Trakt's account state names it."""

    movie: int


Item = EpisodeItem | MovieItem


@dataclass(frozen=True, slots=True)
class Play:
    """One play in Trakt's history. `watched_at` is UTC, whole minutes; 1970-01-01 means an unknown date."""

    id: int
    watched_at: datetime
    action: str
    item: Item


@dataclass(frozen=True, slots=True)
class MovieSubject:
    """A rated film."""

    movie: int


@dataclass(frozen=True, slots=True)
class ShowSubject:
    """A rated show."""

    show: int


@dataclass(frozen=True, slots=True)
class SeasonSubject:
    """A rated season, by its number."""

    show: int
    season: int


@dataclass(frozen=True, slots=True)
class EpisodeSubject:
    """A rated episode, by its numbers."""

    show: int
    season: int
    number: int


RatingSubject = MovieSubject | ShowSubject | SeasonSubject | EpisodeSubject


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating on Trakt, 1-10; `rated_at` is UTC."""

    subject: RatingSubject
    value: int
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Existing:
    """What the Trakt account holds, read live; `read_at` is UTC, the moment the read began.

    `watchlist` and `dropped` are None where they were not needed and so not read.
    """

    account: Account
    read_at: datetime
    plays: tuple[Play, ...]
    ratings: tuple[Rating, ...] = ()
    watchlist: tuple[ShowSubject | MovieSubject, ...] | None = None
    dropped: tuple[ShowSubject, ...] | None = None
