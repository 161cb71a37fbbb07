"""The ground moves: seasons merge, ids change, shows go; specials, subtraction, the watchlist."""

from __future__ import annotations

import pytest

from anitrakt_plan.model import Status, SyncKind
from tests.faults.bench import Bench, plan_of, season

SECOND = "1420 S02E01-E12"
FIRST = "1420 S01E01-E25"


def test_a_season_merged_after_sending_is_still_there(world: Bench) -> None:
    """Ids kept: the entry's episodes are those that were read back, whatever number Trakt gives them now."""
    plan = plan_of(season(1, SECOND))
    world.apply(plan)
    world.sandbox.world.merge_seasons(1420, 2, 1)
    again = world.apply(plan)
    assert (again.exit_code, again.changes, again.totals["in_sync"]) == (0, False, 12)
    new = plan_of(season(1, "1420 S01E26-E37"))
    assert not world.apply(new).changes
    world.undo()
    assert not world.plays()


def test_a_merged_season_with_new_ids_is_not_sent_again(world: Bench) -> None:
    plan = plan_of(season(1, SECOND))
    world.apply(plan)
    world.sandbox.world.merge_seasons(1420, 2, 1, new_ids=True)
    assert not world.apply(plan).changes
    assert not world.apply(plan_of(season(1, "1420 S01E26-E37"))).changes


def test_a_season_merged_before_sending_is_named_and_held(world: Bench) -> None:
    world.sandbox.world.merge_seasons(1420, 2, 1)
    result = world.apply(plan_of(season(1, SECOND)))
    assert result.exit_code == 5
    assert result.totals["not_found"] == 12
    assert not world.plays()
    assert world.apply(plan_of(season(1, "1420 S01E26-E37"))).totals["plays"] == 12


def test_a_play_the_user_removed_stays_away_under_its_new_number(world: Bench) -> None:
    world.apply(plan_of(season(1, SECOND)))
    account = world.sandbox.world
    removed = next(p for p in account.plays.values() if p.item == world.episode(1420, 2, 4))
    account.remove_play(removed.id)
    account.merge_seasons(1420, 2, 1)
    result = world.apply(plan_of(season(1, "1420 S01E26-E37")))
    assert (result.changes, result.totals["gone"]) == (False, 1)


def test_a_show_that_is_gone_is_not_sent_again(world: Bench) -> None:
    plan = plan_of(season(1, "61385 S01E01-E24"), season(2, FIRST))
    world.apply(plan)
    world.sandbox.catalogue.remove_show(61385)
    again = world.apply(plan)
    assert not again.changes
    assert again.totals["gone"] == 24


def test_a_season_merged_between_sending_and_a_lost_answer_doubles_nothing(world: Bench) -> None:
    world.sandbox.faults.drop_after("POST", "/sync/history$")
    world.sandbox.faults.after(
        "POST", "/sync/history$", lambda _: world.sandbox.world.merge_seasons(1420, 2, 1)
    )
    plan = plan_of(season(1, SECOND))
    for _ in range(3):
        world.apply(plan)
    assert sum(world.plays().values()) == 12


def test_specials_are_sent_as_season_0(world: Bench) -> None:
    match = "21634 S00E01-E03"
    world.apply(plan_of(season(1, match, rating=6)))
    assert world.plays() == world.wanted(match)
    assert len(world.ratings()) == 3


def test_a_fully_subtracted_season_never_becomes_a_bare_one(world: Bench) -> None:
    for number in range(1, 13):
        world.sandbox.world.add_play("episode", world.episode(1420, 2, number), "2018-01-01T00:00:00.000Z")
    world.apply(plan_of(season(1, SECOND), season(2, FIRST)))
    (body,) = world.history_posts()
    assert isinstance(body, dict)
    assert [part["number"] for show in body["shows"] for part in show["seasons"]] == [1]


def test_the_watchlist_is_put_back_only_when_no_play_of_ours_is_left(world: Bench) -> None:
    watchlist = world.sandbox.world.watchlist
    watchlist[("show", 1420)] = "2020-01-01T00:00:00.000Z"
    world.apply(plan_of(season(1, FIRST), season(2, SECOND)))
    assert not watchlist
    world.undo(only=("mal:1",))
    assert not watchlist
    world.undo(only=("mal:2",))
    assert set(watchlist) == {("show", 1420)}


@pytest.mark.parametrize("kind", [SyncKind.WATCHLIST, SyncKind.DROPPED])
def test_planned_and_dropped_go_to_their_lists_when_asked_and_come_back(world: Bench, kind: SyncKind) -> None:
    status = Status.PLANNED if kind is SyncKind.WATCHLIST else Status.DROPPED
    entry = season(1, FIRST, status=status, watched=0, finished=None, send=frozenset({kind}))
    account = world.sandbox.world
    standing = account.watchlist if kind is SyncKind.WATCHLIST else account.dropped
    assert world.apply(plan_of(entry)).totals["listings"] == 1
    assert set(standing) == {("show", 1420)}
    assert not world.apply(plan_of(entry)).changes
    standing.clear()
    assert not world.apply(plan_of(entry)).changes
    world.apply(plan_of(entry), resend=True)
    assert set(standing) == {("show", 1420)}
    world.undo()
    assert not standing


def test_a_planned_entry_sends_neither_plays_nor_its_score(world: Bench) -> None:
    entry = season(1, FIRST, status=Status.PLANNED, finished=None, rating=7)
    assert not world.apply(plan_of(entry)).changes
