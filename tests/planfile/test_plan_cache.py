"""What is remembered of the plans of a list."""

from __future__ import annotations

from pathlib import Path

from anitrakt_plan.model import SourceInfo, Status
from anitrakt_plan.planfile.store import is_remembered, recall, remember

MINE = SourceInfo("anilist", "mine", 1, (Status.COMPLETED,))


def test_the_newest_plan_of_a_list_is_the_one_remembered(tmp_path: Path) -> None:
    remember(tmp_path, MINE, b"first")
    remember(tmp_path, MINE, b"second")
    assert recall(tmp_path, MINE) == b"second"


def test_only_the_very_same_bytes_are_remembered(tmp_path: Path) -> None:
    assert not is_remembered(tmp_path, b"plan")
    remember(tmp_path, MINE, b"plan")
    assert is_remembered(tmp_path, b"plan")
    assert not is_remembered(tmp_path, b"plam")
    assert not is_remembered(tmp_path, b"plan\n")
