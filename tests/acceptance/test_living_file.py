"""`plan > plan.yaml` through a real shell, which empties the file first: no decision, note or comment is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Result, Run
from tests.acceptance.living import PLAN, USER, block_of, change, in_entry, loaded, text_of, weekly_user
from tests.long import long
from tests.practice import Sandbox

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


def redirected(anitrakt: Run, *arguments: str | Path) -> Result:
    """`anitrakt ARGUMENTS > plan.yaml` in this process; as by a shell, the file is empty before anitrakt starts."""
    PLAN.write_bytes(b"")
    result = anitrakt(*arguments)
    PLAN.write_bytes(result.out.encode())
    return result


@pytest.fixture
def edited(anitrakt: Run, sandbox: Sandbox) -> str:
    """A plan as a person has left it, written by `>`."""
    weekly_user(sandbox)
    assert redirected(anitrakt, "plan", "--mal", USER).code == 0
    in_entry("mal:1535", "decision: auto", "decision: confirmed  # twice")
    in_entry("mal:5114", "decision: auto", 'decision: skip\n    note: "later"')
    change(("entries:\n", "entries:\n  # seen long ago\n"))
    with PLAN.open("a", encoding="utf-8", newline="\n") as file:
        file.write("# the end\n")
    return text_of()


def test_the_plan_is_written_over_itself_and_loses_nothing(edited: str, anitrakt: Run) -> None:
    assert anitrakt("validate", PLAN).code == 0

    again = shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert again.returncode == 0
    assert text_of() == edited
    assert "2 decided by you" in again.stderr
    assert "--fresh" in again.stderr


@pytest.mark.parametrize(
    "command", ["show", *long("validate", "diff", "fmt --check", "export-map", "plan --update")]
)
def test_every_command_that_reads_a_plan_remembers_it(command: str, edited: str, anitrakt: Run) -> None:
    assert anitrakt(*command.split(), PLAN).code in (0, 1)  # `fmt --check`: not canonical

    redirected(anitrakt, "plan", "--mal", USER)

    assert text_of() == edited


def test_fresh_begins_anew(edited: str, anitrakt: Run) -> None:
    anitrakt("validate", PLAN)

    again = redirected(anitrakt, "plan", "--mal", USER, "--fresh")

    assert again.code == 0
    assert "decided by you" not in again.err
    assert "# twice" not in text_of()
    assert "decision: skip" not in text_of()
    assert loaded().plan is not None


def test_a_plan_that_fails_leaves_the_memory_as_it_was(edited: str, anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt("validate", PLAN)
    sandbox.faults.html("GET", "/animelist", status=503, times=None, service="mal")
    failed = redirected(anitrakt, "plan", "--mal", USER)
    emptied = text_of()
    sandbox.faults.clear()

    again = redirected(anitrakt, "plan", "--mal", USER)

    assert (failed.code, emptied) == (1, "")
    assert again.code == 0
    assert text_of() == edited


@pytest.mark.long  # as --update's, the next test
def test_from_a_file_that_the_shell_has_emptied_is_refused_with_the_way_back(
    edited: str, anitrakt: Run
) -> None:
    anitrakt("validate", PLAN)

    refused = shell("anitrakt plan --from plan.yaml > plan.yaml")

    assert refused.returncode == 2
    assert "--update plan.yaml" in refused.stderr
    assert redirected(anitrakt, "plan", "--mal", USER).code == 0
    assert text_of() == edited


def test_update_of_a_file_that_the_shell_has_emptied_says_how_to_get_it_back(
    edited: str, anitrakt: Run
) -> None:
    anitrakt("validate", PLAN)

    refused = shell("anitrakt plan --update plan.yaml > plan.yaml")

    assert refused.returncode in (2, 3)
    assert "remembers" in refused.stderr
    assert anitrakt("plan", "--mal", USER, "-o", PLAN).code == 0
    assert text_of() == edited


@pytest.mark.long  # by a shell; commands/test_plan.py has what is taken
def test_from_takes_decisions_and_comments_into_another_file(edited: str) -> None:
    made = shell("anitrakt plan --from plan.yaml > new.yaml")

    assert made.returncode == 0
    assert text_of(Path("new.yaml")) == edited
    assert text_of() == edited


@pytest.mark.long  # by a shell; commands/test_plan.py has the encodings
def test_a_remembered_utf16_text_is_utf8_on_stdout(edited: str, anitrakt: Run) -> None:
    PLAN.write_bytes(edited.replace("\n", "\r\n").encode("utf-16"))
    anitrakt("validate", PLAN)

    shell(f"anitrakt plan --mal {USER} > plan.yaml")

    assert PLAN.read_bytes().decode("utf-8").replace("\r\n", "\n") == edited


def test_nothing_reaches_stdout_before_the_plan_is_whole(
    edited: str, anitrakt: Run, sandbox: Sandbox
) -> None:
    sandbox.faults.html("GET", "/users/settings", status=503, times=None)

    failed = anitrakt("plan", "--mal", USER, "--fresh")

    assert failed.code == 1
    assert failed.out == ""
    assert "decision" in block_of(edited, "mal:1535")
