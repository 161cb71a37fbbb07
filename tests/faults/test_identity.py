"""Who and when: accounts, sign-ins, clocks, zones, dates."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import anitrakt_plan.journal.journal as journal_module
from anitrakt_plan.errors import AnitraktError, ExitCode, Failed, NotSignedIn, SafetyStop
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.journal.journal import journal_path
from anitrakt_plan.model import DatePolicy, Policy, RewatchPolicy
from anitrakt_plan.reports.apply import report
from tests.faults.bench import Bench, plan_of, season
from tests.practice import Clock

TITAN3B = "1420 S03E13-E22"
BLEACH = "30850 S01E01-E366"
UNKNOWN = "1970-01-01T00:00:00.000Z"
OTHER = "0ther0ther0ther0ther0ther0ther0ther0ther"
HISTORY = "/sync/history$"


def stored_sign_in(world: Bench) -> Tokens:
    """Go by a stored pair of tokens instead of ANITRAKT_TRAKT_TOKEN."""
    world.token = ""
    token = world.sandbox.world.issue_token(timedelta(days=7))
    pair = Tokens(token.access, token.refresh, world.clock() + timedelta(days=7))
    TokenFile(world.folders.tokens).save("trakt", pair)
    return pair


def test_another_account_than_the_plans_is_refused_and_nothing_passes_it(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B), user="somebody")
    for options in ({}, {"force": True}, {"yes": True}, {"account": "sandbox"}, {"dry_run": True}):
        with pytest.raises(SafetyStop, match="signed in to Trakt as `sandbox`"):
            world.apply(plan, **options)
    assert not world.history_posts()


def test_a_renamed_account_is_known_by_its_uuid(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.sandbox.world.rename_user("newname")
    result = world.apply(plan_of(season(1, TITAN3B), season(2, "movie 51")))
    assert result.totals["plays"] == 1
    assert "is called `newname` now" in " ".join(result.notes)


def test_another_user_who_took_the_old_name_is_refused(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.sandbox.world.switch_account("sandbox", OTHER)
    with pytest.raises(SafetyStop, match="another account that was called `sandbox`"):
        world.apply(plan)


def test_a_plan_without_an_account_asks_or_needs_the_flag(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B), user=None)
    with pytest.raises(SafetyStop, match="names no Trakt account") as stopped:
        world.apply(plan)
    assert "--account sandbox" in str(stopped.value)
    assert world.apply(plan, dry_run=True).changes
    world.answers = ["no"]
    with pytest.raises(SafetyStop):
        world.apply(plan)
    world.answers = ["yes"]
    assert world.apply(plan).totals["plays"] == 10
    with pytest.raises(SafetyStop, match="`--account` says `else`"):
        world.apply(plan, account="else")


def test_a_sign_in_that_changes_in_mid_run_is_noticed_before_more_is_sent(world: Bench) -> None:
    world.sandbox.faults.after(
        "POST", HISTORY, lambda _: world.sandbox.world.switch_account("somebody", OTHER)
    )
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.exit_code == 6
    assert "changed from `sandbox` to `somebody`" in str(result.error)
    assert len(world.history_posts()) == 1
    assert not world.plays()


def test_another_sign_in_stored_in_mid_run_is_noticed_before_the_next_request(world: Bench) -> None:
    stored_sign_in(world)

    def sign_in(_: object) -> None:
        world.sandbox.world.switch_account("somebody", OTHER)
        stored_sign_in(world)

    world.sandbox.faults.after("POST", HISTORY, sign_in, skip=1)
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.exit_code == 6
    assert len(world.history_posts()) == 2


def test_a_401_in_mid_run_refreshes_once_and_goes_on(world: Bench) -> None:
    before = stored_sign_in(world)
    world.sandbox.faults.before("POST", HISTORY, lambda _: world.sandbox.world.expire_tokens(), skip=1)
    plan = plan_of(season(1, BLEACH))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    now = TokenFile(world.folders.tokens).load("trakt")
    assert now is not None
    assert now.access != before.access


def test_a_refused_refresh_in_mid_run_ends_with_4_and_the_next_sign_in_goes_on(world: Bench) -> None:
    stored_sign_in(world)
    world.sandbox.faults.before("POST", HISTORY, lambda _: world.sandbox.world.expire_tokens(), skip=1)
    world.sandbox.faults.answer(
        "POST", "/oauth/token", 400, {"error": "invalid_grant"}, service="auth", times=None
    )
    plan = plan_of(season(1, BLEACH))
    result = world.apply(plan)
    assert result.exit_code == 4
    assert sum(world.plays().values()) == 100
    with pytest.raises(NotSignedIn):
        world.apply(plan)
    world.sandbox.faults.clear()
    stored_sign_in(world)
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(BLEACH)
    assert {play.run for play in world.knowledge().plays} == {result.run}


# --- time ---


@pytest.mark.parametrize("days", [-3, 3])
def test_a_clock_three_days_off_changes_no_date(world: Bench, days: int) -> None:
    world.clock.time += timedelta(days=days)
    plan = plan_of(season(1, TITAN3B))
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)


@pytest.mark.parametrize(
    ("off", "how"), [(timedelta(days=-400), "behind"), (timedelta(minutes=11), "ahead of")]
)
def test_a_clock_that_is_not_trakts_stops_before_anything_is_sent(
    world: Bench, off: timedelta, how: str
) -> None:
    """Finish dates would be cut at a wrong now."""
    plan, right = plan_of(season(1, TITAN3B)), world.clock
    world.clock = Clock(right.time + off)
    with pytest.raises(SafetyStop, match=f"{how} Trakt's") as stop:
        world.apply(plan)
    assert stop.value.name == "clock"
    with pytest.raises(SafetyStop):
        world.apply(plan, dry_run=True)
    assert not world.history_posts()
    assert world.apply(plan, allow=frozenset({"clock"})).exit_code == 0


def test_a_clock_a_few_minutes_off_is_no_reason_to_stop(world: Bench) -> None:
    world.clock = Clock(world.clock.time + timedelta(minutes=9))
    assert world.apply(plan_of(season(1, TITAN3B))).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)


def test_a_finish_date_of_today_is_never_in_the_future(world: Bench) -> None:
    world.apply(
        plan_of(season(1, "movie 51", finished="2026-11-22"), season(2, "movie 97", finished="2030-01-01"))
    )
    dates = {item: date for _, item, date in world.plays()}
    assert dates == {51: "2026-11-22T09:12:00.000Z", 97: UNKNOWN}


def test_a_server_that_turns_dates_into_now_is_noticed_after_the_first_batch(world: Bench) -> None:
    world.sandbox.faults.history.dates_become_now = True
    result = world.apply(plan_of(season(1, BLEACH)))
    assert result.exit_code == ExitCode.SAFETY_STOP
    assert "moment of sending" in str(result.error)
    assert "`anitrakt undo`" in str(result.error)
    assert "again" not in "\n".join([*report(result), str(result.error)])
    assert len(world.history_posts()) == 1
    world.sandbox.faults.clear()
    again = world.apply(plan_of(season(1, BLEACH)))
    episodes = [item for _, item, _ in world.plays().elements()]
    assert again.totals["plays"] == 266
    assert len(episodes) == len(set(episodes))
    assert world.undo().exit_code == 0
    assert not world.plays()


def test_a_small_run_with_dates_turned_into_now_is_noticed_too(world: Bench) -> None:
    world.sandbox.faults.history.dates_become_now = True
    result = world.apply(plan_of(season(1, TITAN3B)))
    assert result.exit_code == ExitCode.SAFETY_STOP
    assert "10 plays with the moment of sending" in str(result.error)
    world.sandbox.faults.clear()
    undone = world.undo()
    assert (undone.exit_code, len(undone.taken_back)) == (0, 10)
    assert not world.plays()


def test_a_zone_changed_between_crash_and_resume_changes_no_date(world: Bench) -> None:
    world.sandbox.faults.act_partly("POST", HISTORY, 4, 504)
    world.settle = 120
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    world.sandbox.world.timezone = "America/Los_Angeles"
    assert world.apply(plan).exit_code == 0
    assert world.plays() == world.wanted(TITAN3B)


def test_noon_is_counted_in_the_accounts_zone(world: Bench) -> None:
    world.sandbox.world.timezone = "America/Los_Angeles"
    world.apply(plan_of(season(1, TITAN3B)))
    assert world.plays() == world.wanted(TITAN3B, "2019-07-01T19:00:00.000Z")


def test_released_is_trakts_own_date_and_is_found_again_and_undone(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B), policy=Policy(dates=DatePolicy.RELEASED))
    assert world.apply(plan).exit_code == 0
    assert len({date[:10] for _, _, date in world.plays()}) > 5
    assert not world.apply(plan).changes
    world.undo()
    assert not world.plays()


def test_spread_is_in_order_and_within_start_and_finish(world: Bench) -> None:
    entry = season(1, TITAN3B, started="2019-06-20", finished="2019-07-10")
    world.apply(plan_of(entry, policy=Policy(dates=DatePolicy.SPREAD)))
    by_episode = {item: date for _, item, date in world.plays()}
    dates = [by_episode[world.episode(1420, 3, number)] for number in range(13, 23)]
    assert dates == sorted(dates)
    assert dates[0] >= "2019-06-20T10:00"
    assert dates[-1] == "2019-07-10T10:00:00.000Z"


def test_the_users_own_undated_play_is_there_and_is_never_ours(world: Bench) -> None:
    account = world.sandbox.world
    account.add_play("movie", 51, UNKNOWN)
    account.add_play("episode", world.episode(1420, 3, 13), UNKNOWN)
    plan = plan_of(season(1, TITAN3B, finished=None), season(2, "movie 51", finished=None))
    world.apply(plan)
    assert set(world.plays().values()) == {1}
    world.undo()
    assert set(world.plays()) == {("movie", 51, UNKNOWN), ("episode", world.episode(1420, 3, 13), UNKNOWN)}


def test_an_undated_rewatch_beside_the_users_own_undated_play_is_told_apart_by_its_id(world: Bench) -> None:
    own = world.sandbox.world.add_play("movie", 51, UNKNOWN)
    policy = Policy(rewatches=RewatchPolicy.COUNT)
    plan = plan_of(season(1, "movie 51", finished=None, repeats=1), policy=policy)
    assert world.apply(plan).totals["plays"] == 1
    assert world.plays() == {("movie", 51, UNKNOWN): 2}
    world.undo()
    assert list(world.sandbox.world.plays) == [own.id]


# --- the journal's file ---


class FullDisk:
    """fsync fails at its nth call, as a full disk makes it."""

    def __init__(self, nth: int) -> None:
        self.calls = 0
        self.nth = nth

    def __call__(self, descriptor: int) -> None:
        self.calls += 1
        if self.calls >= self.nth:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], FullDisk]:
    def full_at(nth: int) -> FullDisk:
        failing = FullDisk(nth)
        original = journal_module.JournalFile

        def opened(*arguments: object, **options: object) -> object:
            return original(*arguments, **{**options, "sync": failing})  # type: ignore[arg-type]

        monkeypatch.setattr(journal_module, "JournalFile", opened)
        return failing

    return full_at


@pytest.mark.parametrize(
    "nth", [1, 2, 3, *(pytest.param(nth, marks=pytest.mark.long) for nth in range(4, 9))]
)
def test_a_full_disk_ends_the_run_and_nothing_unwritten_is_sent(
    world: Bench, disk: Callable[[int], FullDisk], nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(season(1, "30850 S01E01-E150", rating=7))
    disk(nth)
    if nth == 1:  # the first line of a new journal, before the run has begun
        with pytest.raises(Failed, match="No space left"):
            world.apply(plan)
    else:
        result = world.apply(plan)
        assert result.exit_code in (1, 5)
        assert "No space left" in str(result.error)
    monkeypatch.undo()
    monkeypatch.setenv("ANITRAKT_HOME", str(world.home))
    world.apply_until_done(plan)
    assert world.plays() == world.wanted("30850 S01E01-E150")
    assert not world.apply(plan).changes


def test_a_torn_last_line_is_repaired_and_said(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    path = journal_path(world.folders.journal, world.sandbox.world.uuid)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"type": "plays", "batch": 7, "ru')
    result = world.apply(plan_of(season(1, TITAN3B), season(2, "movie 51")))
    assert "repaired" in " ".join(result.notes)
    assert path.read_bytes().startswith(whole)
    assert result.totals["plays"] == 1


@pytest.mark.parametrize(
    "damage", [b"not json\n", b'{"type": "run", "sum": "0"}\n', b"\x00\x00\x00\n", b"\n", b"[]\n"]
)
def test_any_other_bad_line_is_a_stop(world: Bench, damage: bytes) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    path = journal_path(world.folders.journal, world.sandbox.world.uuid)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], damage, *lines[2:]]))
    with pytest.raises(AnitraktError, match="can't be read") as stopped:
        world.apply(plan)
    assert f"{path}:3" in str(stopped.value)


def test_a_newer_journal_is_a_stop(world: Bench) -> None:
    plan = plan_of(season(1, TITAN3B))
    world.apply(plan)
    path = journal_path(world.folders.journal, world.sandbox.world.uuid)
    first, *rest = path.read_text().splitlines(keepends=True)
    newer = {**json.loads(first), "format": "anitrakt-journal/2"}
    del newer["sum"]
    path.write_text("".join([json.dumps(newer) + "\n", *rest]))
    with pytest.raises(AnitraktError, match="newer than this anitrakt"):
        world.apply(plan)


def test_the_journal_is_json_lines_that_a_person_can_read(world: Bench) -> None:
    world.apply(plan_of(season(38524, TITAN3B, rating=9)))
    path = journal_path(world.folders.journal, world.sandbox.world.uuid)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["type"] for line in lines][:3] == ["journal", "run", "plays"]
    intent = lines[2]
    assert intent["plays"][0] == {
        "entry": "mal:38524",
        "match": TITAN3B,
        "of": "1420 S03E13",
        "watched_at": "2019-07-01T10:00:00.000Z",
    }
    assert datetime.fromisoformat(intent["at"]).tzinfo == UTC
