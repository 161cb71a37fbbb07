"""What each confirmed entry of a plan wants on Trakt: which episodes or film, how often, rated how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from anitrakt_plan.core.dates import Undated, finish_time
from anitrakt_plan.core.episodes import format_match, mapping_episodes, watched_episodes
from anitrakt_plan.core.model import (
    Address,
    Episode,
    EpisodeSubject,
    Match,
    MovieMatch,
    MovieSubject,
    Plan,
    PlanEntry,
    RatingsPolicy,
    ShowMatch,
    ShowSubject,
    Status,
    SyncKind,
)
from anitrakt_plan.core.sending import WHOLE, counts_rewatches, is_sent, kinds_sent, rewatches_doubt
from anitrakt_plan.core.subjects import ListSubject, PlaySubject

_GOING_ON = (Status.WATCHING, Status.REPEATING, Status.PAUSED, Status.PLANNED)


@dataclass(frozen=True, slots=True)
class Desired:
    """One sent entry, worked out. `own` is its whole run on Trakt, `watched` the part its progress covers.

    `times` is how many plays each of `watched` should have. `rating` is None where none is to be sent. `finished_at`
    is the finish date at noon, UTC.
    """

    entry: PlanEntry
    match: Match
    match_text: str
    own: tuple[PlaySubject, ...]
    watched: tuple[PlaySubject, ...]
    times: int
    rating: int | None
    finished_at: datetime | None
    list_on: frozenset[SyncKind]

    @property
    def work(self) -> ListSubject:
        """The show or film that the entry is in."""
        return (
            MovieSubject(self.match.movie)
            if isinstance(self.match, MovieMatch)
            else ShowSubject(self.match.show)
        )


def shows_going_on(plan: Plan) -> frozenset[int]:
    """Shows of which a sent entry is being watched, is paused or planned: one dropped season does not drop these."""
    return frozenset(
        entry.match.show
        for entry in plan.entries
        if isinstance(entry.match, ShowMatch) and is_sent(plan, entry) and entry.progress.status in _GOING_ON
    )


def kinds_needed(plan: Plan) -> frozenset[SyncKind]:
    """What of the account's state must be read to compare it with a plan, besides the plays."""
    kinds: set[SyncKind] = set()
    for entry in plan.entries:
        if not is_sent(plan, entry):
            continue
        sends = kinds_sent(plan, entry)
        rated = entry.progress.rating is not None and SyncKind.RATINGS in sends
        if rated and (plan.policy.ratings is not RatingsPolicy.OFF or entry.rate is not None):
            kinds.add(SyncKind.RATINGS)
        kinds |= sends & {SyncKind.WATCHLIST, SyncKind.DROPPED}
    return frozenset(kinds)


def desired_of(plan: Plan, *, zone: tzinfo, now: datetime) -> tuple[Desired, ...]:
    """Everything that a plan's sent entries want, in the plan's order. Addresses must have been resolved."""
    going_on = shows_going_on(plan)
    return tuple(
        _desired(plan, entry, entry.match, going_on, zone, now)
        for entry in plan.entries
        if is_sent(plan, entry) and entry.match is not None and not isinstance(entry.match, Address)
    )


def _desired(
    plan: Plan, entry: PlanEntry, match: Match, going_on: frozenset[int], zone: tzinfo, now: datetime
) -> Desired:
    send = kinds_sent(plan, entry)
    own, watched = subjects_of_match(entry, match)
    finish = finish_time(entry.progress, no_date=(), zone=zone, now=now)
    return Desired(
        entry=entry,
        match=match,
        match_text=format_match(match),
        own=own,
        watched=watched if SyncKind.HISTORY in send else (),
        times=_times(plan, entry),
        rating=entry.progress.rating if SyncKind.RATINGS in send else None,
        finished_at=None if isinstance(finish, Undated) else finish,
        list_on=_lists(entry, match, send, going_on),
    )


def _lists(
    entry: PlanEntry, match: Match, send: frozenset[SyncKind], going_on: frozenset[int]
) -> frozenset[SyncKind]:
    """The lists of Trakt's that an entry's show or film goes to. Trakt drops shows only, as a whole (apis.md 1.9)."""
    lists = send & {SyncKind.WATCHLIST, SyncKind.DROPPED}
    if isinstance(match, MovieMatch) or (match.show in going_on and entry.send is None):
        return lists - {SyncKind.DROPPED}
    return lists


def _times(plan: Plan, entry: PlanEntry) -> int:
    """How often each episode shall stand in the history: once where the number of rewatches is beyond reason."""
    if not counts_rewatches(entry, plan.policy) or rewatches_doubt(entry, plan.policy):
        return 1
    return 1 + max(entry.progress.repeats, 0)


def subjects_of_match(
    entry: PlanEntry, match: Match
) -> tuple[tuple[PlaySubject, ...], tuple[PlaySubject, ...]]:
    """An entry's whole run on Trakt, and the part of it that its progress covers.

    `completed` and `repeating` mean all episodes, whatever number the list gives. A film is watched when all of the
    list's episodes are.
    """
    whole = entry.progress.status in WHOLE
    if isinstance(match, MovieMatch):
        film: tuple[PlaySubject, ...] = (MovieSubject(match.movie),)
        return film, film if whole or entry.progress.watched >= (entry.facts.episodes or 1) else ()
    own = mapping_episodes(match.mapping)
    watched = own if whole else watched_episodes(match.mapping, entry.progress.watched)
    return _of_show(match, own), _of_show(match, watched)


def _of_show(match: ShowMatch, episodes: tuple[Episode, ...]) -> tuple[PlaySubject, ...]:
    unique = dict.fromkeys(episodes)
    return tuple(EpisodeSubject(match.show, episode.season, episode.number) for episode in unique)
