"""What is named as a file to write, and must not be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.acceptance.conftest import PlanText, Run

PLAN = Path("plan.yaml")
endless = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")


@pytest.fixture(autouse=True)
def plan(anitrakt: Run, plan_text: PlanText) -> None:  # it chooses the folder
    PLAN.write_text(plan_text("--anilist", "sample"), encoding="utf-8")


@pytest.mark.parametrize("target", ["plan.yaml", "notes.txt"])
def test_a_map_is_written_over_no_other_file(anitrakt: Run, target: str) -> None:
    Path("notes.txt").write_text("mine\n", encoding="utf-8")
    before = Path(target).read_bytes()
    result = anitrakt("export-map", str(PLAN), "-o", target)
    assert result.code == 3
    assert "is no anitrakt map" in result.err
    assert Path(target).read_bytes() == before


def test_a_map_is_written_over_an_older_map(anitrakt: Run) -> None:
    for _ in range(2):
        assert anitrakt("export-map", str(PLAN), "-o", "map.yaml").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--update", "-"),
        ("plan", "--anilist", "sample", "-o", "-"),
        ("plan", "--anilist", "sample", "-o", "folder"),
        ("plan", "--anilist", "sample", "-o", os.devnull),
        pytest.param(("plan", "--anilist", "sample", "-o", "/dev/zero"), marks=endless),
        ("export-map", "plan.yaml", "-o", "-"),
        ("review", "-"),
    ],
)
def test_what_is_no_file_to_write_is_refused_at_once(anitrakt: Run, arguments: tuple[str, ...]) -> None:
    Path("folder").mkdir()
    before = PLAN.read_bytes()
    result = anitrakt(*arguments)
    assert result.code == 2, result
    assert "Name " in result.err
    assert PLAN.read_bytes() == before
    assert not Path("-").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    import subprocess
    import sys

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "anitrakt_plan", "show", str(PLAN)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "bug" not in done.stderr
