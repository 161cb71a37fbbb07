"""Whenever an apply of a repair, or its undo, dies: afterwards all is as decided or as before, and no play is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import anitrakt_plan.commands.repair as repairing
from anitrakt_plan.commands.repair import apply_repair
from anitrakt_plan.commands.run import RunOptions
from anitrakt_plan.errors import BadUsage, ExitCode, SafetyStop
from anitrakt_plan.model import EpisodeSubject
from anitrakt_plan.model.repair import (
    Repair,
    RepairAccount,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.reports.repair import RepairResult
from anitrakt_plan.sync.batches import pack_rows
from tests.faults.bench import NOON_IN_BERLIN, Bench, bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at
from tests.practice import START

TITAN, GATE = 1420, 42285
NOW = "2025-03-02T18:04:00.000Z"
DAY = date(2019, 7, 1)
SMALL = 5
POSTS = 8  # two that add, six that remove


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests out of few plays."""
    monkeypatch.setattr(repairing, "PLAYS_PER_BATCH", SMALL)
    monkeypatch.setattr(repairing, "pack_rows", lambda rows: pack_rows(rows, SMALL))


def add(world: Bench, show: int, number: int, count: int, at: str) -> list[RepairPlay]:
    """Plays of a season's first episodes, as a script writes them."""
    plays = []
    for episode in range(1, count + 1):
        play = world.sandbox.world.add_play("episode", world.episode(show, number, episode), at)
        when = datetime.fromisoformat(at).astimezone(UTC)
        plays.append(RepairPlay(play.id, EpisodeSubject(show, number, episode), when))
    return plays


def group(
    key: str,
    kind: RepairKind,
    plays: list[RepairPlay],
    decision: RepairDecision,
    *keeps: RepairPlay,
    to: date | None = None,
) -> RepairGroup:
    return RepairGroup(key, kind, key, "why", tuple(plays), decision, None, keeps, to, decision)


def repair_of(world: Bench, *groups: RepairGroup) -> Repair:
    return Repair("anitrakt test", START, RepairAccount("sandbox", world.sandbox.world.uuid), groups)


def spoilt(world: Bench) -> Repair:
    """An account with doubled plays, a season too many, and some at the wrong day; and what is decided of them."""
    add(world, 31771, 1, 3, "2018-01-01T20:00:00.000Z")  # nobody's business
    kept, doubled = add(world, TITAN, 1, 12, NOON_IN_BERLIN), add(world, TITAN, 1, 12, NOON_IN_BERLIN)
    too_many, misdated = add(world, TITAN, 2, 6, NOW), add(world, GATE, 1, 8, NOW)
    world.sandbox.world.watchlist["show", GATE] = "2024-01-05T10:00:00.000Z"
    return repair_of(
        world,
        group("G001", RepairKind.DOUBLED, doubled, RepairDecision.REMOVE, *kept),
        group("G002", RepairKind.WHOLE_SHOW, too_many, RepairDecision.REMOVE),
        group("G003", RepairKind.MISDATED, misdated, RepairDecision.REDATE, to=DAY),
    )


def apply(world: Bench, repair: Repair, **options: object) -> RepairResult:
    with world.ports() as ports:
        return apply_repair(repair, ports, RunOptions(**({"yes": True} | options)))  # type: ignore[arg-type]


def until_done(world: Bench, repair: Repair) -> None:
    for _ in range(6):
        if apply(world, repair).exit_code is ExitCode.DONE:
            return
    raise AssertionError("it never came to its end")


def undone(world: Bench) -> None:
    """Take the newest run back again and again, as a user is told to, until nothing is left."""
    for _ in range(6):
        result = world.undo()
        if not result.changes and result.exit_code is ExitCode.DONE:
            return
    raise AssertionError("it never came to its end")


def as_decided(world: Bench) -> Counter[tuple[str, int, str]]:
    wanted = Counter(("episode", world.episode(31771, 1, at), "2018-01-01T20:00:00.000Z") for at in (1, 2, 3))
    wanted += Counter(("episode", world.episode(TITAN, 1, at), NOON_IN_BERLIN) for at in range(1, 13))
    return wanted + Counter(("episode", world.episode(GATE, 1, at), NOON_IN_BERLIN) for at in range(1, 9))


def prove_none_lost(world: Bench) -> None:
    """At every moment each episode that is to be redated has a play."""
    there = {item for _, item, _ in world.plays()}
    assert {world.episode(GATE, 1, at) for at in range(1, 9)} <= there


FIRST = (Moment.INTENT_TO_SEND, Moment.ANSWER_TO_OUTCOME)
EVERY = [
    pytest.param(moment, nth, marks=() if nth == 1 and moment in FIRST else pytest.mark.long)
    for moment in Moment
    for nth in range(1, POSTS + 1)
]


@pytest.mark.parametrize(("moment", "nth"), EVERY)
def test_an_apply_that_dies_is_gone_on_with(tmp_path: Path, moment: Moment, nth: int) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        before = world.plays()
        with death_at(moment, nth), pytest.raises(Killed):
            apply(world, repair)
        prove_none_lost(world)

        until_done(world, repair)
        assert world.plays() == as_decided(world)
        assert ("show", GATE) in world.sandbox.world.watchlist
        assert not apply(world, repair).changes
        undone(world)
        assert world.plays() == before
        world.check_wire()


@pytest.mark.parametrize(("moment", "nth"), EVERY)
def test_an_undo_that_dies_is_gone_on_with(tmp_path: Path, moment: Moment, nth: int) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        before = world.plays()
        assert apply(world, repair).exit_code is ExitCode.DONE
        with death_at(moment, nth), pytest.raises(Killed):
            world.undo()
        prove_none_lost(world)

        undone(world)
        assert world.plays() == before
        assert ("show", GATE) in world.sandbox.world.watchlist


@pytest.mark.parametrize("path", ["/sync/history", "/sync/history/remove"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_lost_answer_is_settled_by_reading(tmp_path: Path, path: str, fault: str) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        before = world.plays()
        getattr(world.sandbox.faults, fault)("POST", path)
        apply(world, repair)
        prove_none_lost(world)

        until_done(world, repair)
        assert world.plays() == as_decided(world)
        undone(world)
        assert world.plays() == before


def test_an_adding_that_comes_late_is_not_repeated(tmp_path: Path) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        world.sandbox.faults.act_later("POST", "/sync/history")
        assert apply(world, repair).exit_code is ExitCode.IN_PART
        prove_none_lost(world)
        world.sandbox.commit_pending()

        until_done(world, repair)
        assert world.plays() == as_decided(world)


def test_an_undo_whose_plays_come_late_takes_nothing_away_before(tmp_path: Path) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        before = world.plays()
        assert apply(world, repair).exit_code is ExitCode.DONE
        world.sandbox.faults.act_later("POST", "/sync/history", times=99)
        result = world.undo()
        assert result.exit_code is ExitCode.IN_PART
        assert "does not list" in " ".join(result.notes)
        prove_none_lost(world)

        world.sandbox.faults.clear()
        world.sandbox.commit_pending()
        undone(world)
        assert world.plays() == before


# --- runs ---


def test_a_repair_never_goes_on_with_an_apply_nor_the_reverse(tmp_path: Path) -> None:
    with bench(tmp_path) as world:
        repair, plan = spoilt(world), plan_of(season(1, "1420 S03E13-E22"))
        with death_at(Moment.ANSWER_TO_OUTCOME, 1), pytest.raises(Killed):
            world.apply(plan)
        until_done(world, repair)
        world.apply_until_done(plan_of(*plan.entries, season(2, "1420 S04E01-E05")))

        assert [run.kind.value for run in world.runs()] == ["apply", "repair", "apply"]
        assert len({run.run for run in world.runs()}) == 3


def test_a_large_first_repair_asks_for_one_group_first(tmp_path: Path) -> None:
    with bench(tmp_path) as world:
        many = group("G004", RepairKind.WHOLE_SHOW, add(world, 30850, 1, 100, NOW), RepairDecision.REMOVE)
        repair = spoilt(world)
        repair = replace(repair, groups=(*repair.groups, many))
        world.practice = False
        with pytest.raises(SafetyStop) as stopped:
            apply(world, repair)
        assert stopped.value.name == "first-repair"

        world.answers.append("one group first")
        result = apply(world, repair, yes=False)
        assert {key for key, _ in result.removed} == {"G002"}  # the smallest
        assert "wait" in " ".join(result.notes)
        assert {key for key, _ in apply(world, repair).removed} == {
            "G001",
            "G004",
        }  # it is no first one any more


@pytest.mark.parametrize("practice", [True, False])
def test_it_asks_before_anything_goes_and_says_how_much(tmp_path: Path, practice: bool) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        world.practice, before = practice, world.plays()
        with pytest.raises(BadUsage) as nobody:
            apply(world, repair, yes=False)
        what = "remove 18 plays in 2 groups and redate 8 plays in 1 group of `sandbox`"
        assert nobody.value.what == f"`apply` would {what}"
        assert "--yes" in str(nobody.value.todo)

        world.answers.append("no")
        with pytest.raises(BadUsage, match="nothing was changed"):
            apply(world, repair, yes=False)
        assert world.plays() == before
        world.answers.append("yes")
        assert apply(world, repair, yes=False).exit_code is ExitCode.DONE
        assert world.plays() == as_decided(world)
        assert not apply(world, repair, yes=False).changes  # and for nothing nobody is asked


def test_a_group_that_is_decided_otherwise_meanwhile_is_left_out(tmp_path: Path) -> None:
    with bench(tmp_path) as world:
        repair = spoilt(world)
        with world.ports() as ports:
            result = apply_repair(repair, ports, RunOptions(yes=True), lambda: ("G001", "G003"))

        assert {key for key, _ in result.removed} == {"G002"}
        assert not result.redated
        assert result.exit_code is ExitCode.IN_PART
        assert "left out: G001, G003" in " ".join(result.notes)


# --- the promise: removed is decided, the rest is untouched, and undo is exact ---

_TIMES = st.sampled_from((NOW, NOON_IN_BERLIN, START.isoformat()))
_PLAYS = st.lists(
    st.tuples(st.sampled_from((TITAN, GATE)), st.integers(1, 6), _TIMES), min_size=1, max_size=14
)


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.long)])
def test_what_goes_is_what_is_decided_and_undo_is_exact(
    tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(plays=_PLAYS, draw=st.data())
    def check(plays: list[tuple[int, int, str]], draw: st.DataObject) -> None:
        with bench(tmp_path_factory.mktemp("home")) as world:
            left = [_added(world, *play) for play in plays]
            groups = []
            for index, decision in enumerate(RepairDecision):
                mine = draw.draw(st.lists(st.sampled_from(left), unique=True)) if left else []
                left = [one for one in left if one not in mine]
                groups.append(group(f"G{index}", RepairKind.MISDATED, mine, decision, to=DAY))
            before, account = world.plays(), world.sandbox.world.plays
            ids = {play.id: play.item for play in account.values()}

            assert apply(world, repair_of(world, *groups)).exit_code is ExitCode.DONE
            decided = {play.id for one in groups if one.decision.acts for play in one.plays}
            assert ids.keys() - account.keys() <= decided
            redated = next(one for one in groups if one.decision is RepairDecision.REDATE)
            there = {(item, at) for _, item, at in world.plays()}
            assert {(ids[play.id], NOON_IN_BERLIN) for play in redated.plays} <= there
            undone(world)
            assert world.plays() == before

    check()


def _added(world: Bench, show: int, number: int, at: str) -> RepairPlay:
    play = world.sandbox.world.add_play("episode", world.episode(show, 1, number), at)
    when = datetime.fromisoformat(play.watched_at).astimezone(UTC)
    return RepairPlay(play.id, EpisodeSubject(show, 1, number), when)
