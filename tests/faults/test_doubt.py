"""Answers that are late, lost or lies: each is settled by reading, and nothing is sent blindly twice."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from anitrakt_plan.model import Policy, RatingScope, Status, SyncKind
from tests.faults.bench import Bench, plan_of, season, sums
from tests.long import long

TITAN3B = "1420 S03E13-E22"
ALCHEMIST = "31771 S01E01-E64"
BLEACH = "30850 S01E01-E100"
HISTORY = "/sync/history$"


def hundred() -> object:
    return plan_of(season(1, BLEACH))


def posted_items(world: Bench) -> list[tuple[int, int, int]]:
    """Every episode that any history request named, as often as it did."""
    return [
        (show["ids"]["trakt"], part["number"], episode["number"])
        for body in world.history_posts()
        for show in body.get("shows", ())  # type: ignore[attr-defined]
        for part in show["seasons"]
        for episode in part["episodes"]
    ]


# --- a slow commit ---


def test_a_commit_that_goes_on_after_the_504_within_the_settle_time_is_waited_for(world: Bench) -> None:
    world.settle = 120
    world.sandbox.faults.act_later("POST", HISTORY, 504, first=40)
    plan = plan_of(season(1, BLEACH))
    first = world.apply(plan)
    assert first.exit_code == 5
    assert first.totals["in_doubt"] == 60
    world.clock.time += timedelta(seconds=30)
    world.sandbox.commit_pending()
    second = world.apply(plan)
    assert second.exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    assert len(world.history_posts()) == 1


def test_a_commit_after_the_settle_time_doubles_and_the_surplus_is_taken_away(world: Bench) -> None:
    world.sandbox.faults.act_later("POST", HISTORY, 504, first=40)
    plan = plan_of(season(1, BLEACH))
    first = world.apply(plan)
    assert first.totals["plays"] == 100
    assert len(posted_items(world)) == 160
    world.sandbox.commit_pending()
    assert sum(world.plays().values()) == 160
    second = world.apply(plan)
    assert second.exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    assert "stood twice" in " ".join(second.notes)
    assert not world.apply(plan).changes
    world.undo()
    assert not world.plays()


def test_a_commit_that_comes_between_the_second_sending_and_its_read_back_is_taken_away_at_once(
    world: Bench,
) -> None:
    world.sandbox.faults.act_later("POST", HISTORY, 504, first=40)
    world.sandbox.faults.after("POST", HISTORY, lambda _: world.sandbox.commit_pending(), skip=1)
    plan = plan_of(season(1, BLEACH))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(BLEACH)


def test_the_next_run_waits_out_the_settle_time_and_then_sends_the_rest(world: Bench) -> None:
    world.settle = 120
    world.sandbox.faults.act_partly("POST", HISTORY, 40, 504)
    plan = plan_of(season(1, BLEACH))
    assert world.apply(plan).exit_code == 5
    before = world.clock.time
    result = world.apply(plan)
    assert result.exit_code == 0
    assert world.clock.time - before >= timedelta(seconds=119)
    assert world.plays() == world.wanted(BLEACH)
    assert len(posted_items(world)) == 160


# --- answers that lie ---


def test_fewer_stored_than_counted_is_reported_once_and_not_sent_again(world: Bench) -> None:
    hidden = {("episode", world.episode(30850, 1, number)) for number in (5, 6, 7)}
    world.sandbox.faults.history.never_stored |= hidden
    plan = plan_of(season(1, BLEACH))
    first = world.apply(plan)
    assert first.exit_code == 5
    assert first.totals["unseen"] == 3
    assert "30850 S01E05" in " ".join(first.notes)
    world.sandbox.faults.history.never_stored.clear()
    second = world.apply(plan)
    assert (second.exit_code, second.changes, second.totals["unseen_before"]) == (0, False, 3)
    assert len(posted_items(world)) == 100


def test_fewer_counted_than_sent_without_not_found_is_settled_by_reading(world: Bench) -> None:
    world.sandbox.faults.add("POST", HISTORY, first=97)
    plan = plan_of(season(1, BLEACH))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    assert len(posted_items(world)) == 103


def test_an_answer_that_counts_a_whole_show_is_not_believed(world: Bench) -> None:
    world.sandbox.faults.lie(added={"episodes": 366})
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)
    assert len(posted_items(world)) == 10


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("match", [TITAN3B, *long("30850 S01E01-E366")])
def test_counts_that_are_off_by_one_in_every_answer_are_settled_by_what_is_there(
    world: Bench, match: str, by: int
) -> None:
    def off(body: dict[str, dict[str, int]]) -> object:
        return {**body, "added": {**body["added"], "movies": max(0, body["added"].get("movies", 0) + by)}}

    for path in (HISTORY, "/sync/ratings$", "/sync/watchlist$", "/users/hidden/dropped$"):
        world.sandbox.faults.lie(path, added=off, times=None)
    plan = plan_of(
        season(1, match, rating=8, rates=RatingScope.SHOW),
        season(2, "movie 51", rating=7),
        season(3, "movie 97", status=Status.PLANNED),
        season(4, "31771 S01E01-E05", status=Status.DROPPED),
        policy=Policy(send=frozenset(SyncKind)),
    )

    result = world.apply(plan)

    assert (result.exit_code, result.changes) == (0, True), result
    assert world.plays() == sums([world.wanted(match), world.wanted("movie 51")])
    assert sorted(world.ratings().values()) == [7, 8]
    again = world.apply(plan)
    assert (again.exit_code, again.changes) == (0, False)

    def off_in_removing(body: dict[str, dict[str, int]]) -> object:
        return {**body, "deleted": {**body["deleted"], "movies": max(0, body["deleted"]["movies"] + by)}}

    for path in ("/sync/history/remove$", "/sync/ratings/remove$", "/sync/watchlist/remove$"):
        world.sandbox.faults.lie(path, added=off_in_removing, times=None)
    assert world.undo().exit_code == 0
    assert not world.plays()
    assert not world.ratings()


@pytest.mark.parametrize("status", [200, 201, 500, 502, 504, 409, 520])
def test_a_page_of_html_says_nothing_about_what_was_done(world: Bench, status: int) -> None:
    world.sandbox.faults.html("POST", HISTORY, status, act="act")
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)
    assert len(posted_items(world)) == 10


@pytest.mark.parametrize("status", [301, 307, 409, 500, 503, 504])
def test_in_doubt_and_not_done_is_sent_again_after_two_reads(world: Bench, status: int) -> None:
    world.sandbox.faults.answer("POST", HISTORY, status, None, {"Location": "/elsewhere"})
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)
    methods = [(r.method, r.path) for r in world.sandbox.wire if r.path != "/users/settings"]
    posts = [index for index, (method, path) in enumerate(methods) if method == "POST" and "history" in path]
    reads_between = [m for m in methods[posts[0] + 1 : posts[1]] if m == ("GET", "/sync/history")]
    assert len(reads_between) >= 2
    assert not [r for r in world.sandbox.wire if "elsewhere" in r.path]


def test_420_after_half_of_a_batch_is_in_doubt_and_the_rest_follows(world: Bench) -> None:
    world.sandbox.faults.act_partly("POST", HISTORY, 50, 420)
    plan = plan_of(season(1, BLEACH))
    result = world.apply_until_done(plan)
    assert result.exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    assert len(posted_items(world)) == 150


@pytest.mark.parametrize("status", [400, 404, 412, 413, 422])
def test_a_refusal_is_believed_and_the_next_apply_sends_it(world: Bench, status: int) -> None:
    world.sandbox.faults.answer("POST", HISTORY, status)
    plan = plan_of(season(1, TITAN3B))
    first = world.apply(plan)
    assert first.exit_code in (1, 5)
    assert not world.plays()
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)


@pytest.mark.parametrize(("status", "word"), [(423, "locked"), (426, "VIP")])
def test_a_locked_account_or_a_vip_wall_stops_with_a_plain_sentence(
    world: Bench, status: int, word: str
) -> None:
    world.sandbox.faults.answer("POST", HISTORY, status, times=None)
    result = world.apply(plan_of(season(1, BLEACH), season(2, ALCHEMIST)))
    assert result.exit_code == 1
    assert word in str(result.error)
    assert len(world.history_posts()) == 1


def test_three_doubts_in_a_row_end_the_run(world: Bench) -> None:
    world.settle = 120
    world.sandbox.faults.answer("POST", HISTORY, 502, times=None)
    plan = plan_of(season(1, "30850 S01E01-E366"), season(2, ALCHEMIST), season(3, TITAN3B))
    result = world.apply(plan)
    assert result.exit_code == 5
    assert len(world.history_posts()) == 3
    world.sandbox.faults.clear()
    world.apply_until_done(plan)
    assert world.plays() == sums([world.wanted(m) for m in ("30850 S01E01-E366", ALCHEMIST, TITAN3B)])


def test_429_waits_as_told_and_goes_on(world: Bench) -> None:
    world.sandbox.faults.too_many_requests("POST", HISTORY, retry_after=7)
    before = world.clock.time
    assert world.apply(plan_of(season(1, TITAN3B))).exit_code == 0
    assert world.clock.time - before >= timedelta(seconds=7)
    assert world.plays() == world.wanted(TITAN3B)


# --- hidden items, not found ---


def test_what_trakt_accepts_and_never_lists_is_sent_once_in_five_applies(world: Bench) -> None:
    world.sandbox.faults.history.never_listed.add(("episode", world.episode(1420, 3, 20)))
    plan = plan_of(season(1, TITAN3B))
    codes = [world.apply(plan).exit_code for _ in range(5)]
    assert codes == [5, 0, 0, 0, 0]
    assert len(posted_items(world)) == 10


def test_what_is_not_found_is_named_once_and_held_until_the_match_changes(world: Bench) -> None:
    plan = plan_of(season(1, "1420 S02E10-E15"))
    first = world.apply(plan)
    assert first.exit_code == 5
    assert first.entries[0].not_found == ("1420 S02E13", "1420 S02E14", "1420 S02E15")
    second = world.apply(plan)
    assert (second.exit_code, second.changes, second.totals["not_found_before"]) == (0, False, 3)
    world.apply(plan_of(season(1, "1420 S02E10-E12, S03E13-E15")))
    assert world.plays() == world.wanted("1420 S02E10-E12, S03E13-E15")


# --- ratings ---


@pytest.mark.parametrize("how", ["drop_before", "drop_after", "cut_body"])
@pytest.mark.parametrize("times", [1, *long(3, 5)])
def test_ratings_arrive_whatever_happens_to_their_answers(world: Bench, how: str, times: int) -> None:
    getattr(world.sandbox.faults, how)("POST", "/sync/ratings$", times=times)
    plan = plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON), season(2, "movie 51", rating=4))
    world.apply_until_done(plan)
    assert sorted(world.ratings().values()) == [4, 9]
    assert not world.apply(plan).changes
    world.undo()
    assert not world.ratings()


def test_the_bodies_name_trakt_ids_and_nothing_else(world: Bench) -> None:
    world.apply(plan_of(season(1, TITAN3B, rating=9, rates=RatingScope.SEASON), season(2, "movie 51")))
    for record in world.sandbox.wire:
        if record.method == "POST":
            assert "title" not in record.body
            assert all(set(ids) == {"trakt"} for ids in _ids(json.loads(record.body)))


def _ids(body: object) -> list[dict[str, int]]:
    if isinstance(body, dict):
        found = [body["ids"]] if isinstance(body.get("ids"), dict) else []
        return found + [ids for value in body.values() for ids in _ids(value)]
    return [ids for value in body for ids in _ids(value)] if isinstance(body, list) else []
