"""Somebody else at the same account: other programs, the user, another anitrakt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from anitrakt_plan.errors import ExitCode, SafetyStop
from anitrakt_plan.journal.journal import journal_path
from tests.faults.bench import NOON_IN_BERLIN, Bench, plan_of, season, sums
from tests.long import long

BLEACH = "30850 S01E01-E366"
TITAN3B = "1420 S03E13-E22"
HISTORY = "/sync/history$"


def scrobble(world: Bench, number: int, date: str, action: str = "scrobble") -> None:
    world.sandbox.world.add_play("episode", world.episode(30850, 1, number), date, action)


def doubled(world: Bench) -> list[int]:
    items = Counter(item for _, item, _ in world.plays().elements())
    return [item for item, count in items.items() if count > 1]


def test_what_was_watched_while_the_run_was_on_is_not_sent(world: Bench) -> None:
    """A scrobble of today, after the first of four batches: the look after that batch sees it."""
    world.sandbox.faults.after("POST", HISTORY, lambda _: scrobble(world, 300, "2026-11-22T09:30:00.000Z"))
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.exit_code == 0
    assert result.totals["plays"] == 365
    assert not doubled(world)


def test_a_scrobble_at_our_very_minute_is_named_and_undo_leaves_one_of_the_two(world: Bench) -> None:
    world.sandbox.faults.before("POST", HISTORY, lambda _: scrobble(world, 5, NOON_IN_BERLIN, "watch"))
    plan = plan_of(season(1, "30850 S01E01-E10"))
    result = world.apply(plan)
    assert result.exit_code == ExitCode.IN_PART
    assert "twice on the same minute" in " ".join(result.notes)
    assert len(doubled(world)) == 1
    again = world.apply(plan)
    assert (again.exit_code, again.changes) == (ExitCode.DONE, False)
    world.undo()
    assert world.plays() == {("episode", world.episode(30850, 1, 5), NOON_IN_BERLIN): 1}


def test_a_scrobble_of_another_date_is_never_taken_for_ours(world: Bench) -> None:
    world.sandbox.faults.before(
        "POST", HISTORY, lambda _: scrobble(world, 5, "2020-02-02T02:02:00.000Z", "watch")
    )
    plan = plan_of(season(1, "30850 S01E01-E10"))
    world.apply(plan)
    world.undo()
    assert list(world.plays()) == [("episode", world.episode(30850, 1, 5), "2020-02-02T02:02:00.000Z")]


def test_a_scrobble_with_a_lost_answer_is_never_taken_for_ours(world: Bench) -> None:
    world.sandbox.faults.before("POST", HISTORY, lambda _: scrobble(world, 5, NOON_IN_BERLIN, "scrobble"))
    world.sandbox.faults.drop_after("POST", HISTORY)
    plan = plan_of(season(1, "30850 S01E01-E10"))
    world.apply_until_done(plan)
    world.undo()
    assert world.plays() == {("episode", world.episode(30850, 1, 5), NOON_IN_BERLIN): 1}


def test_a_play_of_ours_that_the_user_deletes_in_mid_run_is_not_sent_again(world: Bench) -> None:
    def delete(_: object) -> None:
        account = world.sandbox.world
        account.remove_play(min(account.plays))

    world.sandbox.faults.after("POST", HISTORY, delete, skip=1)
    plan = plan_of(season(1, BLEACH))
    first = world.apply(plan)
    assert first.exit_code == 5
    for _ in range(2):
        again = world.apply(plan)
        assert (again.exit_code, again.changes) == (0, False)
    assert sum(world.plays().values()) == 365


def test_a_play_of_ours_that_the_user_deletes_later_stays_away_and_is_counted(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.sandbox.world.remove_play(min(world.sandbox.world.plays))
    again = world.apply(plan)
    assert (again.exit_code, again.changes, again.totals["gone"]) == (0, False, 1)


# --- two anitrakts ---


def second_home(world: Bench, tmp_path: Path) -> Bench:
    return Bench(world.sandbox, world.clock, tmp_path / "second-home")


def test_two_homes_one_after_the_other_send_nothing_twice(world: Bench, tmp_path: Path) -> None:
    plan = plan_of(season(1, TITAN3B, rating=7))
    world.apply(plan)
    assert not second_home(world, tmp_path).apply(plan).changes
    assert world.plays() == world.wanted(TITAN3B)


@pytest.mark.parametrize("at", [0, 3, 7, *long(1, 2, 4, 5, 6)])
def test_two_homes_at_once_are_noticed_and_named(world: Bench, tmp_path: Path, at: int) -> None:
    """The second home applies as a whole just before some request of the first: nothing twice, or it is said."""
    other = second_home(world, tmp_path)
    plan = plan_of(season(1, TITAN3B))
    ran: list[object] = []

    def run_other(_: object) -> None:
        if not ran:
            ran.append(None)
            ran.append(other.apply(plan))

    world.sandbox.faults.before("*", "^/", run_other, skip=at)
    mine = world.apply(plan)
    assert len(ran) == 2 or at >= len(world.sandbox.wire)
    notes = " ".join([*mine.notes, *(note for result in other.results for note in result.notes)])
    if doubled(world):
        assert "twice on the same minute" in notes
        assert ExitCode.IN_PART in {result.exit_code for result in (mine, *other.results)}
    else:
        assert world.plays() == world.wanted(TITAN3B)
    assert not world.apply(plan).changes
    assert not other.apply(plan).changes
    if doubled(world):
        world.undo()
        other.undo()
        assert not world.plays()


def test_a_second_apply_on_this_machine_is_refused_and_names_the_first(world: Bench) -> None:
    path = journal_path(world.folders.journal, world.sandbox.world.uuid).with_suffix(".lock")
    seen: list[str] = []

    def again(_: object) -> None:
        with pytest.raises(SafetyStop) as refused:
            world.apply(plan_of(season(2, "movie 51")))
        seen.append(str(refused.value))

    world.sandbox.faults.before("POST", HISTORY, again)
    world.apply(plan_of(season(1, TITAN3B)))
    assert "process " in seen[0]
    assert "since 2026-11-22" in seen[0]
    assert "--lock-timeout" in seen[0]
    with FileLock(path, timeout=0):
        pass


def test_two_plans_on_one_account_do_not_disturb_each_other(world: Bench) -> None:
    first, second = plan_of(season(1, TITAN3B)), plan_of(season(9, "1420 S01E01-E25"))
    world.apply(first)
    world.apply(second)
    assert world.apply(first).totals["leftovers"] == 0
    assert not world.apply(second).changes
    assert world.plays() == sums([world.wanted(TITAN3B), world.wanted("1420 S01E01-E25")])
