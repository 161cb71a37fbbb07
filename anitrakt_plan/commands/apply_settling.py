"""Settling: which of what was sent has landed, what of it stands twice, and what never came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from anitrakt_plan.commands.writing_run import WritingRun
from anitrakt_plan.core.batches import PLAYS_PER_BATCH
from anitrakt_plan.core.counting import counted
from anitrakt_plan.core.knowledge import SentPlay, SentState, unsettled
from anitrakt_plan.core.settling import Sightings, sight, surplus
from anitrakt_plan.core.subjects import format_subject
from anitrakt_plan.journal.records import (
    RemovalIntent,
    RemovalReason,
    RemovedPlay,
    Seen,
    SeenPlay,
    Settled,
    Unseen,
)
from anitrakt_plan.trakt.outcomes import Accepted

_MOST_READS = 5
_SLICE = 1.0


def note_sightings(run: WritingRun) -> Sightings:
    """Find our plays in the history as last read, and write down their ids."""
    sightings = sight(run.knowledge, run.state.history)
    if sightings.found:
        plays = tuple(SeenPlay(s.place, s.id, s.episode, s.play.watched_at) for s in sightings.found)
        run.journal.write(Seen(run.ports.clock(), plays))
    run.strangers.update({stranger.play.id: stranger for stranger in sightings.strangers})
    return sightings


def settle(run: WritingRun, *, wait: bool) -> None:
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
    if remaining > 0 and (not wait or not _wait(run, remaining)):
        return
    if run.state.existing.read_at <= due:
        run.state.read_history()
        note_sightings(run)
    for _ in range(_MOST_READS):
        if not unsettled(run.knowledge.plays):
            return
        run.state.read_history()
        if not note_sightings(run).found:
            _give_up(run)
            return


def _wait(run: WritingRun, seconds: float) -> bool:
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


def _give_up(run: WritingRun) -> None:
    by_batch: dict[int, list[int]] = defaultdict(list)
    for play in unsettled(run.knowledge.plays):
        by_batch[play.place.batch].append(play.place.index)
    for batch, absent in by_batch.items():
        run.journal.write(Settled(batch, run.ports.clock(), tuple(absent)))


def take_away_surplus(run: WritingRun) -> None:
    """Remove what stands twice because it was sent again and the first sending came late after all. Nothing else."""
    extra = surplus(run.knowledge, run.state.history)
    for start in range(0, len(extra), PLAYS_PER_BATCH):
        if run.must_stop:
            return
        _remove(run, extra[start : start + PLAYS_PER_BATCH])


def _remove(run: WritingRun, plays: Sequence[SentPlay]) -> None:
    gone = tuple(RemovedPlay(play.place, play.id) for play in plays if play.id is not None)
    batch = run.journal.next_batch()
    run.write(RemovalIntent(batch, plays[0].run, run.ports.clock(), RemovalReason.SURPLUS, gone))
    with run.guarded(batch):
        outcome = run.ports.sender.remove_history_ids(tuple(play.id for play in gone))
    run.take(batch, outcome)
    if isinstance(outcome, Accepted):
        run.notes.append(
            f"{counted(len(gone), 'play')} stood twice, because a request that seemed lost came through late; "
            "the second ones were taken away."
        )


def report_unseen(run: WritingRun) -> tuple[SentPlay, ...]:
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


def earliest(plays: Sequence[SentPlay]) -> datetime | None:
    """The earliest instant of these plays; None where one has no instant of its own, so that all must be read."""
    instants = [play.when for play in plays if isinstance(play.when, datetime)]
    return min(instants) if instants and len(instants) == len(plays) else None
