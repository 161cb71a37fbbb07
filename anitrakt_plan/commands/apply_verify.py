"""Reading back what was sent, and settling what can be settled now."""

from __future__ import annotations

from anitrakt_plan.commands.apply_run import ApplyRun
from anitrakt_plan.commands.apply_sending import (
    check_dates,
)
from anitrakt_plan.commands.apply_settling import (
    earliest,
    note_sightings,
    settle,
    take_away_surplus,
)
from anitrakt_plan.core.changes import Diff
from anitrakt_plan.core.dates import whole_minute
from anitrakt_plan.core.knowledge import SentState
from anitrakt_plan.journal.records import RatingSeen, RatingsSeen


def verify(run: ApplyRun, todo: Diff) -> bool:
    """Read back what was sent and settle what can be settled now; whether something is to be sent again."""
    if run.interrupted or not run.batches:
        return False
    run.check_same_account()
    _read_back_plays(run)
    check_dates(run)
    if todo.ratings.changes:
        _read_back_ratings(run)
    run.read_back = True
    settle(run, wait=False)
    take_away_surplus(run)
    mine = frozenset(run.batches)
    return run.failure is None and any(
        play.state is SentState.ABSENT and play.place.batch in mine for play in run.knowledge.plays
    )


def _read_back_plays(run: ApplyRun) -> None:
    """Find what was sent in a fresh read; a second look where Trakt lags behind what it acknowledged."""
    mine = frozenset(run.batches)
    looked_for: tuple[SentState, ...] = (SentState.ACKNOWLEDGED, SentState.IN_DOUBT)
    for attempt in range(2):
        sent = [play for play in run.knowledge.plays if play.place.batch in mine and play.state in looked_for]
        if not sent:
            return
        if attempt:
            run.ports.sleep(min(5.0, run.ports.settle))
        start = earliest(sent)
        if start is None:
            run.state.read_history()
        else:
            run.state.history.add(run.ports.reader.read_history(start))
        note_sightings(run)
        looked_for = (SentState.ACKNOWLEDGED,)


def _read_back_ratings(run: ApplyRun) -> None:
    run.state.read_ratings()
    standing = {rating.subject: rating for rating in run.state.existing.ratings}
    mine = frozenset(run.batches)
    seen = []
    for sent in run.knowledge.ratings:
        now = standing.get(sent.subject)
        if sent.place.batch not in mine or now is None or now.value != sent.value:
            continue
        same = whole_minute(now.rated_at) == whole_minute(sent.rated_at)
        if sent.state is SentState.ACKNOWLEDGED or (sent.state is SentState.IN_DOUBT and same):
            seen.append(RatingSeen(sent.place, now.rated_at))
    if seen:
        run.journal.write(RatingsSeen(run.ports.clock(), tuple(seen)))
