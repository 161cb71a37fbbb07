"""Apply where nothing goes wrong: everything arrives once, and a second apply sends nothing."""

from __future__ import annotations

from anitrakt_plan.model import RatingScope, Status
from tests.faults.bench import NOON_IN_BERLIN, Bench, plan_of, season, sums

TITAN3B = "1420 S03E13-E22"


def test_a_confirmed_entry_arrives_once_at_noon_of_its_finish_day(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9, rates=RatingScope.SEASON))
    result = world.apply(plan)
    assert result.exit_code == 0
    assert result.totals["plays"] == 10
    assert world.plays() == world.wanted(TITAN3B)
    show = world.sandbox.catalogue.show("trakt", 1420)
    assert show is not None
    assert list(world.ratings().values()) == [9]


def test_a_second_apply_sends_nothing(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9), season(572, "movie 51", finished="2020"))
    assert world.apply(plan).exit_code == 0
    before = len(world.sandbox.wire)
    again = world.apply(plan)
    assert again.exit_code == 0
    assert not again.changes
    assert [r for r in world.sandbox.wire[before:] if r.method == "POST"] == []


def test_partial_progress_then_more_adds_only_the_difference(world: Bench) -> None:
    first = plan_of(season(1, TITAN3B, status=Status.WATCHING, watched=7, finished=None))
    assert world.apply(first).totals["plays"] == 7
    more = plan_of(season(1, TITAN3B, status=Status.WATCHING, watched=9, finished=None))
    assert world.apply(more).totals["plays"] == 2
    unknown = "1970-01-01T00:00:00.000Z"
    assert world.plays() == world.wanted("1420 S03E13-E21", unknown)


def test_what_already_has_a_play_gets_none(world: Bench) -> None:
    world.sandbox.world.add_play("episode", world.episode(1420, 3, 15), "2018-01-01T00:00:00.000Z")
    result = world.apply(plan_of(season(1, TITAN3B)))
    assert result.totals["plays"] == 9
    assert result.totals["in_sync"] == 1
    episodes = [item for _, item, _ in world.plays().elements()]
    assert len(episodes) == len(set(episodes)) == 10


def test_long_runs_go_out_in_hundreds(world: Bench) -> None:
    result = world.apply(plan_of(season(269, "30850 S01E01-E366"), season(38524, TITAN3B)))
    assert result.totals["plays"] == 376
    assert len(world.history_posts()) == 4
    assert world.plays() == sums([world.wanted("30850 S01E01-E366"), world.wanted(TITAN3B)])


def test_a_dry_run_writes_nothing_anywhere(world: Bench) -> None:
    result = world.apply(plan_of(season(38524, TITAN3B, rating=9)), dry_run=True)
    assert result.changes
    assert result.totals["plays"] == 10
    assert not world.plays()
    assert not world.folders.journal.exists()
    assert NOON_IN_BERLIN not in str(world.sandbox.wire)
