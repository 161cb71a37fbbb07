"""Reading back: which of what was sent has landed, what of it stands twice, and what never came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anitrakt_plan.commands.run import Goal, Run, note_sightings
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import (
    Doubled,
    Expired,
    ListsSeen,
    RatingSeen,
    RatingsSeen,
    RatingsUndone,
    Removed,
    Seen,
    Settled,
    Unseen,
)
from anitrakt_plan.model import Existing, Rating
from anitrakt_plan.model.account import format_subject, work_of
from anitrakt_plan.sync.arrivals import (
    arrived_listings,
    arrived_ratings,
    doubled_plays,
    late_listings,
    settled_by,
)
from anitrakt_plan.sync.batches import (
    PLAYS_PER_BATCH,
    PlayToRemove,
    RatingToRestore,
    RemovalReason,
    RemovePlays,
    RestoreRatings,
    cut,
)
from anitrakt_plan.sync.diff import Diff
from anitrakt_plan.sync.existing import History, on_list
from anitrakt_plan.sync.knowledge import (
    AddedRow,
    BatchItemId,
    Sent,
    SentListing,
    SentPlay,
    SentRating,
    SentState,
    grouped,
)
from anitrakt_plan.sync.settle import Sightings, misdated, own_duplicates, sight, sighting
from anitrakt_plan.trakt.send import Accepted
from anitrakt_plan.words import pluralize

_MAX_READS = 5
_SLICE = 1.0


# --- what is in doubt ---


def resolve_in_doubt(run: Run, *, wait: bool) -> None:
    """Settle every batch in doubt: what two fresh reads that agree do not show is absent, and may be sent again.

    No sooner than the settle time after it was sent, for Trakt may go on working after it hung up; all of it visible
    settles it at once. Without `wait`, what is too young stays in doubt.
    """
    note_sightings(run)
    doubtful = run.knowledge.in_doubt
    if not doubtful:
        return
    due = due_of(run, doubtful)
    if not may_settle(run, due, wait=wait):
        return
    if run.state.existing.read_at <= due:
        _look_again(run)
    for _ in range(_MAX_READS):
        if not run.knowledge.in_doubt:
            return
        if not _look_again(run).found:
            settle_as_absent(run, run.knowledge.in_doubt)
            return


def _look_again(run: Run) -> Sightings:
    run.state.read_history()
    run.state.look_closer(work_of(play.subject) for play in run.knowledge.in_doubt)
    return note_sightings(run)


def due_of(run: Run, doubtful: Iterable[SentPlay | AddedRow]) -> datetime:
    """When what is in doubt can be settled at the earliest."""
    return max(one.sent_at for one in doubtful) + timedelta(seconds=run.ports.settle)


def may_settle(run: Run, due: datetime, *, wait: bool) -> bool:
    """Whether it is time to settle; with `wait`, that is waited for in small steps, unless Ctrl-C comes first."""
    left = min((due - run.ports.clock()).total_seconds(), run.ports.settle)
    if left <= 0 or not wait:
        return left <= 0
    run.ports.reporter.info(
        f"The answer to an earlier request was lost; Trakt may still be working on it. Waiting {left:.0f} seconds."
    )
    while left > 0:
        if run.must_stop:
            return False
        run.ports.sleep(min(left, _SLICE))
        left -= _SLICE
    return True


def settle_as_absent(run: Run, sent: Iterable[Sent | AddedRow]) -> None:
    """Write down that these are not on Trakt."""
    places = (one.place for one in sent)
    for batch, absent in grouped((place.batch, place.index) for place in places).items():
        run.journal.write(Settled(batch, run.ports.clock(), tuple(absent)))


def remove_own_duplicates(run: Run) -> None:
    """Remove what stands twice because it was sent again and the first sending came late after all. Nothing else."""
    for plays in cut(own_duplicates(run.knowledge, run.state.history), PLAYS_PER_BATCH):
        if run.must_stop:
            return
        gone = tuple(PlayToRemove(play.place, play.id) for play in plays if play.id is not None)
        outcome = run.commit(RemovePlays(RemovalReason.SURPLUS, gone), run=plays[0].run)
        if isinstance(outcome, Accepted):
            run.notes.append(
                f"{pluralize(len(gone), 'play')} stood twice, because a request that seemed lost came through late; "
                "the second ones were taken away."
            )


# --- what was sent ---


@dataclass(frozen=True, slots=True)
class AllThere:
    """Nothing that this run sent turned out to be missing, as far as can be known now."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What to send again, for what this run sent turned out not to be there."""

    again: Diff


def read_back(run: Run, *, ratings: bool) -> None:
    """Find what was sent in fresh reads, and write down what they show."""
    run.state.check_same_account()
    find_sent(run)
    check_dates(run)
    if ratings:
        read_back_ratings(run)


def settle(run: Run, goal: Goal) -> AllThere | Missing:
    """Settle what can be settled now of what was read back, and find what is to be sent again."""
    resolve_in_doubt(run, wait=False)
    remove_own_duplicates(run)
    absent = (play for play in run.sent.plays if play.state is SentState.ABSENT)
    if run.failure is not None or not any(absent):
        return AllThere()
    again = goal.missing(run).replacements
    return AllThere() if again.empty else Missing(again)


def find_sent(run: Run) -> None:
    """Look for what this run sent; a second time where Trakt lags behind what it acknowledged."""
    looked_for: tuple[SentState, ...] = (SentState.ACKNOWLEDGED, SentState.IN_DOUBT)
    for attempt in range(2):
        sent = [play for play in run.sent.plays if play.state in looked_for]
        if not sent:
            return
        if attempt:
            wait_for_listing(run)
        run.state.see_again([play.when for play in sent])
        run.state.look_closer(work_of(play.subject) for play in sent)
        note_sightings(run)
        looked_for = (SentState.ACKNOWLEDGED,)


def wait_for_listing(run: Run) -> None:
    """Wait a little before a second look at what Trakt has acknowledged and does not show."""
    seconds = min(5.0, run.ports.settle)
    run.ports.reporter.info(f"Trakt does not show all of it yet; looking again in {seconds:.0f} seconds.")
    run.ports.sleep(seconds)


def read_back_ratings(run: Run) -> None:
    """Find the ratings that this run sent in a fresh read."""
    waiting = [sent for sent in run.sent.ratings if sent.state is not SentState.SEEN]
    if not waiting:
        return
    run.state.read_ratings()
    standing = {rating.subject: rating for rating in run.state.existing.ratings}
    both = ((sent, standing.get(sent.subject)) for sent in waiting)
    seen = [RatingSeen(sent.place, now.rated_at) for sent, now in both if now and _has_landed(sent, now)]
    if seen:
        run.journal.write(RatingsSeen(run.ports.clock(), tuple(seen)))


def read_back_lists(run: Run) -> None:
    """Find the list items that this run sent, and settle as absent what a second look does not show either."""
    for attempt in range(2):
        waiting = _unseen_listings(run)
        if not waiting or run.must_stop:
            return
        if attempt:
            wait_for_listing(run)
        run.state.read_lists()
        standing = (one for one in waiting if one.subject in (on_list(run.state.existing, one.list) or ()))
        if seen := tuple(item.place for item in standing):
            run.journal.write(ListsSeen(run.ports.clock(), seen))
    settle_as_absent(run, _unseen_listings(run))


def _unseen_listings(run: Run) -> list[SentListing]:
    return [one for one in run.sent.listings if one.state in (SentState.ACKNOWLEDGED, SentState.IN_DOUBT)]


def _has_landed(sent: SentRating, now: Rating) -> bool:
    # of what is in doubt, the minute must agree, too
    if sent.state is SentState.ACKNOWLEDGED:
        return now.value == sent.value
    return sent.state is SentState.IN_DOUBT and sent.is_the_same(now)


def check_dates(run: Run) -> None:
    """End the run where the history as last read shows that Trakt did not take our dates.

    One that it did not take has silently become now (trakt-api#310).
    """
    wrong = misdated(run.knowledge, run.state.history, run.begin())
    if not wrong:
        return
    run.journal.write(Seen(run.ports.clock(), tuple(sighting(sent, play) for sent, play in wrong)))
    first = wrong[0][1]
    run.failure = run.failure or SafetyStop(
        f"Trakt stored {pluralize(len(wrong), 'play')} with the moment of sending instead of the dates that were sent",
        where=f"Trakt, {format_subject(first.subject)}, history id {first.id}",
        name=None,
        todo="Nothing more was sent. `anitrakt undo` takes back what this run has sent, the wrong dates included. "
        "Please report this as a bug, and don't apply before it is mended.",
    )


def report_unseen(run: Run) -> tuple[SentPlay, ...]:
    """The acknowledged plays that Trakt does not list and the user has not been told of; now they count as told."""
    knowledge = run.knowledge
    acknowledged = (play for play in knowledge.plays if play.state is SentState.ACKNOWLEDGED)
    unseen = tuple(play for play in acknowledged if play.place not in knowledge.reported)
    if unseen:
        run.journal.write(Unseen(run.ports.clock(), tuple(play.place for play in unseen)))
        run.notes.append(
            f"Trakt acknowledged {pluralize(len(unseen), 'play')} that it does not list: {_named(unseen)}. "
            "They are not sent again (`--resend` would)."
        )
    return unseen


def _named(plays: Sequence[SentPlay]) -> str:
    names = [format_subject(play.subject) for play in plays[:5]]
    return ", ".join(names) + (f" and {len(plays) - 5} more" if len(plays) > 5 else "")


# --- what was taken back ---


def find_gone(run: Run) -> tuple[SentPlay, ...]:
    """Find in fresh reads what this run has taken back, and write it down; gives back the plays that still stand."""
    operations = run.operations.values()
    _find_back(
        run, [rating for one in operations if isinstance(one, RestoreRatings) for rating in one.ratings]
    )
    removals = (one for one in operations if isinstance(one, RemovePlays))
    undoing = (one for one in removals if one.reason is RemovalReason.UNDO)
    return _find_removed(run, {play.place: play.id for one in undoing for play in one.plays})


def _find_removed(run: Run, removed: Mapping[BatchItemId, int]) -> tuple[SentPlay, ...]:
    known = run.knowledge.plays
    plays = [play._replace(id=removed[play.place]) for play in known if play.place in removed]
    if not plays:
        return ()
    run.state.read_history()
    run.state.look_closer(work_of(play.subject) for play in plays)
    standing = tuple(play for play in plays if play.id in run.state.history)
    unwritten = removed.keys() - {play.place for play in standing} - run.knowledge.undone
    if unwritten:
        run.journal.write(Removed(run.ports.clock(), tuple(sorted(unwritten))))
    return standing


def _find_back(run: Run, restored: Sequence[RatingToRestore]) -> None:
    waiting = [rating for rating in restored if not run.knowledge.undone.issuperset(rating.places)]
    if not waiting:
        return
    run.state.read_ratings()
    now = {rating.subject: rating.value for rating in run.state.existing.ratings}
    back = [one for one in waiting if now.get(one.subject) == (one.old.value if one.old else None)]
    places = tuple(place for one in back for place in one.places)
    if places:
        run.journal.write(RatingsUndone(run.ports.clock(), places))


def still_listed(run: Run) -> tuple[SentPlay, ...]:
    """Of what was to be taken back the plays that a fresh read still lists; what is gone is written down."""
    standing = () if run.interrupted else find_gone(run)
    if standing:
        run.notes.append(
            f"Trakt still lists {pluralize(len(standing), 'play')} that it was asked to remove. "
            "Run `anitrakt undo` again later."
        )
    return standing


def note_late_listings(run: Run) -> None:
    """Write down which list items have come in late: they are this anitrakt's, so that undo takes them off."""
    late, expired = late_listings(run.knowledge, run.state.existing)
    if late:
        run.journal.write(ListsSeen(run.ports.clock(), late))
    if expired:
        run.journal.write(Expired(run.ports.clock(), expired))


# --- what was uploaded ---


def note_arrivals(journal: Journal, existing: Existing, history: History, look: datetime) -> None:
    """Write down what the account shows of files that were written for Trakt's importer; `look` is when it stood so."""
    if not journal.knowledge.files:
        return
    sightings = sight(journal.knowledge, history)
    if sightings.found:
        journal.write(Seen(look, sightings.found))
    arrived = arrived_ratings(journal.knowledge, existing.ratings)
    ratings = tuple(RatingSeen(sent.place, now.rated_at) for sent, now in arrived)
    if ratings:
        journal.write(RatingsSeen(look, ratings))
    listed = tuple(sent.place for sent in arrived_listings(journal.knowledge, existing))
    if listed:
        journal.write(ListsSeen(look, listed))
    for batch, absent in settled_by(journal.knowledge, look).items():
        journal.write(Settled(batch, look, absent))
    doubled = doubled_plays(journal.knowledge, history)
    if frozenset(doubled) != journal.knowledge.doubled:
        journal.write(Doubled(look, doubled))
