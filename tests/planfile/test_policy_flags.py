"""A rule of the plan is an attribute and a line in a table; CONTRIBUTING's recipe for one more is followed here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from anitrakt_plan.model import Policy
from anitrakt_plan.planfile.fields import POLICY
from anitrakt_plan.planfile.values import names_of

ROOT = Path(__file__).resolve().parents[2]
FOLLOWED = """
import json
from dataclasses import replace
from anitrakt_plan.planfile import dump_plan, format_plan, load_plan, merge_plan, schema_text
from tests.planfile.plan_texts import PLAN, SERVICES

before = load_plan(PLAN.encode(), "plan.yaml")
loud = replace(before.plan, policy=replace(before.plan.policy, loud=True))
merged = merge_plan(before, loud)
back = load_plan(dump_plan(loud).encode(), "plan.yaml")
schema = json.loads(schema_text(SERVICES))["definitions"]["generated"]["properties"]["policy"]
print(json.dumps({
    "schema": schema["properties"]["loud"],
    "default": "loud" in dump_plan(before.plan),
    "header": dump_plan(loud).count("rewatches: ignore, loud: true}"),
    "back": back.plan.policy.loud,
    "formatted": format_plan(back) == dump_plan(loud),
    "same": merge_plan(before, before.plan).changed,
    "merged": [merged.changed, merged.text.decode().count("loud: true}"), merged.plan.policy.loud],
    "wrong": [one.code for one in load_plan(dump_plan(loud).replace("loud: true", "loud: 5").encode(), "p").errors],
}))
"""


def test_each_rule_has_its_line_in_the_table() -> None:
    assert names_of(POLICY) == tuple(field.name for field in fields(Policy))


def test_a_flag_is_added_as_contributing_tells(tmp_path_factory: pytest.TempPathFactory) -> None:
    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n +(loud: .*)\n +(Field\(.*)\n", recipe)
    assert found is not None
    folder = tmp_path_factory.mktemp("flag")  # not below `tmp_path`: the copied sandbox holds its own secrets
    shutil.copytree(
        ROOT / "anitrakt_plan", folder / "anitrakt_plan", ignore=shutil.ignore_patterns("__pycache__")
    )
    for file, last, line in (
        ("model/plan.py", "    send: frozenset[SyncKind] = DEFAULT_SEND\n", found[1]),
        ("planfile/fields.py", "omit=DEFAULT_SEND),\n", f"{found[2]},"),
    ):
        module = folder / "anitrakt_plan" / file
        text = module.read_text(encoding="utf-8")
        assert text.count(last) == 1
        module.write_text(text.replace(last, f"{last}    {line}\n"), encoding="utf-8")

    paths = os.pathsep.join((str(folder), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", FOLLOWED],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == {
        "schema": {"description": "Whether each play is announced.", "type": ["boolean", "null"]},
        "default": False,
        "header": 1,
        "back": True,
        "formatted": True,
        "same": False,
        "merged": [True, 1, True],
        "wrong": ["PLAN020"],
    }
