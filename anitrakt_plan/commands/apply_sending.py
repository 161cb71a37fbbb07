"""Sending: each batch written down first, sent once, and its outcome written down after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from anitrakt_plan.commands.apply_options import StopName
from anitrakt_plan.commands.apply_run import ApplyRun
from anitrakt_plan.core.batches import (
    RATINGS_PER_BATCH,
    RatingToSend,
    history_body,
    listing_body,
    pack,
    ratings_body,
)
from anitrakt_plan.core.changes import ListingChange, PlayChange
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.dates import whole_minute
from anitrakt_plan.core.knowledge import Knowledge, ListName
from anitrakt_plan.core.model import EntryKey, Play
from anitrakt_plan.core.ratings import RatingChange
from anitrakt_plan.core.settling import misdated
from anitrakt_plan.core.subjects import ListSubject, PlaySubject, format_subject, subject_of, work_of
from anitrakt_plan.errors import Failed, SafetyStop
from anitrakt_plan.journal.records import (
    IntendedPlay,
    IntendedRating,
    ListedItem,
    ListIntent,
    PlaysIntent,
    RatingsIntent,
    Unseen,
)
from anitrakt_plan.trakt.outcomes import Accepted, WriteOutcome

Wanted = Counter[tuple[EntryKey, PlaySubject]]


def send_plays(run: ApplyRun, changes: Sequence[PlayChange]) -> None:
    """Send plays in batches until all are out or the run must stop.

    Nothing goes out from a read older than ten minutes, nor what somebody has watched meanwhile.
    """
    batches = pack(changes)
    if not batches:
        return
    run.state.need_watchlist()
    known = run.knowledge  # folding the journal anew for each batch would cost more than the sending
    began = whole_minute(run.ports.clock())
    wanted: Wanted | None = None
    looks = {1, len(batches) // 2} - {len(batches)}
    with run.ports.tell.progress("Sending plays") as progress:
        for number, batch in enumerate(batches, start=1):
            if run.must_stop:
                return
            if not run.state.is_fresh:
                run.state.refresh()
                wanted = _missing(run)
            still = batch if wanted is None else _still(batch, wanted)
            if still:
                _send_batch(run, still, known)
            progress(number, len(batches))
            if number in looks and not run.must_stop and _look_around(run, began):
                wanted = _missing(run)


def _missing(run: ApplyRun) -> Wanted:
    return Counter((change.entry, change.subject) for change in run.diff().plays)


def _still(batch: Sequence[PlayChange], wanted: Wanted) -> tuple[PlayChange, ...]:
    still = []
    for change in batch:
        key = (change.entry, change.subject)
        if wanted[key] > 0:
            wanted[key] -= 1
            still.append(change)
    return tuple(still)


def _look_around(run: ApplyRun, began: datetime) -> bool:
    """See what was watched since the run began; whether it changes what is missing.

    The same look shows whether Trakt took our dates: one it did not take has silently become now (trakt-api#310).
    """
    run.check_same_account()
    news = run.state.see_since(began)
    if news:
        check_dates(run)
    return news


def check_dates(run: ApplyRun) -> None:
    """End the run where the history as last read shows that Trakt did not take our dates."""
    wrong = misdated(run.knowledge, run.state.history, run.begin())
    if not wrong:
        return
    run.journal.write(Unseen(run.ports.clock(), tuple(sighting.place for sighting in wrong)))
    run.failure = run.failure or Failed(
        f"Trakt stored {counted(len(wrong), 'play')} with the moment of sending instead of the dates that were sent",
        where=f"Trakt, {_in_words(wrong[0].play)}",
        todo="Nothing more was sent. Remove today's plays of it on trakt.tv, and report this as a bug.",
    )


def _in_words(play: Play) -> str:
    return f"{format_subject(subject_of(play.item))}, history id {play.id}"


def _send_batch(run: ApplyRun, changes: Sequence[PlayChange], known: Knowledge) -> None:
    number, intent_run = run.journal.next_batch(), run.begin()
    history = run.state.history
    plays = tuple(
        IntendedPlay(
            entry=change.entry,
            match=change.match,
            subject=change.subject,
            when=change.when,
            before=tuple(
                sorted(
                    play.id
                    for play in history.of(change.subject, known.episode_id(change.entry, change.subject))
                )
            ),
            instead_of=change.instead_of,
        )
        for change in changes
    )
    run.write(PlaysIntent(number, intent_run, run.ports.clock(), plays, _on_watchlist(run, changes)))
    with run.guarded(number):
        outcome = run.ports.sender.add_history(history_body(changes), sent=len(changes))
    run.take(number, outcome, _positions(outcome, [change.subject for change in changes]))
    if isinstance(outcome, Accepted) and outcome.updated.total:
        run.failure = SafetyStop(
            f"Trakt replaced {counted(outcome.updated.total, 'play')} instead of adding them: "
            "the account keeps one play of each thing",
            name=StopName.WATCH_ONCE,
            todo="Turn that setting off on trakt.tv, then run the same command again.",
        )


def _on_watchlist(run: ApplyRun, changes: Sequence[PlayChange]) -> tuple[ListSubject, ...]:
    standing = set(run.state.existing.watchlist or ())
    return tuple(dict.fromkeys(w for w in (work_of(c.subject) for c in changes) if w in standing))


def leaving_watchlist(run: ApplyRun, changes: Sequence[PlayChange]) -> int:
    """How many shows and films Trakt will take off the watchlist because of these plays."""
    if changes:
        run.state.need_watchlist()
    return len(_on_watchlist(run, changes))


def _positions(outcome: WriteOutcome, subjects: Sequence[object]) -> tuple[int, ...]:
    """Where in the batch those stand that Trakt did not find."""
    if not isinstance(outcome, Accepted):
        return ()
    missing = set(outcome.not_found)
    return tuple(index for index, subject in enumerate(subjects) if subject in missing)


def send_ratings(run: ApplyRun, changes: Sequence[RatingChange]) -> None:
    """Send ratings in batches; a later one replaces the earlier, so the sender may repeat them."""
    for start in range(0, len(changes), RATINGS_PER_BATCH):
        if run.must_stop:
            return
        _send_ratings(run, changes[start : start + RATINGS_PER_BATCH])


def _send_ratings(run: ApplyRun, changes: Sequence[RatingChange]) -> None:
    now = whole_minute(run.ports.clock())
    number = run.journal.next_batch()
    ratings = tuple(
        IntendedRating(
            entries=change.entries,
            matches=tuple(rater.match for rater in change.raters),
            rates=tuple(rater.rates for rater in change.raters),
            subject=change.subject,
            value=change.value,
            rated_at=change.rated_at or now,
            old=change.old,
        )
        for change in changes
    )
    run.write(RatingsIntent(number, run.begin(), run.ports.clock(), ratings))
    body = ratings_body([RatingToSend(r.subject, r.value, r.rated_at) for r in ratings])
    with run.guarded(number):
        outcome = run.ports.sender.add_ratings(body, sent=len(ratings))
    run.take(number, outcome, _positions(outcome, [rating.subject for rating in ratings]))


def send_listings(run: ApplyRun, changes: Sequence[ListingChange]) -> None:
    """Put shows and films on the watchlist or among the dropped shows."""
    for name in ListName:
        wanted: Mapping[ListSubject, ListingChange] = {c.subject: c for c in changes if c.list is name}
        items = tuple(ListedItem(subject, change.entry) for subject, change in wanted.items())
        for start in range(0, len(items), RATINGS_PER_BATCH):
            if run.must_stop:
                return
            _send_listing(run, name, items[start : start + RATINGS_PER_BATCH])


def _send_listing(run: ApplyRun, name: ListName, items: tuple[ListedItem, ...]) -> None:
    number = run.journal.next_batch()
    run.write(ListIntent(number, run.begin(), run.ports.clock(), name, True, items))
    sender = run.ports.sender
    add = sender.add_watchlist if name is ListName.WATCHLIST else sender.add_dropped
    with run.guarded(number):
        outcome = add(listing_body([item.subject for item in items]), sent=len(items))
    run.take(number, outcome, _positions(outcome, [item.subject for item in items]))
