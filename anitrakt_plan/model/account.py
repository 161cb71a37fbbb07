"""The Trakt account: plays, ratings, and what else it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from anitrakt_plan.model.catalogue import WORK_ID, TargetKind, TraktId, WorkId, parse_work_id


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in Trakt account. `uuid` outlives a change of name; `time_zone` is an IANA name."""

    uuid: str
    user: str
    time_zone: str
    vip: bool = False
    watch_only_once: bool = False

    def is_called(self, name: str | None) -> bool:
        """Whether it has this name by now."""
        return name is not None and name.casefold() == self.user.casefold()


@dataclass(frozen=True, slots=True)
class EpisodeItem:
    """An episode as Trakt's account state names it: by its own id, with the numbers of the day."""

    show: TraktId
    season: int
    number: int
    id: int


@dataclass(frozen=True, slots=True)
class MovieItem:
    """A film as Trakt's account state names it."""

    movie: TraktId


Item = EpisodeItem | MovieItem


@dataclass(frozen=True, slots=True)
class Play:
    """One play in Trakt's history. `watched_at` is UTC, whole minutes; 1970-01-01 means an unknown date."""

    id: int
    watched_at: datetime
    action: str
    item: Item

    @property
    def subject(self) -> PlaySubject:
        """What it is of, by the numbers that this has now."""
        if isinstance(self.item, EpisodeItem):
            return EpisodeSubject(self.item.show, self.item.season, self.item.number)
        return MovieSubject(self.item.movie)

    @property
    def episode(self) -> int | None:
        """Trakt's own id of its episode; None for a film."""
        return self.item.id if isinstance(self.item, EpisodeItem) else None


@dataclass(frozen=True, slots=True)
class MovieSubject:
    """A rated film."""

    movie: WorkId


@dataclass(frozen=True, slots=True)
class ShowSubject:
    """A rated show."""

    show: WorkId


@dataclass(frozen=True, slots=True)
class SeasonSubject:
    """A rated season, by its number."""

    show: WorkId
    season: int


@dataclass(frozen=True, slots=True)
class EpisodeSubject:
    """A rated episode, by its numbers."""

    show: WorkId
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

    `watchlist` and `dropped` are None where they were not needed and so not read. `lost_plays` are the history ids of
    plays that have lost their show or film; `lost_rows` counts all such rows, of whatever kind.
    """

    account: Account
    read_at: datetime
    plays: tuple[Play, ...]
    ratings: tuple[Rating, ...] = ()
    watchlist: tuple[ShowSubject | MovieSubject, ...] | None = None
    dropped: tuple[ShowSubject, ...] | None = None
    lost_plays: frozenset[int] = frozenset()
    lost_rows: int = 0


# --- what a play or a rating is of, as text that journals and messages share ---


PlaySubject = EpisodeSubject | MovieSubject
"""What can be played: one episode by its numbers, or a film. Never a season, never a show."""

ListSubject = ShowSubject | MovieSubject
"""What can stand on the watchlist."""

_EPISODE = re.compile(rf"({WORK_ID}) S(\d+)E(\d+)")

_SEASON = re.compile(rf"({WORK_ID}) S(\d+)")

_WORK = re.compile(rf"(show|movie) ({WORK_ID})")


def format_subject(subject: RatingSubject) -> str:
    """Write `movie 700311`, `show 1420`, `1420 S03` or `1420 S03E13`."""
    match subject:
        case EpisodeSubject(show, season, number):
            return f"{show} S{season:02d}E{number:02d}"
        case SeasonSubject(show, season):
            return f"{show} S{season:02d}"
        case ShowSubject(show):
            return f"show {show}"
        case MovieSubject(movie):
            return f"movie {movie}"


def parse_subject(text: str) -> RatingSubject:
    """Read what `format_subject` writes; raises ValueError on anything else."""
    if found := _EPISODE.fullmatch(text):
        return EpisodeSubject(parse_work_id(found[1]), int(found[2]), int(found[3]))
    if found := _SEASON.fullmatch(text):
        return SeasonSubject(parse_work_id(found[1]), int(found[2]))
    if found := _WORK.fullmatch(text):
        work = parse_work_id(found[2])
        return ShowSubject(work) if found[1] == "show" else MovieSubject(work)
    raise ValueError(f"`{text}` names nothing on Trakt; it looks like `1420 S03E13` or `movie 700311`")


def parse_play_subject(text: str) -> PlaySubject:
    """Read an episode or a film; raises ValueError on anything else, whole shows and seasons above all."""
    subject = parse_subject(text)
    if isinstance(subject, EpisodeSubject | MovieSubject):
        return subject
    raise ValueError(f"`{text}` is not an episode or a film")


def list_subject(kind: TargetKind, work: WorkId) -> ListSubject:
    """The show or film with an id."""
    return MovieSubject(work) if kind is TargetKind.MOVIE else ShowSubject(work)


def kind_of_subject(subject: ListSubject) -> TargetKind:
    """Whether it is a film or a show."""
    return TargetKind.MOVIE if isinstance(subject, MovieSubject) else TargetKind.SHOW


def parse_list_subject(text: str) -> ListSubject:
    """Read a show or a film; raises ValueError on anything else."""
    subject = parse_subject(text)
    if isinstance(subject, ShowSubject | MovieSubject):
        return subject
    raise ValueError(f"`{text}` is not a show or a film")


def id_of(subject: RatingSubject) -> WorkId:
    """The id of the show or film that a subject belongs to."""
    return subject.movie if isinstance(subject, MovieSubject) else subject.show


def work_of(subject: RatingSubject) -> ListSubject:
    """The show or film that a subject belongs to."""
    return subject if isinstance(subject, MovieSubject) else ShowSubject(subject.show)
