"""What is remembered of the plans of a list."""

from __future__ import annotations

from pathlib import Path

from anitrakt_plan.model import SourceInfo, Status
from anitrakt_plan.planfile import plan_cache

MINE = SourceInfo("anilist", "mine", 1, (Status.COMPLETED,))


def test_the_newest_plan_of_a_list_is_the_one_remembered(tmp_path: Path) -> None:
    plan_cache.store(tmp_path, MINE, b"first")
    plan_cache.store(tmp_path, MINE, b"second")
    assert plan_cache.load(tmp_path, MINE) == b"second"
