"""The last clean read: when it takes the place of reading an account, and when it must not."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.commands.accounts import logout
from anitrakt_plan.commands.last_read import KEPT_FOR, LastRead, LastReads
from anitrakt_plan.commands.run import Run, RunOptions, read_account_state
from anitrakt_plan.commands.status import StatusResult, status
from anitrakt_plan.errors import Failed
from anitrakt_plan.journal.records import RunKind
from anitrakt_plan.model import (
    EpisodeItem,
    EpisodeSubject,
    Existing,
    MovieItem,
    MovieSubject,
    Play,
    Rating,
    SeasonSubject,
    ShowSubject,
    SyncKind,
)
from anitrakt_plan.sandbox.wire import Answer
from anitrakt_plan.sync.batches import AddPlays
from anitrakt_plan.trakt.account import PLACES, Stamp
from anitrakt_plan.trakt.client import Trakt
from anitrakt_plan.trakt.send import UnsafeBody
from tests.commands.running import ACCOUNT, change
from tests.faults.bench import Bench, plan_of, season
from tests.faults.kills import Killed, Moment, death_at
from tests.practice import START
from tests.practice.faults import with_body

TITAN3B = "1420 S03E13-E22"
BLEACH = "30850 S01E01-E20"
PLAN = plan_of(season(1, TITAN3B))
ROW = Counter({place: 1 for places in PLACES.values() for place in places})

# --- as a file ---

_ids = st.integers(1, 2**62)
_numbers = st.integers(0, 2000)
_instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
_minutes = _instants.map(lambda at: at.replace(second=0, microsecond=0))
_items = st.builds(EpisodeItem, _ids, _numbers, _numbers, _ids) | st.builds(MovieItem, _ids)
_works = st.builds(ShowSubject, _ids) | st.builds(MovieSubject, _ids)
_rated = (
    _works | st.builds(SeasonSubject, _ids, _numbers) | st.builds(EpisodeSubject, _ids, _numbers, _numbers)
)
_existing = st.builds(
    Existing,
    account=st.just(ACCOUNT),
    read_at=_instants,
    plays=st.lists(st.builds(Play, _ids, _minutes, st.sampled_from(("watch", "scrobble")), _items)).map(
        tuple
    ),
    ratings=st.lists(st.builds(Rating, _rated, st.integers(1, 10), _instants)).map(tuple),
    watchlist=st.none() | st.lists(_works).map(tuple),
    dropped=st.none() | st.lists(st.builds(ShowSubject, _ids)).map(tuple),
    lost_plays=st.frozensets(_ids),
    lost_rows=_numbers,
)
_stamps = st.builds(Stamp, st.text(), st.dictionaries(st.sampled_from(sorted(ROW)), _numbers))


@given(existing=_existing, stamp=_stamps)
def test_what_is_kept_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, existing: Existing, stamp: Stamp
) -> None:
    kept = LastReads(tmp_path_factory.mktemp("state") / "last-read")
    kept.save(LastRead(stamp, existing))
    assert kept.load(ACCOUNT) == LastRead(stamp, existing)


def kept_in(folder: Path) -> tuple[LastReads, Path]:
    play = Play(7, START, "watch", EpisodeItem(1420, 1, 1, 9001))
    kept = LastReads(folder / "last-read")
    kept.save(LastRead(Stamp("{}", {"/sync/history": 1}), Existing(ACCOUNT, START, (play,))))
    (file,) = kept.folder.iterdir()
    return kept, file


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions otherwise")
def test_it_is_for_the_person_alone(tmp_path: Path) -> None:
    _, file = kept_in(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("anitrakt-last-read/1", "anitrakt-last-read/2"),
        ('"plays"', '"games"'),
        ("[[7,", '[["7",'),
        (",1420,1,1,9001]", ",1420,1,1]"),
        (",1420,1,1,9001]", ",1420,1,1,9001,5]"),
        (",1420,1,1,9001]", ",true]"),
        (f"{round(START.timestamp())}", "99999999999999999"),
        ('"ratings":[]', '"ratings":[["show 5"]]'),
        ('"dropped":null', '"dropped":["movie 5"]'),
        ("{", ""),
        ('"lost_rows":0}', ""),
        ("\n", ""),
    ],
)
def test_a_file_that_is_damaged_or_of_another_version_is_as_if_it_were_not_there(
    tmp_path: Path, old: str, new: str
) -> None:
    kept, file = kept_in(tmp_path)
    text = file.read_text(encoding="ascii")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="ascii")
    assert kept.load(ACCOUNT) is None


def test_what_it_passed_over_is_read_alone(tmp_path: Path) -> None:
    kept, file = kept_in(tmp_path)
    assert kept.lost_rows(ACCOUNT) == 0
    kept.save(LastRead(Stamp("{}", {}), Existing(ACCOUNT, START, (), lost_rows=3)))
    assert kept.lost_rows(ACCOUNT) == 3
    file.write_text("{", encoding="ascii")
    assert kept.lost_rows(ACCOUNT) == 0


def test_where_it_can_not_be_kept_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "last-read").touch()
    kept = LastReads(tmp_path / "last-read")
    kept.save(LastRead(Stamp("{}", {}), Existing(ACCOUNT, START, ())))
    assert kept.load(ACCOUNT) is None


def test_where_it_can_not_be_deleted_nothing_is_sent(tmp_path: Path) -> None:
    kept, file = kept_in(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(Failed, match="can't be deleted"):
        kept.forget(ACCOUNT)


@pytest.mark.parametrize(
    ("kinds", "age", "serves"),
    [
        ({SyncKind.HISTORY}, timedelta(0), True),
        ({SyncKind.HISTORY, SyncKind.RATINGS}, KEPT_FOR, True),
        ({SyncKind.WATCHLIST}, timedelta(0), False),
        ({SyncKind.HISTORY}, KEPT_FOR + timedelta(seconds=1), False),
        ({SyncKind.HISTORY}, timedelta(seconds=-1), False),  # a clock that was set back
    ],
)
def test_it_serves_for_a_day_and_only_what_it_holds(
    kinds: set[SyncKind], age: timedelta, serves: bool
) -> None:
    stamp = Stamp("{}", {"/sync/history": 0, "/sync/ratings/all": 0})
    assert LastRead(stamp, Existing(ACCOUNT, START, ())).serves(kinds, START + age) is serves


# --- when it takes the place of reading, and when not ---


def standing(world: Bench) -> StatusResult:
    with world.ports() as ports:
        return status(PLAN, ports)


def reads_of(world: Bench, command: Callable[[], object]) -> Counter[str]:
    """The whole reads of the account that a command makes: pages of more than a row, by place."""
    before = len(world.sandbox.wire)
    command()
    asked = world.sandbox.wire[before:]
    return Counter(one.path for one in asked if one.method == "GET" and one.query.get("limit") == "250")


@pytest.fixture
def settled(world: Bench) -> Bench:
    """An account to which a plan was applied, and which was read cleanly a while after."""
    assert world.apply(PLAN).exit_code == 0
    world.clock.forward(minutes=1)
    assert reads_of(world, lambda: standing(world))["/sync/history"]
    return world


def apply_again(world: Bench) -> None:
    result = world.apply(PLAN)
    assert (result.exit_code, result.changes) == (0, False)


def diff_again(world: Bench) -> None:
    assert not world.apply(PLAN, dry_run=True).changes


COMMANDS: list[Callable[[Bench], object]] = [apply_again, diff_again, standing]


@pytest.mark.parametrize("command", COMMANDS)
def test_while_nothing_has_moved_the_account_is_not_read_again(
    settled: Bench, command: Callable[[Bench], object]
) -> None:
    before, said = len(settled.sandbox.wire), standing(settled)
    settled.clock.forward(hours=3)
    assert not reads_of(settled, lambda: command(settled))
    assert len(settled.sandbox.wire) - before <= 24  # two commands of 12 at most
    assert standing(settled) == said


def test_right_after_something_has_happened_nothing_is_kept(world: Bench) -> None:
    """Trakt's times may be whole seconds: what happens in the same one could not be told."""
    world.apply(PLAN)
    for _ in range(2):
        assert reads_of(world, lambda: standing(world))["/sync/history"]
    world.clock.forward(seconds=11)
    standing(world)
    assert not reads_of(world, lambda: standing(world))


def remove_one(world: Bench) -> None:
    account = world.sandbox.world
    account.remove_play(min(account.plays))


def remove_one_without_an_activity(world: Bench) -> None:
    before = json.loads(json.dumps(world.sandbox.world.activities))
    remove_one(world)
    world.sandbox.world.activities = before


def replace_one(world: Bench) -> None:
    remove_one(world)
    world.sandbox.world.add_play("episode", world.episode(30850, 1, 1))


def import_old_plays(world: Bench) -> None:
    for number in range(1, 4):
        world.sandbox.world.add_play("episode", world.episode(30850, 1, number), "2003-01-02T03:04:00.000Z")


@pytest.mark.parametrize("moves", [remove_one, remove_one_without_an_activity, replace_one, import_old_plays])
@pytest.mark.parametrize("command", COMMANDS)
def test_where_something_has_moved_it_is(
    settled: Bench, command: Callable[[Bench], object], moves: Callable[[Bench], None]
) -> None:
    settled.clock.forward(hours=1)
    moves(settled)
    assert reads_of(settled, lambda: command(settled))["/sync/history"]


def test_what_was_removed_on_trakt_is_known_at_once(settled: Bench) -> None:
    settled.clock.forward(hours=1)
    remove_one(settled)
    (entry,) = standing(settled).entries
    assert (entry.sent, entry.sent_gone, entry.on_trakt) == (10, 1, 9)


def test_seasons_that_trakt_merges_are_seen_after_a_day_and_nothing_is_sent_before(settled: Bench) -> None:
    settled.clock.forward(hours=1)
    plays = settled.plays()
    settled.sandbox.catalogue.merge_seasons(
        1420, 3, 2
    )  # the same episodes by other numbers: no activity, no count
    apply_again(settled)
    settled.clock.forward(days=1)
    assert reads_of(settled, lambda: standing(settled))["/sync/history"]
    settled.apply(PLAN)
    assert settled.plays() == plays


def test_a_day_later_it_is_read_whatever_trakt_says(settled: Bench) -> None:
    settled.clock.forward(hours=23, minutes=59)
    assert not reads_of(settled, lambda: apply_again(settled))
    settled.clock.forward(minutes=2)
    assert reads_of(settled, lambda: apply_again(settled))["/sync/history"]


def test_what_is_to_be_sent_is_found_in_a_read_of_now(settled: Bench) -> None:
    plan = plan_of(season(1, TITAN3B), season(2, BLEACH))
    settled.clock.forward(hours=1)
    assert reads_of(settled, lambda: settled.apply(plan))["/sync/history"]
    assert settled.plays() == settled.wanted(TITAN3B) + settled.wanted(BLEACH)


def test_nothing_is_sent_from_what_an_earlier_command_has_read(settled: Bench) -> None:
    with (
        settled.ports() as ports,
        RunOptions().open_journal(ports.journals, ports.reader.read_account(), ports.clock) as journal,
    ):
        state = read_account_state(ports, ports.reader.read_account(), (), remembered=True)
        assert state.is_remembered
        run = Run(ports, journal, state, RunKind.APPLY)
        with pytest.raises(UnsafeBody):
            run.commit(AddPlays((change(1),)))
    assert settled.plays() == settled.wanted(TITAN3B)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(lambda world: world.undo(dry_run=True), id="undo"),
        pytest.param(lambda world: world.apply(PLAN, allow=frozenset({"first-apply"})), id="--allow"),
        pytest.param(lambda world: world.apply(PLAN, force=True), id="--force"),
    ],
)
def test_commands_that_must_know_read_the_account(settled: Bench, command: Callable[[Bench], object]) -> None:
    settled.clock.forward(hours=1)
    assert reads_of(settled, lambda: command(settled))["/sync/history"]


def test_before_something_is_sent_it_is_deleted(settled: Bench) -> None:
    (file,) = settled.folders.last_reads.iterdir()
    with death_at(Moment.INTENT_TO_SEND, 1), pytest.raises(Killed):
        settled.apply(plan_of(season(1, TITAN3B), season(2, BLEACH)))
    assert not file.exists()


def test_an_account_with_something_in_doubt_is_always_read(settled: Bench) -> None:
    with death_at(Moment.ANSWER_TO_OUTCOME, 1), pytest.raises(Killed):
        settled.apply(plan_of(season(1, TITAN3B), season(2, BLEACH)))
    settled.clock.forward(hours=1)
    for _ in range(2):
        assert reads_of(settled, lambda: standing(settled))["/sync/history"]


def test_an_account_with_something_that_was_never_seen_is_always_read(settled: Bench) -> None:
    settled.sandbox.faults.history.never_listed.add(("episode", settled.episode(30850, 1, 5)))
    assert settled.apply(plan_of(season(1, TITAN3B), season(2, BLEACH))).exit_code == 5
    settled.clock.forward(hours=1)
    for _ in range(2):
        assert reads_of(settled, lambda: standing(settled))["/sync/history"]


def without_its_last_row(answer: Answer) -> Answer:
    return with_body(answer, json.loads(answer.body)[:-1])


def test_a_read_that_was_not_clean_is_not_kept(settled: Bench) -> None:
    settled.clock.forward(days=2)
    settled.sandbox.faults.add("GET", "/sync/history$", change=without_its_last_row, times=None)
    for _ in range(2):
        assert reads_of(settled, lambda: standing(settled))["/sync/history"]


def test_it_is_the_accounts_own(tmp_path: Path) -> None:
    kept, _ = kept_in(tmp_path)
    assert kept.load(replace(ACCOUNT, user="renamed")) is not None
    assert kept.load(replace(ACCOUNT, uuid="another")) is None


def test_signing_out_deletes_them(settled: Bench) -> None:
    kept = LastReads(settled.folders.last_reads)
    assert list(kept.folder.iterdir())
    with Trakt(settled.settings(), clock=settled.clock) as trakt:
        logout(trakt, kept)
    assert not list(kept.folder.iterdir())
