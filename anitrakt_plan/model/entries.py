"""A list entry: what a list service and the user's list say of a work, and what id maps claim of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import total_ordering


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


TITLE = "title"
"""What a key begins with where the list has no id for the work; reserved, so no list service is called so."""

KEY_PATTERN = r"[a-z]+:[1-9][0-9]*|title:[^\s:]+"
"""What a key of an entry looks like in a text."""

_MAX_TITLE = 100
"""A key must fit on one line, and YAML takes no key of more than 1,024 characters."""


@total_ordering
@dataclass(frozen=True, slots=True)
class EntryKey:
    """The stable address of an entry: `mal:38524`, or `title:a-film-of-ours` where the list has no id for it.

    Keys stand in the order of service and number; those made of a title come after all others.
    """

    service: str
    id: int | str

    def __str__(self) -> str:
        return f"{self.service}:{self.id}"

    def __lt__(self, other: EntryKey) -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[bool, str, int, str]:
        if isinstance(self.id, int):
            return False, self.service, self.id, ""
        return True, self.service, 0, self.id

    @property
    def is_title(self) -> bool:
        """Whether the entry is known by its title alone."""
        return self.service == TITLE

    @property
    def ids(self) -> Ids:
        """What the key itself says of the work's ids."""
        number = self.id if isinstance(self.id, int) else None
        return Ids(
            mal=number if self.service == "mal" else None,
            anilist=number if self.service == "anilist" else None,
        )

    @classmethod
    def parse(cls, text: str) -> EntryKey:
        """Read `mal:38524` or `title:a-film-of-ours`; raises ValueError on anything else."""
        service, _, rest = text.partition(":")
        if service == TITLE and rest and title_word(rest) == rest:
            return cls(TITLE, rest)
        if not re.fullmatch(r"[a-z]+:[1-9][0-9]*", text):
            raise not_a_key(text)
        return cls(service, int(rest))


def not_a_key(text: str) -> ValueError:
    """What is said of a text that names no entry."""
    return ValueError(f"`{text}` is not an entry key; it looks like `mal:38524` or `anilist:99147`")


def title_word(title: str) -> str:
    """A title as it stands in a key: its letters and digits in lower case, joined by `-`.

    One that has neither is spelled by its signs' numbers; one of nothing but space is empty.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).lower())
    word = "-".join(_words(text))[:_MAX_TITLE].rstrip("-")
    return word or "-".join(f"u{ord(sign):04x}" for sign in title.split() for sign in sign)[:_MAX_TITLE]


def _words(text: str) -> list[str]:
    """The runs of letters and digits; a mark belongs to the letter before it, and is nothing alone."""
    pieces: list[str] = []
    for sign in text:
        kind = unicodedata.category(sign)[0]
        inside = kind in "LN" or (kind == "M" and pieces and pieces[-1] != " ")
        pieces.append(sign if inside else " ")
    return "".join(pieces).split()


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
        month, day = (1 if part is None else part for part in (self.month, self.day))
        date(self.year, month, day)  # raises ValueError on a day that does not exist, such as 0

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

    def entry_keys(self) -> tuple[EntryKey, ...]:
        """What an entry of the work is called on each list service that has one of these ids."""
        known = (("mal", self.mal), ("anilist", self.anilist))
        return tuple(EntryKey(service, number) for service, number in known if number)


@dataclass(frozen=True, slots=True, order=True)
class MarkedAt:
    """The list's episodes `first`-`last` were marked as watched at this minute (UTC)."""

    first: int
    last: int
    at: datetime


MAX_REPEATS = 999
"""How often an entry may have been watched again; a larger number is a slip."""


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

    @property
    def is_complete(self) -> bool:
        """Whether all episodes were seen, whatever number the list gives (many lists say 0)."""
        return self.status in (Status.COMPLETED, Status.REPEATING)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, with what the list service knows of the work. `minutes` is one episode's length.

    `titles` are the names that the list wrote: what the person sees. `known_as` are those that a service has for the
    entry's id, where somebody else than that service wrote the list: the id may be of quite another work.
    """

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
    known_as: Titles | None = None

    @property
    def year(self) -> int | None:
        """The year in which the work began."""
        return self.aired_from.year if self.aired_from else None

    def is_over(self, today: date) -> bool:
        """Whether the whole work has aired and was seen, as far as the list tells."""
        last = self.aired_to.exact if self.aired_to else None
        return self.progress.is_complete and (last is None or last <= today)


# --- what id maps say of an entry ---


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
class _WorkClaim:
    """What an id map says of a show or a film. Either id may be missing.

    `names` is what the map calls the list's own work, `begins` the day of the first broadcast as the map has it.
    """

    map: str
    trakt: int | None = None
    tmdb: int | None = None
    slug: str | None = None
    title: str | None = None
    year: int | None = None
    names: tuple[str, ...] = ()
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class ShowClaim(_WorkClaim):
    """An id map says: this entry is in this show.

    `segments` is empty where the map names a season only; `season` is None where it spans several, or where the
    map does not say (split cours).
    """

    season: int | None = None
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class MovieClaim(_WorkClaim):
    """An id map says: this entry is this film."""


@dataclass(frozen=True, slots=True)
class AbsentClaim:
    """An id map says: the target has no such thing."""

    map: str


Claim = ShowClaim | MovieClaim | AbsentClaim
