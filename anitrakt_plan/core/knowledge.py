"""What the journal knows of everything that anitrakt has sent to one Trakt account, as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain

from anitrakt_plan.core.dates import When
from anitrakt_plan.core.model import EntryKey, EpisodeSubject, Rates, RatingSubject
from anitrakt_plan.core.subjects import ListSubject, PlaySubject


class SentState(StrEnum):
    """What became of one thing that was sent.

    `absent` was in doubt and is settled as not there; `surplus` came late, stood twice, and was taken away.
    """

    REFUSED = "refused"
    NOT_FOUND = "not-found"
    IN_DOUBT = "in-doubt"
    ABSENT = "absent"
    ACKNOWLEDGED = "acknowledged"
    SEEN = "seen"
    UNDONE = "undone"
    SURPLUS = "surplus"

    @property
    def may_be_there(self) -> bool:
        """Whether a play in this state may still turn up among those that Trakt lists."""
        return self in (SentState.IN_DOUBT, SentState.ACKNOWLEDGED, SentState.ABSENT)

    @property
    def was_taken_in(self) -> bool:
        """Whether Trakt has had what is in this state, whatever became of it."""
        return self in (SentState.ACKNOWLEDGED, SentState.SEEN, SentState.UNDONE)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the journal a thing was sent: the batch's number, and its position in the batch."""

    batch: int
    index: int


@dataclass(frozen=True, slots=True)
class SentPlay:
    """One play that one batch carried. `before` are the history ids that its item had when it was sent.

    `id` is its history id and `episode` Trakt's own id of the episode, once they were read back; `seen_at` is the
    instant Trakt listed it with. `sent_at` is UTC. `instead_of` is the absent play that this one replaces.
    """

    place: Place
    run: str
    entry: EntryKey
    match: str
    subject: PlaySubject
    when: When
    before: frozenset[int]
    sent_at: datetime
    state: SentState
    id: int | None = None
    episode: int | None = None
    seen_at: datetime | None = None
    instead_of: Place | None = None


@dataclass(frozen=True, slots=True)
class OldRating:
    """A rating that stood on Trakt before anitrakt changed it; `rated_at` is UTC."""

    value: int
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class SentRating:
    """One rating that one batch carried, for these entries; `old` is what stood there before, None for nothing."""

    place: Place
    run: str
    entries: tuple[EntryKey, ...]
    matches: tuple[str, ...]
    rates: tuple[Rates, ...]
    subject: RatingSubject
    value: int
    rated_at: datetime
    old: OldRating | None
    state: SentState


class ListName(StrEnum):
    """Trakt's lists that anitrakt can add to."""

    WATCHLIST = "watchlist"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class SentListing:
    """One show or film that one batch put on a list, for one entry."""

    place: Place
    run: str
    entry: EntryKey
    list: ListName
    subject: ListSubject
    state: SentState


Sent = SentPlay | SentRating | SentListing


@dataclass(frozen=True, slots=True)
class Displaced:
    """A watchlist item that stood there when a batch sent plays of it; Trakt drops it because of them."""

    batch: int
    run: str
    subject: ListSubject


@dataclass(frozen=True)
class Knowledge:
    """All that was sent to one account, in the order it was sent, with ways to ask.

    `checked` are entries with the match that was looked up for them; `reported` are acknowledged plays that Trakt does
    not list, and that the user was told of. `removing` are plays that an undo was about to remove. `restored` are
    watchlist items that an undo put back, with the batch that did.
    """

    plays: tuple[SentPlay, ...] = ()
    ratings: tuple[SentRating, ...] = ()
    listings: tuple[SentListing, ...] = ()
    displaced: tuple[Displaced, ...] = ()
    checked: frozenset[tuple[EntryKey, str]] = frozenset()
    reported: frozenset[Place] = frozenset()
    removing: frozenset[Place] = frozenset()
    restored: Mapping[ListSubject, int] = field(default_factory=dict)
    _by_subject: Mapping[PlaySubject, list[SentPlay]] = field(init=False, repr=False, compare=False)
    _by_entry: Mapping[EntryKey, list[SentPlay]] = field(init=False, repr=False, compare=False)
    _by_episode: Mapping[int, list[SentPlay]] = field(init=False, repr=False, compare=False)
    _bound: Mapping[tuple[EntryKey, PlaySubject], int] = field(init=False, repr=False, compare=False)
    _rated: Mapping[RatingSubject, list[SentRating]] = field(init=False, repr=False, compare=False)
    _rated_by: Mapping[EntryKey, list[SentRating]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_subject: dict[PlaySubject, list[SentPlay]] = defaultdict(list)
        by_entry: dict[EntryKey, list[SentPlay]] = defaultdict(list)
        by_episode: dict[int, list[SentPlay]] = defaultdict(list)
        bound: dict[tuple[EntryKey, PlaySubject], int] = {}
        rated: dict[RatingSubject, list[SentRating]] = defaultdict(list)
        rated_by: dict[EntryKey, list[SentRating]] = defaultdict(list)
        for play in self.plays:
            by_subject[play.subject].append(play)
            by_entry[play.entry].append(play)
            if play.episode is not None:
                by_episode[play.episode].append(play)
                bound.setdefault((play.entry, play.subject), play.episode)
        for rating in self.ratings:
            rated[rating.subject].append(rating)
            for entry in rating.entries:
                rated_by[entry].append(rating)
        for name, value in (
            ("_by_subject", by_subject),
            ("_by_entry", by_entry),
            ("_by_episode", by_episode),
            ("_bound", bound),
            ("_rated", rated),
            ("_rated_by", rated_by),
        ):
            object.__setattr__(self, name, value)

    @property
    def everything(self) -> Iterator[Sent]:
        """Plays, ratings and listings."""
        return chain(self.plays, self.ratings, self.listings)

    def plays_of(self, subject: PlaySubject) -> list[SentPlay]:
        """Every play that was ever sent of an episode (by the number it had then) or film, oldest first."""
        return self._by_subject.get(subject, [])

    def plays_of_episode(self, episode: int) -> list[SentPlay]:
        """Every play that was sent and read back as one of this Trakt episode, oldest first."""
        return self._by_episode.get(episode, [])

    def plays_for(self, entry: EntryKey) -> list[SentPlay]:
        """Every play that was ever sent for an entry, oldest first."""
        return self._by_entry.get(entry, [])

    def episode_id(self, entry: EntryKey, subject: PlaySubject) -> int | None:
        """The Trakt episode that an entry's episode is, once one of its plays was read back."""
        return self._bound.get((entry, subject))

    def ratings_of(self, subject: RatingSubject) -> list[SentRating]:
        """Every rating that was ever sent for a subject, oldest first."""
        return self._rated.get(subject, [])

    def ratings_for(self, entry: EntryKey) -> list[SentRating]:
        """Every rating that an entry had a part in, oldest first."""
        return self._rated_by.get(entry, [])

    def sent_anything(self) -> bool:
        """Whether any play or rating of this account was ever taken in by Trakt."""
        return any(play.state.was_taken_in for play in self.plays) or any(
            rating.state.was_taken_in for rating in self.ratings
        )

    def shows_with_lost_plays(self, listed: frozenset[int]) -> frozenset[int]:
        """Shows of which an episode's play was seen and is no longer among the `listed` history ids."""
        return frozenset(
            play.subject.show
            for play in self.plays
            if isinstance(play.subject, EpisodeSubject)
            and play.state in (SentState.SEEN, SentState.UNDONE)
            and play.id not in listed
        )


def unsettled(plays: Iterable[SentPlay]) -> tuple[SentPlay, ...]:
    """The plays whose batch is in doubt."""
    return tuple(play for play in plays if play.state is SentState.IN_DOUBT)
