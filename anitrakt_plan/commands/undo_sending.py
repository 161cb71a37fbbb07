"""Taking back: each batch written down first, then sent; all of it may be repeated without harm."""

from __future__ import annotations

from collections.abc import Sequence

from anitrakt_plan.commands.writing_run import WritingRun
from anitrakt_plan.core.batches import (
    PLAYS_PER_BATCH,
    RATINGS_PER_BATCH,
    RatingToSend,
    listing_body,
    ratings_body,
    ratings_removal_body,
)
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.knowledge import ListName, SentListing, SentPlay, SentState
from anitrakt_plan.core.subjects import ListSubject
from anitrakt_plan.core.undoing import PlaysToUndo, RatingsToUndo, RatingToRestore
from anitrakt_plan.journal.records import (
    ListedItem,
    ListIntent,
    RatingsUndone,
    RemovalIntent,
    RemovalReason,
    Removed,
    RemovedPlay,
    RestoredRating,
    RestoreIntent,
)


def remove_plays(run: WritingRun, work: PlaysToUndo) -> None:
    """Remove plays by their own ids, in hundreds. Ids that are gone by then do no harm."""
    if work.removed_before and not run.must_stop:
        run.begin()
        run.journal.write(Removed(run.ports.clock(), tuple(play.place for play in work.removed_before)))
    for start in range(0, len(work.remove), PLAYS_PER_BATCH):
        if run.must_stop:
            return
        plays = work.remove[start : start + PLAYS_PER_BATCH]
        gone = tuple(RemovedPlay(play.place, play.id) for play in plays if play.id is not None)
        batch = run.journal.next_batch()
        run.write(RemovalIntent(batch, run.begin(), run.ports.clock(), RemovalReason.UNDO, gone))
        with run.guarded(batch):
            outcome = run.ports.sender.remove_history_ids(tuple(play.id for play in gone))
        run.take(batch, outcome)


def restore_ratings(run: WritingRun, work: RatingsToUndo) -> None:
    """Put ratings back with their old `rated_at`, and remove those that were none."""
    if work.beneath and not run.must_stop:
        run.begin()
        run.journal.write(RatingsUndone(run.ports.clock(), tuple(rating.place for rating in work.beneath)))
    for back in (True, False):
        ratings = [rating for rating in work.restore if (rating.old is not None) is back]
        for start in range(0, len(ratings), RATINGS_PER_BATCH):
            if run.must_stop:
                return
            _restore(run, ratings[start : start + RATINGS_PER_BATCH], back=back)


def _restore(run: WritingRun, ratings: Sequence[RatingToRestore], *, back: bool) -> None:
    batch = run.journal.next_batch()
    restored = tuple(RestoredRating(rating.places, rating.subject, rating.old) for rating in ratings)
    run.write(RestoreIntent(batch, run.begin(), run.ports.clock(), restored))
    with run.guarded(batch):
        if back:
            old = [RatingToSend(r.subject, r.old.value, r.old.rated_at) for r in ratings if r.old]
            outcome = run.ports.sender.add_ratings(ratings_body(old), sent=len(old))
        else:
            body = ratings_removal_body(rating.subject for rating in ratings)
            outcome = run.ports.sender.remove_ratings(body, sent=len(ratings))
    run.take(batch, outcome)


def restore_lists(run: WritingRun, listings: Sequence[SentListing], watchlist: Sequence[ListSubject]) -> None:
    """Take off the lists what was put there, and put back on the watchlist what our plays made Trakt drop."""
    for name in ListName:
        items = tuple(
            ListedItem(item.subject, item.entry, item.place) for item in listings if item.list is name
        )
        if items and not run.must_stop:
            _change_list(run, name, items, add=False)
    if watchlist and not run.must_stop:
        _change_list(run, ListName.WATCHLIST, tuple(ListedItem(s) for s in watchlist), add=True)


def _change_list(run: WritingRun, name: ListName, items: tuple[ListedItem, ...], *, add: bool) -> None:
    batch = run.journal.next_batch()
    run.write(ListIntent(batch, run.begin(), run.ports.clock(), name, add, items))
    sender = run.ports.sender
    if add:
        change = sender.add_watchlist
    else:
        change = sender.remove_watchlist if name is ListName.WATCHLIST else sender.remove_dropped
    with run.guarded(batch):
        outcome = change(listing_body([item.subject for item in items]), sent=len(items))
    run.take(batch, outcome)


def verify(run: WritingRun, plays: Sequence[SentPlay]) -> bool:
    """Read the history again: what is gone is gone, whatever the answers said. False where some still stand."""
    if run.interrupted or not plays:
        return True
    run.state.read_history()
    known = {play.place: play for play in run.knowledge.plays}
    gone = tuple(
        play.place
        for play in plays
        if play.id not in run.state.history and known[play.place].state is not SentState.UNDONE
    )
    if gone:
        run.journal.write(Removed(run.ports.clock(), gone))
    standing = [play for play in plays if play.id in run.state.history]
    if standing:
        run.notes.append(
            f"Trakt still lists {counted(len(standing), 'play')} that it was asked to remove. "
            "Run `anitrakt undo` again later."
        )
    return not standing
