"""What an apply would send, or has sent, as a list of outcomes and one tally of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from anitrakt_plan.commands.run import Run, Work
from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model import Account, Decision, EntryKey, RatingsPolicy
from anitrakt_plan.model.account import PlaySubject, format_subject
from anitrakt_plan.model.dates import say_when, zone_of
from anitrakt_plan.model.sending import is_open
from anitrakt_plan.reports.apply import ApplyResult, EntryResult, RatingResult, Totals
from anitrakt_plan.sync.diff import Diff, EntryDiff, Verdict
from anitrakt_plan.sync.knowledge import SentState
from anitrakt_plan.sync.ratings import RatingChange, rule_of


class Fate(StrEnum):
    """What became of a play that was sent, by the name under which the JSON counts it."""

    SENT = "sent"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    NOT_FOUND = "not_found"
    UNSEEN = "unseen"


_FATES = {
    SentState.ACKNOWLEDGED: Fate.SENT,
    SentState.SEEN: Fate.SENT,
    SentState.REFUSED: Fate.REFUSED,
    SentState.IN_DOUBT: Fate.IN_DOUBT,
    SentState.NOT_FOUND: Fate.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class PlayOutcome:
    """A play of an entry, and what became of it."""

    entry: EntryKey
    subject: PlaySubject
    what: Fate | Verdict


Rated = Sequence[tuple[RatingChange, str]]
"""Changed ratings with the state of each, which is `planned` in a dry run."""


def planned_result(
    work: Work, account: Account, *, notes: Sequence[str], leaving_watchlist: int = 0
) -> ApplyResult:
    """What would be sent to an account; `leaving_watchlist` counts what its plays take off the watchlist there."""
    found = work.found
    outcomes = list(_unsent(found))
    rated = [(change, "planned") for change in found.ratings.changes]
    counts = {"plays": len(found.plays), "listings": len(found.listings)}
    return ApplyResult(
        run=None,
        user=account.user,
        dry_run=True,
        entries=_entries(work, outcomes, rated, zone_of(account.time_zone)),
        totals=_totals(work, outcomes, rated, leaving_watchlist=leaving_watchlist, **counts),
        notes=tuple(notes),
        exit_code=ExitCode.DONE,
        changes=not found.empty,
    )


def sent_result(run: Run, work: Work, exit_code: ExitCode, *, is_read_back: bool) -> ApplyResult:
    """What was sent. `work` has what was to be sent, as it stood before the run."""
    sent, account = run.sent, run.state.account
    outcomes = [*_sent(run, is_read_back=is_read_back), *_unsent(work.found)]
    states = {rating.subject: rating.state for rating in sent.ratings}
    changes = work.found.ratings.changes
    rated = [(change, states[change.subject].value) for change in changes if change.subject in states]
    listed = [one for one in sent.listings if one.state is SentState.ACKNOWLEDGED]
    return ApplyResult(
        run=run.id,
        user=account.user,
        dry_run=False,
        entries=_entries(work, outcomes, rated, zone_of(account.time_zone)),
        totals=_totals(
            work, outcomes, rated, listings=len(listed), requests=len(run.outcomes), **_remaining(run, work)
        ),
        notes=tuple(run.notes),
        exit_code=exit_code,
        changes=run.has_changed_something,
        error=str(run.failure) if run.failure else None,
    )


def _unsent(found: Diff) -> Iterator[PlayOutcome]:
    for entry in found.entries:
        for subject, verdict in entry.unsent:
            yield PlayOutcome(entry.key, subject, verdict)


def _sent(run: Run, *, is_read_back: bool) -> Iterator[PlayOutcome]:
    """What became of this run's plays; what was acknowledged and is not listed counts as sent, too."""
    for play in run.sent.plays:
        if play.state in _FATES:
            yield PlayOutcome(play.entry, play.subject, _FATES[play.state])
        if is_read_back and play.state is SentState.ACKNOWLEDGED:
            yield PlayOutcome(play.entry, play.subject, Fate.UNSEEN)


# --- by entry ---


def _entries(
    work: Work, outcomes: Sequence[PlayOutcome], rated: Rated, zone: tzinfo
) -> tuple[EntryResult, ...]:
    """The entries about which there is something to say."""
    by_entry: dict[EntryKey, list[PlayOutcome]] = {}
    for outcome in outcomes:
        by_entry.setdefault(outcome.entry, []).append(outcome)
    ratings = _ratings(rated, work.goal.plan.policy.ratings)
    entries = (
        _entry(item, by_entry.get(item.key, ()), ratings.get(item.key, ()), zone)
        for item in work.found.entries
    )
    return tuple(entry for entry in entries if entry.is_worth_a_line)


def _entry(
    item: EntryDiff, outcomes: Sequence[PlayOutcome], ratings: tuple[RatingResult, ...], zone: tzinfo
) -> EntryResult:
    lost = [format_subject(one.subject) for one in outcomes if one.what is Fate.NOT_FOUND]
    counts = Counter(one.what.value for one in outcomes if one.what not in (Fate.NOT_FOUND, Verdict.IN_SYNC))
    return EntryResult(
        key=str(item.key),
        title=item.title,
        match=item.match,
        planned=len(item.plays),
        not_found=tuple(lost),
        held=item.held,
        listings=tuple(f"{one.list.value}: {format_subject(one.subject)}" for one in item.listings),
        ratings=ratings,
        dates=say_when([play.when for play in item.plays], zone) or None,
        **counts,
    )


def _ratings(rated: Rated, policy: RatingsPolicy) -> dict[EntryKey, tuple[RatingResult, ...]]:
    found: dict[EntryKey, tuple[RatingResult, ...]] = {}
    for change, state in rated:
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


# --- in all ---


def _totals(work: Work, outcomes: Sequence[PlayOutcome], rated: Rated, **more: int) -> Totals:
    plan, ratings = work.goal.plan, work.found.ratings
    tally = Counter(outcome.what.value for outcome in outcomes)
    tally["plays"] = tally.pop(Fate.SENT.value, 0)
    tally.update(_counted_as(change, state) for change, state in rated)
    tally.update(
        more,
        considered=len(work.found.entries),
        held=sum(1 for entry in work.found.entries if entry.held),
        ratings_in_sync=ratings.in_sync,
        ratings_kept=len(ratings.kept),
        ratings_removed=len(ratings.removed),
        ratings_unknown=len(ratings.unknown),
        to_review=sum(is_open(plan, entry) for entry in plan.entries),
        skipped=sum(entry.decision is Decision.SKIP for entry in plan.entries),
    )
    return Totals(**tally)


def _counted_as(change: RatingChange, state: str) -> str:
    if state in ("planned", SentState.ACKNOWLEDGED, SentState.SEEN):
        return "ratings_added" if change.old is None else "ratings_changed"
    return _FATES[SentState(state)].value


def _remaining(run: Run, work: Work) -> dict[str, int]:
    """What an early end left unsent: plays by what is missing now, the rest by what this run came to."""
    if run.early_exit is None:
        return {}
    rated = {rating.subject for rating in run.sent.ratings}
    listed = {(one.list, one.subject) for one in run.sent.listings}
    unlisted = [one for one in work.found.listings if (one.list, one.subject) not in listed]
    return {
        "plays_remaining": len(work.goal.missing(run).plays),
        "ratings_remaining": len({change.subject for change in work.found.ratings.changes} - rated),
        "listings_remaining": len(unlisted),
    }
