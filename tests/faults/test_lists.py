"""The watchlist and the dropped shows: plays take a show off the watchlist, so it is put there after all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.model import Plan, Status, SyncKind
from tests.faults.bench import Bench, plan_of, season
from tests.faults.test_doubt import HISTORY

FIRST, SECOND = "1420 S01E01-E25", "1420 S02E01-E12"
LISTS = {SyncKind.WATCHLIST: "/sync/watchlist$", SyncKind.DROPPED: "/users/hidden/dropped$"}


def watched_and_planned() -> Plan:
    return plan_of(
        season(1, FIRST),
        season(
            2,
            SECOND,
            status=Status.PLANNED,
            finished=None,
            send=frozenset({SyncKind.WATCHLIST, SyncKind.HISTORY}),
        ),
    )


def listed(world: Bench, kind: SyncKind = SyncKind.WATCHLIST) -> set[tuple[str, int]]:
    account = world.sandbox.world
    return set(account.watchlist if kind is SyncKind.WATCHLIST else account.dropped)


def test_a_show_is_put_on_the_watchlist_after_its_plays(world: Bench) -> None:
    assert world.apply(watched_and_planned()).exit_code == 0
    assert listed(world) == {("show", 1420)}


@pytest.mark.parametrize("status", [502, 504])
@pytest.mark.parametrize("settle", [0, 120])
def test_plays_that_are_sent_again_take_nothing_off_the_watchlist(
    world: Bench, status: int, settle: int
) -> None:
    world.settle = settle
    world.sandbox.faults.answer("POST", HISTORY, status)
    plan = watched_and_planned()
    world.apply_until_done(plan)
    assert world.plays() == world.wanted(FIRST)
    assert listed(world) == {("show", 1420)}
    assert not world.apply(plan).changes


@pytest.mark.parametrize("kind", list(LISTS))
@pytest.mark.parametrize("acts", [False, True])
def test_a_lost_answer_loses_no_list_entry(world: Bench, kind: SyncKind, acts: bool) -> None:
    status = Status.PLANNED if kind is SyncKind.WATCHLIST else Status.DROPPED
    plan = plan_of(season(1, FIRST, status=status, watched=0, finished=None, send=frozenset({kind})))
    drop = world.sandbox.faults.drop_after if acts else world.sandbox.faults.drop_before
    drop("POST", LISTS[kind], times=1)
    world.apply_until_done(plan)
    assert listed(world, kind) == {("show", 1420)}
    assert world.sandbox.faults.spent
    result = world.apply(plan)
    assert (result.exit_code, result.changes) == (0, False)
    world.undo()
    assert not listed(world, kind)


@pytest.mark.parametrize("kind", list(LISTS))
@pytest.mark.parametrize("applies", [0, 1])
def test_a_list_entry_that_comes_late_is_ours_and_undo_takes_it_off(
    world: Bench, kind: SyncKind, applies: int
) -> None:
    status = Status.PLANNED if kind is SyncKind.WATCHLIST else Status.DROPPED
    plan = plan_of(season(1, FIRST, status=status, watched=0, finished=None, send=frozenset({kind})))
    world.sandbox.faults.act_later("POST", LISTS[kind], 504)
    assert world.apply(plan).exit_code == 5
    world.sandbox.commit_pending()
    for _ in range(applies):
        result = world.apply(plan)
        assert (result.exit_code, result.changes) == (0, False)
    assert world.undo().exit_code == 0
    assert not listed(world, kind)


def test_a_list_entry_that_stands_there_days_later_is_the_persons(world: Bench) -> None:
    def planned(key: int, match: str) -> Plan:
        kinds = frozenset({SyncKind.WATCHLIST})
        return plan_of(season(key, match, status=Status.PLANNED, finished=None, send=kinds))

    world.sandbox.faults.answer("POST", LISTS[SyncKind.WATCHLIST], 504)
    assert world.apply(planned(1, FIRST)).exit_code == 5
    world.clock.time += timedelta(days=2)
    assert world.apply(planned(2, "movie 97")).exit_code == 0
    world.sandbox.world.watchlist[("show", 1420)] = "2026-11-25T00:00:00.000Z"
    assert world.apply(planned(1, FIRST)).exit_code == 0
    world.undo(runs=tuple(run.run for run in world.runs() if run.kind is RunKind.APPLY))
    assert listed(world) == {("show", 1420)}


@pytest.mark.parametrize("kind", list(LISTS))
def test_a_list_entry_that_is_acknowledged_and_not_there_is_said_and_sent_again(
    world: Bench, kind: SyncKind
) -> None:
    status = Status.PLANNED if kind is SyncKind.WATCHLIST else Status.DROPPED
    plan = plan_of(season(1, FIRST, status=status, watched=0, finished=None, send=frozenset({kind})))
    account = world.sandbox.world
    standing = account.watchlist if kind is SyncKind.WATCHLIST else account.dropped
    world.sandbox.faults.after("POST", LISTS[kind], lambda _: standing.clear(), times=1)
    assert world.apply(plan).exit_code == 5
    world.clock.time += timedelta(minutes=5)
    assert world.apply(plan).exit_code == 0
    assert listed(world, kind) == {("show", 1420)}


def test_what_the_person_took_off_the_list_later_stays_off(world: Bench) -> None:
    plan = watched_and_planned()
    world.apply(plan)
    world.sandbox.world.watchlist.clear()
    assert not world.apply(plan).changes
    assert not listed(world)
