"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 4.12,
        "later: same but for season words": 2.97,
        "close": 2.89,
        "later: close": 2.49,
        "later: begins with it": 2.09,
        "later: similar": 1.42,
        "later: same": 0.64,
        "same but for season words": 0.61,
        "similar": 0.43,
        "begins with it": -0.26,
        "other language": -1.17,
        "later: weak": -1.46,
        "weak": -1.74,
        "later: another title": -2.24,
        "another title": -3.01,
    },
    "season-words": {
        "agrees": 3.54,
        "may agree by cours": 2.07,
        "agrees by cours": 2.01,
        "against a number": 1.40,
        "later, but none named": 1.29,
        "agrees but for the part": 0.33,
        "first, as none is named": 0.25,
        "against": 0.16,
        "special": -0.58,
        "nothing said": -0.58,
        "final": -0.65,
        "film unsaid": -1.36,
        "in its name": -1.82,
        "part as a season": -1.88,
        "seasons not read": -2.57,
        "special, but a season named": -3.14,
    },
    "year": {
        "same": 1.39,
        "none in the list": 0.87,
        "next": -0.67,
        "unknown": -0.88,
        "off": -1.87,
        "far": -3.34,
    },
    "episodes": {
        "fits a season": 3.81,
        "film": 3.39,
        "fits seasons": 3.25,
        "a season but for some": 3.20,
        "claimed, later season": 2.57,
        "claimed, later season of late": 2.57,
        "film, count unknown": 2.14,
        "claimed, first season": 1.81,
        "film of several": 0.88,
        "claimed, specials": 0.41,
        "part of a season": 0.26,
        "airing": 0.00,
        "a season but for its end": -0.53,
        "with specials": -0.70,
        "specials": -0.71,
        "unknown, whole": -0.78,
        "a season but for its beginning": -1.65,
        "unknown, part": -2.00,
        "seasons not read": -3.50,
        "over a border": -5.10,
        "differs": -9.66,
    },
    "air-dates": {
        "without its beginning: begins on the day": 6.14,
        "without its end: begins on the day": 6.04,
        "begins on the day": 4.32,
        "begins weeks off, ends on the day": 4.07,
        "begins that week, ends on the day": 3.50,
        "begins weeks off, ends a week off": 2.99,
        "begins weeks off, ends weeks off": 2.91,
        "without some: begins near": 2.78,
        "begins on the day, ends that week": 2.62,
        "begins on the day, ends on the day": 2.41,
        "without its end: begins near": 2.00,
        "begins on the day, ends a week off": 1.87,
        "begins a week off": 1.68,
        "begins on the day, ends elsewhen": 1.67,
        "begins a week off, ends a week off": 1.54,
        "begins on the day, ends weeks off": 1.46,
        "begins that week, ends a week off": 1.36,
        "begins that week, ends that week": 1.23,
        "begins a week off, ends on the day": 1.21,
        "begins that week, ends weeks off": 1.03,
        "begins weeks off, ends that week": 0.87,
        "begins elsewhen, ends weeks off": 0.65,
        "begins weeks off, ends elsewhen": 0.21,
        "without some: begins on the day": 0.01,
        "without its beginning: begins near": -0.00,
        "without some: begins off": -0.02,
        "begins that week, ends elsewhen": -0.05,
        "begins a week off, ends weeks off": -0.38,
        "without its end: begins on the day, uneven": -0.47,
        "begins elsewhen, ends on the day": -0.50,
        "unknown": -0.57,
        "begins a week off, ends that week": -0.68,
        "without its end: begins off": -0.77,
        "begins weeks off": -0.90,
        "begins a week off, ends elsewhen": -0.93,
        "without its beginning: begins with others": -1.60,
        "begins that week": -1.64,
        "without its end: begins off, uneven": -1.68,
        "months apart": -1.86,
        "begins elsewhen, ends a week off": -1.90,
        "begins elsewhen, ends that week": -2.30,
        "without its beginning: begins off": -2.30,
        "begins elsewhen, ends elsewhen": -2.32,
        "years apart": -2.88,
        "begins elsewhen": -3.82,
        "without its end: begins near, uneven": -4.56,
    },
    "kind": {
        "special series: special": 3.64,
        "film: film": 1.91,
        "clip: film": 1.86,
        "series: season": 1.73,
        "special: film": 1.47,
        "special series: season": 1.21,
        "short web series: film": 0.50,
        "web series: season": 0.42,
        "special series: film": 0.01,
        "short web series: special": -0.00,
        "clip: season": -0.82,
        "film: special": -1.30,
        "short web series: season": -1.34,
        "web series: film": -1.79,
        "web series: special": -2.02,
        "special: special": -2.63,
        "special: season": -2.85,
        "series: special": -3.00,
        "series: film": -6.00,
        "film: season": -8.28,
    },
    "kind-words": {
        "only in the list": 0.82,
        "only on Trakt": -7.08,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "show": 2.00,
        "exact": 1.47,
        "season": 0.00,
        "elsewhere": -0.82,
        "against": -1.30,
    },
    "other-maps": {
        "exact": 3.97,
        "season": 0.49,
        "show": 0.00,
        "elsewhere": -0.86,
        "against": -4.90,
    },
    "runtime": {
        "same": 0.30,
        "other": -0.50,
        "far": -3.00,
    },
    "genres": {
        "animated": 0.20,
        "live action": -4.00,
    },
    "days-elsewhere": {
        "undated": 0.00,
        "dated": -1.88,
    },
    "order": {
        "follows": 4.84,
        "leads": 2.46,
        "in order": 0.58,
        "out of order": -4.15,
        "taken": -6.07,
    },
    "rest": {
        "taken by others": 3.21,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.27}

NONE_ELSE = 3.38

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (1.36, 0.42, 1.10),
    "undated": (2.33, 1.07, 1.80),
    "witnessed": (5.15, 0.11, 0.14),
    "pair": (4.91, 0.08, 0.29),
    "alone": (4.23, 0.39, 0.67),
    "young": (2.09, 0.08, 0.01),
    "disputed": (1.12, 0.03, 0.19),
}


class Curve(StrEnum):
    """What there was to be compared, for the same belief is worth more or less.

    The last five are for places in a show whose season list was not looked at: there the maps' word is all there is.
    """

    DATED = "dated"
    UNDATED = "undated"
    WITNESSED = "witnessed"  # maps that know nothing of each other name the place
    PAIR = "pair"  # two maps do, but they took their rows from one another
    ALONE = "alone"  # one map does
    YOUNG = "young"  # one map or such a pair names a later season, which may have been merged since
    DISPUTED = "disputed"  # one map names it, and another one something else


READ = (Curve.DATED, Curve.UNDATED)


def weight(signal: str, rows: Iterable[str]) -> float:
    """The weight of a signal's rows, in log-odds; what is not in the table weighs nothing."""
    table = WEIGHTS.get(signal, {})
    return sum([table.get(row, 0.0) for row in rows])


def none_weight(kind: str) -> float:
    """The weight of "it is not there", in log-odds, for a kind of entry."""
    return NONE.get(kind, NONE_ELSE)


def shares(scores: list[float], none: float) -> list[float]:
    """The share of belief that each option has against all others and against none of them; sums to below 1."""
    top = max([*scores, none])
    parts = [exp(score - top) for score in scores]
    total = sum(parts) + exp(none - top)
    return [part / total for part in parts]


def calibrated(share: float, curve: Curve) -> float:
    """The confidence, 0-1, that means what it says: of entries at 0.90, 90 in 100 are right."""
    odds = log(max(share, 1e-9) / max(1.0 - share, 1e-9))
    right = sum(number * feature for number, feature in zip(CURVES[curve], curve_features(odds), strict=True))
    return min(1 / (1 + exp(-right)), CERTAIN)


def curve_features(odds: float) -> tuple[float, float, float]:
    """What the three numbers of a curve are multiplied with at some log-odds of belief."""
    return 1.0, min(odds - KNEE, 0.0), max(odds - KNEE, 0.0)
