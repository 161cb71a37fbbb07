"""What each confirmed entry of a plan wants on Trakt: which episodes or film, how often, rated how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from anitrakt_plan.model import (
    Address,
    DatePolicy,
    Episode,
    EpisodeSubject,
    MarkedAt,
    Match,
    MovieMatch,
    PartialDate,
    Plan,
    PlanEntry,
    Progress,
    RatingsPolicy,
    ShowMatch,
    Status,
    SyncKind,
    WorkId,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject
from anitrakt_plan.model.dates import EARLIEST, Undated, When, finish_time, is_within, noon, whole_minute
from anitrakt_plan.model.matches import format_match, list_numbers
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.model.sending import (
    counts_rewatches,
    is_sent,
    kinds_sent,
    rewatches_doubt,
    subjects_of_match,
)

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
        return work_of_match(self.match)


def shows_going_on(plan: Plan) -> frozenset[WorkId]:
    """Shows of which a sent entry is being watched, is paused or planned: one dropped season does not drop these."""
    return frozenset(
        entry.match.show
        for entry in plan.entries
        if isinstance(entry.match, ShowMatch) and is_sent(plan, entry) and entry.progress.status in _GOING_ON
    )


def kinds_needed(plan: Plan) -> frozenset[SyncKind]:
    """What of the account's state must be read to compare it with a plan, besides the plays."""
    kinds: set[SyncKind] = set()
    for entry in (entry for entry in plan.entries if is_sent(plan, entry)):
        by_policy = plan.policy.ratings is not RatingsPolicy.OFF or entry.rate is not None
        is_rated = entry.progress.rating is not None and by_policy
        kinds |= kinds_sent(plan, entry) - (
            {SyncKind.HISTORY} if is_rated else {SyncKind.HISTORY, SyncKind.RATINGS}
        )
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
    plan: Plan, entry: PlanEntry, match: Match, going_on: frozenset[WorkId], zone: tzinfo, now: datetime
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
    entry: PlanEntry, match: Match, send: frozenset[SyncKind], going_on: frozenset[WorkId]
) -> frozenset[SyncKind]:
    # Trakt drops shows only, as a whole (docs/services.md 1.9)
    lists = send & {SyncKind.WATCHLIST, SyncKind.DROPPED}
    if isinstance(match, MovieMatch) or (match.show in going_on and entry.send is None):
        return lists - {SyncKind.DROPPED}
    return lists


def _times(plan: Plan, entry: PlanEntry) -> int:
    # once where the number of rewatches is beyond reason
    if not counts_rewatches(entry, plan.policy) or rewatches_doubt(entry, plan.policy):
        return 1
    return 1 + max(entry.progress.repeats, 0)


# --- which `watched_at` each play of an entry gets, by each of the rules for dates ---


Aired = Mapping[PlaySubject, datetime | None]
"""When episodes first aired and films came out, UTC; only as far as a rule needs it."""


@dataclass(frozen=True, slots=True)
class DateRule:
    """How plays are dated: by which policy, in which zone, up to now (UTC); days of `no_date` say nothing."""

    policy: DatePolicy
    no_date: Sequence[PartialDate]
    zone: tzinfo
    now: datetime


def times_of(plan: Plan, item: Desired, aired: Aired, *, zone: tzinfo, now: datetime) -> tuple[When, ...]:
    """A `watched_at` for each of an entry's watched plays, by its own rule or the plan's; `now` is UTC."""
    return play_times(
        item.entry.progress,
        DateRule(item.entry.dates or plan.policy.dates, plan.policy.no_date, zone, whole_minute(now)),
        aired=[aired.get(subject) for subject in item.watched],
        film=isinstance(item.match, MovieMatch),
        listed=_list_numbers(item),
    )


def _list_numbers(item: Desired) -> list[int]:
    if isinstance(item.match, MovieMatch):
        return [max(item.entry.facts.episodes or 1, item.entry.progress.watched)] * len(item.watched)
    numbers = list_numbers(item.match.mapping)
    return [
        numbers[Episode(subject.season, subject.number)]
        for subject in item.watched
        if isinstance(subject, EpisodeSubject)
    ]


def play_times(
    progress: Progress,
    rule: DateRule,
    *,
    aired: Sequence[datetime | None],
    film: bool,
    listed: Sequence[int] = (),
) -> tuple[When, ...]:
    """A `watched_at` for each of an entry's plays; `aired` has one item for each, None where not known.

    `released` is Trakt's own word for episodes only; a film gets its release date. `listed` says for each play which
    of the list's episodes it is; only `activity` asks for it.
    """
    now = rule.now
    finish = finish_time(progress, no_date=rule.no_date, zone=rule.zone, now=now)
    match rule.policy:
        case DatePolicy.UNKNOWN:
            return (Undated.UNKNOWN,) * len(aired)
        case DatePolicy.RELEASED if film:
            return tuple(whole_minute(day) if day and day <= now else Undated.UNKNOWN for day in aired)
        case DatePolicy.RELEASED:
            return (Undated.RELEASED,) * len(aired)
        case DatePolicy.SPREAD:
            return _spread(progress, finish, aired, rule)
        case DatePolicy.FINISH:
            return (finish,) * len(aired)
        case DatePolicy.ACTIVITY:
            marked = _by_number(span for span in progress.times if span.at <= now)
            return tuple(_by_activity(marked, finish, listed, rule))


def _by_number(times: Iterable[MarkedAt]) -> Mapping[int, datetime]:
    return {number: span.at for span in times for number in range(span.first, span.last + 1)}


def _by_activity(
    marked: Mapping[int, datetime], finish: When, listed: Sequence[int], rule: DateRule
) -> Iterator[When]:
    """When the list service saw each episode being marked; the finish date for what it did not see."""
    zone, latest = rule.zone, datetime.min.replace(tzinfo=UTC)
    for number in listed:
        at = marked.get(number)
        if at is not None:
            latest = at
            is_undated = any(is_within(at.astimezone(zone).date(), day) for day in rule.no_date)
            yield Undated.UNKNOWN if is_undated else whole_minute(at)
        elif isinstance(finish, datetime) and finish < latest:
            # the last episode is often marked by completing the entry, which has no time of its own: it does not
            # go before the one that was marked on the evening of the same day
            is_same_day = finish.astimezone(zone).date() == latest.astimezone(zone).date()
            yield whole_minute(latest) if is_same_day else finish
        else:
            yield finish


def marked_once(times: Iterable[MarkedAt]) -> tuple[MarkedAt, ...]:
    """Each episode once, with its last time, as few spans as possible; whole minutes, in the order of episodes."""
    spans: list[MarkedAt] = []
    for number, marked_at in sorted(_by_number(sorted(times, key=lambda span: span.at)).items()):
        at = whole_minute(marked_at)
        first = number
        if spans and (spans[-1].last + 1, spans[-1].at) == (number, at):
            first = spans.pop().first
        spans.append(MarkedAt(first, number, at))
    return tuple(spans)


def _spread(
    progress: Progress, finish: When, aired: Sequence[datetime | None], rule: DateRule
) -> tuple[When, ...]:
    # what aired on the finish day itself, later than noon, was watched when it aired: that day is still the
    # finish
    if isinstance(finish, Undated):
        return (finish,) * len(aired)
    zone, start = rule.zone, _start_time(progress, finish, rule.zone)
    day_ends = datetime.combine(finish.astimezone(zone).date(), time(23, 59), tzinfo=zone).astimezone(UTC)
    end = max(finish, min(day_ends, whole_minute(rule.now)))
    step = (finish - start) / max(len(aired) - 1, 1)
    times: list[When] = []
    latest = start
    for index, first_aired in enumerate(aired):
        even = start + step * index if len(aired) > 1 else finish
        possible = max(latest, even, first_aired or even)
        if possible <= end:
            latest = possible
            times.append(whole_minute(possible))
        else:
            times.append(Undated.UNKNOWN)
    return tuple(times)


def _start_time(progress: Progress, finish: datetime, zone: tzinfo) -> datetime:
    day = progress.started.exact if progress.started else None
    try:
        start = noon(day, zone) if day else finish
    except OverflowError:
        return finish
    return min(start, finish) if start.year >= EARLIEST else finish
