"""How cost is modelled and compared: overlaps, paces, and what asks more than the last release did."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from anitrakt_plan.http import RateLimit
from benchmarks.history import FILE, keep, more_than_before
from benchmarks.modelled import LIMITS, modelled_seconds
from benchmarks.steps import Limits, Step
from tests.practice.wire import WireRecord

READS, WRITES = ("trakt", False), ("trakt", True)


def records(*spans: tuple[int, int], method: str = "GET") -> list[WireRecord]:
    """Requests to Trakt by the events of their beginning and end."""
    return [
        WireRecord(index, "trakt", method, "/x", {}, {}, "", started, 200, ended)
        for index, (started, ended) in enumerate(spans)
    ]


ONE_BY_ONE = [(2 * number, 2 * number + 1) for number in range(1, 11)]


@pytest.mark.parametrize(
    ("spans", "limits", "seconds"),
    [
        ([], {}, 0.0),
        (ONE_BY_ONE, {}, 1.5),
        ([(1, 6), (2, 7), (3, 8), (4, 9), (5, 10)], {}, 0.15),  # all at one time
        ([(1, 3), (2, 4), (5, 7), (6, 8)], {}, 0.3),  # two and two
        (ONE_BY_ONE, {READS: RateLimit(5, 60)}, 60.75),  # five, a pause, five more
        (ONE_BY_ONE, {READS: RateLimit(1, 1)}, 9.15),
        (ONE_BY_ONE, {WRITES: RateLimit(1, 1)}, 1.5),
        ([(1, 4), (2, 5), (3, 6)], {READS: RateLimit(1, 1)}, 2.15),  # side by side, and yet in a row
    ],
)
def test_what_overlaps_on_the_wire_overlaps_and_the_paces_hold(
    spans: list[tuple[int, int]], limits: dict[tuple[str, bool], RateLimit], seconds: float
) -> None:
    assert modelled_seconds(records(*spans), limits) == pytest.approx(seconds)


def test_the_paces_are_the_products_own() -> None:
    assert LIMITS[READS] == RateLimit(450, 300)
    assert modelled_seconds(records(*ONE_BY_ONE, method="POST")) == pytest.approx(9.15)


def step(requests: int, name: str = "plan", fault: str | None = None) -> Step:
    return Step(name, Counter({"trakt GET /x": requests}), 4096, 1.0, 50.0, 0.0, Limits(trakt=200), fault)


def test_what_asks_more_than_the_last_line_of_its_world_is_named(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    assert more_than_before(file, "practice", [step(100)]) == []
    keep(file, "practice", [step(90), step(7, "diff")])
    keep(file, "practice", [step(100), step(7, "diff")])
    keep(file, "data", [step(10)])
    assert more_than_before(file, "practice", [step(102), step(7, "diff"), step(900, "new")]) == []
    assert more_than_before(file, "practice", [step(103)]) == ["plan: 103 requests, 100 before"]


@pytest.mark.parametrize(
    ("one", "is_over"), [(step(200), False), (step(201), True), (step(1, fault="exit code 1"), True)]
)
def test_a_step_is_over_by_what_it_asks_or_by_failing(one: Step, is_over: bool) -> None:
    assert one.over_counts is is_over


def test_the_history_is_one_of_lines_with_counts() -> None:
    for line in map(json.loads, FILE.read_text(encoding="utf-8").splitlines()):
        assert line["world"] in ("practice", "data")
        assert all(set(counts) == {"requests", "trakt", "kb"} for counts in line["steps"].values())
