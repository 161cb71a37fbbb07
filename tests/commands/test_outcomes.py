"""What an apply would send, or has sent: what each state of the journal is counted as."""

from __future__ import annotations

import pytest

from anitrakt_plan.commands.outcomes import planned_result, sent_result
from anitrakt_plan.commands.run import Goal, Run, Work
from anitrakt_plan.commands.send import send_plays, send_ratings
from anitrakt_plan.errors import ExitCode, Failed
from anitrakt_plan.model import Decision, RatingScope, ShowSubject
from anitrakt_plan.reports.apply import ApplyResult, Fate
from anitrakt_plan.sync.diff import Verdict
from anitrakt_plan.sync.ratings import RatingVerdict
from anitrakt_plan.trakt.send import Accepted, WriteOutcome
from tests.commands.running import ScriptedSender, in_doubt, refused, running
from tests.faults.bench import Bench, plan_of, season

TWO = "1420 S03E13-E14"


def work_of(run: Run, goal: Goal) -> Work:
    return Work(goal, goal.missing(run))


def counts(result: ApplyResult) -> dict[str, int]:
    """What was counted, but for what every run counts."""
    return {
        name: count
        for name, count in result.as_json()["totals"].items()
        if count and name not in (Fate.CONSIDERED, Fate.REQUEST)
    }


def test_a_dry_run_counts_what_there_is_to_do_and_what_waits_for_a_person(world: Bench) -> None:
    world.sandbox.world.add_rating("movie", 51, 3)
    plan = plan_of(
        season(1, TWO, rating=9, rates=RatingScope.SEASON),
        season(2, "movie 51", rating=9),
        season(3, "30850 S01E01", decision=Decision.REVIEW),
        season(4, "30850 S01E01", decision=Decision.SKIP),
    )
    with running(world, plan) as (run, goal):
        result = planned_result(run, work_of(run, goal), [ShowSubject(1420)])
    assert (result.dry_run, result.changes, result.exit_code, result.run) == (True, True, ExitCode.DONE, None)
    assert counts(result) == {
        Fate.PLAY: 3,
        Fate.RATING_ADDED: 1,
        RatingVerdict.KEPT: 1,
        Fate.LEAVING_WATCHLIST: 1,
        Fate.TO_REVIEW: 1,
        Fate.SKIPPED: 1,
    }
    assert [entry.dates for entry in result.entries] == ["2019-07-01", "2019-07-01"]
    assert [rating.state for entry in result.entries for rating in entry.ratings] == ["planned"]


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Accepted(201, added=2), Fate.PLAY),
        (Accepted(201, added=0, not_found=(0, 1)), Fate.NOT_FOUND),
        (refused(), Fate.REFUSED),
        (in_doubt(), Verdict.IN_DOUBT),
    ],
)
def test_each_answer_has_its_fate(world: Bench, answer: WriteOutcome, fate: Fate | Verdict) -> None:
    with running(world, plan_of(season(1, TWO)), ScriptedSender(answer)) as (run, goal):
        work = work_of(run, goal)
        send_plays(run, goal, work.found.plays)
        result = sent_result(run, work, ExitCode.DONE, is_read_back=False)
    assert counts(result) == {fate: 2}
    assert result.totals[Fate.REQUEST] == 1
    assert result.changes is isinstance(answer, Accepted)
    lost = ("1420 S03E13", "1420 S03E14") if fate is Fate.NOT_FOUND else ()
    assert [entry.not_found for entry in result.entries] == [lost]


@pytest.mark.parametrize(("is_read_back", "unseen"), [(True, 2), (False, 0)])
def test_what_is_acknowledged_is_unseen_only_once_it_was_looked_for(
    world: Bench, is_read_back: bool, unseen: int
) -> None:
    with running(world, plan_of(season(1, TWO)), ScriptedSender(Accepted(201, added=2))) as (run, goal):
        work = work_of(run, goal)
        send_plays(run, goal, work.found.plays)
        result = sent_result(run, work, ExitCode.DONE, is_read_back=is_read_back)
    assert (result.totals[Fate.PLAY], result.totals[Fate.UNSEEN]) == (2, unseen)


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Accepted(201, added=1), Fate.RATING_ADDED),
        (Accepted(201, not_found=(0,)), Fate.NOT_FOUND),
        (refused(), Fate.REFUSED),
        (in_doubt(), Verdict.IN_DOUBT),
    ],
)
def test_each_answer_to_a_rating_has_its_fate(
    world: Bench, answer: WriteOutcome, fate: Fate | Verdict
) -> None:
    plan = plan_of(season(572, "movie 51", rating=7))
    with running(world, plan, ScriptedSender(answer)) as (run, goal):
        work = work_of(run, goal)
        send_ratings(run, work.found.rating_changes)
        result = sent_result(run, work, ExitCode.DONE, is_read_back=True)
    assert counts(result) == {fate: 1}


def test_what_an_early_end_left_is_counted_as_remaining(world: Bench) -> None:
    plan = plan_of(season(1, TWO, rating=9, rates=RatingScope.SEASON))
    with running(world, plan, ScriptedSender(Accepted(201, added=1))) as (run, goal):
        work = work_of(run, goal)
        run.failure = Failed("the disk is full")
        result = sent_result(run, work, ExitCode.FAILED, is_read_back=False)
        assert counts(result) == {Fate.PLAY_REMAINING: 2, Fate.RATING_REMAINING: 1}
        assert result.error == "the disk is full"
        run.failure = None
        assert counts(sent_result(run, work, ExitCode.DONE, is_read_back=False)) == {}
        send_ratings(run, work.found.rating_changes)
        run.failure = Failed("the disk is full")
        result = sent_result(run, work, ExitCode.IN_PART, is_read_back=False)
        assert counts(result) == {Fate.PLAY_REMAINING: 2, Fate.RATING_ADDED: 1}
