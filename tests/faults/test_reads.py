"""Reads that lag, pages that shift, ties that come in another order: nothing is sent for what is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from anitrakt_plan.commands.status import status, status_report
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.model import Status, SyncKind
from anitrakt_plan.reports.undo import undo_report
from anitrakt_plan.sandbox.wire import Answer
from tests.faults.bench import Bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at
from tests.long import long
from tests.practice.faults import with_body

BLEACH = "30850 S01E01-E100"
TITAN3B = "1420 S03E13-E22"
LONG = "30850 S01E01-E366"


def fill(world: Bench, count: int, *, date: str | None = None, kind: str = "episode") -> None:
    """Give the account plays of its own, of shows that no plan here names."""
    show = world.sandbox.catalogue.add_show("Filler", 1999, {1: 50})
    ids = [episode.id for episode in show.seasons[0].episodes]
    start = datetime(2001, 1, 1, tzinfo=UTC)
    with world.sandbox.world.saving_once():
        for number in range(count):
            moment = date or f"{start + timedelta(minutes=number):%Y-%m-%dT%H:%M:00.000Z}"
            world.sandbox.world.add_play(kind, ids[number % len(ids)], moment, action="scrobble")


def test_a_history_that_lags_behind_is_looked_at_twice(world: Bench) -> None:
    world.sandbox.faults.history.lag_reads = 1
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)
    assert len(world.history_posts()) == 1


def test_a_history_that_lags_for_long_is_reported_and_found_by_the_next_apply(world: Bench) -> None:
    world.sandbox.faults.history.lag_reads = 8
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 5
    world.sandbox.faults.history.lag_reads = 0
    second = world.apply(plan)
    assert (second.exit_code, second.changes) == (0, False)
    assert len(world.history_posts()) == 1
    world.undo()
    assert not world.plays()


def test_one_read_that_lags_is_not_enough_to_call_a_play_absent(world: Bench) -> None:
    """The run died before it heard the answer; hours later the first read still does not show the plays."""
    plan = plan_of(season(1, TITAN3B))
    with death_at(Moment.ANSWER_TO_OUTCOME, 1), pytest.raises(Killed):
        world.apply(plan)
    world.clock.time += timedelta(hours=3)
    world.sandbox.faults.history.lag_reads = 1
    assert world.apply(plan).exit_code == 0
    assert len(world.history_posts()) == 1
    assert world.plays() == world.wanted(TITAN3B)


def test_plays_past_the_page_count_are_read(world: Bench) -> None:
    """The page count says less than there is, and the plays that count stand in the tail, dated 1970."""
    for number in range(1, 101):
        item = world.episode(30850, 1, number)
        world.sandbox.world.add_play("episode", item, "1970-01-01T00:00:00.000Z", action="scrobble")
    fill(world, 2000)
    world.sandbox.faults.history.pages_uncounted = 4
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.totals["in_sync"] == 100
    assert not world.history_posts()


def test_short_pages_in_the_middle_do_not_end_the_reading(world: Bench) -> None:
    world.apply(plan_of(season(1, BLEACH)))
    fill(world, 1500)
    gone = world.sandbox.catalogue.add_show("Gone", 1998, {1: 143})
    for episode in gone.seasons[0].episodes:
        world.sandbox.world.add_play("episode", episode.id, "2010-01-01T00:00:00.000Z", action="scrobble")
    world.sandbox.catalogue.remove_show(gone.trakt_id)
    result = world.apply(plan_of(season(1, BLEACH)))
    assert (result.exit_code, result.changes) == (0, False)


@pytest.mark.parametrize("others", [300, *long(1500)])
def test_ties_in_another_order_at_each_request_hide_nothing(world: Bench, others: int) -> None:
    fill(world, others, date="2019-07-01T10:00:00.000Z")
    plan = plan_of(season(1, LONG))
    world.sandbox.faults.history.shuffle_ties = True
    world.apply_until_done(plan)
    ids = _ids(world)
    plays = [play for play in world.plays().elements() if play[1] in ids]
    assert len(plays) == len(set(plays)) == 366
    assert not world.apply(plan).changes


def _ids(world: Bench) -> set[int]:
    return {world.episode(30850, 1, number) for number in range(1, 367)}


def test_a_page_that_fails_ends_the_run_and_sends_nothing(world: Bench) -> None:
    fill(world, 600)
    world.sandbox.faults.answer("GET", "/sync/history$", 500, times=None, skip=1)
    with pytest.raises(AnitraktError):
        world.apply(plan_of(season(1, BLEACH)))
    assert not world.history_posts()


def without(name: str, *, first: int) -> Callable[[Answer], Answer]:
    """Take their object from so many rows of an answer."""

    def change(answer: Answer) -> Answer:
        rows = json.loads(answer.body)
        return with_body(answer, [{**row, name: None} if at < first else row for at, row in enumerate(rows)])

    return change


@pytest.mark.parametrize("name", ["episode", "show"])
def test_plays_of_ours_that_lost_their_object_are_there_and_are_not_taken_back(
    world: Bench, name: str
) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.sandbox.faults.add("GET", "/sync/history", change=without(name, first=3), times=None)
    again = world.apply(plan)
    assert (again.exit_code, again.changes, again.totals["in_sync"]) == (0, False, 10)
    assert again.notes == (
        "3 rows of your Trakt account no longer have their show or film: "
        "they count as there, and say nothing of what they are.",
    )
    with world.ports() as ports:
        standing = status(plan, ports)
    assert standing.entries[0].sent_gone == 0
    assert standing.entries[0].in_order
    assert any(line.startswith("3 rows of your") for line in status_report(standing))
    undone = world.undo()
    assert len(undone.taken_back) == 7
    assert "! 3 × play has lost its show or film on Trakt" in "\n".join(undo_report(undone))
    assert world.plays().total() == 3
    world.sandbox.faults.clear()
    assert len(world.undo().taken_back) == 3
    assert not world.plays()


def test_ratings_and_list_items_that_lost_their_object_end_nothing(world: Bench) -> None:
    account, old = world.sandbox.world, "2015-05-05T05:05:05.000Z"
    account.add_rating("show", 1420, 4, old)
    account.add_rating("show", 30850, 4, old)
    account.watchlist[("movie", 51)] = account.watchlist[("show", 1420)] = old
    account.dropped[("show", 1420)] = account.dropped[("show", 30850)] = old
    world.sandbox.faults.add("GET", "/sync/ratings", change=without("show", first=9), times=None)
    world.sandbox.faults.add("GET", "/sync/watchlist/movies", change=without("movie", first=9))
    world.sandbox.faults.add("GET", "/users/hidden", change=without("show", first=1))
    planned = season(2, "movie 51", status=Status.PLANNED, send=frozenset({SyncKind.WATCHLIST}))
    dropped = season(3, LONG, status=Status.DROPPED, send=frozenset({SyncKind.DROPPED}))
    result = world.apply(plan_of(season(1, TITAN3B, rating=9), planned, dropped))
    assert result.exit_code == 0
    assert result.notes[0].startswith("4 rows of your Trakt account no longer have their show or film")
    reads = [r for r in world.sandbox.wire if r.path == "/sync/ratings/all"]
    assert len(reads) <= 4


def test_a_deletion_and_an_insertion_between_pages_double_nothing(world: Bench) -> None:
    plan = plan_of(season(1, LONG))
    world.apply(plan)
    fill(world, 700)
    first = min(world.sandbox.world.plays)
    world.sandbox.faults.after(
        "GET", "/sync/history$", lambda _: world.sandbox.world.add_play("episode", world.episode(1420, 1, 1))
    )
    world.sandbox.faults.after(
        "GET",
        "/sync/history$",
        lambda _: world.sandbox.world.remove_play(max(world.sandbox.world.plays) - 3),
        skip=1,
    )
    result = world.apply(plan)
    assert first in world.sandbox.world.plays
    assert (result.exit_code, result.changes) == (0, False)


def test_a_read_older_than_ten_minutes_is_read_again_before_anything_is_sent(world: Bench) -> None:
    """The lid was closed for hours after the first batch; meanwhile somebody watched."""

    def hours_later(_: object) -> None:
        world.clock.time += timedelta(hours=8)
        world.sandbox.world.add_play(
            "episode", world.episode(30850, 1, 250), "2020-02-02T02:02:00.000Z", "scrobble"
        )

    world.sandbox.faults.after("POST", "/sync/history$", hours_later)
    result = world.apply(plan_of(season(1, LONG)))
    assert result.exit_code == 0
    items = [item for _, item, _ in world.plays().elements()]
    assert len(items) == len(set(items)) == 366


@pytest.mark.parametrize("jump", [timedelta(hours=8), timedelta(hours=-8), timedelta(days=-3)])
def test_a_clock_that_jumps_between_read_and_request_makes_the_read_old(
    world: Bench, jump: timedelta
) -> None:
    def moved(_: object) -> None:
        world.clock.time += jump

    world.sandbox.faults.before("GET", "/sync/watchlist/movies$", moved)
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    history = [r for r in world.sandbox.wire if r.path == "/sync/history"]
    post = next(index for index, record in enumerate(history) if record.method == "POST")
    assert post >= 2
    assert world.plays() == world.wanted(TITAN3B)
    assert not world.apply(plan).changes


@pytest.mark.long
def test_thirty_thousand_plays_with_all_of_it_at_once(world: Bench) -> None:
    fill(world, 30_000)
    plan = plan_of(season(1, LONG), season(2, TITAN3B))
    world.sandbox.faults.history.pages_uncounted = 4
    world.sandbox.faults.history.shuffle_ties = True
    world.apply_until_done(plan)
    assert not world.apply(plan).changes
    ids = _ids(world)
    items = [item for _, item, _ in world.plays().elements() if item in ids]
    assert len(items) == 366
