"""Counts what an apply would send, or has sent: from the diff and the journal's knowledge to an ApplyResult."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from anitrakt_plan.commands.apply_result import ApplyResult, EntryResult, RatingResult, Totals
from anitrakt_plan.core.changes import Diff, EntryDiff
from anitrakt_plan.core.dates import say_when, zone_of
from anitrakt_plan.core.desired import is_open
from anitrakt_plan.core.knowledge import Knowledge, SentState
from anitrakt_plan.core.model import Account, Decision, EntryKey, Plan, RatingsPolicy
from anitrakt_plan.core.ratings import RatingChange, rule_of
from anitrakt_plan.core.subjects import format_subject
from anitrakt_plan.errors import ExitCode

if TYPE_CHECKING:
    from anitrakt_plan.commands.writing_run import Run, Work

_TAKEN = (SentState.ACKNOWLEDGED.value, SentState.SEEN.value)


def planned_result(
    work: Work, account: Account, *, notes: Sequence[str], leaving_watchlist: int = 0
) -> ApplyResult:
    """What would be sent to an account; `leaving_watchlist` counts what its plays take off the watchlist there."""
    plan, found = work.goal.plan, work.found
    zone = zone_of(account.time_zone)
    ratings = _by_entry([(change, "planned") for change in found.ratings.changes], plan.policy.ratings)
    entries = tuple(
        entry
        for entry in (_planned(item, ratings.get(item.key, ()), zone) for item in found.entries)
        if _worth_a_line(entry)
    )
    totals = Totals(
        plays=len(found.plays),
        ratings_added=sum(1 for change in found.ratings.changes if change.old is None),
        ratings_changed=sum(1 for change in found.ratings.changes if change.old is not None),
        listings=len(found.listings),
        in_doubt=sum(item.in_doubt for item in found.entries),
        leaving_watchlist=leaving_watchlist,
        **_standing(plan, found),
    )
    return ApplyResult(
        None, account.user, True, entries, totals, tuple(notes), ExitCode.DONE, not found.empty
    )


def _planned(item: EntryDiff, ratings: tuple[RatingResult, ...], zone: tzinfo) -> EntryResult:
    return EntryResult(
        key=str(item.key),
        title=item.title,
        match=item.match,
        planned=len(item.plays),
        in_doubt=item.in_doubt,
        not_found_before=len(item.not_found),
        gone=item.gone,
        unseen_before=item.unseen,
        worn_out=item.worn_out,
        held=item.held,
        leftovers=len(item.leftovers),
        listings=tuple(f"{c.list.value}: {format_subject(c.subject)}" for c in item.listings),
        ratings=ratings,
        dates=say_when([play.when for play in item.plays], zone) or None,
    )


def _worth_a_line(entry: EntryResult) -> bool:
    return bool(
        entry.has_changes
        or entry.held
        or entry.leftovers
        or entry.in_doubt
        or entry.not_found
        or entry.unseen
        or entry.refused
    )


def _standing(plan: Plan, found: Diff) -> dict[str, int]:
    """The counts of what is not sent."""
    decisions = Counter(entry.decision for entry in plan.entries)
    return {
        "considered": len(found.entries),
        "in_sync": sum(item.in_sync for item in found.entries),
        "ratings_in_sync": found.ratings.in_sync,
        "ratings_kept": len(found.ratings.kept),
        "ratings_removed": len(found.ratings.removed),
        "ratings_unknown": len(found.ratings.unknown),
        "gone": sum(item.gone for item in found.entries),
        "unseen_before": sum(item.unseen for item in found.entries),
        "not_found_before": sum(len(item.not_found) for item in found.entries),
        "worn_out": sum(item.worn_out for item in found.entries),
        "held": sum(1 for item in found.entries if item.held),
        "leftovers": sum(len(item.leftovers) for item in found.entries),
        "to_review": sum(is_open(plan, entry) for entry in plan.entries),
        "skipped": decisions[Decision.SKIP],
    }


def _by_entry(
    changes: Sequence[tuple[RatingChange, str]], policy: RatingsPolicy
) -> dict[EntryKey, tuple[RatingResult, ...]]:
    found: dict[EntryKey, tuple[RatingResult, ...]] = {}
    for change, state in changes:
        result = RatingResult(
            subject=format_subject(change.subject),
            value=change.value,
            old=change.old.value if change.old else None,
            state=state,
            entries=tuple(str(key) for key in change.entries),
            rule=rule_of(change, policy),
        )
        first = change.entries[0]  # a shared rating is told once
        found[first] = (*found.get(first, ()), result)
    return found


def sent_result(run: Run, work: Work, exit_code: ExitCode, *, is_read_back: bool) -> ApplyResult:
    """What was sent. `found` is what was to be sent, as it stood before the run."""
    knowledge, found = run.knowledge, work.found
    mine = frozenset(run.outcomes)
    plays = _play_states(knowledge, mine)
    states = {rating.subject: rating.state for rating in knowledge.ratings if rating.place.batch in mine}
    ratings = _by_entry(
        [
            (change, states[change.subject].value)
            for change in found.ratings.changes
            if change.subject in states
        ],
        work.goal.plan.policy.ratings,
    )
    zone = zone_of(run.state.account.time_zone)
    lost = _not_found(knowledge, mine)
    entries = []
    for item in found.entries:
        entry = _planned(item, ratings.get(item.key, ()), zone)
        count = plays.get(item.key, Counter())
        entries.append(
            replace(
                entry,
                sent=count[SentState.SEEN] + count[SentState.ACKNOWLEDGED],
                refused=count[SentState.REFUSED],
                in_doubt=count[SentState.IN_DOUBT] + item.in_doubt,
                unseen=count[SentState.ACKNOWLEDGED] if is_read_back else 0,
                not_found=lost.get(item.key, ()),
            )
        )
    totals = _sent_totals(run, work, entries, states.values())
    kept = tuple(entry for entry in entries if _worth_a_line(entry))
    return ApplyResult(
        run=run.id,
        user=run.state.account.user,
        dry_run=False,
        entries=kept,
        totals=totals,
        notes=tuple(run.notes),
        exit_code=exit_code,
        changes=run.has_changed_something,
        error=str(run.failure) if run.failure else None,
    )


def _sent_totals(run: Run, work: Work, entries: Sequence[EntryResult], rating_states: Any) -> Totals:
    sent = [r for entry in entries for r in entry.ratings if r.state in _TAKEN]
    states = Counter(rating_states)
    listed = sum(
        1
        for item in run.knowledge.listings
        if item.place.batch in run.outcomes and item.state is SentState.ACKNOWLEDGED
    )
    return Totals(
        plays=sum(entry.sent for entry in entries),
        ratings_added=sum(1 for rating in sent if rating.old is None),
        ratings_changed=sum(1 for rating in sent if rating.old is not None),
        listings=listed,
        refused=sum(entry.refused for entry in entries) + states[SentState.REFUSED],
        in_doubt=sum(entry.in_doubt for entry in entries) + states[SentState.IN_DOUBT],
        not_found=sum(len(entry.not_found) for entry in entries) + states[SentState.NOT_FOUND],
        unseen=sum(entry.unseen for entry in entries),
        requests=len(run.outcomes),
        **_remaining(run, work),
        **_standing(work.goal.plan, work.found),
    )


def _remaining(run: Run, work: Work) -> dict[str, int]:
    """What an early end left unsent: plays by what is missing now, the rest by what this run came to."""
    if not run.interrupted and run.failure is None:
        return {}
    mine = frozenset(run.outcomes)
    rated = {rating.subject for rating in run.knowledge.ratings if rating.place.batch in mine}
    listed = {(item.list, item.subject) for item in run.knowledge.listings if item.place.batch in mine}
    return {
        "plays_remaining": len(work.goal.missing(run).plays),
        "ratings_remaining": sum(1 for change in work.found.ratings.changes if change.subject not in rated),
        "listings_remaining": sum(
            1 for change in work.found.listings if (change.list, change.subject) not in listed
        ),
    }


def _play_states(knowledge: Knowledge, batches: frozenset[int]) -> dict[EntryKey, Counter[SentState]]:
    found: dict[EntryKey, Counter[SentState]] = {}
    for play in knowledge.plays:
        if play.place.batch in batches:
            found.setdefault(play.entry, Counter())[play.state] += 1
    return found


def _not_found(knowledge: Knowledge, batches: frozenset[int]) -> dict[EntryKey, tuple[str, ...]]:
    found: dict[EntryKey, tuple[str, ...]] = {}
    for play in knowledge.plays:
        if play.place.batch in batches and play.state is SentState.NOT_FOUND:
            found[play.entry] = (*found.get(play.entry, ()), format_subject(play.subject))
    return found
