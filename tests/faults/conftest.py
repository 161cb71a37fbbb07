"""A practice world for each test; afterwards the wire is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench, bench


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Bench]:
    """An empty account, and an anitrakt that has never run."""
    with bench(tmp_path) as running:
        yield running
        running.check_wire()
