"""Which of the plays that Trakt lists are ours: the rule by which a lost answer is settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anitrakt_plan.model import Play
from anitrakt_plan.model.dates import Undated, When, stands_at
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import AddedRow, BatchItemId, Knowledge, SentPlay, SentState, grouped

OURS = "watch"
"""The action Trakt gives to plays that come in by `POST /sync/history` (docs/services.md 1.7)."""

_AT_ONCE = timedelta(minutes=15)
"""Clocks differ; a play dated within this of its sending was dated by the sending."""

_PRIORITY = {
    SentState.ACKNOWLEDGED: 0,
    SentState.IN_DOUBT: 1,
    SentState.EXPORTED: 2,
    SentState.ABSENT: 3,
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A play of ours as Trakt lists it: its history id, the episode's own id, and the instant it stands at."""

    place: BatchItemId
    id: int
    episode: int | None = field(default=None, kw_only=True)
    watched_at: datetime


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a fresh read shows: our plays found again, and duplicates of them that somebody else wrote.

    Such a one stands where one of ours stands, came in after we looked, and is one more than we sent.
    """

    found: tuple[Sighting, ...]
    foreign_duplicates: tuple[Play, ...]


def sighting(sent: SentPlay | AddedRow, play: Play) -> Sighting:
    """That this play of ours is the one that Trakt lists as `play`."""
    return Sighting(sent.place, play.id, play.watched_at, episode=play.episode)


def stands_as_sent(play: Play, when: When) -> bool:
    """Whether a listed play came in as ours do, and stands where one that was sent with `when` would."""
    return play.action == OURS and stands_at(play.watched_at, when)


def sight(knowledge: Knowledge, history: History) -> Sightings:
    """Find the plays that were sent and whose history id is not known yet.

    A listed play is ours if it stands on the same item and minute, was not there before, came in as `watch`, and is
    not known as another of ours. What was acknowledged comes first, then what is in doubt, then what was given up.
    """
    claimed = {*knowledge.history_ids, *knowledge.added_ids}
    unread = (
        play for play in knowledge.plays if play.state.may_be_there and play.place not in knowledge.expired
    )
    groups = grouped(((play.entry, play.subject, play.when), play) for play in unread)
    found: list[Sighting] = []
    foreign: list[Play] = []
    for (_, _, when), sent in groups.items():
        fresh = (play for play in _may_be_ours(sent, knowledge, history) if play.id not in claimed)
        pairs, others = _paired(sent, fresh)
        for attempt, play in pairs:
            found.append(sighting(attempt, play))
            claimed.add(play.id)
        if when is not Undated.RELEASED:  # any date would fit
            foreign += others
    return Sightings(tuple(found), tuple(foreign))


CLAIMS_FOR = timedelta(days=1)
"""What a whole read so long after the sending does not show never came in."""


def expired(knowledge: Knowledge, read_at: datetime) -> tuple[BatchItemId, ...]:
    """Plays of ours that this whole read should have shown, after `sight` has found what there is.

    What stands on their item and minute from then on is somebody else's: two years on, a rewatch marked without a date.
    """
    lost = (play for play in knowledge.plays if play.state in (SentState.ABSENT, SentState.ACKNOWLEDGED))
    late = (play.place for play in lost if read_at - play.sent_at >= CLAIMS_FOR)
    return tuple(place for place in late if place not in knowledge.expired)


def _paired(
    sent: Iterable[SentPlay], fresh: Iterable[Play]
) -> tuple[list[tuple[SentPlay, Play]], list[Play]]:
    left, pairs = sorted(fresh, key=lambda play: play.id), []
    for attempt in sorted(sent, key=lambda play: (_PRIORITY[play.state], play.place)):
        mine = next((play for play in left if play.id not in attempt.before), None)
        if mine is not None:
            left.remove(mine)
            pairs.append((attempt, mine))
    return pairs, left


def _may_be_ours(sent: list[SentPlay], knowledge: Knowledge, history: History) -> Iterator[Play]:
    first = sent[0]
    for play in _listed(first, knowledge, history):
        is_new = any(play.id not in attempt.before for attempt in sent)
        if is_new and stands_as_sent(play, first.when):
            yield play


def _listed(sent: SentPlay, knowledge: Knowledge, history: History) -> Iterable[Play]:
    return history.of(sent.subject, knowledge.episode_id(sent.entry, sent.subject))


def own_duplicates(knowledge: Knowledge, history: History) -> tuple[SentPlay, ...]:
    """Plays that were settled as absent, sent again, and turned up after all, so that they now stand twice.

    What was sent again may have been lost, too, and sent once more: the last one stands for all before it.
    """
    instead_of = {play.place: play.instead_of for play in knowledge.plays}
    standing = {play.place: play for play in knowledge.seen if history.listing(play) is not None}
    replaced: dict[BatchItemId | None, None] = {None: None}
    for play in standing.values():
        place = play.instead_of
        while place not in replaced:
            replaced[place] = None
            place = instead_of.get(place) if place else None
    return tuple(standing[place] for place in replaced if place in standing)


def misdated(knowledge: Knowledge, history: History, run: str) -> tuple[tuple[SentPlay, Play], ...]:
    """Plays of a run that Trakt acknowledged and, it seems, stored with the moment of sending as their date.

    A `watched_at` that Trakt did not take has silently become now before (docs/services.md 1.7).
    """
    claimed = set(knowledge.history_ids)
    found = []
    for sent in knowledge.plays:
        if sent.run == run and sent.state is SentState.ACKNOWLEDGED and _is_of_earlier(sent):
            listed = (play for play in _listed(sent, knowledge, history) if play.id not in claimed)
            dated_now = next((play for play in listed if _came_in_now(play, sent)), None)
            if dated_now is not None:
                claimed.add(dated_now.id)
                found.append((sent, dated_now))
    return tuple(found)


def _is_of_earlier(sent: SentPlay) -> bool:
    # its date can't be taken for the moment of sending
    return isinstance(sent.when, datetime) and sent.sent_at - sent.when > _AT_ONCE


def _came_in_now(play: Play, sent: SentPlay) -> bool:
    is_new = play.id not in sent.before and play.action == OURS
    return is_new and abs(play.watched_at - sent.sent_at) <= _AT_ONCE
