"""Undo takes back exactly what was added, and puts back what stood there before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from anitrakt_plan.commands.status import log_report, read_log
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import ConflictPolicy, Decision, Policy, RatingScope, ShowSubject, Status, SyncKind
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.reports.names import KnownNames
from anitrakt_plan.reports.undo import undo_report
from tests.faults.bench import Bench, plan_of, season

REPLACE = Policy(on_conflict=ConflictPolicy.REPLACE)
TITAN3B = "1420 S03E13-E22"
TITAN2 = "1420 S02E01-E12"
BLEACH = "30850 S01E01-E366"


def test_undo_leaves_the_account_as_it_was(world: Bench) -> None:
    account = world.sandbox.world
    account.add_play("episode", world.episode(1420, 3, 13), "2018-01-01T00:00:00.000Z")
    account.add_rating("movie", 51, 4, "2015-05-05T05:05:05.000Z")
    account.watchlist[("show", 1420)] = "2020-01-01T00:00:00.000Z"
    account.watchlist[("movie", 51)] = "2020-01-01T00:00:00.000Z"
    before = (world.plays(), world.rated_at(), set(account.watchlist))
    plan = plan_of(
        season(38524, TITAN3B, rating=9, rates=RatingScope.SEASON),
        season(572, "movie 51", rating=8),
        policy=REPLACE,
    )
    assert world.apply(plan).exit_code == 0
    assert ("show", 1420) not in account.watchlist
    assert world.ratings()[("movie", 51)] == 8
    result = world.undo()
    assert result.exit_code == 0
    assert (world.plays(), world.rated_at(), set(account.watchlist)) == before


def test_undo_twice_changes_nothing_the_second_time(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9))
    world.apply(plan)
    assert world.undo().exit_code == 0
    asked = len(world.sandbox.wire)
    again = world.undo()
    assert not again.changes
    assert [r.path for r in world.sandbox.wire[asked:]] == ["/users/settings"]  # the journal knows it


def test_where_nothing_was_ever_sent_the_history_is_not_read_for_it(world: Bench) -> None:
    assert not world.undo().changes
    assert [r.path for r in world.sandbox.wire] == ["/users/settings"]


def test_what_undo_took_back_stays_away_until_resend(world: Bench) -> None:
    plan = plan_of(season(38524, TITAN3B, rating=9))
    world.apply(plan)
    world.undo()
    assert not world.apply(plan).changes
    assert not world.plays()
    assert not world.ratings()
    assert world.apply(plan, resend=True).totals["plays"] == 10
    assert world.plays() == world.wanted(TITAN3B)
    assert list(world.ratings().values()) == [9]


def test_undo_of_run_1_leaves_run_2(world: Bench) -> None:
    first = plan_of(season(1, TITAN2))
    run_1 = world.apply(first).run
    world.apply(plan_of(season(1, TITAN2), season(2, TITAN3B)))
    assert run_1 is not None
    world.undo(runs=(run_1,))
    assert world.plays() == world.wanted(TITAN3B)


def test_a_play_the_user_removed_and_one_re_watched_are_left_alone(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    account = world.sandbox.world
    removed = next(p for p in account.plays.values() if p.item == world.episode(1420, 3, 13))
    account.remove_play(removed.id)
    account.add_play("episode", world.episode(1420, 3, 14), "2024-04-04T04:04:00.000Z", action="scrobble")
    result = world.undo()
    assert [item.note for item in result.left] == ["was removed on Trakt already"]
    assert list(world.plays()) == [("episode", world.episode(1420, 3, 14), "2024-04-04T04:04:00.000Z")]
    assert not world.apply(plan_of(season(1, TITAN3B))).changes


def test_undo_of_one_entry_leaves_the_others(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN2), season(2, TITAN3B)))
    world.undo(only=("mal:2",))
    assert world.plays() == world.wanted(TITAN2)


def test_a_corrected_match_is_named_until_its_leftovers_are_undone(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN2, rating=8, rates=RatingScope.SEASON)))
    corrected = plan_of(season(1, TITAN3B, rating=8, rates=RatingScope.SEASON))
    result = world.apply(corrected)
    assert result.totals["plays"] == 10
    assert result.totals["leftovers"] == 12
    assert world.apply(corrected, dry_run=True).totals["leftovers"] == 12
    world.undo(plan=corrected, stale=True)
    assert world.plays() == world.wanted(TITAN3B)
    assert world.apply(corrected).totals["leftovers"] == 0


def test_what_is_skipped_now_is_stale_and_what_waits_in_review_is_not(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN2), season(2, TITAN3B)))
    later = plan_of(season(1, TITAN2, decision=Decision.SKIP), season(2, TITAN3B, decision=Decision.REVIEW))
    world.undo(plan=later, stale=True)
    assert world.plays() == world.wanted(TITAN3B)


def test_a_rating_the_user_changed_since_is_left(world: Bench) -> None:
    world.apply(plan_of(season(572, "movie 51", rating=7)))
    world.sandbox.world.add_rating("movie", 51, 10)
    result = world.undo()
    assert world.ratings() == {("movie", 51): 10}
    assert [item.note for item in result.left] == ["was changed on Trakt since"]


def test_ratings_of_two_runs_go_back_past_the_run_that_was_undone_first(world: Bench) -> None:
    run_1 = world.apply(plan_of(season(572, "movie 51", rating=7))).run
    world.clock.time += timedelta(days=1)
    run_2 = world.apply(plan_of(season(572, "movie 51", rating=8))).run
    assert run_1 is not None
    assert run_2 is not None
    world.undo(runs=(run_1,))
    assert world.ratings() == {("movie", 51): 8}
    world.undo(runs=(run_2,))
    assert world.ratings() == {}


def test_a_dry_undo_changes_nothing(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    result = world.undo(dry_run=True)
    assert len(result.taken_back) == 10
    assert world.plays() == world.wanted(TITAN3B)
    assert world.undo().changes


def test_bare_undo_asks_and_without_a_person_names_the_flag(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    with pytest.raises(BadUsage, match="would take back run") as refused:
        world.undo(yes=False)
    assert "-y" in str(refused.value)
    world.answers = ["no"]
    with pytest.raises(BadUsage, match="nothing was taken back"):
        world.undo(yes=False)
    assert world.plays() == world.wanted(TITAN3B)


def test_bare_undo_takes_back_the_newest_run_that_added_something(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN2)))
    newest = world.apply(plan_of(season(1, TITAN2), season(2, TITAN3B))).run
    assert not world.apply(plan_of(season(1, TITAN2), season(2, TITAN3B))).changes
    world.sandbox.faults.answer("POST", "/sync/history$", 401, times=None)
    assert world.apply(plan_of(season(572, "movie 51"))).totals["refused"] == 1  # it added nothing
    assert world.undo().undoes == (newest,)
    assert world.plays() == world.wanted(TITAN2)


@pytest.mark.parametrize("named", [{"only": ("mal:1",)}, {"runs": ("2026-11-22-1",)}])
def test_a_script_that_names_what_to_undo_is_not_asked(world: Bench, named: dict[str, Any]) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    assert world.undo(yes=False, **named).exit_code == 0
    assert not world.plays()


def test_a_person_at_a_terminal_who_names_an_entry_sees_first_what_goes(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.answers = ["no"]
    with pytest.raises(BadUsage, match="nothing was taken back"):
        world.undo(yes=False, only=("mal:1",), plan=plan)
    assert world.plays() == world.wanted(TITAN3B)
    world.answers = ["yes"]
    assert world.undo(yes=False, only=("mal:1",), plan=plan).exit_code == 0
    assert not world.plays()


def test_an_unknown_run_is_named_with_the_known_ones(world: Bench) -> None:
    run = world.apply(plan_of(season(1, TITAN3B))).run
    with pytest.raises(BadUsage, match="no apply run `2020-01-01-1`") as refused:
        world.undo(runs=("2020-01-01-1",))
    assert str(run) in str(refused.value)


def test_ctrl_c_while_undo_still_reads_writes_nothing(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON)))
    journal = next(world.folders.journal.glob("*.jsonl"))
    before = (world.plays(), world.ratings(), journal.read_bytes())
    posts = len([r for r in world.sandbox.wire if r.method == "POST"])
    world.sandbox.faults.after("GET", "/sync/history", lambda _: world.stop.set())
    result = world.undo()
    assert (result.exit_code, result.changes, result.run) == (130, False, None)
    assert (world.plays(), world.ratings(), journal.read_bytes()) == before
    assert len([r for r in world.sandbox.wire if r.method == "POST"]) == posts
    assert undo_report(result)[-1] == "Interrupted: nothing was taken back."


def test_ctrl_c_before_the_question_asks_nothing(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B)))
    world.answers = ["yes"]
    world.stop.set()
    assert world.undo(yes=False).exit_code == 130
    assert not world.asked


def test_ctrl_c_between_two_requests_of_undo_stands_in_the_log_and_undo_goes_on(world: Bench) -> None:
    world.sandbox.world.watchlist[("show", 30850)] = "2020-01-01T00:00:00.000Z"
    world.apply(plan_of(season(1, BLEACH, rating=9, rates=RatingScope.SEASON)))
    world.sandbox.faults.after("POST", "/sync/history/remove$", lambda _: world.stop.set())
    result = world.undo()
    assert (result.exit_code, len(result.taken_back), result.watchlist) == (130, 100, ())
    assert undo_report(result)[-1] == (
        "Interrupted. Taken back so far: 100 plays. Next: run the same command again; it takes back the rest."
    )
    assert "exit 130" in log_report(read_log(world.folders.journal))[-1]
    world.stop.clear()
    assert world.undo().exit_code == 0
    assert not world.plays()
    assert not world.ratings()
    assert ("show", 30850) in world.sandbox.world.watchlist


def test_what_goes_is_listed_by_entry_season_and_number_and_counted_by_kind(world: Bench) -> None:
    world.sandbox.world.watchlist[("show", 30850)] = "2020-01-01T00:00:00.000Z"
    planned = season(
        5, "movie 51", status=Status.PLANNED, finished=None, send=frozenset({SyncKind.WATCHLIST})
    )
    plan = plan_of(
        season(20, TITAN3B, rating=9, rates=RatingScope.SEASON), season(3, BLEACH, finished=None), planned
    )
    world.apply(plan)
    result = world.undo(dry_run=True)
    works: dict[ListSubject, str] = {
        ShowSubject(1420): "Attack on Titan (2013)",
        ShowSubject(30850): "Bleach (2004)",
    }
    assert undo_report(result, KnownNames({"mal:20": "Shingeki"}, works)) == (
        "  - mal:3 → Bleach (2004) S01E01–E366   366 plays   show 30850",
        "  ~ mal:5 → movie 51   off the watchlist   movie 51",
        "  - Shingeki → Attack on Titan (2013) S03E13–E22   10 plays   mal:20 · show 1420",
        "  ~ Shingeki → Attack on Titan (2013)   rating 9 → none (season 3)   mal:20 · show 1420",
        "  + Bleach (2004) back on the watchlist",
        "",
        "To take back: 376 plays, 1 rating, 1 list item. To put back: 1 watchlist item.",
    )
