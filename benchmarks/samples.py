"""What the weights are fitted on: for each entry in each setting, the options that were weighed and which is right."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anitrakt_plan.matching import weights as calibration
from anitrakt_plan.matching.propose import curve_of
from anitrakt_plan.matching.search import Gathering
from anitrakt_plan.model import (
    Entry,
    ShowMatch,
    trakt_id,
)
from benchmarks.data import FEBRUARY, NOW, Truth, World, load
from benchmarks.offline import BOTH, absent_works
from benchmarks.settings import (
    AUTO_FROM,
    Bench,
    Setting,
    maps_of,
    no_key,
    old_with_new,
    option_by_trakt_id,
    romaji,
    spoilt_maps,
    undated,
    without_dates,
)

Feature = tuple[str, str]
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Options that look alike: their features, how many they are, whether the right one is among them, their curve."""

    features: tuple[Feature, ...]
    count: int
    right: bool
    curve: calibration.Curve = calibration.Curve.DATED


@dataclass(frozen=True, slots=True)
class Example:
    """One entry in one setting; if no row is right, "none of these" is. `weight` is its share in the fit.

    `for_curves`: how much of that counts when the curves are drawn.
    """

    rows: tuple[Row, ...]
    none: Feature
    fold: int
    weight: float = 1.0
    for_curves: float = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A setting that is fitted on, and what each of its entries weighs in the fit."""

    world: World
    setting: Setting
    weight: float
    for_curves: float = 1.0


def fold_of(truth: Truth) -> int:
    """A fold of the training half; a show or film is in one fold."""
    match = truth.match
    return trakt_id(match.show if isinstance(match, ShowMatch) else match.movie) * 2654435761 % 2**32 % FOLDS


def examples(bench: Bench, sample: Sample) -> Iterator[Example]:
    """Match the entries as one list and note what was weighed for each."""
    setting = sample.setting
    entries = setting.entries(bench.entries)
    gathering = Gathering(
        entries, setting.maps(bench), setting.catalogue(bench), auto_from=AUTO_FROM, now=NOW
    )
    gathering.keep_verdicts = True
    gathering.ask()
    gathering.proposals()
    for entry in entries:
        truth = bench.data.truth[entry.key]
        rows: Counter[tuple[tuple[Feature, ...], bool, calibration.Curve]] = Counter()
        unread = False
        for row in gathering.verdict(entry).options:
            option = option_by_trakt_id(row.option, bench.trakt_id)
            features = tuple((s.name, word) for s in row.signals for word in s.rows)
            rows[(features, option.match == truth.match, curve_of(option, row.signals))] += 1
            unread |= (
                option.match is None
                and isinstance(truth.match, ShowMatch)
                and option.work.id == truth.match.show
            )
        if unread and not any(is_right for _, is_right, _ in rows):
            continue
        yield Example(
            tuple(Row(features, count, right, curve) for (features, right, curve), count in rows.items()),
            ("none", none_row(entry)),
            fold_of(truth),
            sample.weight,
            sample.for_curves,
        )


def none_row(entry: Entry) -> str:
    """The row by which "none of these" is weighed for an entry."""
    return entry.kind.value if entry.kind.value in calibration.NONE else "else"


# --- the settings --------------------------------------------------------------------------------


_MISSING = Setting(
    "works missing", catalogue=lambda bench: bench.catalogue(absent=absent_works(bench.data, 0.3))
)
_DRIFT = maps_of(*BOTH, age=FEBRUARY)
_ONE_OF_TWO = (BOTH, lambda mal: (BOTH[mal % 2],))

# Maps of today agree with the truth and with each other: what their words are worth shows where they drifted (those of
# February 2025, and what has moved in the hard world), where some are spoilt, and where nothing but they is asked.
SAMPLES = (
    Sample(World.HARD, Setting("no map"), 1.0),
    Sample(World.PLAIN, Setting("no map"), 1.0),
    Sample(World.HARD, Setting("all maps", maps=maps_of()), 0.6),
    Sample(World.HARD, Setting("drift", maps=_DRIFT), 0.6),
    Sample(World.PLAIN, Setting("drift", maps=_DRIFT), 0.4),
    Sample(World.PLAIN, Setting("all maps", maps=maps_of()), 0.3),
    Sample(World.HARD, Setting("anitrakt", maps=maps_of("anitrakt")), 0.2),
    Sample(World.HARD, Setting("bangumi", maps=maps_of("bangumi")), 0.3),
    Sample(World.PLAIN, Setting("one of two spoilt", maps=spoilt_maps(*_ONE_OF_TWO, seed=11)), 0.4),
    Sample(
        World.PLAIN, Setting("the only map spoilt", maps=spoilt_maps(BOTH[:1], lambda _: BOTH[:1], 12)), 0.3
    ),
    Sample(World.HARD, Setting("no dates in the list", entries=undated), 0.25),
    Sample(World.HARD, Setting("no dates on Trakt", catalogue=without_dates), 0.25),
    Sample(World.PLAIN, Setting("no dates on Trakt", catalogue=without_dates), 0.25),
    Sample(World.HARD, Setting("romaji alone", entries=romaji), 0.25),
    # Where a work is missing, a sequel that stands there as a show of its own, too, is found instead: no mistake.
    Sample(World.HARD, _MISSING, 0.15, for_curves=0.0),
    # Without a season list nothing tells what has moved from what has not: how seldom it does is then the confidence.
    # In the hard world it does by an invented rate, and maps that were downloaded this week are not 21 months old.
    Sample(World.HARD, Setting("no key", maps=maps_of(), catalogue=no_key), 0.5, for_curves=0.1),
    Sample(World.PLAIN, Setting("no key", maps=maps_of(), catalogue=no_key), 0.3),
    Sample(World.PLAIN, Setting("no key, drift", maps=_DRIFT, catalogue=no_key), 0.4),
    Sample(World.PLAIN, Setting("no key, drift, bangumi of today", maps=old_with_new, catalogue=no_key), 0.3),
    Sample(World.PLAIN, Setting("no key, anibridge", maps=maps_of("anibridge"), catalogue=no_key), 0.2),
    Sample(World.PLAIN, Setting("no key, anitrakt", maps=maps_of("anitrakt"), catalogue=no_key), 0.2),
    Sample(
        World.PLAIN,
        Setting("no key, one of two spoilt", maps=spoilt_maps(*_ONE_OF_TWO, seed=13), catalogue=no_key),
        0.3,
        for_curves=0.0,
    ),
)


# --- all of them -----------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def bench_of(folder: Path, world: World, every: int) -> Bench:
    """The training half of a world, read once."""
    return Bench(load(folder, world), "train", every)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the samples in several processes, with the weights as they are at that time."""

    folder: Path
    every: int = 1
    jobs: int = 1

    def gather(self) -> list[Example]:
        """The examples of all samples, in their order."""
        indexes = range(len(SAMPLES))
        if self.jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
            return [example for index in indexes for example in self.sample(index)]
        for world in World:
            bench_of(self.folder, world, self.every)  # read before the fork: all processes share it
        with ProcessPoolExecutor(self.jobs, multiprocessing.get_context("fork")) as pool:
            return [example for part in pool.map(self.sample, indexes) for example in part]

    def sample(self, index: int) -> list[Example]:
        """The examples of one sample."""
        sample = SAMPLES[index]
        return list(examples(bench_of(self.folder, sample.world, self.every), sample))
