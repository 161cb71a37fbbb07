"""What each release's commands asked of the services, a line a run, and what asks more by now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from anitrakt_plan import __version__
from benchmarks.steps import PROJECT, Step

FILE = PROJECT / "benchmarks" / "history.jsonl"

SLACK = 1.02
"""Two threads may ask the same thing at one time."""


def keep(file: Path, world: str, steps: Sequence[Step]) -> None:
    """Add a line for this run."""
    line = {
        "version": __version__,
        "world": world,
        "steps": {step.name: step.counts for step in steps if step.requests},
    }
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")


def more_than_before(file: Path, world: str, steps: Sequence[Step]) -> list[str]:
    """A sentence for each step that asks more than in the last line of the same world."""
    before: dict[str, dict[str, int]] = next(
        (line["steps"] for line in reversed(list(_lines(file))) if line["world"] == world), {}
    )
    return [
        f"{step.name}: {step.requests.total()} requests, {before[step.name]['requests']} before"
        for step in steps
        if step.name in before and step.requests.total() > before[step.name]["requests"] * SLACK
    ]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
