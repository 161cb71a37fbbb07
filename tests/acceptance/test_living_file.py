"""`plan > plan.yaml` through a real shell, which empties the file first: no decision, note or comment is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anitrakt_plan.sandbox import Sandbox
from tests.acceptance.conftest import Run
from tests.acceptance.living import PLAN, USER, block_of, change, in_entry, loaded, text_of, weekly_user

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line in `sh`, with `anitrakt` as a command; the environment points it at the test's sandbox."""
    program = f'anitrakt() {{ "{sys.executable}" -m anitrakt_plan "$@"; }}; {line}'
    paths = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["sh", "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, **paths},
        timeout=120,
        check=False,
    )


@pytest.fixture
def edited(anitrakt: Run, sandbox: Sandbox) -> str:  # `anitrakt` sets the environment and the folder
    """A plan as a person has left it, written by `>`."""
    weekly_user(sandbox)
    assert shell(f"anitrakt plan --mal {USER} > plan.yaml").returncode == 0
    in_entry("mal:1535", "decision: auto", "decision: confirmed  # twice")
    in_entry("mal:5114", "decision: auto", 'decision: skip\n    note: "later"')
    change(("entries:\n", "entries:\n  # seen long ago\n"))
    with PLAN.open("a", encoding="utf-8", newline="\n") as file:
        file.write("# the end\n")
    return text_of()


def test_the_plan_is_written_over_itself_and_loses_nothing(edited: str) -> None:
    assert shell("anitrakt validate plan.yaml").returncode == 0

    again = shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert again.returncode == 0
    assert text_of() == edited
    assert "2 decided by you" in again.stderr
    assert "--fresh" in again.stderr


@pytest.mark.parametrize(
    "command", ["validate", "show", "diff", "fmt --check", "export-map", "plan --update"]
)
def test_every_command_that_reads_a_plan_remembers_it(command: str, edited: str) -> None:
    assert shell(f"anitrakt {command} plan.yaml").returncode in (0, 1)  # `fmt --check`: not canonical

    shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert text_of() == edited


def test_fresh_begins_anew(edited: str) -> None:
    shell("anitrakt validate plan.yaml")

    again = shell(f"anitrakt plan --mal {USER} --fresh > plan.yaml")

    assert again.returncode == 0
    assert "decided by you" not in again.stderr
    assert "# twice" not in text_of()
    assert "decision: skip" not in text_of()
    assert loaded().plan is not None


def test_a_plan_that_fails_leaves_the_memory_as_it_was(edited: str, sandbox: Sandbox) -> None:
    shell("anitrakt validate plan.yaml")
    sandbox.faults.html("GET", "/animelist", status=503, times=None, service="mal")
    failed = shell(f"anitrakt plan --mal {USER} > plan.yaml")
    emptied = text_of()
    sandbox.faults.clear()

    again = shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert (failed.returncode, emptied) == (1, "")
    assert again.returncode == 0
    assert text_of() == edited


def test_from_a_file_that_the_shell_has_emptied_is_refused_with_the_way_back(edited: str) -> None:
    shell("anitrakt validate plan.yaml")

    refused = shell("anitrakt plan --from plan.yaml > plan.yaml")

    assert refused.returncode == 2
    assert "--update plan.yaml" in refused.stderr
    assert shell(f"anitrakt plan --mal {USER} > plan.yaml").returncode == 0
    assert text_of() == edited


def test_update_of_a_file_that_the_shell_has_emptied_says_how_to_get_it_back(edited: str) -> None:
    shell("anitrakt validate plan.yaml")

    refused = shell("anitrakt plan --update plan.yaml > plan.yaml")

    assert refused.returncode in (2, 3)
    assert "remembers" in refused.stderr
    assert shell(f"anitrakt plan --mal {USER} -o plan.yaml").returncode == 0
    assert text_of() == edited


def test_from_takes_decisions_and_comments_into_another_file(edited: str) -> None:
    made = shell("anitrakt plan --from plan.yaml > new.yaml")

    assert made.returncode == 0
    assert text_of(Path("new.yaml")) == edited
    assert text_of() == edited


def test_a_remembered_utf16_text_is_utf8_on_stdout(edited: str) -> None:
    PLAN.write_bytes(edited.replace("\n", "\r\n").encode("utf-16"))
    shell("anitrakt validate plan.yaml")

    shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert PLAN.read_bytes().decode("utf-8").replace("\r\n", "\n") == edited


def test_nothing_reaches_stdout_before_the_plan_is_whole(edited: str, sandbox: Sandbox) -> None:
    sandbox.faults.html("GET", "/sync/history", status=503, times=None)

    failed = shell(f"anitrakt plan --mal {USER} --fresh")

    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "decision" in block_of(edited, "mal:1535")
