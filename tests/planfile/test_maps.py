"""A map carries a person's decisions and nothing of what was watched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from anitrakt_plan.model import Decision, EntryKey, Ids, MovieMatch, Plan
from anitrakt_plan.planfile import decisions_in, dump_map, load_map, load_plan
from tests.planfile.plan_strategies import plans
from tests.planfile.plan_texts import HEAD, PLAN, SERVICES, edited, entry

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ONE = "format: anitrakt-map/1\nentries:\n  mal:1:\n    decision: confirmed\n    match: {movie: 5}\n"


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans())
def test_a_map_comes_back_from_its_file_as_it_was(plan: Plan) -> None:
    loaded = load_map(dump_map(plan).encode(), "map.yaml")
    assert not loaded.errors
    wanted = decisions_in(plan)
    assert [one.key for one in wanted] == list(loaded.entries)
    for one in wanted:
        found = loaded.entries[one.key]
        assert (found.decision, found.match, found.sure) == (one.decision, one.match, one.sure)
        assert (found.title or "", found.note or "") == (one.title or "", one.note or "")


def test_only_what_a_person_decided_is_in_it_and_nothing_of_what_was_watched() -> None:
    text = (
        PLAN
        + entry("mal:7")
        + entry("mal:8", decision="skip", match="null")
        + entry("mal:9", decision="review")
    )
    plan = load_plan(text.encode(), "plan.yaml").plan
    assert plan is not None
    written = dump_map(plan)
    assert [str(key) for key in load_map(written.encode(), "m").entries] == ["mal:7", "mal:8"]
    for word in ("list:", "watched", "rating", "finished", "2019", "yourname"):
        assert word not in written


def test_an_entry_is_known_by_its_id_on_the_other_service_too() -> None:
    plan = load_plan((HEAD + entry("mal:7")).encode(), "plan.yaml").plan
    assert plan is not None
    other = EntryKey("anilist", 77)
    loaded = load_map(dump_map(plan, {EntryKey("mal", 7): Ids(mal=7, anilist=77)}).encode(), "m")
    assert loaded.entries[other].match == MovieMatch(1)
    assert loaded.entries[other].ids == Ids(mal=7, anilist=77)


def test_a_plan_serves_as_a_map() -> None:
    loaded = load_map((PLAN + entry("mal:7")).encode(), "plan.yaml")
    assert [str(key) for key in loaded.entries] == ["mal:7"]


def test_the_example_is_a_map_of_the_commented_plan() -> None:
    loaded = load_map((EXAMPLES / "map.yaml").read_bytes(), "map.yaml")
    assert not loaded.diagnostics
    plan = load_plan((EXAMPLES / "plan-commented.yaml").read_bytes(), "plan.yaml").plan
    assert plan is not None
    assert {str(one.key) for one in decisions_in(plan)} <= {str(key) for key in loaded.entries}
    assert Decision.SKIP in {one.decision for one in loaded.entries.values()}


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("anitrakt-map/1", "anitrakt-map/2", "PLAN011", 1),
        ("format: anitrakt-map/1\n", "", "PLAN010", 1),
        ("mal:1:", "mla:1:", "PLAN015", 3),
        ("decision: confirmed", "decision: auto", "PLAN021", 4),
        ("decision: confirmed", "decison: confirmed", "PLAN012", 4),
        ("{movie: 5}", "null", "PLAN040", 5),
        ("{movie: 5}", "{show: 5}", "PLAN033", 5),
        ("{movie: 5}", "{movie: 5", "PLAN005", 5),
        ("    match", "    also: 5\n    match", "PLAN015", 5),
        ("entries:", "entires:", "PLAN012", 2),
    ],
)
def test_a_mistake_in_a_map_is_named_at_its_place(old: str, new: str, code: str, line: int) -> None:
    assert old in ONE
    loaded = load_map(ONE.replace(old, new, 1).encode(), "map.yaml", services=SERVICES)
    assert (code, line) in {(one.code, one.position.line) for one in loaded.errors}
    assert code in {one.code for one in loaded.errors}
    assert not loaded.entries


def test_a_plan_with_mistakes_is_no_map() -> None:
    loaded = load_map(edited(("decision: auto", "decision: x")).encode(), "plan.yaml")
    assert loaded.errors
    assert not loaded.entries
