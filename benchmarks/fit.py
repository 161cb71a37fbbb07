"""Fits the weights and the calibration curve on the training half of the data and prints them as a table.

    python -m benchmarks.fit --data DIR [--rounds 2]

A conditional logit: of all options of an entry and "none of these" one is right. The weights are found by gradient
steps, each held near its hand-set prior, so that a level that is rarely seen keeps a sensible value. First without
id maps: with air dates, without them, and with a part of the works taken out of the catalogue. Then, all else
held, the weights of the id maps' words, from maps of which five in a hundred are spoilt. Last the curves: with air
dates from folds (by show) that a copy of the weights had not seen, without them from the two settings that lack them.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from pathlib import Path

from anitrakt_plan.commands.gathering import Gathering
from anitrakt_plan.commands.inquiry import ClaimSource
from anitrakt_plan.core import calibration
from anitrakt_plan.core.model import Entry, Movie, MovieMatch, Show, ShowMatch, TargetKind, Titles
from benchmarks.data import NOW, BenchData, Truth, data_folder, load
from benchmarks.offline import BOTH, NO_MAPS, Index, OfflineCatalogue, SpoiltMaps, read_maps

Feature = tuple[str, str]
HAND_SET = ("episode-name", "runtime", "genres")  # the data has nothing to fit these on
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


def train_entries(data: BenchData) -> list[Entry]:
    """The entries of the half that may be fitted on."""
    return [entry for entry in data.entries if (t := data.truth.get(entry.key)) is not None and t.train]


def fold_of(truth: Truth) -> int:
    """A fold of the training half; a show or film is in one fold."""
    match = truth.match
    return (match.show if isinstance(match, ShowMatch) else match.movie) * 2654435761 % 2**32 % FOLDS


def examples(
    data: BenchData,
    entries: Sequence[Entry],
    maps: ClaimSource,
    catalogue: OfflineCatalogue,
    weight: float = 1.0,
) -> Iterable[Example]:
    """Match the entries as one list and note what was weighed for each."""
    gathering = Gathering(maps, catalogue, 0.99, NOW)
    gathering.keep_verdicts = True
    gathering.second_look(entries, [gathering.first_look(entry) for entry in entries])
    for entry in entries:
        truth = data.truth[entry.key]
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
    if " + " in level and level not in calibration.WEIGHTS[signal]:
        return tuple(level.split(" + "))
    return (level,)


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
    free: frozenset[str] | None = None,
    start: dict[Feature, float] | None = None,
    steps: int = STEPS,
) -> dict[Feature, float]:
    """Weights that make the right answers likely while they stay near their priors.

    `free`: the signals that may move (all, if None); `start`: where to begin, if not at the priors. Examples that
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
            if feature[0] in HAND_SET or (free is not None and feature[0] not in free):
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
    """The log-odds of an entry's best option, whether it is right, its weight, and whether it has air dates."""

    odds: float
    right: bool
    weight: float
    dated: bool


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
        dated = ("air-dates", "unknown") not in row.features
        guesses.append(Guess(odds, row.right and row.count == 1, example.weight, dated))
    return guesses


def curve(guesses: Iterable[Guess]) -> tuple[float, float, float]:
    """The curve that turns the log-odds of belief into those of being right: its height at the knee, and its slopes.

    A line with one knee: few of the sure guesses are wrong, too few to draw a finer one through. Each number is
    held near what changes nothing; guesses that are hardly believed, where the order of equals decides, are left out.
    Found by Newton's steps, one number at a time.
    """
    seen = [(calibration.curve_features(g.odds), g.right) for g in guesses if g.odds > LEAST_ODDS]
    rest = (calibration.KNEE, 1.0, 1.0)
    numbers = list(rest)
    for _ in range(40):
        for k in range(3):
            slope, bend = numbers[k] - rest[k], 1.0
            for features, right in seen:
                p = 1 / (1 + exp(-sum(n * f for n, f in zip(numbers, features, strict=True))))
                slope += (p - right) * features[k]
                bend += p * (1 - p) * features[k] ** 2
            numbers[k] -= slope / bend
    return numbers[0], numbers[1], numbers[2]


def settings(data: BenchData) -> list[tuple[str, OfflineCatalogue, list[Entry], float]]:
    """The settings without id maps that the weights are fitted on: name, catalogue, entries, weight."""
    shows = Index([*data.shows.values(), *(work for work in data.crowd if isinstance(work, Show))])
    movies = Index([*data.movies.values(), *(work for work in data.crowd if isinstance(work, Movie))])
    entries = train_entries(data)
    bare = [replace(entry, aired_from=None, aired_to=None) for entry in entries]
    romaji = [replace(entry, titles=Titles(entry.titles.romaji)) for entry in entries]
    return [
        ("dates", OfflineCatalogue(shows, movies), entries, 1.0),
        ("no dates on Trakt", OfflineCatalogue(shows, movies, dates=False), entries, 0.5),
        ("no dates in the list", OfflineCatalogue(shows, movies), bare, 0.25),
        ("romaji alone", OfflineCatalogue(shows, movies), romaji, 0.25),
        ("works missing", OfflineCatalogue(shows, movies, absent=absent_works(data, 0.3)), entries, 0.15),
    ]


def absent_works(data: BenchData, share: float, seed: int = 3) -> frozenset[tuple[TargetKind, int]]:
    """Works to take out of the catalogue: the right ones of a part of the entries."""
    works = {
        (TargetKind.MOVIE, t.match.movie)
        if isinstance(t.match, MovieMatch)
        else (TargetKind.SHOW, t.match.show)
        for t in data.truth.values()
    }
    pick = random.Random(seed)
    return frozenset(work for work in sorted(works) if pick.random() < share)


def _alone(name: str) -> Callable[[int], tuple[str, ...]]:
    return lambda _: (name,)


def spoilt_settings(
    data: BenchData, catalogue: OfflineCatalogue
) -> list[tuple[ClaimSource, OfflineCatalogue]]:
    """Id maps with five in a hundred spoilt: one of two, the only one."""
    ids = [entry.ids for entry in data.entries if entry.key in data.truth]
    both = read_maps(data, BOTH)
    result: list[tuple[ClaimSource, OfflineCatalogue]] = [
        (
            SpoiltMaps(both, data, ids, lambda mal: ("anibridge",) if mal % 2 else ("anitrakt",), seed=11),
            catalogue,
        )
    ]
    for name in ("anibridge", "anitrakt"):
        maps = SpoiltMaps(read_maps(data, [name]), data, ids, _alone(name), seed=12)
        result += [(maps, catalogue)]
    return result


def main() -> None:
    """Fit, and print the table for core/calibration.py."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into core/calibration.py")
    options = parser.parse_args()
    data = load(data_folder(options.data))
    prior = start_weights()
    weights = prior
    plain = settings(data)
    for number in range(options.rounds):
        sample = [
            e for _, catalogue, entries, w in plain for e in examples(data, entries, NO_MAPS, catalogue, w)
        ]
        weights = fit(prior, sample)
        install(weights)
        print(f"# round {number + 1}: {len(sample)} examples", flush=True)
    guesses = []
    for fold in range(FOLDS):
        others = [example for example in sample if example.fold != fold]
        seen = fit(prior, others, start=weights, steps=60)
        guesses += best_guesses([example for example in sample if example.fold == fold], seen)
    calibration.CURVES["dated"] = curve(guess for guess in guesses if guess.dated)
    withheld = [
        e for name, cat, some, w in plain if "no dates" in name for e in examples(data, some, NO_MAPS, cat, w)
    ]
    calibration.CURVES["undated"] = curve(
        guess for guess in best_guesses(withheld, weights) if not guess.dated
    )
    with_maps = [
        example
        for maps, catalogue in spoilt_settings(data, plain[0][1])
        for example in examples(data, plain[0][2], maps, catalogue)
    ]
    weights = fit(weights, with_maps, frozenset({"id-maps"}))
    install(weights)
    text = table(weights)
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
