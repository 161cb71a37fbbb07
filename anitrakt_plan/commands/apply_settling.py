"""Reading back: which of what was sent has landed, what of it stands twice, and what never came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anitrakt_plan.commands.writing_run import Goal, Run
from anitrakt_plan.core.batches import PLAYS_PER_BATCH, PlayToRemove, RemovalReason, RemovePlays, cut
from anitrakt_plan.core.changes import PlayChange
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.dates import whole_minute
from anitrakt_plan.core.knowledge import SentPlay, SentState, unsettled
from anitrakt_plan.core.settling import Sightings, misdated, own_duplicates, sight
from anitrakt_plan.core.subjects import format_subject, subject_of
from anitrakt_plan.errors import Failed
from anitrakt_plan.journal.records import RatingSeen, RatingsSeen, Removed, Seen, Settled, Unseen
from anitrakt_plan.trakt.sending import Accepted

_MAX_READS = 5
_SLICE = 1.0


def note_sightings(run: Run) -> Sightings:
    """Find our plays in the history as last read, and write down their ids."""
    sightings = sight(run.knowledge, run.state.history)
    if sightings.found:
        run.journal.write(Seen(run.ports.clock(), sightings.found))
    run.state.foreign_duplicates.update(play.id for play in sightings.foreign_duplicates)
    return sightings


# --- what is in doubt ---


def resolve_in_doubt(run: Run, *, wait: bool) -> None:
    """Settle every batch in doubt: what two fresh reads that agree do not show is absent, and may be sent again.

    No sooner than the settle time after it was sent, for Trakt may go on working after it hung up; all of it visible
    settles it at once. Without `wait`, what is too young stays in doubt.
    """
    note_sightings(run)
    doubtful = unsettled(run.knowledge.plays)
    if not doubtful:
        return
    due = max(play.sent_at for play in doubtful) + timedelta(seconds=run.ports.settle)
    remaining = min((due - run.ports.clock()).total_seconds(), run.ports.settle)
    if remaining > 0 and not (wait and _wait(run, remaining)):
        return
    if run.state.existing.read_at <= due:
        run.state.read_history()
        note_sightings(run)
    for _ in range(_MAX_READS):
        if not unsettled(run.knowledge.plays):
            return
        run.state.read_history()
        if not note_sightings(run).found:
            _give_up(run)
            return


def _wait(run: Run, seconds: float) -> bool:
    """Wait in small steps; False where Ctrl-C came first."""
    run.ports.tell.say(
        f"The answer to an earlier request was lost; Trakt may still be working on it. Waiting {seconds:.0f} seconds."
    )
    left = seconds
    while left > 0:
        if run.must_stop:
            return False
        run.ports.sleep(min(left, _SLICE))
        left -= _SLICE
    return True


def _give_up(run: Run) -> None:
    by_batch: dict[int, list[int]] = defaultdict(list)
    for play in unsettled(run.knowledge.plays):
        by_batch[play.place.batch].append(play.place.index)
    for batch, absent in by_batch.items():
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
                f"{counted(len(gone), 'play')} stood twice, because a request that seemed lost came through late; "
                "the second ones were taken away."
            )


# --- what was sent ---


@dataclass(frozen=True, slots=True)
class AllThere:
    """Nothing that this run sent turned out to be missing, as far as can be known now."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Plays to send again, for what this run sent turned out not to be there."""

    plays: tuple[PlayChange, ...]


def read_back(run: Run, *, ratings: bool) -> None:
    """Find what was sent in fresh reads, and write down what they show."""
    run.state.check_same_account()
    _read_back_plays(run)
    check_dates(run)
    if ratings:
        _read_back_ratings(run)


def settle(run: Run, goal: Goal) -> AllThere | Missing:
    """Settle what can be settled now of what was read back, and find what is to be sent again."""
    resolve_in_doubt(run, wait=False)
    remove_own_duplicates(run)
    if run.failure is not None or not any(play.state is SentState.ABSENT for play in sent_plays(run)):
        return AllThere()
    again = tuple(play for play in goal.missing(run).plays if play.instead_of)
    return Missing(again) if again else AllThere()


def sent_plays(run: Run) -> list[SentPlay]:
    """The plays that this run has sent, as they stand now."""
    return [play for play in run.knowledge.plays if play.place.batch in run.outcomes]


def _read_back_plays(run: Run) -> None:
    """Find what was sent in a fresh read; a second look where Trakt lags behind what it acknowledged."""
    looked_for: tuple[SentState, ...] = (SentState.ACKNOWLEDGED, SentState.IN_DOUBT)
    for attempt in range(2):
        sent = [play for play in sent_plays(run) if play.state in looked_for]
        if not sent:
            return
        if attempt:
            run.ports.sleep(min(5.0, run.ports.settle))
        start = _earliest(sent)
        if start is None:
            run.state.read_history()
        else:
            run.state.see_since(start)
        note_sightings(run)
        looked_for = (SentState.ACKNOWLEDGED,)


def _earliest(plays: Sequence[SentPlay]) -> datetime | None:
    """The earliest instant of these plays; None where one has no instant of its own, so that all must be read."""
    instants = [play.when for play in plays if isinstance(play.when, datetime)]
    return min(instants) if len(instants) == len(plays) else None


def _read_back_ratings(run: Run) -> None:
    run.state.read_ratings()
    standing = {rating.subject: rating for rating in run.state.existing.ratings}
    seen = []
    for sent in run.knowledge.ratings:
        now = standing.get(sent.subject)
        if sent.place.batch not in run.outcomes or now is None or now.value != sent.value:
            continue
        same = whole_minute(now.rated_at) == whole_minute(sent.rated_at)
        if sent.state is SentState.ACKNOWLEDGED or (sent.state is SentState.IN_DOUBT and same):
            seen.append(RatingSeen(sent.place, now.rated_at))
    if seen:
        run.journal.write(RatingsSeen(run.ports.clock(), tuple(seen)))


def check_dates(run: Run) -> None:
    """End the run where the history as last read shows that Trakt did not take our dates.

    One that it did not take has silently become now (trakt-api#310).
    """
    wrong = misdated(run.knowledge, run.state.history, run.begin())
    if not wrong:
        return
    run.journal.write(Unseen(run.ports.clock(), tuple(sent.place for sent, _ in wrong)))
    first = wrong[0][1]
    run.failure = run.failure or Failed(
        f"Trakt stored {counted(len(wrong), 'play')} with the moment of sending instead of the dates that were sent",
        where=f"Trakt, {format_subject(subject_of(first.item))}, history id {first.id}",
        todo="Nothing more was sent. Remove today's plays of it on trakt.tv, and report this as a bug.",
    )


def report_unseen(run: Run) -> tuple[SentPlay, ...]:
    """The acknowledged plays that Trakt does not list and the user has not been told of; now they count as told."""
    knowledge = run.knowledge
    unseen = tuple(
        play
        for play in knowledge.plays
        if play.state is SentState.ACKNOWLEDGED and play.place not in knowledge.reported
    )
    if unseen:
        run.journal.write(Unseen(run.ports.clock(), tuple(play.place for play in unseen)))
        run.notes.append(
            f"Trakt acknowledged {counted(len(unseen), 'play')} that it does not list: {_named(unseen)}. "
            "They are not sent again (`--resend` would)."
        )
    return unseen


def _named(plays: Sequence[SentPlay]) -> str:
    names = [format_subject(play.subject) for play in plays[:5]]
    return ", ".join(names) + (f" and {len(plays) - 5} more" if len(plays) > 5 else "")


# --- what was taken back ---


def still_listed(run: Run, plays: Sequence[SentPlay]) -> tuple[SentPlay, ...]:
    """Of plays that were to be removed those that a fresh read still lists; the others are gone."""
    if run.interrupted or not plays:
        return ()
    run.state.read_history()
    history, known = run.state.history, {play.place: play.state for play in run.knowledge.plays}
    standing = tuple(play for play in plays if play.id in history)
    gone = (play.place for play in plays if play.id not in history)
    unwritten = tuple(place for place in gone if known[place] is not SentState.UNDONE)
    if unwritten:
        run.journal.write(Removed(run.ports.clock(), unwritten))
    if standing:
        run.notes.append(
            f"Trakt still lists {counted(len(standing), 'play')} that it was asked to remove. "
            "Run `anitrakt undo` again later."
        )
    return standing
