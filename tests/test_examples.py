"""The examples do what they say: plans in their one form, and ways to run anitrakt that were run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from anitrakt_plan.planfile import format_plan, load_plan
from anitrakt_plan.planfile.fields import ENTRY_KEYS
from anitrakt_plan.sandbox import environment
from tests.acceptance.living import USER, block_of, of_list, weekly_user
from tests.practice import Sandbox, serve

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PLANS = sorted(EXAMPLES.glob("*plan*.yaml"))
USERS_KEYS = {"decision", "match", "send", "rate", "dates", "note"}
needs_git = pytest.mark.skipif(
    os.name == "nt" or not (shutil.which("git") and shutil.which("bash")), reason="needs bash and git"
)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_an_example_plan_is_valid_and_in_its_canonical_form(path: Path) -> None:
    loaded = load_plan(path.read_bytes(), path.name)
    assert loaded.diagnostics == ()
    assert format_plan(loaded).encode() == path.read_bytes()
    assert loaded.plan is not None
    assert loaded.plan.source.entries == len(loaded.plan.entries)


def test_the_commented_plan_shows_every_key_of_the_users_and_every_decision_but_the_open_one() -> None:
    text = (EXAMPLES / "plan-commented.yaml").read_text(encoding="utf-8")
    shown = {key for key in ENTRY_KEYS if f"\n    {key}: " in text}
    assert shown >= USERS_KEYS
    assert set(re.findall(r"decision: (\w+)", text)) == {"auto", "confirmed", "skip"}
    for form in (
        "movie: ",
        "episodes: S",
        'episodes: "S',
        "ratio: ",
        "parts: ",
        "sure: true",
        '"https://trakt.tv/',
    ):
        assert form in text
    assert "decision: review" in (EXAMPLES / "plan.yaml").read_text(encoding="utf-8")


def test_every_example_is_named_in_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    ours = {path.name for path in EXAMPLES.iterdir()} - {"sample-mal.xml", "trakt-data.zip"}
    assert {name for name in ours if f"examples/{name}" not in pages} == set()


def test_the_workflow_needs_no_secret_and_pushes_nothing_by_force() -> None:
    text = (EXAMPLES / "github-replan.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    for forced in ("--force", "push -f", "+HEAD", "force-with-lease", "reset --hard"):
        assert forced not in text
    assert "apply" not in "".join(runs().values())


def test_the_hook_takes_plans_and_nothing_else() -> None:
    (hook,) = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert hook["types"] == ["yaml"]
    assert hook["entry"] == "anitrakt validate --skip-others"
    assert "files" not in hook  # tests/acceptance/test_every_day.py: plans are found by what they hold


# --- the workflow, run ------------------------------------------------------------------


def runs() -> dict[str, str]:
    """The shell scripts of the workflow, by the names of its steps."""
    workflow = YAML(typ="safe").load(EXAMPLES / "github-replan.yml")
    return {step["name"]: step["run"] for step in workflow["jobs"]["replan"]["steps"] if "run" in step}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(None) as running:
        weekly_user(running)
        yield running


@pytest.fixture
def shell(sandbox: Sandbox, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script in bash as the runner does: `anitrakt` is this tree's, `gh` only notes, the sandbox answers."""
    tools = tmp_path / "tools"
    tools.mkdir()
    scripts = {
        "anitrakt": f'exec "{sys.executable}" -m anitrakt_plan "$@"',
        "gh": 'echo "$@" >> "$GH_LOG"; [ "$2" != list ] || cat "$GH_OPEN" 2>/dev/null || true',
    }
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    variables = {
        **environment(sandbox.addresses),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GH_LOG": str(tmp_path / "gh.log"),
        "GH_OPEN": str(tmp_path / "open"),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ENV": str(tmp_path / "github.env"),
        "BRANCH": "anitrakt-replan",
    }
    for part in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{part}_NAME": "a", f"GIT_{part}_EMAIL": "a@example.org"}

    def run(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env={**os.environ, **variables, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


Shell = Callable[..., subprocess.CompletedProcess[str]]


def replan(shell: Shell, tmp_path: Path, number: int, *, open_number: str = "") -> Path:
    """Run the workflow's steps on a fresh clone, as a new runner does."""
    clone = tmp_path / f"runner-{number}"
    assert shell(f"git clone -q origin.git {clone.name}", tmp_path).returncode == 0
    (tmp_path / "open").write_text(open_number, encoding="utf-8")
    steps = runs()
    del steps["Install"]
    for script in steps.values():
        ran = shell(script, clone, OPEN_PULL_REQUEST=open_number)
        assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
    return clone


@pytest.mark.long
@needs_git
def test_the_workflow_goes_on_with_one_branch_and_keeps_what_was_changed_in_it(
    shell: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    made = shell(
        "git init -q --bare -b main origin.git && git clone -q origin.git home 2>/dev/null && cd home"
        f" && git switch -q -c main && anitrakt -q plan --mal {USER} -o plan.yaml && git add plan.yaml"
        " && git commit -qm First && git push -q origin main",
        tmp_path,
    )
    assert made.returncode == 0, made.stderr
    user = sandbox.lists.user(USER)
    assert user is not None
    log, report = tmp_path / "gh.log", tmp_path / "report.md"

    replan(shell, tmp_path, 1)
    assert "pr create" not in log.read_text(encoding="utf-8")  # nothing new

    of_list(user, 9253).score = 30
    replan(shell, tmp_path, 2)
    assert "pr create --base main --head anitrakt-replan" in log.read_text(encoding="utf-8")
    assert "mal:9253" in report.read_text(encoding="utf-8")

    # a person decides in the pull request, and something else on main
    for branch, old, new in (
        ("anitrakt-replan", "mal:13053", "mal:13053:  # mine, there"),
        ("main", "mal:120", "mal:120:  # mine, on main"),
    ):
        edited = shell(
            f"git fetch -q && git switch -q {branch} && git pull -q && sed -i.old 's/^  {old}:/  {new}/' plan.yaml"
            " && git commit -qam Mine && git push -q",
            tmp_path / "home",
        )
        assert edited.returncode == 0, edited.stderr
    of_list(user, 5114).score = 40
    clone = replan(shell, tmp_path, 3, open_number="7")

    text = (clone / "plan.yaml").read_text(encoding="utf-8")
    assert "  mal:13053:  # mine, there\n" in text
    assert "  mal:120:  # mine, on main\n" in text
    assert "rating: 3" in block_of(text, "mal:9253")
    assert "rating: 4" in block_of(text, "mal:5114")
    assert "pr comment 7" in log.read_text(encoding="utf-8")
    told = log.read_text(encoding="utf-8").count("pr comment")
    replan(shell, tmp_path, 4, open_number="7")
    assert log.read_text(encoding="utf-8").count("pr comment") == told  # nothing new, nothing said
    pushed = shell("git rev-parse HEAD && git rev-parse origin/anitrakt-replan", clone).stdout.split()
    assert pushed[0] == pushed[1]
    assert [
        record.path for record in sandbox.wire if record.service == "trakt" and record.method != "GET"
    ] == []
