"""Reading back: what landed, what is settled as absent and when, what stands twice, and what is still listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from anitrakt_plan.commands.run import Goal, Run
from anitrakt_plan.commands.send import send_listings, send_plays, send_ratings
from anitrakt_plan.commands.verify import (
    AllThere,
    Missing,
    check_dates,
    find_sent,
    note_arrivals,
    read_back,
    read_back_lists,
    remove_own_duplicates,
    report_unseen,
    resolve_in_doubt,
    settle,
    still_listed,
)
from anitrakt_plan.errors import Failed, SafetyStop
from anitrakt_plan.journal.records import Intent
from anitrakt_plan.model import Plan, RatingScope, Status, SyncKind
from anitrakt_plan.sync.batches import FileToImport, PlayToRemove, RemovalReason, RemovePlays
from anitrakt_plan.sync.knowledge import SentPlay, SentState
from anitrakt_plan.trakt.send import Accepted
from tests.commands.running import ScriptedSender, in_doubt, running
from tests.faults.bench import NOON_IN_BERLIN, Bench, plan_of, season

TWO = "1420 S03E13-E14"
HISTORY = "/sync/history$"
OTHER = "0ther0ther0ther0ther0ther0ther0ther0ther"


def two_plays() -> Plan:
    return plan_of(season(1, TWO))


def send(run: Run, goal: Goal) -> None:
    found = goal.missing(run)
    send_plays(run, goal, found.plays)
    send_ratings(run, found.rating_changes)


def states(run: Run) -> set[SentState]:
    return {sent.state for sent in run.knowledge.everything}


def history_reads(world: Bench) -> int:
    return len(world.sandbox.sent("GET", "/sync/history"))


# --- what is in doubt ---


def lost(world: Bench, *, acts: bool = False) -> None:
    """A request of which no answer came."""
    faults = world.sandbox.faults
    (faults.drop_after if acts else faults.drop_before)("POST", HISTORY)
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        assert states(run) == {SentState.IN_DOUBT}


def test_nothing_in_doubt_costs_no_read(world: Bench) -> None:
    with running(world, two_plays()) as (run, _):
        before = history_reads(world)
        resolve_in_doubt(run, wait=True)
        assert history_reads(world) == before


def test_what_two_reads_do_not_show_is_absent_no_sooner_than_the_settle_time(world: Bench) -> None:
    world.settle = 120
    lost(world)
    with running(world, two_plays()) as (run, _):
        resolve_in_doubt(run, wait=False)
        assert states(run) == {SentState.IN_DOUBT}
        before = history_reads(world)
        resolve_in_doubt(run, wait=True)
        assert states(run) == {SentState.ABSENT}
        assert history_reads(world) > before
    assert sum(world.clock.sleeps) == 120
    assert "Waiting 120 seconds" in " ".join(world.told.lines)


def test_a_read_that_shows_more_than_the_one_before_settles_nothing(
    world: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost(world)
    with running(world, two_plays()) as (run, _):
        read, coming = run.state.read_history, [None, 13, 14]

        def read_later() -> None:
            number = coming.pop(0)
            if number is not None:
                world.sandbox.world.add_play("episode", world.episode(1420, 3, number), NOON_IN_BERLIN)
            read()

        monkeypatch.setattr(run.state, "read_history", read_later)
        resolve_in_doubt(run, wait=True)
        assert states(run) == {SentState.SEEN}


def test_what_the_history_shows_is_settled_without_waiting(world: Bench) -> None:
    world.settle = 120
    lost(world, acts=True)
    with running(world, two_plays()) as (run, _):
        resolve_in_doubt(run, wait=True)
        assert states(run) == {SentState.SEEN}
    assert not world.clock.sleeps


def test_a_clock_that_went_back_waits_no_longer_than_the_settle_time(world: Bench) -> None:
    world.settle = 120
    lost(world)
    world.clock.time -= timedelta(days=3)
    with running(world, two_plays()) as (run, _):
        resolve_in_doubt(run, wait=True)
    assert sum(world.clock.sleeps) == 120


def test_ctrl_c_ends_the_wait_and_settles_nothing(world: Bench) -> None:
    world.settle = 120
    lost(world)
    with running(world, two_plays()) as (run, _):
        world.stop.set()
        resolve_in_doubt(run, wait=True)
        assert states(run) == {SentState.IN_DOUBT}
    assert not world.clock.sleeps


# --- what was sent ---


def test_what_landed_is_seen_and_its_rating_too(world: Bench) -> None:
    plan = plan_of(season(1, TWO, rating=9, rates=RatingScope.SEASON))
    with running(world, plan) as (run, goal):
        send(run, goal)
        assert states(run) == {SentState.ACKNOWLEDGED}
        read_back(run, ratings=True)
        assert states(run) == {SentState.SEEN}
        assert settle(run, goal) == AllThere()


def test_a_rating_that_came_out_otherwise_has_not_landed(world: Bench) -> None:
    plan = plan_of(season(572, "movie 51", rating=7))
    with running(world, plan) as (run, goal):
        send(run, goal)
        world.sandbox.world.add_rating("movie", 51, 10)
        read_back(run, ratings=True)
        (rating,) = run.knowledge.ratings
        assert rating.state is SentState.ACKNOWLEDGED


def test_another_account_is_noticed_before_anything_is_read_back(world: Bench) -> None:
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        world.sandbox.world.switch_account("somebody", OTHER)
        with pytest.raises(SafetyStop):
            read_back(run, ratings=False)
        assert states(run) == {SentState.ACKNOWLEDGED}


@pytest.mark.parametrize(("lag", "state"), [(1, SentState.SEEN), (9, SentState.ACKNOWLEDGED)])
def test_what_lags_gets_a_second_look_and_no_third(world: Bench, lag: int, state: SentState) -> None:
    world.settle = 120
    world.sandbox.faults.history.lag_reads = lag
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        find_sent(run)
        assert states(run) == {state}
    assert world.clock.sleeps == [5.0]


def test_what_turned_out_to_be_missing_is_to_be_sent_again(world: Bench) -> None:
    with running(world, two_plays(), ScriptedSender(in_doubt())) as (run, goal):
        send(run, goal)
        read_back(run, ratings=False)
        outcome = settle(run, goal)
        assert isinstance(outcome, Missing)
        assert len(outcome.again.plays) == 2
        assert all(change.instead_of for change in outcome.again.plays)


def test_after_an_error_nothing_is_sent_again(world: Bench) -> None:
    with running(world, two_plays(), ScriptedSender(in_doubt())) as (run, goal):
        send(run, goal)
        run.failure = Failed("the disk is full")
        assert settle(run, goal) == AllThere()


def test_what_is_too_young_to_be_settled_is_not_sent_again(world: Bench) -> None:
    world.settle = 120
    with running(world, two_plays(), ScriptedSender(in_doubt())) as (run, goal):
        send(run, goal)
        assert settle(run, goal) == AllThere()
        assert states(run) == {SentState.IN_DOUBT}


def test_of_what_came_late_and_stands_twice_the_first_sending_goes(world: Bench) -> None:
    world.sandbox.faults.act_later("POST", HISTORY, 504)
    world.apply(two_plays())
    world.sandbox.commit_pending()
    assert sum(world.plays().values()) == 4
    with running(world, two_plays()) as (run, _):
        remove_own_duplicates(run)
        assert run.notes == []  # nobody has looked for it yet
        resolve_in_doubt(run, wait=True)
        remove_own_duplicates(run)
        assert "2 plays stood twice" in " ".join(run.notes)
    assert world.plays() == world.wanted(TWO)


def test_dates_that_became_now_end_the_run(world: Bench) -> None:
    world.sandbox.faults.history.dates_become_now = True
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        run.state.read_history()
        check_dates(run)
        assert isinstance(run.failure, SafetyStop)
        assert "2 plays with the moment of sending" in run.failure.what


def test_what_is_acknowledged_and_never_listed_is_reported_once(world: Bench) -> None:
    world.sandbox.faults.history.never_listed.add(("episode", world.episode(1420, 3, 13)))
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        read_back(run, ratings=False)
        assert len(report_unseen(run)) == 1
        assert "1420 S03E13." in run.notes[0]
        assert report_unseen(run) == ()


def test_a_long_list_of_them_is_cut_after_five(world: Bench) -> None:
    plan = plan_of(season(1, "1420 S03E13-E19"))
    with running(world, plan, ScriptedSender(Accepted(201, added=7))) as (run, goal):
        send(run, goal)
        report_unseen(run)
        assert "1420 S03E17 and 2 more." in run.notes[0]


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_list_item_is_seen_or_settled_as_absent_after_a_second_look(world: Bench, is_listed: bool) -> None:
    entry = season(1, "movie 51", status=Status.PLANNED, finished=None, send=frozenset({SyncKind.WATCHLIST}))
    sender = None if is_listed else ScriptedSender(Accepted(201, added=1))
    with running(world, plan_of(entry), sender) as (run, goal):
        send_listings(run, goal)
        read_back_lists(run)
        assert states(run) == {SentState.SEEN if is_listed else SentState.ABSENT}
    assert len(world.clock.sleeps) == (0 if is_listed else 1)


# --- what was taken back ---


def removal(plays: Sequence[SentPlay]) -> RemovePlays:
    return RemovePlays(RemovalReason.UNDO, tuple(PlayToRemove(play.place, play.id or 0) for play in plays))


def test_what_was_removed_is_gone_and_what_is_still_listed_is_named(world: Bench) -> None:
    world.apply(two_plays())
    with running(world, two_plays()) as (run, _):
        plays = run.knowledge.plays
        run.operations[9] = removal(plays)
        world.sandbox.world.remove_play(plays[0].id or 0)
        assert still_listed(run) == (plays[1],)
        assert plays[0].place in run.knowledge.undone
        assert "still lists 1 play" in run.notes[0]


def test_after_ctrl_c_nothing_is_read_any_more(world: Bench) -> None:
    world.apply(two_plays())
    with running(world, two_plays()) as (run, _):
        run.interrupted, run.operations[9] = True, removal(run.knowledge.plays)
        before = history_reads(world)
        assert still_listed(run) == ()
        assert history_reads(world) == before


# --- what was uploaded ---


def test_arrivals_of_a_file_are_written_down(world: Bench) -> None:
    with running(world, two_plays()) as (run, goal):
        plays = goal.missing(run).plays
        run.journal.write(Intent(1, run.begin(), world.clock(), FileToImport("history.json", plays)))
        note_arrivals(run.journal, run.state.existing, run.state.history, world.clock())
        assert states(run) == {SentState.EXPORTED}
        for number in (13, 14):
            world.sandbox.world.add_play("episode", world.episode(1420, 3, number), NOON_IN_BERLIN)
        run.state.read_history()
        note_arrivals(run.journal, run.state.existing, run.state.history, world.clock())
        assert states(run) == {SentState.SEEN}


def test_without_a_file_there_are_no_arrivals_to_look_for(world: Bench) -> None:
    with running(world, two_plays()) as (run, goal):
        send(run, goal)
        run.state.read_history()
        note_arrivals(run.journal, run.state.existing, run.state.history, world.clock())
        assert states(run) == {SentState.ACKNOWLEDGED}
