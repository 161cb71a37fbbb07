"""Commands in a row keep one pace, and no wait that a person notices goes by without a word."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

import pytest

from anitrakt_plan.http import Pace
from tests.acceptance.conftest import PlanText, Run
from tests.long import long
from tests.practice import Sandbox

READS, SECONDS = 4, 300
FIRST = "apply plan.yaml --allow first-apply"


class MachineTime:
    """The machine's clock, which goes on only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch, plan_text: PlanText, anitrakt: Run) -> MachineTime:
    """Trakt's limit is a small one, and waiting for it costs a test nothing."""
    machine = MachineTime()
    paced = partial(Pace, clock=lambda: machine.now, sleep=machine.sleep)
    monkeypatch.setattr("anitrakt_plan.trakt.client.Pace", paced)
    monkeypatch.setenv("ANITRAKT_TRAKT_GET_LIMIT", f"{READS}/{SECONDS}")
    Path("plan.yaml").write_text(plan_text("--anilist", "sample"), encoding="utf-8")
    return machine


@pytest.mark.long  # test_pace.py has the count that commands share
def test_five_commands_in_a_row_keep_to_the_limit(
    time: MachineTime, anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[float] = []
    take = Pace.take

    def noted(pace: Pace) -> None:
        take(pace)
        if pace._count == READS:
            went.append(time.now)

    monkeypatch.setattr(Pace, "take", noted)
    for words in (FIRST, "diff", "status", "apply plan.yaml", "plan --update plan.yaml"):
        assert anitrakt(*words.split()).code == 0, words
    asked = [r for r in sandbox.wire if r.service == "trakt" and r.method == "GET"]
    assert len(went) == len(asked) > 2 * READS
    assert all(later - at >= SECONDS for at, later in zip(went, went[READS:], strict=False))


@pytest.mark.parametrize("at_terminal", [False, *long(True)])
def test_each_wait_is_said_at_a_terminal_and_in_a_pipe(
    time: MachineTime, anitrakt: Run, at_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: at_terminal)
    monkeypatch.setenv("TERM", "dumb")
    said = "".join(anitrakt(*words.split()).err for words in (FIRST, "status"))
    long = [wait for wait in time.waits if wait >= 2]
    lines = re.findall(r"waiting (\d+):(\d\d) for Trakt's limit \(4 requests in 5 minutes\)", said)
    assert long
    assert [60 * int(minutes) + int(rest) for minutes, rest in lines] == [round(wait) for wait in long]
