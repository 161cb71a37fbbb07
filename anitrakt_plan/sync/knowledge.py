"""What the journal knows of everything that anitrakt has sent to one Trakt account, as values."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import NamedTuple, TypeVar

from anitrakt_plan.model import (
    EntryKey,
    EpisodeSubject,
    Rating,
    RatingScope,
    RatingSubject,
    TraktId,
    WorkId,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import When, whole_minute
from anitrakt_plan.model.resolving import Resolver, no_resolver, resolved_subject, resolved_text

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Groups(dict[_Key, list[_Value]]):
    """Values by key, in order; none by a key that is not there, which asking does not add."""

    def __missing__(self, key: _Key) -> list[_Value]:
        return []


def grouped(pairs: Iterable[tuple[_Key, _Value]]) -> Groups[_Key, _Value]:
    """Values by their keys, in order."""
    groups: Groups[_Key, _Value] = Groups()
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


class SentState(StrEnum):
    """What became of one thing that was sent.

    `exported` stands in a file for Trakt's importer, and nothing shows that it was uploaded; `absent` was in doubt, or
    exported, and is settled as not there; `surplus` came late, stood twice, and was taken away.
    """

    EXPORTED = "exported"
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
        return self in (SentState.EXPORTED, SentState.IN_DOUBT, SentState.ACKNOWLEDGED, SentState.ABSENT)

    @property
    def stands(self) -> bool:
        """Whether Trakt has taken in what is in this state, and we have not taken it back."""
        return self in (SentState.ACKNOWLEDGED, SentState.SEEN)

    @property
    def may_stand(self) -> bool:
        """Whether what is in this state stands on Trakt, or may."""
        return self.stands or self is SentState.IN_DOUBT

    @property
    def was_taken_in(self) -> bool:
        """Whether Trakt has had what is in this state, whatever became of it."""
        return self.stands or self is SentState.UNDONE


@dataclass(frozen=True, slots=True, order=True)
class BatchItemId:
    """Where in the journal a thing was sent: the batch's number, and its position in the batch."""

    batch: int
    index: int


# --- what was sent: named tuples, as a long journal makes and changes hundreds of thousands ---


class SentPlay(NamedTuple):
    """One play that one batch carried. `before` are the history ids that its item had when it was sent.

    `id` is its history id and `episode` Trakt's own id of the episode, once they were read back; `seen_at` is the
    instant Trakt listed it with. `sent_at` is UTC. `instead_of` is the absent play that this one replaces.
    `by_import`: its batch is a file for Trakt's importer.
    """

    place: BatchItemId
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
    instead_of: BatchItemId | None = None
    by_import: bool = False


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file for Trakt's importer, which is a batch of the journal. `last_seen`: the newest look that found more of it.

    The look is as old as what was looked at: a data download, or the account itself. None: nothing was ever found.
    """

    batch: int
    run: str
    path: str
    written_at: datetime
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class OldRating:
    """A rating that stood on Trakt before anitrakt changed it; `rated_at` is UTC."""

    value: int
    rated_at: datetime


class SentRating(NamedTuple):
    """One rating that one batch carried, for these entries; `old` is what stood there before, None for nothing."""

    place: BatchItemId
    run: str
    entries: tuple[EntryKey, ...]
    matches: tuple[str, ...]
    rates: tuple[RatingScope, ...]
    subject: RatingSubject
    value: int
    rated_at: datetime
    old: OldRating | None
    state: SentState

    def rates_for(self, entry: EntryKey, match: str) -> RatingScope | None:
        """What an entry with this match rated in it; None for any other."""
        parts = zip(self.entries, self.matches, self.rates, strict=True)
        return next((rates for key, text, rates in parts if (key, text) == (entry, match)), None)

    def is_the_same(self, rating: Rating | OldRating) -> bool:
        """Whether a rating on Trakt has this value and minute."""
        is_same_minute = whole_minute(rating.rated_at) == whole_minute(self.rated_at)
        return rating.value == self.value and is_same_minute


class ListName(StrEnum):
    """Trakt's lists that anitrakt can add to."""

    WATCHLIST = "watchlist"
    DROPPED = "dropped"


class SentListing(NamedTuple):
    """One show or film that one batch put on a list, for one entry; `sent_at` is UTC."""

    place: BatchItemId
    run: str
    entry: EntryKey
    list: ListName
    subject: ListSubject
    sent_at: datetime
    state: SentState


Sent = SentPlay | SentRating | SentListing


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A play as Trakt lists it, whole: all that is needed to put it back. `episode` is Trakt's own id of it."""

    id: int
    subject: PlaySubject
    watched_at: datetime
    action: str = "watch"
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class AddedRow:
    """A play that stands for one of the account's, at `when`: at its new date, or where it stood before a repair.

    `row` is that one as it was; the rest is as with a SentPlay.
    """

    place: BatchItemId
    run: str
    row: HistoryRow
    when: When
    before: frozenset[int]
    sent_at: datetime
    state: SentState
    id: int | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """A play that a repair removed, or was about to; `is_refused`: Trakt has said that it did not."""

    run: str
    batch: int
    row: HistoryRow
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Displaced:
    """A watchlist item that stood there when a batch sent plays of it; Trakt drops it because of them."""

    batch: int
    run: str
    subject: ListSubject


@dataclass(frozen=True)
class Knowledge:
    """All that was sent to one account, in the order it was sent, with ways to ask.

    `checked` are entries with the match that was looked up for them; `identified` are Trakt's ids of works that a plan
    names by TMDB's. `reported` are acknowledged plays that Trakt does not list, and that the user was told of;
    `expired` are those that can no more be found, `accepted_missing` those that the user lets rest. `removing` are
    plays that an undo was about to remove. `restored` are watchlist items that an undo put back, with the batch that
    did. `files` were written for Trakt's importer, and `doubled` are plays of theirs that stood twice when last seen.
    `added_rows` and `removed_rows` are what repairs, and their undoing, did to the account's plays.
    """

    plays: tuple[SentPlay, ...] = ()
    ratings: tuple[SentRating, ...] = ()
    listings: tuple[SentListing, ...] = ()
    displaced: tuple[Displaced, ...] = ()
    checked: frozenset[tuple[EntryKey, str]] = frozenset()
    identified: Mapping[ListSubject, TraktId] = field(default_factory=dict)
    reported: frozenset[BatchItemId] = frozenset()
    expired: frozenset[BatchItemId] = frozenset()
    accepted_missing: frozenset[BatchItemId] = frozenset()
    removing: frozenset[BatchItemId] = frozenset()
    restored: Mapping[ListSubject, int] = field(default_factory=dict)
    files: tuple[SentFile, ...] = ()
    doubled: frozenset[BatchItemId] = frozenset()
    added_rows: tuple[AddedRow, ...] = ()
    removed_rows: tuple[RemovedRow, ...] = ()

    @property
    def everything(self) -> Iterator[Sent]:
        """Plays, ratings and listings."""
        return chain(self.plays, self.ratings, self.listings)

    def only(self, is_meant: Callable[[Sent], bool]) -> Knowledge:
        """The plays, ratings and listings that are meant."""
        return Knowledge(
            tuple(filter(is_meant, self.plays)),
            tuple(filter(is_meant, self.ratings)),
            tuple(filter(is_meant, self.listings)),
        )

    def with_trakt_ids(self, resolve: Resolver) -> Knowledge:
        """The same with Trakt's ids for what went out under TMDB's, in a file for Trakt's importer."""
        if resolve is no_resolver:
            return self
        return replace(
            self,
            plays=tuple(_resolved_play(play, resolve) for play in self.plays),
            ratings=tuple(_resolved_rating(rating, resolve) for rating in self.ratings),
            listings=tuple(
                listing._replace(subject=resolved_subject(listing.subject, resolve))
                for listing in self.listings
            ),
        )

    @cached_property
    def history_ids(self) -> frozenset[int]:
        """The ids of all plays that were read back."""
        return frozenset(play.id for play in self.plays if play.id is not None)

    @cached_property
    def added_ids(self) -> frozenset[int]:
        """The ids of all plays that stand for others, of a repair or its undoing."""
        return frozenset(row.id for row in self.added_rows if row.id is not None)

    @cached_property
    def removed_ids(self) -> frozenset[int]:
        """The ids of all plays that a repair, or its undoing, removed or was about to."""
        return frozenset(removed.row.id for removed in self.removed_rows if not removed.is_refused)

    @cached_property
    def seen(self) -> list[SentPlay]:
        """The plays that were read back, and not taken away by us since."""
        return [play for play in self.plays if play.state is SentState.SEEN]

    @cached_property
    def undone(self) -> frozenset[BatchItemId]:
        """Where those things stand in the journal that are known to be taken back."""
        return frozenset(sent.place for sent in self.everything if sent.state is SentState.UNDONE)

    @cached_property
    def in_doubt(self) -> list[SentPlay]:
        """The plays of which it is not known whether Trakt took them in."""
        return [play for play in self.plays if play.state is SentState.IN_DOUBT]

    @property
    def is_settled(self) -> bool:
        """Whether of all that Trakt was sent it is known what became of it."""
        open_states = (SentState.IN_DOUBT, SentState.ACKNOWLEDGED)
        return not any(sent.state in open_states for sent in chain(self.everything, self.added_rows))

    def is_proven_absent(self, play: SentPlay) -> bool:
        """Whether a lost sending did not come in: what was sent after it was seen since, and it was not.

        A file that was uploaded is settled by what else of it arrived.
        """
        is_settled = play.by_import or play.place.batch < self._last_arrived_batch
        return play.state is SentState.ABSENT and is_settled

    @cached_property
    def _last_arrived_batch(self) -> int:
        return max((play.place.batch for play in self.plays if play.id is not None), default=0)

    @cached_property
    def unproven(self) -> frozenset[BatchItemId]:
        """Where those lost sendings stand that may still be on their way."""
        lost = (play for play in self.plays if play.state is SentState.ABSENT)
        return frozenset(play.place for play in lost if not self.is_proven_absent(play))

    @cached_property
    def plays_of(self) -> Groups[PlaySubject, SentPlay]:
        """Every play that was ever sent of an episode (by the number it had then) or film, oldest first."""
        return grouped((play.subject, play) for play in self.plays)

    @cached_property
    def plays_of_episode(self) -> Groups[int | None, SentPlay]:
        """Every play that was sent and read back as one of a Trakt episode, by that one's id, oldest first."""
        return grouped((play.episode, play) for play in self.plays)

    @cached_property
    def plays_for(self) -> Groups[EntryKey, SentPlay]:
        """Every play that was ever sent for an entry, oldest first."""
        return grouped((play.entry, play) for play in self.plays)

    @cached_property
    def ratings_of(self) -> Groups[RatingSubject, SentRating]:
        """Every rating that was ever sent for a subject, oldest first."""
        return grouped((rating.subject, rating) for rating in self.ratings)

    @cached_property
    def ratings_for(self) -> Groups[EntryKey, SentRating]:
        """Every rating that an entry had a part in, oldest first."""
        return grouped((entry, rating) for rating in self.ratings for entry in rating.entries)

    def episode_id(self, entry: EntryKey, subject: PlaySubject) -> int | None:
        """The Trakt episode that an entry's episode is, once one of its plays was read back."""
        ids = (play.episode for play in self.plays_of[subject] if play.entry == entry)
        return next((episode for episode in ids if episode is not None), None)

    def sent_anything(self) -> bool:
        """Whether any play or rating of this account was ever taken in by Trakt."""
        return any(one.state.was_taken_in for one in self.everything if not isinstance(one, SentListing))

    def shows_with_lost_plays(self, listed: Container[int | None]) -> frozenset[WorkId]:
        """Shows of which an episode's play was seen and is no longer among the `listed` history ids."""
        were_there = (SentState.SEEN, SentState.UNDONE)
        lost = (play.subject for play in self.plays if play.state in were_there and play.id not in listed)
        return frozenset(subject.show for subject in lost if isinstance(subject, EpisodeSubject))


def _resolved_play(play: SentPlay, resolve: Resolver) -> SentPlay:
    subject = resolved_subject(play.subject, resolve)
    if subject == play.subject:
        return play
    return play._replace(subject=subject, match=resolved_text(play.match, resolve))


def _resolved_rating(rating: SentRating, resolve: Resolver) -> SentRating:
    subject = resolved_subject(rating.subject, resolve)
    if subject == rating.subject:
        return rating
    matches = tuple(resolved_text(match, resolve) for match in rating.matches)
    return rating._replace(subject=subject, matches=matches)
