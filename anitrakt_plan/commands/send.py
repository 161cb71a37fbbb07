"""Sending and taking back, batch by batch, until all is out or the run must stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from anitrakt_plan.commands.run import MAX_FAILURES, Goal, Run, StopName
from anitrakt_plan.commands.verify import check_dates, find_gone, find_sent, read_back_ratings
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.journal.records import RatingsUndone, Removed
from anitrakt_plan.model import EntryKey
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import whole_minute
from anitrakt_plan.sync.batches import (
    PLAYS_PER_BATCH,
    RATINGS_PER_BATCH,
    AddPlays,
    AddRatings,
    ChangeList,
    ListedItem,
    Operation,
    PlayToRemove,
    RatingToAdd,
    RemovalReason,
    RemovePlays,
    RestoreRatings,
    cut,
    pack,
)
from anitrakt_plan.sync.diff import Diff, ListingChange, PlayChange
from anitrakt_plan.sync.knowledge import Knowledge, ListName, SentListing
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.sync.undo import PlaysToUndo, RatingsToUndo
from anitrakt_plan.trakt.send import Accepted, InDoubt, Refused, WriteOutcome
from anitrakt_plan.words import pluralize

Wanted = Counter[tuple[EntryKey, PlaySubject]]

_Change = TypeVar("_Change")


def send_all(run: Run, goal: Goal, found: Diff) -> None:
    """Send the plays and ratings that were found missing."""
    send_plays(run, goal, found.plays)
    send_ratings(run, found.rating_changes)


# --- plays ---


def send_plays(run: Run, goal: Goal, changes: Sequence[PlayChange]) -> None:
    """Send plays in batches.

    Nothing goes out from a read older than ten minutes, nor what somebody has watched meanwhile.
    """
    if not changes:
        return
    run.state.need_watchlist()
    batches = pack(_after_probe(run, goal, changes))
    known = run.knowledge  # folding the journal anew for each batch would cost more than the sending
    began = whole_minute(run.ports.clock())
    wanted: Wanted | None = None
    looks = {1, len(batches) // 2} - {len(batches)}
    with run.ports.reporter.progress("Sending plays", each=True) as progress:
        for number, batch in enumerate(batches, start=1):
            if run.must_stop:
                return
            run.ports.sender.take_turn()
            if not run.state.is_fresh:
                run.state.refresh()
                wanted = _wanted(run, goal)
            still = batch if wanted is None else _still(batch, wanted)
            still = without_changed(run, still, lambda change: [change.entry])
            if still:
                _send_batch(run, still, known)
            progress(number, len(batches))
            if number in looks and not run.must_stop and _look_around(run, began):
                wanted = _wanted(run, goal)


def _after_probe(run: Run, goal: Goal, changes: Sequence[PlayChange]) -> Sequence[PlayChange]:
    """Where an outage swallowed sendings, send one play and look whether it arrives; what may go out after it.

    Until a later write of ours is seen, nobody can say that a lost sending is not still on its way.
    """
    unproven = run.knowledge.unproven
    doubted = [change for change in changes if change.instead_of in unproven]
    if not doubted or run.must_stop:
        return changes
    if not run.state.is_fresh:
        run.state.refresh()
        changes = _still(changes, _wanted(run, goal))
    changes = without_changed(run, changes, lambda change: [change.entry])
    if not changes:
        return ()
    probe = next((change for change in changes if change.instead_of not in unproven), changes[0])
    _send_batch(run, [probe], run.knowledge)
    find_sent(run)
    unproven = run.knowledge.unproven
    return [change for change in changes if change is not probe and change.instead_of not in unproven]


def _wanted(run: Run, goal: Goal) -> Wanted:
    return Counter((change.entry, change.subject) for change in goal.missing(run).plays)


def _still(batch: Sequence[PlayChange], wanted: Wanted) -> tuple[PlayChange, ...]:
    still = []
    for change in batch:
        key = (change.entry, change.subject)
        if wanted[key] > 0:
            wanted[key] -= 1
            still.append(change)
    return tuple(still)


def without_changed(
    run: Run, changes: Iterable[_Change], entries_of: Callable[[_Change], Iterable[EntryKey]]
) -> tuple[_Change, ...]:
    """What of these changes the file still says: a person may have decided otherwise since the run began."""
    changed = frozenset(run.ports.changed_entries())
    if not changed:
        return tuple(changes)
    sentence = f"The plan changed while it was applied; left out: {', '.join(sorted(map(str, changed)))}."
    if sentence not in run.notes:
        run.notes.append(sentence)
    return tuple(change for change in changes if changed.isdisjoint(entries_of(change)))


def _look_around(run: Run, began: datetime) -> bool:
    run.state.check_same_account()
    has_news = run.state.see_since(began)
    if has_news:
        check_dates(run)
    return has_news


def _send_batch(run: Run, changes: Sequence[PlayChange], known: Knowledge) -> None:
    plays = tuple(
        replace(
            change, before=run.state.ids_of(change.subject, known.episode_id(change.entry, change.subject))
        )
        for change in changes
    )
    outcome = _commit(run, AddPlays(plays, run.state.on_watchlist(change.subject for change in changes)))
    if isinstance(outcome, Accepted) and outcome.updated:
        run.failure = SafetyStop(
            f"Trakt replaced {pluralize(outcome.updated, 'play')} instead of adding them: "
            "the account keeps one play of each thing",
            name=StopName.WATCH_ONCE,
            todo="Turn that setting off on trakt.tv, then run the same command again.",
        )


def leaving_watchlist(run: Run, changes: Sequence[PlayChange]) -> tuple[ListSubject, ...]:
    """The shows and films that Trakt will take off the watchlist because of these plays."""
    if changes:
        run.state.need_watchlist()
    return run.state.on_watchlist(change.subject for change in changes)


def remove_plays(run: Run, work: PlaysToUndo) -> None:
    """Remove plays by their own ids. Ids that are gone by then do no harm."""
    if work.removed_before and not run.must_stop:
        run.begin()
        run.journal.write(Removed(run.ports.clock(), tuple(play.place for play in work.removed_before)))
    gone = tuple(PlayToRemove(play.place, play.id) for play in work.remove if play.id is not None)
    _commit_all(run, (RemovePlays(RemovalReason.UNDO, plays) for plays in cut(gone, PLAYS_PER_BATCH)))


# --- ratings ---


def send_ratings(run: Run, changes: Sequence[RatingChange]) -> None:
    """Send ratings; one whose entries have no date is rated now."""
    for some in cut(changes, RATINGS_PER_BATCH):
        some = without_changed(run, some, lambda change: change.entries)
        now = whole_minute(run.ports.clock())
        ratings = tuple(rating_to_add(change, now) for change in some)
        _send_some_ratings(run, ratings)


_OF_CONTENT = (400, 413, 422)
"""Refusals of what was sent, rather than of who sent it or when."""


def _send_some_ratings(run: Run, ratings: Sequence[RatingToAdd]) -> None:
    """Send ratings in one request; where Trakt refuses what is in it, in halves, until the guilty one stands alone."""
    if not ratings or run.must_stop:
        return
    outcome = _commit(run, AddRatings(tuple(ratings)), is_divisible=len(ratings) > 1)
    if isinstance(outcome, Refused) and outcome.status in _OF_CONTENT and len(ratings) > 1:
        middle = len(ratings) // 2
        _send_some_ratings(run, ratings[:middle])
        _send_some_ratings(run, ratings[middle:])


def rating_to_add(change: RatingChange, now: datetime) -> RatingToAdd:
    """A rating as it is sent: rated `now` where none of its entries has a date."""
    return RatingToAdd(
        entries=change.entries,
        matches=tuple(part.match for part in change.contributions),
        rates=tuple(part.rates for part in change.contributions),
        subject=change.subject,
        value=change.value,
        rated_at=change.rated_at or now,
        old=change.old,
    )


def restore_ratings(run: Run, work: RatingsToUndo) -> None:
    """Put ratings back with their old `rated_at`, and remove those that were none."""
    if work.beneath and not run.must_stop:
        run.begin()
        run.journal.write(RatingsUndone(run.ports.clock(), tuple(rating.place for rating in work.beneath)))
    back = [rating for rating in work.restore if rating.old is not None]
    away = [rating for rating in work.restore if rating.old is None]
    for ratings in (back, away):
        _commit_all(run, map(RestoreRatings, cut(ratings, RATINGS_PER_BATCH)))


# --- lists ---


def send_listings(run: Run, goal: Goal) -> None:
    """Put shows and films on the watchlist or among the dropped shows, once nothing may send plays any more.

    For plays take a show off the watchlist: what still has some to come waits for the next run.
    """
    if run.must_stop or not any(item.list_on for item in goal.desired(run)):
        return
    run.state.read_lists()
    changes = without_changed(run, _listings_due(run, goal), lambda change: [change.entry])
    for name in ListName:
        wanted = {change.subject: change for change in changes if change.list is name}
        items = [ListedItem(subject, change.entry) for subject, change in wanted.items()]
        _commit_all(run, (ChangeList(name, True, some) for some in cut(items, RATINGS_PER_BATCH)))


def _listings_due(run: Run, goal: Goal) -> list[ListingChange]:
    found = goal.missing(run)
    to_come = [play.subject for play in found.plays] + [play.subject for play in run.knowledge.in_doubt]
    later = set(map(work_of, to_come))
    return [change for change in found.listings if change.subject not in later]


def restore_lists(run: Run, listings: Sequence[SentListing], watchlist: Sequence[ListSubject]) -> None:
    """Take off the lists what was put there, and put back on the watchlist what our plays made Trakt drop."""
    for name in ListName:
        ours = [item for item in listings if item.list is name]
        items = tuple(ListedItem(item.subject, item.entry, item.place) for item in ours)
        if items:
            _commit_all(run, [ChangeList(name, False, items)])
    if watchlist:
        _commit_all(run, [ChangeList(ListName.WATCHLIST, True, tuple(map(ListedItem, watchlist)))])


def _commit_all(run: Run, operations: Iterable[Operation]) -> None:
    for operation in operations:
        if run.must_stop:
            return
        _commit(run, operation)


def _commit(run: Run, operation: Operation, *, is_divisible: bool = False) -> WriteOutcome:
    """Commit an operation. Before one more failure would end the run, it looks whether the others are any.

    For a service may miscount in every answer: what stands there is settled, whatever was said of it.
    """
    last = next(reversed(run.outcomes.values()), None)
    if isinstance(last, InDoubt) and last.was_answered and run.failures == MAX_FAILURES - 1:
        find_sent(run)
        read_back_ratings(run)
        find_gone(run)
    return run.commit(operation, is_divisible=is_divisible)
