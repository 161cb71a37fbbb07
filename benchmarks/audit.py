"""What an audit costs: requests, CPU and memory for an account of 30,000 plays that a script has spoilt.

    python -m benchmarks.audit [--entries 120] [--plays 30000] [--data DIR] [-v]

Prints a row for each step and exits with 1 if one is over its budget.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from anitrakt_plan.model.account import work_of
from anitrakt_plan.planfile.repair import read_repair
from anitrakt_plan.sandbox import spoilt
from anitrakt_plan.sandbox.practice import Practice
from benchmarks.cost import USER, pages, served
from benchmarks.steps import Bench, Limits, print_head
from tests.practice import Sandbox

CPU, PEAK_MB = 20.0, 300.0


def spoil(sandbox: Sandbox, plays: int) -> None:
    """Let the script run over the list again and again, until the account holds so many plays."""
    practice = Practice(sandbox.catalogue, sandbox.world, sandbox.lists, sandbox.world.clock)
    began = sandbox.world.clock() - timedelta(days=300)
    with sandbox.world.saving_once():
        for run in range(100):
            if len(sandbox.world.plays) >= plays:
                return
            at = began + timedelta(days=run)
            spoilt.run_script(practice, USER, at, dates_by_finish=run % 2 == 0)


def works_in(repair: Path) -> int:
    """How many works the groups of a repair are of."""
    found = read_repair(repair).repair
    assert found is not None
    return len({work_of(play.subject) for play in found.plays})


def measure(bench: Bench, plays: int) -> None:
    """Plan the whole list, then audit the account, as a person does."""
    assert bench.sandbox is not None
    world, repair = bench.sandbox.world, bench.folder / "repair.yaml"
    spoil(bench.sandbox, plays)
    plan = bench.folder / "whole.yaml"
    bench.run("plan", "plan", "--anilist", USER, "--status", "all", "-o", str(plan))

    def limits() -> Limits:
        rows = (len(world.plays), len(world.ratings), len(world.watchlist), 0, len(world.dropped))
        return Limits(sum(map(pages, rows)) + 1 + works_in(repair), CPU, PEAK_MB)

    bench.run(f"audit of {len(world.plays)} plays", "audit", str(plan), "-o", str(repair), limits=limits)
    found = read_repair(repair).repair
    assert found is not None
    entries = len(bench.sandbox.lists.user(USER, "anilist").entries)  # type: ignore[union-attr]
    named = len({play.id for play in found.plays})
    print(f"  {named} plays in {len(found.groups)} groups, {works_in(repair)} works, {entries} entries")


def main(arguments: list[str] | None = None) -> int:
    """Measure; 1 if anything is over its budget."""
    parser = argparse.ArgumentParser(description="What an audit costs, beside its budget.")
    parser.add_argument("--entries", type=int, default=120)
    parser.add_argument("--plays", type=int, default=30_000)
    parser.add_argument("--data", type=Path, metavar="DIR", help="real data (default: the sandbox's own)")
    parser.add_argument("-v", "--verbose", action="store_true", help="requests by service and endpoint")
    asked = parser.parse_args(arguments)
    print_head()
    with (
        tempfile.TemporaryDirectory(prefix="anitrakt-audit-") as name,
        served(asked.entries, asked.data, Path(name), verbose=asked.verbose) as bench,
    ):
        measure(bench, asked.plays)
        return int(any(step.over for step in bench.steps))


if __name__ == "__main__":
    sys.exit(main())
