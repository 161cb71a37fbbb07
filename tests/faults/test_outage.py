"""Outages over several applies: what never came in goes out again until it arrives; nothing is given up unsaid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anitrakt_plan.model import Policy, RewatchPolicy
from anitrakt_plan.reports.apply import report
from tests.faults.bench import Bench, plan_of, season, sums
from tests.faults.test_doubt import ALCHEMIST, HISTORY, TITAN3B, posted_items
from tests.long import long

LONG = "30850 S01E01-E366"
MANY = plan_of(season(1, LONG), season(2, ALCHEMIST), season(3, TITAN3B))


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("applies", [1, *long(3, 6)])
def test_an_outage_over_several_applies_loses_nothing(world: Bench, status: int, applies: int) -> None:
    outage = world.sandbox.faults.answer("POST", HISTORY, status, times=None)
    for _ in range(applies):
        assert world.apply(MANY).exit_code == 5
        world.clock.time += timedelta(minutes=20)
    world.sandbox.faults.script.remove(outage)
    world.clock.time += timedelta(days=1)
    result = world.apply_until_done(MANY)
    assert world.plays() == sums([world.wanted(match) for match in (LONG, ALCHEMIST, TITAN3B)])
    assert result.totals["worn_out"] == 0
    assert not world.apply(MANY).changes


def test_in_an_outage_one_play_is_tried_and_the_rest_waits(world: Bench) -> None:
    """Nobody can say of the first sending that it will not come late, until a later write of ours is seen."""
    world.sandbox.faults.answer("POST", HISTORY, 502, times=None)
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    before = len(posted_items(world))
    world.apply(plan)
    assert 1 <= len(posted_items(world)) - before <= 3


def test_a_probe_that_arrives_lets_the_rest_go_at_once(world: Bench) -> None:
    world.settle = 120
    outage = world.sandbox.faults.answer("POST", HISTORY, 502, times=None)
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 5
    world.sandbox.faults.script.remove(outage)
    world.clock.time += timedelta(minutes=20)
    sent = len(world.history_posts())
    assert world.apply(plan).exit_code == 0
    assert len(world.history_posts()) == sent + 2
    assert world.plays() == world.wanted(TITAN3B)


def test_what_an_outage_swallowed_and_brings_late_stands_once(world: Bench) -> None:
    """The first sending comes after all, when the second has arrived."""
    world.sandbox.faults.act_later("POST", HISTORY, 504)
    plan = plan_of(season(1, TITAN3B))
    world.apply_until_done(plan)
    world.sandbox.commit_pending()
    world.apply_until_done(plan)
    assert world.plays() == world.wanted(TITAN3B)


def test_no_play_goes_out_more_than_three_times_a_day(world: Bench) -> None:
    outage = world.sandbox.faults.answer("POST", HISTORY, 504, times=None)
    plan = plan_of(season(1, "1420 S03E13-E14"))
    for _ in range(5):
        world.apply(plan)
    counts = [posted_items(world).count(item) for item in set(posted_items(world))]
    assert max(counts) == 3
    world.sandbox.faults.script.remove(outage)
    more = plan_of(season(1, "1420 S03E13-E14"), season(2, "movie 51"))
    world.apply(more)  # the film arrives, so what was sent before it did not
    result = world.apply(more)
    assert (result.exit_code, result.totals["tried_today"]) == (5, 2)
    assert "tomorrow" in " ".join(report(result, quiet=True))
    world.clock.time += timedelta(days=1)
    world.apply_until_done(more)
    assert world.plays() == world.wanted("1420 S03E13-E14") + world.wanted("movie 51")


def given_up(world: Bench) -> None:
    """Two plays that were sent three times on three days, and nothing of ours came in since."""
    world.sandbox.faults.answer("POST", HISTORY, 504, times=None)
    for _ in range(6):
        world.apply(plan_of(season(1, "1420 S03E13-E14")))
        world.clock.time += timedelta(days=1)


def test_what_is_given_up_is_exit_5_and_a_line_under_q_until_it_is_accepted(world: Bench) -> None:
    given_up(world)
    plan = plan_of(season(1, "1420 S03E13-E14"))
    sent = len(world.history_posts())
    for _ in range(2):
        result = world.apply(plan)
        assert (result.exit_code, result.changes, result.totals["worn_out"]) == (5, False, 2)
        said = " ".join(report(result, quiet=True))
        assert "mal:1" in said
        assert "--accept-missing" in said
    accepted = world.apply(plan, accept_missing=True)
    assert (accepted.exit_code, accepted.changes) == (0, False)
    later = world.apply(plan)
    assert (later.exit_code, later.totals["worn_out"], later.totals["accepted_missing"]) == (0, 0, 2)
    assert report(later, quiet=True) == ()
    assert "2 plays" in " ".join(report(later))
    assert len(world.history_posts()) == sent
    world.sandbox.faults.clear()
    world.apply(plan, resend=True)
    world.apply_until_done(plan)
    assert world.plays() == world.wanted("1420 S03E13-E14")


def test_what_is_given_up_goes_out_again_once_a_later_write_is_seen(world: Bench) -> None:
    given_up(world)
    world.sandbox.faults.clear()
    plan = plan_of(season(1, "1420 S03E13-E14"), season(2, "movie 51"))
    world.apply_until_done(plan)
    assert world.plays() == world.wanted("1420 S03E13-E14") + world.wanted("movie 51")


def test_a_lost_sending_never_claims_a_play_that_the_person_made_later(world: Bench) -> None:
    """Undated, lost, sent again and seen; two years on a rewatch is marked "unknown" by hand: it is not the twin."""
    plan = plan_of(season(1, "1420 S03E13", finished=None))
    world.sandbox.faults.answer("POST", HISTORY, 504)
    world.apply_until_done(plan)
    (ours,) = world.sandbox.world.plays.values()
    world.clock.time += timedelta(days=2)
    world.apply(plan)
    world.clock.time += timedelta(days=700)
    world.sandbox.world.add_play("episode", ours.item, ours.watched_at, "watch")
    world.apply(plan)
    assert sum(world.plays().values()) == 2
    world.undo()
    assert sum(world.plays().values()) == 1


def test_a_play_never_seen_never_claims_one_that_the_person_made_later(world: Bench) -> None:
    hidden = ("episode", world.episode(1420, 3, 13))
    world.sandbox.faults.history.never_stored.add(hidden)
    plan = plan_of(season(1, "1420 S03E13", finished=None), policy=Policy(rewatches=RewatchPolicy.IGNORE))
    assert world.apply(plan).exit_code == 5
    world.sandbox.faults.history.never_stored.clear()
    world.clock.time += timedelta(days=2)
    world.apply(plan)
    world.clock.time += timedelta(days=2)
    world.sandbox.world.add_play("episode", hidden[1], "1970-01-01T00:00:00.000Z", "watch")
    world.apply(plan)
    world.undo()
    assert sum(world.plays().values()) == 1
