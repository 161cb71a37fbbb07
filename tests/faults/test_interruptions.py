"""Whenever a run dies or a connection breaks, applying again brings exactly the rest, and undo the start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import anitrakt_plan.commands.send as apply_sending
from anitrakt_plan.commands.status import status
from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.model import Plan, RatingScope
from anitrakt_plan.sync.batches import pack
from tests.faults.bench import NOON_IN_BERLIN, Bench, plan_of, season, sums
from tests.faults.kills import Killed, Moment, death_at
from tests.long import long
from tests.practice import Clock

ENTRIES = {
    1: "1420 S01E01-E25",
    2: "1420 S02E01-E12",
    3: "1420 S03E13-E22",
    4: "movie 51",
    5: "31771 S01E01-E64",
}
SMALL = 9
POSTS = 14  # thirteen of plays and one of ratings
FIRST_MIDDLE_LAST = [1, *(pytest.param(nth, marks=pytest.mark.long) for nth in (7, POSTS))]
OTHER_MOMENTS = long(Moment.BEFORE_INTENT, Moment.ANSWER_TO_OUTCOME, Moment.AFTER_OUTCOME)


def the_plan() -> Plan:
    return plan_of(
        season(1, ENTRIES[1], rating=8, rates=RatingScope.SEASON),
        season(2, ENTRIES[2], finished=None),
        season(3, ENTRIES[3], rating=9, rates=RatingScope.SEASON),
        season(4, ENTRIES[4], rating=7),
        season(5, ENTRIES[5]),
    )


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests out of few episodes."""
    monkeypatch.setattr(apply_sending, "pack", lambda changes: pack(changes, SMALL))


def everything(world: Bench) -> object:
    unknown = "1970-01-01T00:00:00.000Z"
    wanted = [world.wanted(match) for key, match in ENTRIES.items() if key != 2]
    return sums([*wanted, world.wanted(ENTRIES[2], unknown)])


def prove(world: Bench) -> None:
    """After an interruption: the plan's plays and ratings once each, nothing more to send, and a way back."""
    result = world.apply_until_done(the_plan())
    assert world.plays() == everything(world), result
    assert sorted(world.ratings().values()) == [7, 8, 9]
    assert not world.apply(the_plan()).changes
    world.check_wire()
    runs = {play.run for play in world.knowledge().plays}
    assert len(runs) == 1
    undone = world.undo()
    assert undone.exit_code == 0, undone
    assert not world.plays()
    assert not world.ratings()


def resend_and_die(world: Bench, moment: Moment, nth: int) -> None:
    """Apply, take it back, and die while it is sent again."""
    world.apply(the_plan())
    world.undo()
    with death_at(moment, nth), pytest.raises(Killed):
        world.apply(the_plan(), resend=True)


def test_the_matrix_is_wide_enough(world: Bench, small_batches: None) -> None:
    assert world.apply(the_plan()).totals["requests"] == POSTS
    prove(world)


@pytest.mark.parametrize("nth", FIRST_MIDDLE_LAST)
@pytest.mark.parametrize("moment", Moment)
def test_a_run_that_dies_is_brought_to_its_end(
    world: Bench, small_batches: None, moment: Moment, nth: int
) -> None:
    with death_at(moment, nth), pytest.raises(Killed):
        world.apply(the_plan())
    prove(world)


def break_and_prove(world: Bench, how: str, nth: int) -> None:
    """Break the connection of the nth request that writes, and bring the run to its end."""
    fault = getattr(world.sandbox.faults, how)("POST", "/sync/(history|ratings)$", skip=nth - 1)
    world.apply(the_plan())
    assert fault.hits >= nth
    prove(world)


@pytest.mark.parametrize("nth", [1, pytest.param(8, marks=pytest.mark.long)])
@pytest.mark.parametrize("how", ["drop_before", "drop_after", "cut_body"])
def test_a_broken_connection_loses_and_doubles_nothing(
    world: Bench, small_batches: None, how: str, nth: int
) -> None:
    break_and_prove(world, how, nth)


def test_a_run_that_dies_again_and_again_is_brought_to_its_end(world: Bench, small_batches: None) -> None:
    deaths = [(Moment.ANSWER_TO_OUTCOME, 3), (Moment.INTENT_TO_SEND, 2), (Moment.AFTER_OUTCOME, 4)]
    for moment, nth in deaths:
        with death_at(moment, nth), pytest.raises(Killed):
            world.apply(the_plan())
    prove(world)


@pytest.mark.parametrize("nth", [1, *long(2)])
@pytest.mark.parametrize("moment", [Moment.INTENT_TO_SEND, *OTHER_MOMENTS])
def test_an_undo_that_dies_is_brought_to_its_end(world: Bench, moment: Moment, nth: int) -> None:
    world.apply(the_plan())
    with death_at(moment, nth), pytest.raises(Killed):
        world.undo()
    world.undo()
    assert not world.plays()
    assert not world.ratings()
    assert not world.undo().changes


@pytest.mark.parametrize("moment", [Moment.INTENT_TO_SEND, Moment.ANSWER_TO_OUTCOME])
def test_a_killed_run_can_be_undone_at_once(world: Bench, small_batches: None, moment: Moment) -> None:
    with death_at(moment, 6), pytest.raises(Killed):
        world.apply(the_plan())
    assert world.plays()
    world.undo()
    assert not world.plays()


@pytest.mark.parametrize("nth", FIRST_MIDDLE_LAST)
@pytest.mark.parametrize("moment", [Moment.INTENT_TO_SEND, *OTHER_MOMENTS])
def test_a_resend_that_dies_is_brought_to_its_end_by_a_plain_apply(
    world: Bench, small_batches: None, moment: Moment, nth: int
) -> None:
    resend_and_die(world, moment, nth)
    stopped = world.runs()[-1]
    assert world.apply(the_plan(), dry_run=True).changes or nth == POSTS
    world.apply_until_done(the_plan())
    assert world.plays() == everything(world)
    assert sorted(world.ratings().values()) == [7, 8, 9]
    if stopped.kind is RunKind.APPLY:
        assert [run.run for run in world.runs() if run.kind is RunKind.APPLY][1:] == [stopped.run]
    assert world.undo().exit_code == 0
    assert not world.apply(the_plan()).changes, "a run that came to its end asks for nothing any more"


def test_a_resend_that_was_interrupted_waits_for_the_entries_that_an_apply_left_out(
    world: Bench, small_batches: None
) -> None:
    resend_and_die(world, Moment.AFTER_OUTCOME, 2)
    assert world.apply(the_plan(), only=("mal:3",)).exit_code == 0
    world.apply_until_done(the_plan())
    assert world.plays() == everything(world)


def test_a_resend_that_goes_on_leaves_what_the_user_removed_meanwhile(
    world: Bench, small_batches: None
) -> None:
    resend_and_die(world, Moment.AFTER_OUTCOME, 2)
    world.apply(the_plan(), only=("mal:4",))
    account = world.sandbox.world
    mine = next(play for play in account.plays.values() if play.item == world.episode(1420, 1, 1))
    account.remove_play(mine.id)
    world.apply_until_done(the_plan())
    assert everything(world) - world.plays() == {  # type: ignore[operator]
        ("episode", world.episode(1420, 1, 1), NOON_IN_BERLIN): 1
    }


def test_status_counts_what_an_interrupted_resend_has_still_to_send(
    world: Bench, small_batches: None
) -> None:
    resend_and_die(world, Moment.AFTER_OUTCOME, 2)
    with world.ports() as ports:
        standing = status(the_plan(), ports)
    assert sum(entry.to_send for entry in standing.entries) == sum(everything(world).values()) - 2 * SMALL  # type: ignore[attr-defined]


@pytest.mark.long
@pytest.mark.parametrize("nth", range(1, POSTS + 1))
@pytest.mark.parametrize("moment", Moment)
def test_sigkill_at_every_seam(world: Bench, small_batches: None, moment: Moment, nth: int) -> None:
    """The real thing: another process, killed without a word, at each seam of each request."""
    killed = _start_another_process(world, moment, nth)
    _, said = killed.communicate(timeout=60)
    assert killed.returncode == -9, said
    prove(world)


@pytest.mark.long
@pytest.mark.parametrize("nth", range(1, POSTS + 1))
def test_sigkill_between_acting_and_answer(world: Bench, small_batches: None, nth: int) -> None:
    """Trakt has acted, and nobody is left to hear of it."""
    started: list[subprocess.Popen[str]] = []

    def kill(_: object) -> None:
        started[0].kill()
        started[0].wait()

    world.sandbox.faults.after("POST", "/sync/(history|ratings)$", kill, skip=nth - 1)
    started.append(_start_another_process(world, Moment.BEFORE_INTENT, 999))
    started[0].communicate(timeout=60)
    assert started[0].returncode == -9
    prove(world)


@pytest.mark.long
@pytest.mark.parametrize("nth", range(1, POSTS + 1))
@pytest.mark.parametrize("how", ["drop_before", "drop_after", "cut_body"])
def test_every_connection_may_break(world: Bench, small_batches: None, how: str, nth: int) -> None:
    break_and_prove(world, how, nth)


def _start_another_process(world: Bench, moment: Moment, nth: int) -> subprocess.Popen[str]:
    script = "import sys\nfrom tests.faults.test_interruptions import apply_and_die\napply_and_die(*sys.argv[1:])\n"
    addresses = world.sandbox.addresses
    told = [addresses.trakt_url, addresses.trakt_auth_url, str(world.home), moment.name, str(nth)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", script, *told],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def apply_and_die(trakt_url: str, auth_url: str, home: str, moment: str, nth: str) -> None:
    """What the other process does."""
    from types import SimpleNamespace

    from anitrakt_plan.sandbox.server import SandboxAddresses
    from tests.faults.kills import die_really

    addresses = SandboxAddresses(
        trakt_url=trakt_url, trakt_auth_url=auth_url, anilist_url="", mal_url="", tmdb_url="", idmap_url=""
    )
    world = Bench(SimpleNamespace(addresses=addresses), Clock(), Path(home))  # type: ignore[arg-type]
    vars(apply_sending)["pack"] = lambda changes: pack(changes, SMALL)
    with death_at(Moment[moment], int(nth), die_really):
        world.apply(the_plan())
