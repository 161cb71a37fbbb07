"""The schema, the readers and the examples say the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from anitrakt_plan import model
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.home import SCHEMA as ADDRESS
from anitrakt_plan.planfile import dump_plan, load_plan, schema_text
from anitrakt_plan.planfile.fields import ENTRY_KEYS, USERS_KEYS
from anitrakt_plan.planfile.problems import Diagnostics
from anitrakt_plan.planfile.schema import check_schema
from anitrakt_plan.planfile.text import SourceText
from anitrakt_plan.planfile.yaml import MapNode, Node, ScalarNode, SeqNode, plain_data
from tests.planfile.plan_strategies import plans
from tests.planfile.plan_texts import PLAN, edited

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads(schema_text(KNOWN_SERVICES))
EXAMPLES = sorted((ROOT / "examples").glob("plan*.yaml"))


def allowed(text: str) -> bool:
    root = load_plan(text.encode(), "plan.yaml").root
    assert isinstance(root, MapNode)
    return Draft7Validator(SCHEMA).is_valid(plain_data(root))


def parts_of(node: object, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for name, value in node.items():
            yield from parts_of(value, f"{path}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from parts_of(value, f"{path}/{index}")


def test_the_schema_is_a_schema_and_knows_its_address() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == ADDRESS


def test_the_committed_schema_is_the_one_that_is_made_of_the_table() -> None:
    assert (ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8") == schema_text(KNOWN_SERVICES)


def test_whose_a_key_is_stands_everywhere_alike() -> None:
    listed = ("decision", "match", "send", "rate", "dates", "note")
    assert set(listed) == set(USERS_KEYS)
    in_words = f"{', '.join(listed[:-1])} and {listed[-1]}"
    assert f"You own {in_words};" in SCHEMA["description"]
    assert f"You own {in_words};" in dump_plan(load_plan(PLAN.encode(), "plan.yaml").plan)  # type: ignore[arg-type]
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"You own {', '.join(f'`{name}`' for name in listed[:-1])} and `{listed[-1]}`" in readme
    said = {
        name: part
        for name, part in SCHEMA["definitions"]["entry"]["properties"].items()
        if "$ref" not in part
    }
    for name, part in said.items():
        assert part["description"].startswith("Yours: ") == (name in USERS_KEYS), name
        assert ("anitrakt's" in part["description"]) == (name not in USERS_KEYS), name


def test_the_page_on_the_file_shows_every_key_that_the_user_owns() -> None:
    readme = (ROOT / "docs" / "plan-file.md").read_text(encoding="utf-8")
    assert [name for name in USERS_KEYS if f"`{name}" not in readme] == []


def test_every_key_and_every_fixed_word_is_described_and_nothing_else_is_allowed() -> None:
    for path, part in parts_of(SCHEMA):
        for name, described in part.get("properties", {}).items() if "type" in part else ():
            target = described
            if "$ref" in described:
                target = SCHEMA["definitions"][described["$ref"].removeprefix("#/definitions/")]
            assert len(target.get("description", "")) > 10, f"{path} {name}"
        if "properties" in part and "type" in part:
            assert part["additionalProperties"] is False, path
        if "const" in part and "/oneOf/" in path:
            assert len(part.get("description", "")) > 3, path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("entry/decision", model.Decision),
        ("entry/rates", model.RatingScope),
        ("entry/rate", model.USERS_SCOPES),
        ("entry/dates", model.DatePolicy),
        ("policy/dates", model.DatePolicy),
        ("policy/ratings", model.RatingsPolicy),
        ("policy/on_conflict", model.ConflictPolicy),
        ("policy/rewatches", model.RewatchPolicy),
        ("source/kind", model.Kind),
        ("list/status", model.Status),
        ("origin/service", tuple(KNOWN_SERVICES)),
    ],
)
def test_the_schema_has_the_words_of_the_model(path: str, words: Iterable[str]) -> None:
    entry = SCHEMA["definitions"]["entry"]["properties"]
    generated = SCHEMA["definitions"]["generated"]["properties"]
    places = {
        "entry": entry,
        "source": entry["source"]["properties"],
        "list": entry["list"]["properties"],
        "policy": generated["policy"]["properties"],
        "origin": generated["source"]["properties"],
    }
    place, name = path.split("/")
    said = [one["const"] for one in places[place][name]["oneOf"] if "const" in one]
    assert said == [*words]


def test_the_schema_has_the_keys_of_an_entry_in_their_order() -> None:
    assert tuple(SCHEMA["definitions"]["entry"]["properties"]) == ENTRY_KEYS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_each_example_is_valid(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    loaded = load_plan(text.encode(), example.name)
    assert not loaded.diagnostics, "\n".join(mistake.render() for mistake in loaded.diagnostics)
    assert text.startswith(f"# yaml-language-server: $schema={ADDRESS}\n")
    assert allowed(text)


def test_the_plain_example_is_in_canonical_form() -> None:
    text = (ROOT / "examples" / "plan.yaml").read_text(encoding="utf-8")
    plan = load_plan(text.encode(), "plan.yaml").plan
    assert plan is not None
    assert dump_plan(plan) == text


def test_check_jsonschema_takes_the_examples() -> None:
    pytest.importorskip("check_jsonschema", reason="it is one of the tools for development")
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", "schemas/plan.schema.json"]
    ran = subprocess.run(
        [*command, *map(str, EXAMPLES)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans())
def test_the_schema_allows_every_plan_that_is_written(plan: model.Plan) -> None:
    assert allowed(dump_plan(plan))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("decision: auto", "decision: confirm"),
        ("decision: auto", "decison: auto"),
        ("    decision: auto\n", ""),
        ("watched: 10", 'watched: "10"'),
        ("watched: 10", "watched: -1"),
        ("rating: 9", "rating: 11"),
        ("rating: 9", "rating: 0"),
        ("kind: TV", "kind: Serie"),
        ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: 86"),
        ('finished: "2019-07-01"', "finished: 2019"),
        ('finished: "2019-07-01"', 'finished: "1.7.2019"'),
        ("mal:38524", "mla:38524"),
        ("mal:38524", "mal:0"),
        ("episodes: S03E13-E22", "episodes: 1-10"),
        (", episodes: S03E13-E22", ""),
        ("{show: 1420, episodes: S03E13-E22}", "{show: 1420, episodes: S01E01, S02E01}"),
        ("{show: 1420, episodes: S03E13-E22}", "{movie: 5, episodes: S01E01}"),
        ("{show: 1420, episodes: S03E13-E22}", '"https://trakt.tv/shows/attack-on-titan"'),
        ("{show: 1420, episodes: S03E13-E22}", "{show: 1, parts: []}"),
        (
            "{show: 1420, episodes: S03E13-E22}",
            '{show: 1, ratio: "2:1", parts: [{list: 1, episodes: S01E01}]}',
        ),
        ("confidence: 0.71", "confidence: 71"),
        ("statuses: [completed]", "statuses: [all]"),
        ("service: trakt", "service: simkl"),
        ("anitrakt-plan/1", "anitrakt-plan/2"),
    ],
)
def test_the_schema_refuses_what_the_readers_refuse(old: str, new: str) -> None:
    assert allowed(PLAN)
    text = edited((old, new))
    assert load_plan(text.encode(), "plan.yaml", services=KNOWN_SERVICES).errors
    assert not allowed(text)


LEAVES = st.none() | st.booleans() | st.integers(-1, 10**13) | st.sampled_from(("auto", "S01E01", "2019", ""))


@given(data=st.data(), plan=plans())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_quick_check_allows_what_the_schema_allows(data: st.DataObject, plan: model.Plan) -> None:
    root = load_plan(dump_plan(plan).encode(), "plan.yaml").root
    assert isinstance(root, MapNode)
    spoilt = with_another_leaf(root, data)
    diagnostics = Diagnostics(SourceText("plan.yaml", dump_plan(plan)), services=KNOWN_SERVICES)
    check_schema(diagnostics, spoilt)
    assert diagnostics.failed != Draft7Validator(SCHEMA).is_valid(plain_data(spoilt))


def with_another_leaf(root: MapNode, data: st.DataObject) -> MapNode:
    """The same tree in which one value somewhere may be another one."""

    def within(node: Node, left: int) -> Node:
        if isinstance(node, ScalarNode) or not node.items or left == 0:
            other = data.draw(LEAVES)
            text = json.dumps(other) if not isinstance(other, str) else other
            return ScalarNode(text, not isinstance(other, str), node.start, node.end)
        at = data.draw(st.integers(0, len(node.items) - 1))
        if isinstance(node, SeqNode):
            return node._replace(
                items=(*node.items[:at], within(node.items[at], left - 1), *node.items[at + 1 :])
            )
        key, value = node.items[at]
        return node._replace(items=(*node.items[:at], (key, within(value, left - 1)), *node.items[at + 1 :]))

    spoilt = within(root, data.draw(st.integers(1, 6)))
    assert isinstance(spoilt, MapNode)
    return spoilt
