"""What holds for every plan, and for every file that is not one."""

from __future__ import annotations

import re
import sys
from types import FrameType

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import Plan
from anitrakt_plan.planfile import dump_plan, load_plan
from tests.planfile.plan_strategies import broken_files, plans
from tests.planfile.plan_texts import HEAD, SEQUEL

NORMAL = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def check_round_trip(plan: Plan) -> None:
    text = dump_plan(plan)
    loaded = load_plan(text.encode(), "plan.yaml")
    assert not loaded.errors, "\n".join(mistake.render() for mistake in loaded.errors)
    assert loaded.plan == plan
    assert dump_plan(loaded.plan) == text


@NORMAL
@given(plans())
def test_a_plan_comes_back_from_its_file_as_it_was(plan: Plan) -> None:
    check_round_trip(plan)


@pytest.mark.long
@LONG
@given(plans(most=8))
def test_every_plan_comes_back_from_its_file_as_it_was(plan: Plan) -> None:
    check_round_trip(plan)


@NORMAL
@given(plans(most=3))
def test_another_yaml_reader_takes_every_title_alike(plan: Plan) -> None:
    data = yaml.safe_load(dump_plan(plan))
    for entry in plan.entries:
        assert data["entries"][str(entry.key)]["title"] == entry.title
        assert data["entries"][str(entry.key)]["decision"] == entry.decision.value


def check_clean_or_positioned(raw: bytes) -> None:
    loaded = load_plan(raw, "plan.yaml", by_schema=True)
    assert (loaded.plan is None) == bool(loaded.errors)
    lines = loaded.text.count("\n") + loaded.text.count("\r") + 1
    for mistake in loaded.diagnostics:
        assert 1 <= mistake.position.line <= max(lines, 1)
        assert mistake.position.column >= 1
        assert mistake.caret >= 1
        assert mistake.render().startswith(f"plan.yaml:{mistake.position.line}:{mistake.position.column}: ")
        assert mistake.as_json()["code"] == mistake.code
        assert mistake.code != "PLAN029", "the readers overlooked what the schema refuses"


@NORMAL
@given(broken_files())
def test_a_damaged_file_ends_in_a_plan_or_in_positioned_mistakes(raw: bytes) -> None:
    check_clean_or_positioned(raw)


@pytest.mark.long
@LONG
@given(broken_files() | st.binary(max_size=200))
def test_every_damaged_file_ends_in_a_plan_or_in_positioned_mistakes(raw: bytes) -> None:
    check_clean_or_positioned(raw)


def file_of(entries: int) -> bytes:
    block = SEQUEL.replace("1420", "{0}").replace("mal:38524", "mal:{0}").replace("{show: {0}", "{{show: {0}")
    for name in ("source", "list"):
        block = re.sub(rf"({name}: )\{{(.*)\}}", r"\1{{\2}}", block)
    block = block.replace("S03E13-E22}  #>", "S03E13-E22}}  #>")
    return (HEAD + "\n".join(block.format(number) for number in range(1, entries + 1))).encode()


def calls_to_load(entries: int) -> int:
    """How many calls of Python functions it takes to read so many entries; seconds depend on the machine."""
    raw = file_of(entries)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        loaded = load_plan(raw, "plan.yaml")
    finally:
        sys.setprofile(before)
    assert loaded.plan is not None
    assert len(loaded.plan.entries) == entries
    assert not loaded.diagnostics
    return calls


def test_twice_as_many_entries_cost_no_more_than_twice() -> None:
    calls_to_load(10)  # what is loaded once
    small, large = calls_to_load(100), calls_to_load(200)

    assert large < 2.1 * small
