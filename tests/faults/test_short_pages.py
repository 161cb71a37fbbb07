"""Pages that come short, once or for good: what they hide is there, is not sent again, and is not called gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from anitrakt_plan.sandbox.wire import Answer, Call
from tests.faults.bench import Bench, plan_of, season
from tests.practice.faults import with_body

LONG = "30850 S01E01-E366"
TITAN3B = "1420 S03E13-E22"

HISTORY = "/sync/history$"


def fill(world: Bench, count: int) -> None:
    """Give the account the plays of LONG, by another program, and older ones of its own."""
    start = datetime(2015, 1, 1, tzinfo=UTC)
    filler = world.sandbox.catalogue.add_show("Filler", 1999, {1: 50})
    with world.sandbox.world.saving_once():
        for number in range(1, 367):
            moment = f"{start + timedelta(days=number):%Y-%m-%dT%H:%M:00.000Z}"
            world.sandbox.world.add_play("episode", world.episode(30850, 1, number), moment, "scrobble")
        for number in range(count):
            item = filler.seasons[0].episodes[number % 50].id
            world.sandbox.world.add_play("episode", item, f"200{number % 9}-02-03T04:05:00.000Z", "scrobble")


def only_rows(keep: Callable[[int], bool]) -> Callable[[Answer], Answer]:
    """Leave rows out of a page, by their position in it."""

    def change(answer: Answer) -> Answer:
        rows = json.loads(answer.body)
        return with_body(answer, [row for at, row in enumerate(rows) if keep(at)])

    return change


def page(number: int) -> Callable[[Call], bool]:
    return lambda call: call.number("page", 1) == number and "start_at" not in call.query


@pytest.mark.parametrize("keep", [200, 0])
@pytest.mark.parametrize("number", [1, 2])
def test_a_page_that_comes_short_once_hides_nothing(world: Bench, keep: int, number: int) -> None:
    fill(world, 400)
    fault = world.sandbox.faults.add(
        "GET", HISTORY, change=only_rows(lambda at: at < keep), times=1, when=page(number)
    )
    result = world.apply(plan_of(season(1, LONG)))
    assert fault.hits >= 1
    assert (result.exit_code, result.changes) == (0, False)
    assert not world.history_posts()


@pytest.mark.parametrize("keep", [200, 0])
def test_where_a_page_stays_short_each_work_is_read_by_itself(world: Bench, keep: int) -> None:
    """The hole stays; the entry's own show is read, and nothing of it is sent; what is missing goes out, once."""
    fill(world, 400)
    world.sandbox.faults.add("GET", HISTORY, change=only_rows(lambda at: at < keep), times=None, when=page(1))
    plan = plan_of(season(1, LONG), season(2, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert len(world.history_posts()) == 1
    assert sum(world.wanted(TITAN3B).values()) == 10
    assert {p for p in world.plays() if p[2] == "2019-07-01T10:00:00.000Z"} == set(world.wanted(TITAN3B))
    again = world.apply(plan)
    assert (again.exit_code, again.changes) == (0, False)
    assert len(world.history_posts()) == 1


def test_a_count_of_rows_that_came_short_by_a_page_is_noticed(world: Bench) -> None:
    """The one page of a small account comes empty, and only the header says that there is more."""
    for number in range(1, 101):
        world.sandbox.world.add_play("episode", world.episode(30850, 1, number), "2010-01-01T00:00:00.000Z")
    world.sandbox.faults.add("GET", HISTORY, change=only_rows(lambda _: False), times=1, when=page(1))
    result = world.apply(plan_of(season(1, "30850 S01E01-E100")))
    assert (result.exit_code, result.changes) == (0, False)


def test_plays_of_ours_that_are_not_shown_are_not_gone(world: Bench) -> None:
    """Neither apply nor status calls them removed, and undo finds and takes back all of them."""
    fill(world, 400)
    plan = plan_of(season(2, TITAN3B))
    world.apply(plan)
    world.sandbox.faults.add(
        "GET", HISTORY, change=only_rows(lambda at: at >= 20), times=None, when=page(1)
    )  # ours are the newest
    again = world.apply(plan)
    assert (again.exit_code, again.changes) == (0, False)
    assert "removed" not in str(again.totals)
    assert again.totals.get("removed_by_user", 0) == 0
    undone = world.undo()
    assert undone.exit_code == 0
    assert not set(world.wanted(TITAN3B)) & set(world.plays())


def test_what_a_removal_did_not_take_is_not_called_gone(world: Bench) -> None:
    """The read-back after a removal comes short: the plays are looked up at their own show."""
    fill(world, 400)
    world.apply(plan_of(season(2, TITAN3B)))
    world.sandbox.faults.answer("POST", "/sync/history/remove$", 504, times=None)
    world.sandbox.faults.add("GET", HISTORY, change=only_rows(lambda at: at >= 20), times=None, when=page(1))
    result = world.undo()
    assert result.exit_code != 0
    world.sandbox.faults.clear()
    assert world.undo().exit_code == 0
    assert not set(world.wanted(TITAN3B)) & set(world.plays())


def test_a_lost_answer_is_settled_by_reading_the_works_themselves(world: Bench) -> None:
    """The plays arrived, the answer did not, and the page that would show them stays short."""
    fill(world, 400)
    world.sandbox.faults.add("GET", HISTORY, change=only_rows(lambda at: at >= 20), times=None, when=page(1))
    world.sandbox.faults.drop_after("POST", HISTORY, times=1)
    plan = plan_of(season(2, TITAN3B))
    world.apply_until_done(plan)
    assert len(world.history_posts()) == 1
    assert {p: n for p, n in world.plays().items() if p in world.wanted(TITAN3B)} == world.wanted(TITAN3B)


def test_a_rating_on_a_page_that_comes_short_is_not_given_again(world: Bench) -> None:
    fill(world, 0)
    show = world.sandbox.catalogue.add_show("Rated", 1999, {1: 300})
    for episode in show.seasons[0].episodes:
        world.sandbox.world.add_rating("episode", episode.id, 5, "2010-01-01T00:00:00.000Z")
    world.sandbox.world.add_rating("show", 1420, 3, "2020-01-01T00:00:00.000Z")
    world.sandbox.faults.add(
        "GET", "/sync/ratings/all$", change=only_rows(lambda at: at >= 200), times=1, when=page(1)
    )
    world.sandbox.faults.add(
        "GET", "/sync/ratings/all$", change=only_rows(lambda at: at >= 200), times=1, when=page(2)
    )
    before = world.ratings()
    world.apply(plan_of(season(1, TITAN3B, rating=9)))
    assert world.ratings()[("show", 1420)] == before[("show", 1420)] == 3
