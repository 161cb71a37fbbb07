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
from benchmarks.modelled import LIMITS, modelled_seconds
from tests.practice import Sandbox

PROJECT = Path(__file__).resolve().parents[1]

FAST = 0.5
"""Seconds in place of those of Trakt's limit: plan asks as much as its count leaves, and nobody waits here."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a step may use at most; None: no budget.

    Requests (all, and those to Trakt), CPU seconds, peak memory in MB, and seconds at the services' own paces.
    """

    requests: int | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    trakt: int | None = None
    waits: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the command: what it used, and what it may."""

    name: str
    requests: Counter[str]
    received: int
    cpu: float
    peak_mb: float
    waits: float
    limits: Limits
    fault: str | None = None

    @property
    def to_trakt(self) -> int:
        """How many of the requests went to Trakt."""
        return sum(count for endpoint, count in self.requests.items() if endpoint.startswith("trakt "))

    @property
    def over(self) -> bool:
        """Whether a budget is passed, or the step has failed."""
        return self.over_counts or any(
            limit is not None and used > limit
            for used, limit in (
                (self.cpu, self.limits.cpu),
                (self.peak_mb, self.limits.peak_mb),
                (self.waits, self.limits.waits),
            )
        )

    @property
    def over_counts(self) -> bool:
        """Whether it has failed, or asked more than it may: what is the same on every machine."""
        pairs = ((self.requests.total(), self.limits.requests), (self.to_trakt, self.limits.trakt))
        return self.fault is not None or any(limit is not None and used > limit for used, limit in pairs)

    @property
    def counts(self) -> dict[str, int]:
        """What is the same on every machine: requests, those to Trakt, and kilobytes received."""
        return {"requests": self.requests.total(), "trakt": self.to_trakt, "kb": self.received // 1024}


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
            sum(len(record.answer) for record in wire[before:]),
            used["cpu"],
            used["peak_mb"],
            modelled_seconds(wire[before:]),
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
        paced = {"ANITRAKT_TRAKT_GET_LIMIT": f"{LIMITS['trakt', False].count:g}/{FAST}"} if addresses else {}
        return {**given, **paced, "ANITRAKT_HOME": str(self.folder / "home")}

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
        return {**inherited, **self.settings_environment(), "PYTHONPATH": str(PROJECT)}


def endpoint_of(service: str, method: str, path: str) -> str:
    """A request without the ids in its path: `trakt GET /shows/{id}/seasons`."""
    return f"{service} {method} {re.sub(r'/[0-9]+(?=/|$)', '/{id}', path)}"


_ROW = "{:<38} {:>8} {:>7}  {:>5} {:>6}  {:>6}  {:>6} {:>6}  {:>6} {:>6}  {:>5} {:>5}  {}"


def print_head() -> None:
    """The table's head."""
    heads = (
        "step",
        "requests",
        "budget",
        "Trakt",
        "budget",
        "kB",
        "waits",
        "budget",
        "CPU s",
        "budget",
        "MB",
    )
    print(_ROW.format(*heads, "budg.", ""))


def print_step(step: Step, *, verbose: bool) -> None:
    """One row; with `verbose` the requests by service and endpoint below it."""
    limits = step.limits
    print(
        _ROW.format(
            step.name,
            step.requests.total(),
            _shown(limits.requests),
            step.to_trakt,
            _shown(limits.trakt),
            step.counts["kb"],
            f"{step.waits:.0f}",
            _shown(limits.waits),
            f"{step.cpu:.2f}",
            _shown(limits.cpu),
            f"{step.peak_mb:.0f}",
            _shown(limits.peak_mb),
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
