"""Safety stops and holds: what looks wrong is not sent, with the numbers, and with the way past it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from anitrakt_plan.errors import PlanInvalid, SafetyStop
from anitrakt_plan.model import EntryKey, MovieMatch, Policy, RewatchPolicy, Status
from tests.faults.bench import Bench, plan_of, season

BLEACH = "30850 S01E01-E366"
TITAN3B = "1420 S03E13-E22"
ALCHEMIST = "31771 S01E01-E64"
BIG = (season(1, BLEACH), season(2, ALCHEMIST), season(3, "61385 S01E01-E24"), season(4, "1420 S01E01-E25"))
BIGGER = (*BIG, season(5, "1420 S02E01-E12"), season(6, "13855 S01E01-E37"))


def test_a_large_first_apply_asks_and_may_send_one_entry(world: Bench) -> None:
    world.practice = False
    plan = plan_of(*BIGGER)
    with pytest.raises(SafetyStop, match="528 plays") as stopped:
        world.apply(plan)
    assert stopped.value.name == "first-apply"
    assert "--allow first-apply" in str(stopped.value)
    with pytest.raises(SafetyStop):
        world.apply(plan, yes=True)
    world.answers = ["one entry first"]
    assert world.apply(plan).totals["plays"] == 366
    assert world.apply(plan).totals["plays"] == 162


@pytest.mark.parametrize("options", [{"allow": frozenset({"first-apply"})}, {"force": True}, {"limit": 99}])
def test_a_large_first_apply_goes_on_where_it_is_allowed(world: Bench, options: dict[str, object]) -> None:
    world.practice = False
    assert world.apply(plan_of(*BIGGER), **options).totals["plays"] == 528


def test_the_sandbox_and_small_plans_are_not_asked(world: Bench) -> None:
    assert world.apply(plan_of(*BIGGER)).totals["plays"] == 528


def test_a_trakt_that_reads_empty_stops(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    world.sandbox.world.clear()
    with pytest.raises(SafetyStop, match="lists no plays at all, though 10") as stopped:
        world.apply(plan_of(season(1, TITAN3B), season(2, ALCHEMIST)))
    assert stopped.value.name == "empty-trakt"
    allowed = world.apply(plan_of(season(1, TITAN3B), season(2, ALCHEMIST)), allow=frozenset({"empty-trakt"}))
    assert allowed.totals["plays"] == 64
    assert world.apply(plan_of(season(1, TITAN3B), season(2, ALCHEMIST))).exit_code == 0


def test_a_trakt_far_smaller_than_known_stops(world: Bench) -> None:
    world.apply(plan_of(season(1, ALCHEMIST)))
    account = world.sandbox.world
    for play in sorted(account.plays)[:50]:
        account.remove_play(play)
    with pytest.raises(SafetyStop, match="lists 14 plays, though 64"):
        world.apply(plan_of(season(1, ALCHEMIST), season(2, TITAN3B)))


def test_many_changed_matches_under_auto_stop(world: Bench) -> None:
    old = [season(key, f"30850 S01E{key:02d}") for key in range(1, 21)]
    new = [season(key, f"30850 S01E{key + 100}") for key in range(1, 21)]
    world.apply(plan_of(*old))
    with pytest.raises(SafetyStop, match="20 of 20 entries") as stopped:
        world.apply(plan_of(*new))
    assert stopped.value.name == "changed-matches"
    assert world.apply(plan_of(*new), force=True).totals["plays"] == 20


def test_shows_that_are_still_airing_are_no_changed_matches(world: Bench) -> None:
    world.apply(plan_of(*(season(key, f"30850 S01E{key * 2:02d}") for key in range(1, 21))))
    longer = [season(key, f"30850 S01E{key * 2:02d}-E{key * 2 + 1:02d}") for key in range(1, 21)]
    assert world.apply(plan_of(*longer)).totals["plays"] == 20


def test_the_same_episodes_in_another_order_are_no_changed_matches(world: Bench) -> None:
    """Newer rules put a special where it aired: all that was sent is still in the match."""
    old = [season(key, f"30850 S01E{key * 3:02d}-E{key * 3 + 1:02d}") for key in range(1, 21)]
    new = [season(key, f"30850 S01E{key * 3 + 1:02d}, S01E{key * 3:02d}") for key in range(1, 21)]
    world.apply(plan_of(*old))
    assert world.apply(plan_of(*new)).totals["plays"] == 0


def test_watch_only_once_stops_rewatches(world: Bench) -> None:
    world.sandbox.world.watch_only_once = True
    plan = plan_of(season(1, TITAN3B, repeats=1), policy=Policy(rewatches=RewatchPolicy.COUNT))
    with pytest.raises(SafetyStop) as stopped:
        world.apply(plan)
    assert stopped.value.name == "watch-once"


def test_an_answer_with_updated_ends_the_run(world: Bench) -> None:
    """The setting was switched on after it was read, and somebody watched meanwhile: Trakt replaces that play."""

    def switched(_: object) -> None:
        account = world.sandbox.world
        account.watch_only_once = True
        account.add_play("episode", world.episode(30850, 1, 3), "2020-02-02T02:02:00.000Z")

    world.sandbox.faults.before("POST", "/sync/history$", switched)
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.exit_code == 6
    assert len(world.history_posts()) == 1


def test_plays_beyond_the_progress_with_gaps_below_hold_the_entry_and_only_it(world: Bench) -> None:
    world.sandbox.world.add_play("episode", world.episode(31771, 1, 40), "2018-01-01T00:00:00.000Z")
    plan = plan_of(
        season(1, ALCHEMIST, status=Status.WATCHING, watched=12, finished=None), season(2, TITAN3B)
    )
    result = world.apply(plan)
    assert result.exit_code == 0
    assert [str(entry.found.key) for entry in result.entries if entry.found.held] == ["mal:1"]
    assert result.totals["plays"] == 10


def test_rewatches_are_counted_and_only_the_last_is_dated(world: Bench) -> None:
    plan = plan_of(season(1, "movie 51", repeats=2), policy=Policy(rewatches=RewatchPolicy.COUNT))
    assert world.apply_until_done(plan).exit_code == 0
    dates = sorted(date for _, _, date in world.plays().elements())
    assert dates == ["1970-01-01T00:00:00.000Z"] * 2 + ["2019-07-01T10:00:00.000Z"]
    assert not world.apply(plan).changes
    world.undo()
    assert not world.plays()


def test_an_id_that_a_person_typed_is_looked_up_once(world: Bench) -> None:
    from anitrakt_plan.model import Decision

    wrong = season(1, MovieMatch(97), title="Fullmetal Alchemist", decision=Decision.CONFIRMED, hint=None)
    with pytest.raises(PlanInvalid, match="film 97"):
        world.apply(plan_of(wrong))
    assert not world.history_posts()
    sure = season(
        1, MovieMatch(97), title="Fullmetal Alchemist", decision=Decision.CONFIRMED, hint=None, sure=True
    )
    assert world.apply(plan_of(sure)).totals["plays"] == 1
    right = season(2, TITAN3B, title="Attack on Titan", decision=Decision.CONFIRMED, hint=None)
    world.apply(plan_of(right))
    lookups = len([r for r in world.sandbox.wire if r.path.startswith("/shows/")])
    assert lookups == 2
    world.apply(plan_of(right))
    assert len([r for r in world.sandbox.wire if r.path.startswith("/shows/")]) == lookups


def test_an_auto_match_that_plan_did_not_weigh_is_looked_up_once(world: Bench) -> None:
    """A replace-all changes the match and its `#>` alike; what another machine planned goes by its `#>`."""
    wrong = season(1, MovieMatch(97), title="Fullmetal Alchemist")
    world.weighed = {wrong.key: {"1420 S03E13-E22", "movie 51"}}
    with pytest.raises(PlanInvalid, match="film 97"):
        world.apply(plan_of(wrong))
    assert not world.history_posts()
    right = season(2, TITAN3B, title="Attack on Titan")
    world.weighed = {right.key: {"1420 S03E01-E10"}}
    world.apply(plan_of(right))
    lookups = len([r for r in world.sandbox.wire if r.path.startswith("/shows/")])
    assert lookups > 0
    world.apply(plan_of(right))
    assert len([r for r in world.sandbox.wire if r.path.startswith("/shows/")]) == lookups


@pytest.mark.parametrize("weighed", [{}, {EntryKey("mal", 1): {"movie 97", "movie 51"}}])
def test_an_auto_match_that_was_weighed_or_planned_elsewhere_costs_no_lookup(
    world: Bench, weighed: Mapping[EntryKey, set[str]]
) -> None:
    world.weighed = weighed
    assert world.apply(plan_of(season(1, MovieMatch(97), title="Fullmetal Alchemist"))).exit_code == 0
    assert not [r for r in world.sandbox.wire if r.path.startswith("/movies/")]


def test_a_typed_run_that_trakt_lacks_is_named(world: Bench) -> None:
    from anitrakt_plan.model import Decision

    typed = season(1, "1420 S02E10-E15", title="Attack on Titan", decision=Decision.CONFIRMED, hint=None)
    with pytest.raises(PlanInvalid, match="no S02E13"):
        world.apply(plan_of(typed))
