"""Fits the weights and the calibration curves on the training half of both worlds and prints them as a table.

    python -m benchmarks.fit [--data DIR] [--rounds 2] [--jobs 2] [--every 1] [--write]

A conditional logit: of all options of an entry and "none of these" one is right. The weights are found by gradient
steps, each held near its hand-set prior, so that a level that is rarely seen keeps a sensible value. First without
id maps: with air dates, without them, and with a part of the works taken out of the catalogue. Then, all else
held, the weights of what the id maps say: from maps that drifted (of February 2025, and where the hard world has
moved), from maps of which five in a hundred are spoilt, and from maps alone, without a look at a season list. Last the
curves: with air dates from folds (by show) that a copy of the weights had not seen, the others from what lacks dates
or season lists.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from math import exp, log, sqrt
from pathlib import Path

from anitrakt_plan.commands.gathering import Gathering
from anitrakt_plan.core import calibration
from anitrakt_plan.core.model import Entry, ShowMatch
from benchmarks.data import FEBRUARY, NOW, Truth, World, data_folder, load
from benchmarks.offline import ALL, BOTH, absent_works
from benchmarks.settings import (
    AUTO_FROM,
    Bench,
    Setting,
    maps_of,
    no_key,
    old_with_new,
    romaji,
    spoilt_maps,
    undated,
    without_dates,
)

Feature = tuple[str, str]
HAND_SET = ("mal-link", "episode-name", "runtime", "genres")  # the data has nothing to fit these on
OF_MAPS = ("id-maps", "other-maps")
PRIOR_SPREAD = 2.0
STEPS = 150
BEYOND_DOUBT = 0.002
LEAST_ODDS = -1.0
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Options that look alike: their features, how many they are, and whether the right one is among them."""

    features: tuple[Feature, ...]
    count: int
    right: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One entry in one setting; if no row is right, "none of these" is. `weight` is its share in the fit."""

    rows: tuple[Row, ...]
    none: Feature
    fold: int
    weight: float = 1.0


def fold_of(truth: Truth) -> int:
    """A fold of the training half; a show or film is in one fold."""
    match = truth.match
    return (match.show if isinstance(match, ShowMatch) else match.movie) * 2654435761 % 2**32 % FOLDS


@dataclass(frozen=True, slots=True)
class Sample:
    """A setting that is fitted on, and what each of its entries weighs in the fit."""

    world: World
    setting: Setting
    weight: float = 1.0


def examples(bench: Bench, setting: Setting, weight: float = 1.0) -> Iterator[Example]:
    """Match the entries as one list and note what was weighed for each."""
    entries = setting.entries(bench.entries)
    gathering = Gathering(setting.maps(bench), setting.catalogue(bench), AUTO_FROM, NOW)
    gathering.keep_verdicts = True
    gathering.second_look(entries, [gathering.first_look(entry) for entry in entries])
    for entry in entries:
        truth = bench.data.truth[entry.key]
        verdict = gathering.verdict(entry)
        rows: Counter[tuple[tuple[Feature, ...], bool]] = Counter()
        unread = False
        for row in verdict.options:
            option, signals = row.option, row.signals
            features = tuple((s.name, word) for s in signals for word in rows_of(s.name, s.level))
            rows[(features, option.match == truth.match)] += 1
            unread |= (
                option.match is None
                and isinstance(truth.match, ShowMatch)
                and option.work.id == truth.match.show
            )
        right = any(is_right for _, is_right in rows)
        if unread and not right:
            continue
        yield Example(
            tuple(Row(features, count, right) for (features, right), count in rows.items()),
            ("none", none_row(entry)),
            fold_of(truth),
            weight,
        )


def rows_of(signal: str, level: str) -> tuple[str, ...]:
    """The rows of the table that a level is weighed by."""
    if signal in OF_MAPS and level not in calibration.WEIGHTS[signal]:
        return tuple(level.split(" + "))
    return (level,)


def is_of_maps(feature: Feature) -> bool:
    """Whether a row weighs what id maps say, be it held against a season list or not."""
    signal, level = feature
    return signal in OF_MAPS or (signal == "episodes" and level.startswith("claimed"))


def none_row(entry: Entry) -> str:
    return entry.kind.value if entry.kind.value in calibration.NONE else "else"


def start_weights() -> dict[Feature, float]:
    """The present table as one flat mapping."""
    flat = {(name, level): w for name, rows in calibration.WEIGHTS.items() for level, w in rows.items()}
    flat |= {("none", kind): w for kind, w in calibration.NONE.items()}
    return flat | {("none", "else"): calibration.NONE_ELSE}


def fit(
    prior: dict[Feature, float],
    sample: Sequence[Example],
    is_free: Callable[[Feature], bool] = lambda _: True,
    start: dict[Feature, float] | None = None,
    steps: int = STEPS,
) -> dict[Feature, float]:
    """Weights that make the right answers likely while they stay near their priors.

    `is_free`: the rows that may move; `start`: where to begin, if not at the priors. Examples that
    are beyond doubt are looked at in every tenth step only.
    """
    weights = dict(start or prior)
    moved: defaultdict[Feature, float] = defaultdict(float)
    speed: defaultdict[Feature, float] = defaultdict(float)
    doubtful = list(sample)
    for step in range(1, steps + 1):
        slope: defaultdict[Feature, float] = defaultdict(float)
        for feature, value in weights.items():
            slope[feature] = (value - prior.get(feature, 0.0)) / PRIOR_SPREAD**2
        if step % 10 == 1:
            doubtful = [example for example in sample if _add_slope(example, weights, slope) > BEYOND_DOUBT]
        else:
            for example in doubtful:
                _add_slope(example, weights, slope)
        for feature, value in slope.items():
            if feature[0] in HAND_SET or not is_free(feature):
                continue
            moved[feature] = 0.9 * moved[feature] + 0.1 * value
            speed[feature] = 0.99 * speed[feature] + 0.01 * value * value
            change = moved[feature] / (1 - 0.9**step) / (sqrt(speed[feature] / (1 - 0.99**step)) + 1e-6)
            weights[feature] = weights.get(feature, 0.0) - 0.08 * change * min(
                1.0, 2.0 * (1 - step / (steps + 1))
            )
    return weights


def _beliefs(example: Example, weights: dict[Feature, float]) -> tuple[list[float], float]:
    scores = [sum(weights.get(feature, 0.0) for feature in row.features) for row in example.rows]
    none = weights.get(example.none, 0.0)
    top = max([*scores, none])
    parts = [exp(score - top) for score in scores]
    total = sum(part * row.count for part, row in zip(parts, example.rows, strict=True)) + exp(none - top)
    return [part / total for part in parts], exp(none - top) / total


def _add_slope(example: Example, weights: dict[Feature, float], slope: defaultdict[Feature, float]) -> float:
    """Add an example's part of the slope; returns the belief that is not where it should be."""
    beliefs, none = _beliefs(example, weights)
    any_right, wrong = False, 0.0
    for row, belief in zip(example.rows, beliefs, strict=True):
        any_right |= row.right
        wrong += 0.0 if row.right else belief * row.count
        error = (belief * row.count - (1.0 if row.right else 0.0)) * example.weight
        if abs(error) > 1e-7:
            for feature in row.features:
                slope[feature] += error
    slope[example.none] += (none - (0.0 if any_right else 1.0)) * example.weight
    return wrong + none if any_right else wrong


@dataclass(frozen=True, slots=True, order=True)
class Guess:
    """The log-odds of an entry's best option, whether it is right, its weight, and the curve that it is read by."""

    odds: float
    right: bool
    weight: float
    curve: str


def best_guesses(sample: Iterable[Example], weights: dict[Feature, float]) -> list[Guess]:
    """What the weights would answer for each entry."""
    guesses = []
    for example in sample:
        if not example.rows:
            continue
        beliefs, _ = _beliefs(example, weights)
        index = max(range(len(beliefs)), key=beliefs.__getitem__)
        row, belief = example.rows[index], beliefs[index]
        odds = log(max(belief, 1e-9) / max(1 - belief, 1e-9))
        guesses.append(Guess(odds, row.right and row.count == 1, example.weight, curve_of(row.features)))
    return guesses


def curve_of(features: Iterable[Feature]) -> str:
    """The curve by which the package reads the belief in an option that looks so."""
    seen = set(features)
    if any(signal == "episodes" and level.startswith("claimed") for signal, level in seen):
        return "unread"
    return "undated" if ("air-dates", "unknown") in seen else "dated"


def curve(guesses: Iterable[Guess]) -> tuple[float, float, float]:
    """The curve that turns the log-odds of belief into those of being right: its height at the knee, and its slopes.

    A line with one knee: few of the sure guesses are wrong, too few to draw a finer one through. Each number is
    held near what changes nothing; guesses that are hardly believed, where the order of equals decides, are left out.
    Found by Newton's steps, one number at a time.
    """
    seen = [(calibration.curve_features(g.odds), g.right, g.weight) for g in guesses if g.odds > LEAST_ODDS]
    rest = (calibration.KNEE, 1.0, 1.0)
    numbers = list(rest)
    for _ in range(40):
        for k in range(3):
            slope, bend = numbers[k] - rest[k], 1.0
            for features, right, weight in seen:
                p = 1 / (1 + exp(-sum(n * f for n, f in zip(numbers, features, strict=True))))
                slope += (p - right) * features[k] * weight
                bend += p * (1 - p) * features[k] ** 2 * weight
            numbers[k] -= slope / bend
    return numbers[0], numbers[1], numbers[2]


# --- what is fitted on ---------------------------------------------------------------------------

_MISSING = Setting(
    "works missing", catalogue=lambda bench: bench.catalogue(absent=absent_works(bench.data, 0.3))
)
WITHOUT_MAPS = (
    Sample(World.PLAIN, Setting("dates")),
    Sample(World.PLAIN, Setting("no dates on Trakt", catalogue=without_dates), 0.5),
    Sample(World.PLAIN, Setting("no dates in the list", entries=undated), 0.25),
    Sample(World.PLAIN, Setting("romaji alone", entries=romaji), 0.25),
    Sample(World.PLAIN, _MISSING, 0.15),
    Sample(World.HARD, Setting("dates")),
    Sample(World.HARD, Setting("no dates in the list", entries=undated), 0.25),
    Sample(World.HARD, Setting("romaji alone", entries=romaji), 0.25),
    Sample(World.HARD, _MISSING, 0.15),
)
WITH_MAPS = (
    Sample(World.PLAIN, Setting("today", maps=maps_of())),
    Sample(World.PLAIN, Setting("drift", maps=maps_of(*BOTH, age=FEBRUARY))),
    Sample(World.PLAIN, Setting("drift beside bangumi of today", maps=old_with_new)),
    Sample(World.HARD, Setting("today", maps=maps_of())),
    Sample(World.HARD, Setting("drift", maps=maps_of(*BOTH, age=FEBRUARY))),
    Sample(World.HARD, Setting("drift beside bangumi of today", maps=old_with_new)),
    Sample(
        World.PLAIN, Setting("spoilt: one of two", maps=spoilt_maps(BOTH, lambda mal: (BOTH[mal % 2],), 11))
    ),
    Sample(
        World.PLAIN, Setting("spoilt: anibridge alone", maps=spoilt_maps(BOTH[:1], lambda _: BOTH[:1], 12))
    ),
    Sample(
        World.PLAIN, Setting("spoilt: anitrakt alone", maps=spoilt_maps(BOTH[1:], lambda _: BOTH[1:], 12))
    ),
    Sample(World.HARD, Setting("spoilt: all but bangumi", maps=spoilt_maps(ALL, lambda _: BOTH, 13)), 0.5),
    Sample(World.HARD, Setting("spoilt: bangumi", maps=spoilt_maps(ALL, lambda _: ALL[2:], 14)), 0.5),
)
MAPS_ALONE = (
    Sample(World.PLAIN, Setting("no key", maps=maps_of(), catalogue=no_key), 0.5),
    Sample(World.PLAIN, Setting("no key, drift", maps=maps_of(*BOTH, age=FEBRUARY), catalogue=no_key), 0.5),
    Sample(World.PLAIN, Setting("no key, anibridge", maps=maps_of("anibridge"), catalogue=no_key), 0.5),
    Sample(World.HARD, Setting("no key", maps=maps_of(), catalogue=no_key), 0.5),
    Sample(World.HARD, Setting("no key, drift", maps=maps_of(*BOTH, age=FEBRUARY), catalogue=no_key), 0.5),
)


GROUPS = {"without maps": WITHOUT_MAPS, "with maps": WITH_MAPS, "maps alone": MAPS_ALONE}


@lru_cache(maxsize=2)
def bench_of(folder: Path, world: World, every: int) -> Bench:
    """The training half of a world, read once."""
    return Bench(load(folder, world), "train", every)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs groups of samples in several processes, with the weights as they are at that time."""

    folder: Path
    every: int
    jobs: int

    def gather(self, group: str) -> list[Example]:
        """The examples of all samples of a group, in their order."""
        indexes = range(len(GROUPS[group]))
        if self.jobs < 2 or "fork" not in multiprocessing.get_all_start_methods():
            return [example for index in indexes for example in self.sample(group, index)]
        for world in World:
            bench_of(self.folder, world, self.every)  # read before the fork: all processes share it
        with ProcessPoolExecutor(self.jobs, multiprocessing.get_context("fork")) as pool:
            parts = pool.map(partial(self.sample, group), indexes)
            return [example for part in parts for example in part]

    def sample(self, group: str, index: int) -> list[Example]:
        """The examples of one sample."""
        sample = GROUPS[group][index]
        return list(examples(bench_of(self.folder, sample.world, self.every), sample.setting, sample.weight))


def fitted(runner: Runner, rounds: int) -> str:
    """Fit weights and curves, install them, and return them as text."""
    weights = prior = start_weights()
    plain: list[Example] = []
    for number in range(rounds):
        plain = runner.gather("without maps")
        weights = fit(prior, plain)
        install(weights)
        print(f"# round {number + 1}: {len(plain)} examples", flush=True)
    mapped = runner.gather("with maps") + runner.gather("maps alone")
    print(f"# with maps: {len(mapped)} examples", flush=True)
    guesses = unseen_guesses(plain, prior, weights)
    weights = fit(weights, mapped, is_of_maps)
    install(weights)
    guesses += best_guesses(mapped, weights)
    for name in calibration.CURVES:
        seen = [guess for guess in guesses if guess.curve == name]
        calibration.CURVES[name] = curve(seen)
        print(f"# {name}: {said_and_wrong(seen)}", flush=True)
    return table(weights)


def unseen_guesses(
    sample: Sequence[Example], prior: dict[Feature, float], weights: dict[Feature, float]
) -> list[Guess]:
    """What is answered for each fold by weights that have not seen it."""
    guesses = []
    for fold in range(FOLDS):
        others = [example for example in sample if example.fold != fold]
        seen = fit(prior, others, start=weights, steps=60)
        guesses += best_guesses([example for example in sample if example.fold == fold], seen)
    return guesses


def said_and_wrong(guesses: Iterable[Guess]) -> str:
    """How many of the sure guesses are expected to be wrong, and how many are."""
    sure = [(calibration.calibrated(1 / (1 + exp(-g.odds)), g.curve), g) for g in guesses]
    sure = [(said, g) for said, g in sure if said >= AUTO_FROM]
    expected = sum((1 - said) * g.weight for said, g in sure)
    wrong = sum(g.weight for _, g in sure if not g.right)
    return f"{len(sure)} from {AUTO_FROM}, {expected:.1f} expected wrong, {wrong:.1f} wrong (weighed)"


def main() -> None:
    """Fit, and print the table for core/calibration.py."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="the data folder")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth entry alone, for a quick try")
    parser.add_argument("--write", action="store_true", help="put the table into core/calibration.py")
    options = parser.parse_args()
    text = fitted(Runner(data_folder(options.data), options.every, options.jobs), options.rounds)
    print(text)
    if options.write:
        write(text)


def write(text: str) -> None:
    """Put the table in the place of the old one in core/calibration.py."""
    path = Path(calibration.__file__)
    new = {paragraph.partition(":")[0]: paragraph for paragraph in text.split("\n\n")}
    paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    for index, paragraph in enumerate(paragraphs):
        for name, numbers in new.items():
            head, begins, _ = f"\n{paragraph}".partition(f"\n{name}:")
            if begins:
                paragraphs[index] = f"{head}\n{numbers}".removeprefix("\n")
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")


def install(weights: dict[Feature, float]) -> None:
    """Make the package use these weights from now on in this process."""
    for (name, level), value in weights.items():
        if name == "none":
            if level == "else":
                calibration.NONE_ELSE = value
            else:
                calibration.NONE[level] = value
        else:
            calibration.WEIGHTS.setdefault(name, {})[level] = value


def table(weights: dict[Feature, float]) -> str:
    """The fitted numbers as they stand in core/calibration.py."""
    by_name: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (name, level), value in weights.items():
        by_name[name][level] = value
    lines = ["WEIGHTS: dict[str, dict[str, float]] = {"]
    for name in (*calibration.WEIGHTS,):
        lines.append(f'    "{name}": {{')
        rows = sorted(by_name[name].items(), key=lambda row: -row[1])
        lines += [f'        "{level}": {value:.2f},' for level, value in rows]
        lines.append("    },")
    lines += ["}", ""]
    rest = {level: value for level, value in by_name["none"].items() if level != "else"}
    inner = ", ".join(f'"{level}": {value:.2f}' for level, value in rest.items())
    lines += [f"NONE: dict[str, float] = {{{inner}}}", f"NONE_ELSE = {by_name['none']['else']:.2f}", ""]
    lines.append("CURVES: dict[str, tuple[float, float, float]] = {")
    lines += [f'    "{name}": ({a:.2f}, {b:.2f}, {c:.2f}),' for name, (a, b, c) in calibration.CURVES.items()]
    lines.append("}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
