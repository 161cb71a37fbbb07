"""The pace: how long a request waits for its turn, who else counts, and what a person is told of it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.http import Pace, RateLimit
from anitrakt_plan.http.pace import waiting_words

NOW = 1_800_000_000.0
TRAKT = RateLimit(450, 300)


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def pace_of(limit: RateLimit, clock: Clock, file: Path | None = None) -> Pace:
    return Pace("Trakt", limit, file, clock=clock, sleep=clock.sleep)


def test_a_request_waits_until_the_oldest_of_a_full_window_is_out_of_it() -> None:
    clock = Clock()
    pace = pace_of(RateLimit(3, 300), clock)
    for _ in range(3):
        pace.take()
        clock.now += 20
    assert clock.waits == []
    pace.take()
    assert clock.waits == [240]
    pace.take()
    assert clock.waits == [240, 20]


def test_an_even_pace_waits_between_any_two() -> None:
    clock = Clock()
    pace = pace_of(RateLimit(25, 50, even=True), clock)
    pace.take()
    pace.take()
    assert clock.waits == [2]


@given(st.lists(st.floats(0, 400), max_size=40), st.integers(1, 5), st.integers(1, 300))
def test_no_window_ever_holds_more_than_its_limit(pauses: list[float], count: int, seconds: int) -> None:
    clock = Clock()
    pace = pace_of(RateLimit(count, seconds), clock)
    went: list[float] = []
    for pause in pauses:
        clock.now += pause
        pace.take()
        went.append(clock.now)
    for at, later in zip(went, went[count:], strict=False):
        assert later - at >= seconds - 1e-3
    assert all(wait <= seconds for wait in clock.waits)


def test_a_later_command_counts_what_the_one_before_it_has_asked(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "home" / "trakt.json"
    first = pace_of(TRAKT, clock, file)
    for _ in range(450):
        first.take()
    first.close()
    clock.now += 100
    pace_of(TRAKT, clock, file).take()
    assert clock.waits == [200]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param([NOW + 60] * 450, id="of the future: a clock was set back"),
        pytest.param([NOW - 301] * 450, id="of long ago"),
        pytest.param([NOW - 1e9] * 450, id="of another century"),
    ],
)
def test_turns_that_can_not_count_are_dropped(tmp_path: Path, turns: list[float]) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"
    file.write_text(json.dumps(turns), encoding="ascii")
    pace = pace_of(TRAKT, clock, file)
    pace.take()
    pace.close()
    assert clock.waits == []
    assert json.loads(file.read_bytes()) == [NOW]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '["x"]', "{}", "null", "[1e999, NaN]", "\x00\xff"])
def test_a_file_that_can_not_be_understood_costs_no_more_than_what_others_have_asked(
    tmp_path: Path, text: str
) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"
    file.write_bytes(text.encode("latin-1"))
    pace = pace_of(RateLimit(2, 300), clock, file)
    for _ in range(3):
        pace.take()
    assert clock.waits == [300]


def test_without_a_place_to_write_a_command_counts_its_own(tmp_path: Path) -> None:
    (tmp_path / "not-a-folder").touch()
    clock = Clock()
    pace = pace_of(RateLimit(2, 300), clock, tmp_path / "not-a-folder" / "trakt.json")
    for _ in range(3):
        pace.take()
    assert clock.waits == [300]


def test_a_lock_that_somebody_keeps_does_not_keep_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anitrakt_plan.http.pace._LOCK_SECONDS", 0.01)
    clock, file = Clock(), tmp_path / "trakt.json"
    with FileLock(file.with_suffix(".lock")):
        pace = pace_of(RateLimit(2, 300), clock, file)
        for _ in range(3):
            pace.take()
    assert clock.waits == [300]


def test_of_two_at_one_time_each_knows_of_the_others_turns_half_a_second_later(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"
    one, other = (pace_of(RateLimit(20, 300), clock, file) for _ in range(2))
    for _ in range(9):
        one.take()
        other.take()
        clock.now += 0.6
    assert clock.waits == []
    for _ in range(4):
        one.take()
        clock.now += 0.6
    assert len(clock.waits) == 1
    assert 280 < clock.waits[0] < 300


def test_where_one_at_a_time_may_go_the_others_know_at_once(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"
    one, other = (pace_of(RateLimit(1, 1), clock, file) for _ in range(2))
    one.take()
    clock.now += 0.25
    other.take()
    assert clock.waits == [0.75]


def test_the_lock_is_not_held_while_somebody_waits(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"
    lock = FileLock(file.with_suffix(".lock"), timeout=0)

    def sleep(seconds: float) -> None:
        with lock:  # raises where it is held
            clock.sleep(seconds)

    pace = Pace("Trakt", RateLimit(1, 5), file, clock=clock, sleep=sleep)
    pace.take()
    pace.take()
    assert clock.waits == [5]


def test_who_has_waited_for_a_whole_span_goes_whatever_others_take(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "trakt.json"

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        file.write_text(json.dumps([clock.now]), encoding="ascii")  # each time somebody is faster

    file.write_text(json.dumps([NOW - 2]), encoding="ascii")
    Pace("Trakt", RateLimit(1, 5), file, clock=clock, sleep=sleep).take()
    assert clock.waits == [3, 2]


def _take(file: Path, times: int, went: multiprocessing.Queue[list[float]]) -> None:
    pace = Pace("Trakt", RateLimit(10_000, 3600), file)
    for _ in range(times):
        pace.take()
    pace.close()
    went.put([])


@pytest.mark.long  # starts processes; the lock and the file are shown by the tests above
def test_processes_at_one_time_lose_no_turn_of_each_other(tmp_path: Path) -> None:
    file = tmp_path / "trakt.json"
    context = multiprocessing.get_context("spawn")
    went: multiprocessing.Queue[list[float]] = context.Queue()
    processes = [context.Process(target=_take, args=(file, 50, went)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(json.loads(file.read_bytes())) == 150


def test_threads_share_one_pace() -> None:
    pace = Pace("Trakt", RateLimit(10_000, 3600))

    def take() -> None:
        for _ in range(200):
            pace.take()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pace._turns) == 800
    assert pace._turns[-1] <= time.time()


@pytest.mark.parametrize(
    ("limit", "seconds", "said"),
    [
        (RateLimit(450, 300), 160.4, "waiting 2:40 for Trakt's limit (450 requests in 5 minutes)"),
        (RateLimit(60, 60), 59.8, "waiting 1:00 for Trakt's limit (60 requests in 1 minute)"),
        (RateLimit(20, 1), 5, "waiting 0:05 for Trakt's limit (20 requests in 1 s)"),
    ],
)
def test_the_wait_is_said_with_its_reason(limit: RateLimit, seconds: float, said: str) -> None:
    assert waiting_words("Trakt", limit, seconds) == said


@pytest.mark.parametrize(("seconds", "is_said"), [(30, True), (1, False)])
def test_only_a_wait_that_a_person_notices_is_said(
    caplog: pytest.LogCaptureFixture, seconds: float, is_said: bool
) -> None:
    caplog.set_level(logging.INFO, "anitrakt_plan.http")
    pace = pace_of(RateLimit(2, seconds), Clock())
    for _ in range(3):
        pace.take()
    assert any("for Trakt's limit" in record.getMessage() for record in caplog.records) is is_said
