"""Tests of apply, undo and what they share run in the practice world of the tests with faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from anitrakt_plan.settings import Settings, load_settings
from tests.faults.conftest import world

__all__ = ["settings", "world"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings without any key, in a home of the test's own."""
    return load_settings({"ANITRAKT_HOME": str(tmp_path / "home")}, tmp_path)
