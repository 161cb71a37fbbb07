"""Without `ruamel.yaml.clib` everything works, only slower: not every Python has a wheel of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anitrakt_plan.planfile import load_plan, yaml

ROOT = Path(__file__).parents[2]
PLANS = sorted((ROOT / "examples").glob("*plan*.yaml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_the_pure_parser_reads_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_c = load_plan(path.read_bytes(), path.name)
    monkeypatch.setattr(yaml, "CParser", None)
    pure = load_plan(path.read_bytes(), path.name)

    assert pure.plan == by_c.plan
    assert pure.root == by_c.root
    assert pure.diagnostics == by_c.diagnostics == ()


def test_mistakes_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = PLANS[0].read_bytes().replace(b"\n    decision: ", b"\n    decision: [", 1)
    by_c = load_plan(raw, "plan.yaml").diagnostics
    monkeypatch.setattr(yaml, "CParser", None)
    pure = load_plan(raw, "plan.yaml").diagnostics

    assert [one.position.line for one in pure] == [one.position.line for one in by_c]


def test_a_command_runs_where_it_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['_ruamel_yaml'] = None; sys.modules['ruamel.yaml.cyaml'] = None\n"
        "sys.argv = ['anitrakt', 'validate', *sys.argv[1:]]\n"
        "from anitrakt_plan.cli.main import run; run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "examples/plan.yaml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (0, "")
