"""Fits the weights and the calibration curves on the training half of both worlds and prints them as a table.

    python -m benchmarks.fit [--data DIR] [--rounds 2] [--jobs 2] [--every 1] [--write]

A conditional logit: of all options of an entry and "none of these" one is right. The weights are those that make the
right answers likeliest while each is held near its prior, the present table, so that a level that is rarely seen keeps
a sensible value. Each round matches all samples with the weights of the round before. Then the curves: the
log-odds of belief into those of being right, on folds (by show) that a copy of the weights has not seen.
Needs numpy and scipy (`pip install anitrakt[fit]`).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from anitrakt_plan.matching import weights as calibration
from benchmarks.data import data_folder
from benchmarks.likelihood import fit
from benchmarks.samples import FOLDS, Example, Feature, Runner
from benchmarks.settings import AUTO_FROM

MIN_ODDS = -1.0
FLAT, LEAST = 0.1, 0.01
NOT_READ = ("episodes", "seasons not read")  # no place, so it is never proposed


def start_weights() -> dict[Feature, float]:
    """The present table as one flat mapping."""
    flat = {(name, level): w for name, rows in calibration.WEIGHTS.items() for level, w in rows.items()}
    flat |= {("none", kind): w for kind, w in calibration.NONE.items()}
    return flat | {("none", "else"): calibration.NONE_ELSE}


def beliefs(example: Example, weights: Mapping[Feature, float]) -> list[float]:
    """The belief in one option of each row."""
    scores = [sum(weights.get(feature, 0.0) for feature in row.features) for row in example.rows]
    none = weights.get(example.none, 0.0)
    top = max([*scores, none])
    parts = [exp(score - top) for score in scores]
    total = sum(part * row.count for part, row in zip(parts, example.rows, strict=True)) + exp(none - top)
    return [part / total for part in parts]


@dataclass(frozen=True, slots=True, order=True)
class Guess:
    """The log-odds of an entry's best option, whether it is right, its weight, and the curve that it is read by."""

    odds: float
    right: bool
    weight: float
    curve: calibration.Curve


def best_guesses(sample: Iterable[Example], weights: Mapping[Feature, float]) -> list[Guess]:
    """What the weights would answer for each entry."""
    guesses = []
    for example in sample:
        if not example.rows:
            continue
        rows = list(zip(beliefs(example, weights), example.rows, strict=True))
        places = [(belief, row) for belief, row in rows if NOT_READ not in row.features]
        belief, row = max(places or rows, key=lambda pair: pair[0])
        odds = log(max(belief, 1e-9) / max(1 - belief, 1e-9))
        weight = example.weight * example.for_curves
        guesses.append(Guess(odds, row.right and row.count == 1, weight, row.curve))
    return guesses


def curve(guesses: Iterable[Guess], *, unread: bool = False) -> tuple[float, float, float]:
    """The curve that turns the log-odds of belief into those of being right: its height at the knee, and its slopes.

    A line with one knee: few of the sure guesses are wrong, too few to draw a finer one through. Each number is
    held near what changes nothing; guesses that are hardly believed, where the order of equals decides, are left out.
    Where no season list was looked at (`unread`), belief tells next to nothing of whether the place has moved since:
    they are held near one height for all, the share that is right. Found by Newton's steps, one number at a time.
    """
    seen = [(calibration.curve_features(g.odds), g.right, g.weight) for g in guesses if g.odds > MIN_ODDS]
    rest = (calibration.KNEE, 1.0, 1.0)
    if unread:
        right, wrong = (sum(weight for _, is_right, weight in seen if is_right is of) for of in (True, False))
        rest = (log((right + 1) / (wrong + 1)), FLAT, FLAT)
    numbers = list(rest)
    for _ in range(40):
        for k in range(3):
            slope, bend = numbers[k] - rest[k], 1.0
            for features, right, weight in seen:
                p = 1 / (1 + exp(-sum(n * f for n, f in zip(numbers, features, strict=True))))
                slope += (p - right) * features[k] * weight
                bend += p * (1 - p) * features[k] ** 2 * weight
            numbers[k] -= slope / bend
            if k:
                numbers[k] = max(numbers[k], LEAST)  # more belief is never less sure
    return numbers[0], numbers[1], numbers[2]


def said_and_wrong(guesses: Iterable[Guess]) -> str:
    """How many of the sure guesses are expected to be wrong, and how many are."""
    sure = [(calibration.calibrated(1 / (1 + exp(-g.odds)), g.curve), g) for g in guesses]
    sure = [(said, g) for said, g in sure if said >= AUTO_FROM]
    expected = sum((1 - said) * g.weight for said, g in sure)
    wrong = sum(g.weight for _, g in sure if not g.right)
    return f"{len(sure)} from {AUTO_FROM}, {expected:.1f} expected wrong, {wrong:.1f} wrong (weighed)"


def fitted(runner: Runner, rounds: int) -> str:
    """Fit weights and curves, install them, and return them as text."""
    weights = prior = start_weights()
    sample: list[Example] = []
    for number in range(rounds):
        sample = runner.gather()
        weights = fit(prior, sample, weights)
        install(weights)
        print(f"# round {number + 1}: {len(sample)} examples", flush=True)
    draw_curves(unseen_guesses(sample, weights) if rounds else best_guesses(runner.gather(), weights))
    return table(weights)


def draw_curves(guesses: Sequence[Guess]) -> None:
    """Fit the curves, each on the guesses that are read by it, and install them."""
    for name in calibration.CURVES:
        seen = [guess for guess in guesses if guess.curve == name and guess.weight]
        calibration.CURVES[name] = curve(seen, unread=name not in calibration.READ)
        print(f"# {name}: {said_and_wrong(seen)}", flush=True)


def unseen_guesses(sample: Sequence[Example], weights: dict[Feature, float]) -> list[Guess]:
    """What is answered for each fold by weights that were fitted on the others."""
    guesses = []
    for fold in range(FOLDS):
        seen = fit(weights, [example for example in sample if example.fold != fold], weights)
        unseen = (example for example in sample if example.fold == fold)
        guesses += best_guesses(unseen, seen)
    return guesses


def main() -> None:
    """Fit, and print the table for matching/weights.py."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="the data folder")
    parser.add_argument(
        "--rounds", type=int, default=2, help="0: the curves alone, by the weights as they are"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many processes")
    parser.add_argument("--every", type=int, default=1, help="every so-manieth entry alone, for a quick try")
    parser.add_argument("--write", action="store_true", help="put the table into matching/weights.py")
    options = parser.parse_args()
    text = fitted(Runner(data_folder(options.data), options.every, options.jobs), options.rounds)
    print(text)
    if options.write:
        write(text)


def write(text: str) -> None:
    """Put the table in the place of the old one in matching/weights.py."""
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
    """The fitted numbers as they stand in matching/weights.py."""
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
