"""Measures matching on real lists in a plain and in a hard world; each target beside its value.

    python -m benchmarks.matching [--world plain|hard] [--only NAME ...] [--misses 10] [--jobs 2] [--quick-check]

Exits with 1 if a target is missed. The data folder (default: `../shared/data` beside the project, or
ANITRAKT_BENCH_DATA) is not part of the project.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.search import ClaimSource
from anitrakt_plan.model import Decision, EntryKey
from benchmarks.data import World, data_folder, load
from benchmarks.lists import asked_of_real_lists, real_lists, strangers
from benchmarks.offline import SpoiltMaps, read_maps
from benchmarks.report import Report, held, worst
from benchmarks.scores import (
    AUTO,
    MOVED_AUTO,
    MOVED_WRONG,
    OFFERED,
    RIGHT,
    RIGHT_SEASON,
    RIGHT_SHOW,
    Score,
    expects_enough,
    score_of,
    share,
)
from benchmarks.settings import SETTINGS, Bench, Setting, moved_entries, propose_all

ALLOWED_OFF = 0.03
QUICK_CHECK = 5  # every fifth entry
NUMBER = re.compile(r"a confidence of .*")


@dataclass(frozen=True, slots=True)
class Task:
    """One setting to run, in words that another process understands."""

    folder: Path
    world: World
    name: str
    half: str = "all"
    every: int = 1
    misses: int = 10


@lru_cache(maxsize=4)
def bench_of(folder: Path, world: World, half: str, every: int) -> Bench:
    """A world, read once a process."""
    return Bench(load(folder, world), half, every)


def run(task: Task) -> Report:
    """Run one setting, or one of the other measurements, and report on it."""
    bench = bench_of(task.folder, task.world, task.half, task.every)
    report = Report(f"{task.world.value}: {task.name}")
    if (measure := OTHERS.get(task.name)) is not None:
        measure(bench, task.folder, task.misses, report)
    else:
        setting = next(setting for setting in SETTINGS[task.world] if setting.name == task.name)
        report_setting(bench, setting, task.misses, report)
    return report


def report_setting(bench: Bench, setting: Setting, misses: int, report: Report) -> None:
    """Match in one setting, and hold the outcome against the truth and the targets."""
    maps, catalogue = setting.maps(bench), setting.catalogue(bench)
    entries = setting.entries(bench.entries)
    moved = moved_entries(bench, setting.age)
    known = {entry.key for entry in entries if maps.claims(entry.ids)}
    before = time.process_time()
    proposals = propose_all(entries, maps, catalogue, quick=setting.quick, resolve=bench.trakt_id)
    seconds = time.process_time() - before
    score = score_of(proposals, bench.truth, moved.keys(), known)
    requests = catalogue.requests.total() if catalogue else 0
    report.say(
        f"\n{report.name}: {score.entries} entries, {len(known)} known to a map, "
        f"{share(requests, score.entries):.2f} requests an entry, {seconds:.1f} s CPU"
    )
    report_numbers(score, len(moved), report)
    for target in setting.targets:
        words = f"{'at most' if target.most else 'at least'} {target.value:g}"
        words += f", or {target.or_wrong} wrong" if target.or_wrong else ""
        line = f"{target.what:<44} {score.values[target.what]:8.4f}   {words}"
        report.judge(line, target.what, good=score.meets(target))
    report_calibration(score, setting, report)
    if isinstance(maps, SpoiltMaps):
        report_spoilt(bench, setting, proposals, maps, report)
    for line in worst(entries, proposals, bench.truth, moved, misses):
        report.say(f"      {line}")
    for line in held(entries, proposals, bench.truth):
        report.say(f"      {line}")


def report_numbers(score: Score, moved: int, report: Report) -> None:
    """The numbers that have no target in every setting."""
    values = score.values
    report.say(
        f"    auto {values[AUTO]:.4f} · right show {values[RIGHT_SHOW]:.4f}, season {values[RIGHT_SEASON]:.4f}, "
        f"episodes {values[RIGHT]:.4f} · of review offered {values[OFFERED]:.4f}"
    )
    if moved:
        report.say(
            f"    of {moved} moved: auto {values[MOVED_AUTO]:.3f}, auto and wrong {values[MOVED_WRONG]:.3f}"
        )
    for band in score.bands:
        report.say(
            f"    confidence from {band.lower:5.3f}: {band.count:5d} entries, said {band.said:.4f}, "
            f"right {band.right:.4f}"
        )


def report_calibration(score: Score, setting: Setting, report: Report) -> None:
    """Whether confidence means what it says: the wrong ones that are expected, and each band."""
    counted = f"wrong autos {score.wrong}, expected {score.expected_wrong:.1f}"
    if setting.extra:
        report.say(
            f"    {counted}; worst band off by {score.worst_band:.4f} (an extra setting: reported only)"
        )
        return
    good = expects_enough(score.expected_wrong, score.wrong)
    report.judge(f"{counted:<53}   within a factor of 3, or at most 3", "expected wrong", good=good)
    report.check("worst band, off by", score.worst_band, ALLOWED_OFF, most=True)


def report_spoilt(
    bench: Bench, setting: Setting, proposals: Sequence[Proposal], maps: SpoiltMaps, report: Report
) -> None:
    """How many of the entries whose maps were spoilt are sent to the wrong place."""
    spoilt = [p for p in proposals if p.key.id in maps.spoilt]
    through = [p for p in spoilt if p.decision is Decision.AUTO and p.match != bench.truth[p.key]]
    part = share(len(through), len(spoilt), of_none=0.0)
    if setting.extra:
        report.say(f"    spoilt entries that are auto and wrong: {part:.3f} of {len(spoilt)} (reported only)")
    else:
        report.check(f"of {len(spoilt)} spoilt, auto and wrong", part, 0.1, most=True)


# --- speed ---------------------------------------------------------------------------------------


def ten_thousand(bench: Bench, _folder: Path, _misses: int, report: Report) -> None:
    """The time that 10,000 entries take with all id maps."""
    copies = -(-10_000 // len(bench.entries))
    entries = [
        replace(entry, key=EntryKey("mal", (entry.ids.mal or 0) + copy * 10_000_000))
        for copy in range(copies)
        for entry in bench.entries
    ][:10_000]
    maps: ClaimSource = read_maps(bench.data)
    catalogue = bench.catalogue()
    before = time.process_time()
    propose_all(entries, maps, catalogue, quick=True)
    report.say(f"\n{report.name} with all id maps, quick: {catalogue.requests.total()} requests")
    report.check("seconds of CPU", time.process_time() - before, 20.0, most=True)


OTHERS: dict[str, Callable[[Bench, Path, int, Report], None]] = {
    "other works' ids": strangers,
    "real lists": real_lists,
    "what real lists ask": asked_of_real_lists,
    "10,000 entries": ten_thousand,
}
ONCE = ("10,000 entries", "what real lists ask")  # in the plain world alone, and not in the quick check


# --- the command ---------------------------------------------------------------------------------


def tasks(options: argparse.Namespace) -> list[Task]:
    """What the options ask for, the hard world first: its settings take longest."""
    folder, every = data_folder(options.data), QUICK_CHECK if options.quick_check else 1
    worlds = [World(options.world)] if options.world else [World.HARD, World.PLAIN]
    left_out = ONCE if options.quick_check else ()
    return [
        Task(folder, world, name, options.half, every, options.misses)
        for world in worlds
        for name in names_in(world)
        if name not in left_out and (not options.only or any(part in name for part in options.only))
    ]


def names_in(world: World) -> list[str]:
    """What is measured in a world, in the order of the report."""
    others = [name for name in OTHERS if world is World.PLAIN or name not in ONCE]
    return [setting.name for setting in SETTINGS[world]] + others


def reports(todo: Sequence[Task], jobs: int) -> Iterator[Report]:
    """Run the tasks, in as many processes as asked for; in their order."""
    if jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(run, todo)
        return
    for world in dict.fromkeys((task.folder, task.world, task.half, task.every) for task in todo):
        bench_of(*world)  # read before the fork: all processes share it
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(run, todo)


def main() -> int:
    """Run the settings asked for, and say which targets are missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="the data folder")
    parser.add_argument("--world", choices=tuple(World), help="one of the two worlds alone")
    parser.add_argument("--half", choices=("all", "train", "check"), default="all")
    parser.add_argument("--only", action="append", help="a part of a setting's name")
    parser.add_argument("--misses", type=int, default=10, help="how many misses are shown of each setting")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--quick-check", action="store_true", help=f"every {QUICK_CHECK}th entry only")
    missed: list[str] = []
    options = parser.parse_args()
    for report in reports(tasks(options), options.jobs):
        print("\n".join(report.lines), flush=True)
        missed += report.missed
    print(f"\n{len(missed)} targets missed" + "".join(f"\n    {name}" for name in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
