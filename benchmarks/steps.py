"""One step of the cost benchmark: the real command run in a process of its own, its use, its budget and its row."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from anitrakt_plan.sandbox import environment
from tests.practice import Sandbox

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a step may use at most: requests, CPU seconds, peak memory in MB; None: no budget."""

    requests: int | None = None
    cpu: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the command: what it used, and what it may."""

    name: str
    requests: Counter[str]
    cpu: float
    peak_mb: float
    seconds: float
    limits: Limits
    fault: str | None = None

    @property
    def over(self) -> bool:
        """Whether a budget is passed, or the step has failed."""
        pairs = (
            (self.requests.total(), self.limits.requests),
            (self.cpu, self.limits.cpu),
            (self.peak_mb, self.limits.peak_mb),
        )
        return self.fault is not None or any(limit is not None and used > limit for used, limit in pairs)


@dataclass(slots=True)
class Bench:
    """A world that is served, a home of the command's own, and the steps measured so far.

    `lacking`: settings of the sandbox that the command does not get.
    """

    sandbox: Sandbox | None
    folder: Path
    verbose: bool
    steps: list[Step] = field(default_factory=list)
    lacking: tuple[str, ...] = ()

    def run(
        self,
        name: str,
        *arguments: str,
        limits: Callable[[], Limits] | Limits = Limits(),
        out: Path | None = None,
        quiet: bool = False,
    ) -> Step:
        """Run `anitrakt ARGUMENTS`, stdout into `out`, and print its row; `limits` may be known only afterwards."""
        wire = self.sandbox.wire if self.sandbox else []
        before = len(wire)
        report = self.folder / "used.json"
        command = [sys.executable, "-m", "anitrakt_plan", *arguments]
        out = out or self.folder / "out.txt"
        with out.open("wb") as stdout:
            done = subprocess.run(
                [sys.executable, "-S", str(PROJECT / "benchmarks" / "measure.py"), str(report), *command],
                stdout=stdout,
                stderr=subprocess.PIPE,
                env=self._environment(),
                cwd=self.folder,
                check=True,
            )
        used = json.loads(report.read_text(encoding="utf-8"))
        said = done.stderr.decode(errors="replace")
        said += out.read_text(encoding="utf-8", errors="replace")[-1500:] if used["code"] else ""
        fault = None if used["code"] == 0 else f"exit code {used['code']}: {said[-2000:]}"
        step = Step(
            name,
            Counter(endpoint_of(record.service, record.method, record.path) for record in wire[before:]),
            used["cpu"],
            used["peak_mb"],
            used["seconds"],
            limits() if callable(limits) else limits,
            fault,
        )
        self.steps.append(step)
        if not quiet:
            print_step(step, verbose=self.verbose)
        return step

    def can(self, *arguments: str) -> bool:
        """Whether the command knows this, by its help."""
        *command, option = arguments
        asked = [sys.executable, "-m", "anitrakt_plan", *command, "--help"]
        done = subprocess.run(
            asked, capture_output=True, env=self._environment(), cwd=self.folder, check=False
        )
        return done.returncode == 0 and option.encode() in done.stdout

    def settings_environment(self) -> dict[str, str]:
        """The ANITRAKT_ variables of this bench."""
        addresses = environment(self.sandbox.addresses) if self.sandbox else {}
        given = {name: value for name, value in addresses.items() if name not in self.lacking}
        return {**given, "ANITRAKT_HOME": str(self.folder / "home")}

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
        return {**inherited, **self.settings_environment(), "PYTHONPATH": str(PROJECT)}


def endpoint_of(service: str, method: str, path: str) -> str:
    """A request without the ids in its path: `trakt GET /shows/{id}/seasons`."""
    return f"{service} {method} {re.sub(r'/[0-9]+(?=/|$)', '/{id}', path)}"


_ROW = "{:<34} {:>9} {:>9}  {:>7} {:>6}  {:>6} {:>5}  {:>7}  {}"


def print_head() -> None:
    """The table's head."""
    print(_ROW.format("step", "requests", "budget", "CPU s", "budget", "MB", "budg.", "wall s", ""))


def print_step(step: Step, *, verbose: bool) -> None:
    """One row; with `verbose` the requests by service and endpoint below it."""
    limits = step.limits
    print(
        _ROW.format(
            step.name,
            step.requests.total(),
            _shown(limits.requests),
            f"{step.cpu:.2f}",
            _shown(limits.cpu),
            f"{step.peak_mb:.0f}",
            _shown(limits.peak_mb),
            f"{step.seconds:.1f}",
            "OVER" if step.over else "ok",
        ),
        flush=True,
    )
    if step.fault:
        print(f"    {step.fault}")
    if verbose:
        for endpoint, count in step.requests.most_common():
            print(f"    {count:>6}  {endpoint}")


def _shown(limit: float | None) -> str:
    return "-" if limit is None else f"{limit:g}"
