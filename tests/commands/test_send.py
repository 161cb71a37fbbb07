"""Sending batch by batch: the probe after an outage, the watchlist, what somebody watched meanwhile, and the lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from anitrakt_plan.commands.send import (
    leaving_watchlist,
    rating_to_add,
    remove_plays,
    restore_lists,
    restore_ratings,
    send_all,
    send_listings,
    send_plays,
)
from anitrakt_plan.commands.verify import resolve_in_doubt
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.model import EntryKey, MovieSubject, Plan, RatingScope, ShowSubject, Status, SyncKind
from anitrakt_plan.sync.batches import AddPlays, ChangeList, PlayToRemove, RatingToRestore, RemovePlays
from anitrakt_plan.sync.knowledge import BatchItemId, ListName, OldRating
from anitrakt_plan.sync.undo import PlaysToUndo, RatingsToUndo
from anitrakt_plan.trakt.send import Accepted
from tests.commands.running import ScriptedSender, refused, running
from tests.faults.bench import Bench, plan_of, season
from tests.practice import START

TWO = "1420 S03E13-E14"
BLEACH = "30850 S01E01-E366"
HISTORY = "/sync/history$"
UPDATED = Accepted(201, updated=1)


def dropped_after_plays() -> Plan:
    """A show of which two episodes are watched, and that goes among the dropped ones."""
    send = frozenset({SyncKind.HISTORY, SyncKind.DROPPED})
    return plan_of(season(1, "1420 S03E13-E22", status=Status.DROPPED, watched=2, finished=None, send=send))


def on_watchlist(key: int, match: str) -> Plan:
    send = frozenset({SyncKind.WATCHLIST})
    return plan_of(season(key, match, status=Status.PLANNED, finished=None, send=send))


# --- the probe after an outage ---


def outage(world: Bench, plan: Plan) -> None:
    """Everything of the plan goes out once and is lost; the next run settles it as absent."""
    world.sandbox.faults.answer("POST", HISTORY, 504, times=None)
    with running(world, plan) as (run, goal):
        send_plays(run, goal, goal.missing(run).plays)
    world.sandbox.faults.clear()


def sizes(world: Bench, first: int) -> list[int]:
    """How many episodes and films each sending had, from that one on."""
    return [
        len(body.get("movies", ()))
        + sum(len(part["episodes"]) for show in body.get("shows", ()) for part in show["seasons"])
        for body in world.history_posts()[first:]
        if isinstance(body, dict)
    ]


def test_after_an_outage_one_play_goes_ahead_and_the_others_follow_once_it_is_seen(world: Bench) -> None:
    plan = plan_of(season(1, "1420 S03E13-E22"))
    outage(world, plan)
    before = len(world.history_posts())
    with running(world, plan) as (run, goal):
        resolve_in_doubt(run, wait=True)
        send_plays(run, goal, goal.missing(run).plays)
        assert sizes(world, before) == [1, 9]
    assert world.plays() == world.wanted("1420 S03E13-E22")


def test_where_the_probe_does_not_arrive_nothing_that_was_lost_goes_out_again(world: Bench) -> None:
    plan = plan_of(season(1, "1420 S03E13-E22"))
    outage(world, plan)
    before = len(world.history_posts())
    world.sandbox.faults.answer("POST", HISTORY, 504, times=None)
    with running(world, plan) as (run, goal):
        resolve_in_doubt(run, wait=True)
        send_plays(run, goal, goal.missing(run).plays)
    assert sizes(world, before) == [1]


def test_the_probe_is_something_that_was_never_lost_where_there_is_such_a_thing(world: Bench) -> None:
    lost = season(1, TWO)
    outage(world, plan_of(lost))
    before = len(world.history_posts())
    with running(world, plan_of(lost, season(2, "movie 51"))) as (run, goal):
        resolve_in_doubt(run, wait=True)
        send_plays(run, goal, goal.missing(run).plays)
    first = world.history_posts()[before]
    assert isinstance(first, dict)
    assert set(first) == {"movies"}
    assert sizes(world, before) == [1, 2]


def test_without_an_outage_nothing_goes_ahead(world: Bench) -> None:
    with running(world, plan_of(season(1, TWO))) as (run, goal):
        send_plays(run, goal, goal.missing(run).plays)
    assert sizes(world, 0) == [2]


# --- plays ---


def test_nothing_goes_out_from_an_old_read_nor_what_was_watched_meanwhile(world: Bench) -> None:
    with running(world, plan_of(season(1, TWO))) as (run, goal):
        changes = goal.missing(run).plays
        world.sandbox.world.add_play("episode", world.episode(1420, 3, 13), "2018-01-01T00:00:00.000Z")
        world.clock.forward(minutes=11)
        send_plays(run, goal, changes)
    assert sizes(world, 0) == [1]
    assert len(world.plays()) == 2


def test_what_a_person_has_changed_in_the_plan_meanwhile_is_left_out_and_said_once(world: Bench) -> None:
    plan = plan_of(season(1, TWO, rating=9, rates=RatingScope.SEASON), season(2, "movie 51", rating=8))
    with running(world, plan) as (run, goal):
        run.ports = replace(run.ports, changed_entries=lambda: [EntryKey("mal", 1)])
        send_all(run, goal, goal.missing(run))
        assert run.notes == ["The plan changed while it was applied; left out: mal:1."]
    assert world.plays() == world.wanted("movie 51")
    assert world.ratings() == {("movie", 51): 8}


def test_ctrl_c_ends_after_the_batch_that_is_out(world: Bench) -> None:
    world.sandbox.faults.after("POST", HISTORY, lambda _: world.stop.set())
    with running(world, plan_of(season(1, BLEACH))) as (run, goal):
        send_all(run, goal, goal.missing(run))
        assert run.interrupted
    assert sizes(world, 0) == [100]


def test_an_answer_that_says_replaced_stops_the_run(world: Bench) -> None:
    sender = ScriptedSender(UPDATED)
    with running(world, plan_of(season(1, TWO)), sender) as (run, goal):
        send_plays(run, goal, goal.missing(run).plays)
        assert isinstance(run.failure, SafetyStop)
        assert "keeps one play of each thing" in run.failure.what
        assert run.failure.name == "watch-once"


def test_what_leaves_the_watchlist_is_known_before_and_stands_in_the_intent(world: Bench) -> None:
    world.sandbox.world.watchlist[("show", 1420)] = "2020-01-01T00:00:00.000Z"
    world.sandbox.world.watchlist[("show", 30850)] = "2020-01-01T00:00:00.000Z"
    sender = ScriptedSender(refused())
    with running(world, plan_of(season(1, TWO), season(2, "movie 51")), sender) as (run, goal):
        changes = goal.missing(run).plays
        assert leaving_watchlist(run, changes) == (ShowSubject(1420),)
        send_plays(run, goal, changes)
    (sent,) = sender.sent
    assert isinstance(sent, AddPlays)
    assert sent.watchlist == (ShowSubject(1420),)


def test_without_plays_the_watchlist_is_not_even_read(world: Bench) -> None:
    with running(world, plan_of()) as (run, _):
        assert leaving_watchlist(run, ()) == ()
    assert not [record for record in world.sandbox.wire if "watchlist" in record.path]


def test_plays_are_taken_back_by_their_own_ids_and_what_is_gone_is_written_down(world: Bench) -> None:
    plan = plan_of(season(1, TWO))
    world.apply(plan)
    gone, standing = world.knowledge().plays
    sender = ScriptedSender(Accepted(200, deleted=1))
    with running(world, plan, sender) as (run, _):
        remove_plays(run, PlaysToUndo(remove=(standing,), removed_before=(gone,), left=()))
        assert gone.place in run.knowledge.undone
    (sent,) = sender.sent
    assert isinstance(sent, RemovePlays)
    assert sent.plays == (PlayToRemove(standing.place, standing.id or 0),)


# --- ratings ---


@pytest.mark.parametrize("finished", ["2019-07-01", None])
def test_a_rating_is_of_its_entrys_day_or_of_now(world: Bench, finished: str | None) -> None:
    entry = season(1, TWO, rating=9, rates=RatingScope.SEASON, finished=finished)
    with running(world, plan_of(entry)) as (run, goal):
        (change,) = goal.missing(run).rating_changes
    now = START.replace(second=0)
    rated_at = rating_to_add(change, now).rated_at
    assert rated_at.date().isoformat() == (finished or "2026-11-22")
    assert (rated_at == now) is (finished is None)


def test_ratings_go_back_apart_from_those_that_go_away(world: Bench) -> None:
    sender = ScriptedSender(Accepted(201, added=1), Accepted(200, deleted=1))
    with running(world, plan_of(), sender) as (run, _):
        away = RatingToRestore((BatchItemId(1, 0),), ShowSubject(1420), None)
        old = OldRating(4, START - timedelta(days=9))
        back = RatingToRestore((BatchItemId(1, 1),), MovieSubject(51), old)
        restore_ratings(run, RatingsToUndo((away, back), (), ()))
    assert [getattr(sent, "puts_back", None) for sent in sender.sent] == [True, False]


# --- lists ---


@pytest.mark.parametrize("plan", [on_watchlist(1, "movie 51"), dropped_after_plays()])
def test_a_list_item_goes_out_once_nothing_of_its_work_is_to_come(world: Bench, plan: Plan) -> None:
    with running(world, plan) as (run, goal):
        found = goal.missing(run)
        if found.plays:
            send_listings(run, goal)
            assert not world.sandbox.world.dropped
            send_plays(run, goal, found.plays)
            run.state.read_history()
        send_listings(run, goal)
    account = world.sandbox.world
    wanted = ("show", 1420) if plan.entries[0].progress.status is Status.DROPPED else ("movie", 51)
    assert [*account.watchlist, *account.dropped] == [wanted]


def test_lists_are_put_back_as_they_were(world: Bench) -> None:
    world.apply(on_watchlist(1, "movie 51"))
    (ours,) = world.knowledge().listings
    sender = ScriptedSender(Accepted(200, deleted=1), Accepted(201, added=1))
    with running(world, plan_of(), sender) as (run, _):
        restore_lists(run, [ours], [ShowSubject(1420)])
    off, on = sender.sent
    assert isinstance(off, ChangeList)
    assert isinstance(on, ChangeList)
    assert (off.add, off.items[0].place, on.add, on.items[0].subject) == (
        False,
        ours.place,
        True,
        ShowSubject(1420),
    )
    assert {off.list, on.list} == {ListName.WATCHLIST}
