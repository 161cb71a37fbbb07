"""What became of files that were written for Trakt's importer: each is judged by itself, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anitrakt_plan.model import Existing, Rating
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.dates import When
from anitrakt_plan.sync.existing import History, on_list
from anitrakt_plan.sync.knowledge import (
    BatchItemId,
    Knowledge,
    SentFile,
    SentListing,
    SentPlay,
    SentRating,
    SentState,
    grouped,
)
from anitrakt_plan.sync.settle import CLAIMS_FOR, stands_as_sent

LATER = timedelta(minutes=10)
"""Two looks that are closer together may both have seen an import that was still going on."""


class FileState(StrEnum):
    """How far a file has come. `arriving`: some of it stands on Trakt, and no later look has settled the rest."""

    NOT_UPLOADED = "not uploaded"
    ARRIVING = "arriving"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FileStanding:
    """A file and its plays: those that arrived (of these `removed` are gone since), and those that did not.

    `waiting` may still come, `missing` will not.
    """

    file: SentFile
    arrived: tuple[SentPlay, ...]
    removed: tuple[SentPlay, ...]
    waiting: tuple[SentPlay, ...]
    missing: tuple[SentPlay, ...]
    doubled: tuple[SentPlay, ...]
    ratings: tuple[SentRating, ...]
    listings: tuple[SentListing, ...]

    @property
    def state(self) -> FileState:
        """Nothing arrived, a part of it, or all that will."""
        if not self.has_arrivals and not self.missing:
            return FileState.NOT_UPLOADED
        return FileState.ARRIVING if self.waiting or self.waiting_ratings else FileState.DONE

    @property
    def has_arrivals(self) -> bool:
        """Whether anything of it was ever seen on Trakt."""
        return bool(self.arrived) or any(rating.state.was_taken_in for rating in self.ratings)

    @property
    def waiting_ratings(self) -> tuple[SentRating, ...]:
        """Its ratings that may still come."""
        return tuple(rating for rating in self.ratings if rating.state is SentState.EXPORTED)

    @property
    def waiting_places(self) -> tuple[BatchItemId, ...]:
        """Where in the journal stands what may still come."""
        return (*(play.place for play in self.waiting), *(one.place for one in self.waiting_ratings))

    @property
    def plays(self) -> int:
        """How many plays it holds."""
        return len(self.arrived) + len(self.waiting) + len(self.missing)


def file_standings(knowledge: Knowledge, history: History | None) -> tuple[FileStanding, ...]:
    """How each file stands, oldest first. Without a history, nothing is said of what was removed since."""
    plays = grouped((play.place.batch, play) for play in knowledge.plays if play.by_import)
    ratings = grouped((one.place.batch, one) for one in knowledge.ratings)
    listings = grouped((one.place.batch, one) for one in knowledge.listings)
    return tuple(
        _standing(file, plays[file.batch], ratings[file.batch], listings[file.batch], knowledge, history)
        for file in knowledge.files
    )


_NEVER_CAME = (SentState.ABSENT, SentState.EXPORTED)


def _standing(
    file: SentFile,
    plays: Iterable[SentPlay],
    ratings: Iterable[SentRating],
    listings: Iterable[SentListing],
    knowledge: Knowledge,
    history: History | None,
) -> FileStanding:
    plays = tuple(plays)
    arrived = tuple(play for play in plays if play.state not in _NEVER_CAME)
    return FileStanding(
        file=file,
        arrived=arrived,
        removed=tuple(play for play in arrived if history is not None and play.id not in history),
        waiting=tuple(play for play in plays if play.state is SentState.EXPORTED),
        missing=tuple(play for play in plays if play.state is SentState.ABSENT),
        doubled=tuple(play for play in arrived if play.place in knowledge.doubled),
        ratings=tuple(ratings),
        listings=tuple(listings),
    )


def settled_by(knowledge: Knowledge, look: datetime) -> dict[int, tuple[int, ...]]:
    """Of files that arrived in part, and of which this look shows no more: the positions that will not come.

    `look` is when what was looked at was made; what it shows must have been noted.
    """
    return {
        standing.file.batch: tuple(place.index for place in standing.waiting_places)
        for standing in file_standings(knowledge, None)
        if standing.state is FileState.ARRIVING
        and standing.file.last_seen is not None
        and look - standing.file.last_seen >= LATER
    }


def arrived_ratings(knowledge: Knowledge, existing: Iterable[Rating]) -> Iterator[tuple[SentRating, Rating]]:
    """Exported ratings with those that stand on Trakt in their place now."""
    standing = {rating.subject: rating for rating in existing}
    for sent in knowledge.ratings:
        now = standing.get(sent.subject)
        if sent.state is SentState.EXPORTED and now is not None and now.value == sent.value:
            yield sent, now


def arrived_listings(knowledge: Knowledge, existing: Existing) -> Iterator[SentListing]:
    """Exported list items that stand on their list now."""
    for sent in knowledge.listings:
        if sent.state is SentState.EXPORTED and sent.subject in (on_list(existing, sent.list) or ()):
            yield sent


def late_listings(
    knowledge: Knowledge, existing: Existing
) -> tuple[tuple[BatchItemId, ...], tuple[BatchItemId, ...]]:
    """List items that were settled as absent: those that stand on their list after all, and those that never will.

    As with plays (`expired` in sync/settle), what the first look a day after the sending does not show never came in.
    """
    late, expired = [], []
    for sent in knowledge.listings:
        standing = on_list(existing, sent.list)
        if sent.state is not SentState.ABSENT or sent.place in knowledge.expired or standing is None:
            continue
        if sent.subject in standing:
            late.append(sent.place)
        elif existing.read_at - sent.sent_at >= CLAIMS_FOR:
            expired.append(sent.place)
    return tuple(late), tuple(expired)


def doubled_plays(knowledge: Knowledge, history: History) -> tuple[BatchItemId, ...]:
    """Exported plays that stand at their minute more often than they were written, and did not before."""
    exported = [play for play in knowledge.plays if play.by_import and play.state is SentState.SEEN]
    spare = Counter[tuple[PlaySubject, When]]()
    for (subject, when), plays in grouped(((play.subject, play.when), play) for play in exported).items():
        known = knowledge.history_ids | frozenset().union(*(play.before for play in plays))
        listed = history.of(subject, plays[0].episode)
        spare[subject, when] = sum(one.id not in known and stands_as_sent(one, when) for one in listed)
    found = []
    for play in exported:
        if spare[play.subject, play.when] > 0:
            spare[play.subject, play.when] -= 1
            found.append(play.place)
    return tuple(found)
