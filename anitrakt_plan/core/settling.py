"""Which of the plays that Trakt lists are ours: the rule by which a lost answer is settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from anitrakt_plan.core.dates import Undated, When, stands_at
from anitrakt_plan.core.history import History
from anitrakt_plan.core.knowledge import Knowledge, Place, SentPlay, SentState
from anitrakt_plan.core.model import EntryKey, EpisodeItem, Play
from anitrakt_plan.core.subjects import PlaySubject

OURS = "watch"
"""The action Trakt gives to plays that come in by `POST /sync/history` (apis.md 1.7)."""

_AT_ONCE = timedelta(minutes=15)
"""Clocks differ; a play dated within this of its sending was dated by the sending."""

_PRIORITY = {SentState.ACKNOWLEDGED: 0, SentState.IN_DOUBT: 1, SentState.ABSENT: 2}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A play that was sent, and the play in Trakt's history that it became."""

    place: Place
    id: int
    episode: int | None
    play: Play


@dataclass(frozen=True, slots=True)
class Stranger:
    """A play that stands where one of ours stands, came in after we looked, and is one more than we sent."""

    subject: PlaySubject
    play: Play


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a fresh read shows: our plays found again, and twins that somebody else wrote."""

    found: tuple[Sighting, ...]
    strangers: tuple[Stranger, ...]


def sight(knowledge: Knowledge, history: History) -> Sightings:
    """Find the plays that were sent and whose history id is not known yet.

    A listed play is ours if it stands on the same item and minute, was not there before, came in as `watch`, and is
    not known as another of ours. What was acknowledged comes first, then what is in doubt, then what was given up.
    """
    claimed = {play.id for play in knowledge.plays if play.id is not None}
    groups: dict[tuple[EntryKey, PlaySubject, When], list[SentPlay]] = defaultdict(list)
    for play in knowledge.plays:
        if play.state.may_be_there:
            groups[(play.entry, play.subject, play.when)].append(play)
    found: list[Sighting] = []
    strangers: list[Stranger] = []
    for (entry, subject, when), sent in groups.items():
        listed = history.of(subject, knowledge.episode_id(entry, subject))
        fresh = [play for play in listed if _may_be_ours(play, sent, when) and play.id not in claimed]
        fresh.sort(key=lambda play: play.id)
        for attempt in sorted(sent, key=lambda play: (_PRIORITY[play.state], play.place)):
            mine = next((play for play in fresh if play.id not in attempt.before), None)
            if mine is None:
                continue
            fresh.remove(mine)
            claimed.add(mine.id)
            found.append(Sighting(attempt.place, mine.id, _episode_id(mine), mine))
        if when is not Undated.RELEASED:  # any date would fit
            strangers += [Stranger(subject, play) for play in fresh]
    return Sightings(tuple(found), tuple(strangers))


def _may_be_ours(play: Play, sent: Iterable[SentPlay], when: When) -> bool:
    if play.action != OURS or not stands_at(play.watched_at, when):
        return False
    return any(play.id not in attempt.before for attempt in sent)


def _episode_id(play: Play) -> int | None:
    return play.item.id if isinstance(play.item, EpisodeItem) else None


def surplus(knowledge: Knowledge, history: History) -> tuple[SentPlay, ...]:
    """Plays that were settled as absent, sent again, and turned up after all, so that they now stand twice.

    What was sent again may have been lost, too, and sent once more: the last one stands for all before it.
    """
    by_place = {play.place: play for play in knowledge.plays}
    standing = {
        play.place: play for play in knowledge.plays if play.state is SentState.SEEN and play.id in history
    }
    replaced: dict[Place, None] = {}
    for play in standing.values():
        place = play.instead_of
        while place is not None and place not in replaced:
            replaced[place] = None
            place = by_place[place].instead_of if place in by_place else None
    return tuple(standing[place] for place in replaced if place in standing)


def misdated(knowledge: Knowledge, history: History, run: str) -> tuple[Sighting, ...]:
    """Plays of a run that Trakt acknowledged and, it seems, stored with the moment of sending as their date.

    A `watched_at` that Trakt did not take has silently become now before (apis.md 1.7).
    """
    claimed = {play.id for play in knowledge.plays if play.id is not None}
    found: list[Sighting] = []
    for sent in knowledge.plays:
        if sent.run != run or sent.state is not SentState.ACKNOWLEDGED or not isinstance(sent.when, datetime):
            continue
        for play in history.of(sent.subject, knowledge.episode_id(sent.entry, sent.subject)):
            fresh = play.id not in sent.before and play.id not in claimed and play.action == OURS
            if (
                fresh
                and abs(play.watched_at - sent.sent_at) <= _AT_ONCE
                and sent.sent_at - sent.when > _AT_ONCE
            ):
                found.append(Sighting(sent.place, play.id, _episode_id(play), play))
                claimed.add(play.id)
                break
    return tuple(found)
