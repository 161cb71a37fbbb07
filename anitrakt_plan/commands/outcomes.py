"""What an apply would send, or has sent, as a list of outcomes; reports count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from anitrakt_plan.commands.lookup import work_by_id
from anitrakt_plan.commands.run import Run, Work
from anitrakt_plan.errors import AnitraktError, ExitCode
from anitrakt_plan.model import Catalogue, Decision, Match, PlanEntry
from anitrakt_plan.model.account import ListSubject, format_subject
from anitrakt_plan.model.dates import say_when, zone_of
from anitrakt_plan.model.matches import kind_and_id
from anitrakt_plan.model.resolving import work_of_match
from anitrakt_plan.model.sending import is_open
from anitrakt_plan.reports.apply import ApplyResult, EntryResult, Fate, Outcome, RatingResult
from anitrakt_plan.reports.names import names_of_works, part_name, target_name
from anitrakt_plan.sync.diff import Verdict
from anitrakt_plan.sync.knowledge import SentState, grouped
from anitrakt_plan.sync.ratings import RatingChange, rule_of
from anitrakt_plan.words import titled

_FATES: Mapping[SentState, Fate | Verdict] = {
    SentState.ACKNOWLEDGED: Fate.PLAY,
    SentState.SEEN: Fate.PLAY,
    SentState.REFUSED: Fate.REFUSED,
    SentState.IN_DOUBT: Verdict.IN_DOUBT,
    SentState.NOT_FOUND: Fate.NOT_FOUND,
}

Rated = Sequence[tuple[RatingChange, str]]
"""Changed ratings with the state of each, which is `planned` in a dry run."""


def planned_result(run: Run, work: Work, leaving_watchlist: Collection[ListSubject]) -> ApplyResult:
    """What would be sent; `leaving_watchlist` is what its plays would take off the watchlist."""
    found = work.found
    result = _result(
        run,
        work,
        plays=[Outcome(Fate.PLAY, play.entry, play.subject) for play in found.plays],
        rated=[(change, "planned") for change in found.rating_changes],
        others=[
            *(Outcome(Fate.LISTING, one.entry, one.subject) for one in found.listings),
            *(Outcome(Fate.LEAVING_WATCHLIST, None, subject) for subject in leaving_watchlist),
        ],
        exit_code=None,
    )
    return replace(result, leaving=tuple(names_of_works(work.goal.plan, leaving_watchlist)))


def sent_result(run: Run, work: Work, exit_code: ExitCode, *, is_read_back: bool) -> ApplyResult:
    """What was sent. `work` has what was to be sent, as it stood before the run."""
    sent = run.sent
    states = {rating.subject: rating.state.value for rating in sent.ratings}
    listed = (one for one in sent.listings if one.state.stands)
    return _result(
        run,
        work,
        plays=[*_sent_plays(run, is_read_back=is_read_back)],
        rated=[(c, states[c.subject]) for c in work.found.rating_changes if c.subject in states],
        others=[
            *(Outcome(Fate.LISTING, one.entry, one.subject) for one in listed),
            *(Outcome(Fate.REQUEST) for _ in run.outcomes),
            *_remaining(run, work),
        ],
        exit_code=exit_code,
    )


def _sent_plays(run: Run, *, is_read_back: bool) -> Iterator[Outcome]:
    for play in run.sent.plays:
        if play.state in _FATES:
            yield Outcome(_FATES[play.state], play.entry, play.subject)
        if is_read_back and play.state is SentState.ACKNOWLEDGED:  # it counts as sent, too
            yield Outcome(Fate.UNSEEN, play.entry, play.subject)


def _remaining(run: Run, work: Work) -> Iterator[Outcome]:
    # what an early end left unsent: plays by what is missing now, the rest by what this run came to
    if run.early_exit is None:
        return
    rated = {rating.subject for rating in run.sent.ratings}
    listed = {(one.list, one.subject) for one in run.sent.listings}
    for play in work.goal.missing(run).plays:
        yield Outcome(Fate.PLAY_REMAINING, play.entry, play.subject)
    for change in work.found.rating_changes:
        if change.subject not in rated:
            yield Outcome(Fate.RATING_REMAINING, change.entries[0], change.subject)
    for one in work.found.listings:
        if (one.list, one.subject) not in listed:
            yield Outcome(Fate.LISTING_REMAINING, one.entry, one.subject)


def _result(
    run: Run,
    work: Work,
    *,
    plays: Collection[Outcome],
    rated: Rated,
    others: Iterable[Outcome],
    exit_code: ExitCode | None,
) -> ApplyResult:
    """The result of a run that came to `exit_code`; of a dry run where that is None."""
    found = work.found
    unsent = [Outcome(why, entry.key, subject) for entry in found.entries for subject, why in entry.unsent]
    ratings = (Outcome(_fate_of(change, state), change.entries[0], change.subject) for change, state in rated)
    return ApplyResult(
        run=run.id,
        user=run.state.account.user,
        dry_run=exit_code is None,
        entries=_entries(run, work, [*plays, *unsent], rated),
        outcomes=(*plays, *unsent, *ratings, *others, *_not_sent(work)),
        notes=tuple(run.notes),
        exit_code=exit_code or ExitCode.DONE,
        changes=not found.empty if exit_code is None else run.has_changed_something,
        error=str(run.failure) if run.failure else None,
        titles={entry.key: entry.title for entry in work.goal.plan.entries},
    )


def _not_sent(work: Work) -> Iterator[Outcome]:
    plan = work.goal.plan
    for change, why in work.found.ratings:
        yield Outcome(why, change.entries[0], change.subject)
    for found in work.found.entries:
        yield Outcome(Fate.CONSIDERED, found.key)
        if found.held:
            yield Outcome(Fate.HELD, found.key)
    for entry in plan.entries:
        if is_open(plan, entry):
            yield Outcome(Fate.TO_REVIEW, entry.key)
        if entry.decision is Decision.SKIP:
            yield Outcome(Fate.SKIPPED, entry.key)


def _fate_of(change: RatingChange, state: str) -> Fate | Verdict:
    if state in ("planned", SentState.ACKNOWLEDGED, SentState.SEEN):
        return Fate.RATING_ADDED if change.old is None else Fate.RATING_CHANGED
    return _FATES[SentState(state)]


def _entries(run: Run, work: Work, plays: Iterable[Outcome], rated: Rated) -> tuple[EntryResult, ...]:
    zone = zone_of(run.state.account.time_zone)
    by_entry = grouped((play.entry, play) for play in plays)
    policy = work.goal.plan.policy.ratings
    # a shared rating is told once
    ratings = grouped(
        (change.entries[0], _rating(change, state, rule_of(change, policy))) for change, state in rated
    )
    planned = {entry.key: entry for entry in work.goal.plan.entries}
    entries = (
        EntryResult(
            work=_work_text(planned[entry.key]),
            found=entry,
            plays=Counter(play.what for play in by_entry[entry.key]),
            not_found=tuple(_lost(by_entry[entry.key])),
            ratings=tuple(ratings[entry.key]),
            dates=say_when([play.when for play in entry.plays], zone) or None,
        )
        for entry in work.found.entries
    )
    return tuple(
        replace(entry, target=_target_of(planned[entry.found.key], run.ports.catalogue))
        for entry in entries
        if entry.is_worth_a_line
    )


def _target_of(entry: PlanEntry, catalogue: Catalogue) -> str:
    """Where an entry goes; what a person typed was looked up before, so the cache has its name."""
    if entry.decision is not Decision.CONFIRMED:
        return target_name(entry)
    return target_name(entry, partial(_title_of, catalogue=catalogue))


def _title_of(match: Match, catalogue: Catalogue) -> str:
    with suppress(AnitraktError):
        work = work_by_id(*kind_and_id(match), catalogue)
        return titled(work.title, work.year) if work is not None else ""
    return ""


def _work_text(entry: PlanEntry) -> str:
    return format_subject(work_of_match(entry.resolved)) if entry.resolved is not None else ""


def _lost(plays: Iterable[Outcome]) -> Iterator[str]:
    return (format_subject(one.subject) for one in plays if one.what is Fate.NOT_FOUND and one.subject)


def _rating(change: RatingChange, state: str, rule: str | None) -> RatingResult:
    return RatingResult(
        subject=format_subject(change.subject),
        value=change.value,
        old=change.old.value if change.old else None,
        state=state,
        entries=tuple(str(key) for key in change.entries),
        rule=rule,
        part=part_name(change.subject),
    )
