"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 3.96,
        "close": 2.83,
        "later: same but for season words": 2.80,
        "later: close": 2.60,
        "later: begins with it": 2.27,
        "later: similar": 1.62,
        "similar": 0.88,
        "later: same": 0.60,
        "same but for season words": 0.28,
        "begins with it": -0.35,
        "later: weak": -1.15,
        "other language": -1.35,
        "weak": -1.79,
        "later: another title": -2.16,
        "another title": -3.19,
    },
    "season-words": {
        "agrees": 3.47,
        "may agree by cours": 1.93,
        "agrees by cours": 1.82,
        "against a number": 1.56,
        "later, but none named": 1.29,
        "first, as none is named": 0.46,
        "agrees but for the part": 0.43,
        "against": 0.17,
        "special": -0.57,
        "nothing said": -0.59,
        "final": -0.68,
        "film unsaid": -1.67,
        "in its name": -1.76,
        "part as a season": -1.81,
        "seasons not read": -2.52,
        "special, but a season named": -3.00,
    },
    "year": {
        "same": 1.15,
        "none in the list": 0.86,
        "next": -0.65,
        "unknown": -1.06,
        "off": -1.82,
        "far": -2.92,
    },
    "episodes": {
        "fits a season": 3.74,
        "film": 3.50,
        "a season but for some": 3.48,
        "fits seasons": 3.17,
        "claimed, later season": 2.69,
        "film, count unknown": 2.03,
        "claimed, first season": 1.87,
        "film of several": 0.73,
        "claimed, specials": 0.36,
        "part of a season": 0.33,
        "airing": 0.00,
        "a season but for its end": -0.53,
        "with specials": -0.70,
        "unknown, whole": -0.72,
        "specials": -0.82,
        "a season but for its beginning": -1.81,
        "unknown, part": -2.00,
        "seasons not read": -3.38,
        "over a border": -5.13,
        "differs": -9.66,
    },
    "air-dates": {
        "without its end: begins on the day": 5.13,
        "begins on the day": 4.46,
        "begins weeks off, ends on the day": 3.94,
        "begins that week, ends on the day": 3.50,
        "begins weeks off, ends weeks off": 2.88,
        "begins weeks off, ends a week off": 2.83,
        "begins on the day, ends that week": 2.44,
        "begins on the day, ends on the day": 2.39,
        "without its beginning: begins on the day": 2.37,
        "without its end: begins near": 2.00,
        "begins on the day, ends a week off": 1.86,
        "begins on the day, ends elsewhen": 1.77,
        "begins on the day, ends weeks off": 1.73,
        "begins a week off": 1.67,
        "without some: begins near": 1.63,
        "begins a week off, ends a week off": 1.56,
        "begins that week, ends that week": 1.32,
        "begins that week, ends a week off": 1.26,
        "begins that week, ends weeks off": 1.06,
        "begins a week off, ends on the day": 1.00,
        "begins weeks off, ends that week": 0.79,
        "begins elsewhen, ends weeks off": 0.55,
        "begins weeks off, ends elsewhen": 0.33,
        "without some: begins on the day": 0.28,
        "without its end: begins on the day, uneven": 0.23,
        "without its beginning: begins near": -0.00,
        "begins that week, ends elsewhen": -0.05,
        "without some: begins off": -0.18,
        "unknown": -0.48,
        "begins a week off, ends weeks off": -0.49,
        "begins elsewhen, ends on the day": -0.50,
        "begins a week off, ends that week": -0.69,
        "begins weeks off": -0.76,
        "begins a week off, ends elsewhen": -0.85,
        "without its end: begins off": -0.86,
        "without its end: begins off, uneven": -1.19,
        "begins that week": -1.36,
        "months apart": -1.70,
        "begins elsewhen, ends a week off": -1.90,
        "without its beginning: begins off": -1.99,
        "begins elsewhen, ends that week": -2.30,
        "begins elsewhen, ends elsewhen": -2.40,
        "years apart": -3.01,
        "without its end: begins near, uneven": -3.13,
        "without its beginning: begins with the one before": -3.48,
        "begins elsewhen": -3.66,
    },
    "kind": {
        "special series: special": 3.37,
        "film: film": 1.88,
        "clip: film": 1.84,
        "series: season": 1.69,
        "special: film": 1.47,
        "special series: season": 1.23,
        "short web series: film": 0.46,
        "web series: season": 0.16,
        "special series: film": 0.08,
        "short web series: special": -0.00,
        "clip: season": -0.30,
        "short web series: season": -1.24,
        "film: special": -1.30,
        "web series: film": -1.93,
        "web series: special": -2.02,
        "special: special": -2.53,
        "special: season": -2.97,
        "series: special": -3.00,
        "series: film": -6.00,
        "film: season": -8.13,
    },
    "kind-words": {
        "only in the list": 0.99,
        "only on Trakt": -6.93,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "show": 2.01,
        "exact": 1.50,
        "season": 0.00,
        "elsewhere": -0.61,
        "against": -1.21,
    },
    "other-maps": {
        "exact": 3.91,
        "season": 0.46,
        "show": 0.00,
        "elsewhere": -0.94,
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
        "dated": -1.84,
    },
    "order": {
        "follows": 4.69,
        "in order": 0.47,
        "out of order": -3.98,
        "taken": -7.17,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.31}
NONE_ELSE = 3.28

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (1.51, 0.46, 1.09),
    "undated": (2.52, 1.15, 1.94),
    "unread": (3.41, 0.27, 0.66),
}


def weight(signal: str, level: str) -> float:
    """The weight of a level in log-odds; several words joined by ` + ` weigh as one row, else as their sum."""
    rows = WEIGHTS.get(signal, {})
    if level in rows:
        return rows[level]
    return sum(rows.get(word, 0.0) for word in level.split(" + ")) if " + " in level else 0.0


def none_weight(kind: str) -> float:
    """The weight of "it is not there", in log-odds, for a kind of entry."""
    return NONE.get(kind, NONE_ELSE)


def shares(scores: list[float], none: float) -> list[float]:
    """The share of belief that each option has against all others and against none of them; sums to below 1."""
    top = max([*scores, none])
    parts = [exp(score - top) for score in scores]
    total = sum(parts) + exp(none - top)
    return [part / total for part in parts]


def calibrated(share: float, curve: str) -> float:
    """The confidence, 0-1, that means what it says: of entries at 0.90, 90 in 100 are right.

    `curve`: what there was to be compared, for the same belief is worth more or less: with air dates (`dated`),
    without (`undated`), or without a look at the season list (`unread`).
    """
    odds = log(max(share, 1e-9) / max(1.0 - share, 1e-9))
    right = sum(number * feature for number, feature in zip(CURVES[curve], curve_features(odds), strict=True))
    return min(1 / (1 + exp(-right)), CERTAIN)


def curve_features(odds: float) -> tuple[float, float, float]:
    """What the three numbers of a curve are multiplied with at some log-odds of belief."""
    return 1.0, min(odds - KNEE, 0.0), max(odds - KNEE, 0.0)


def format_confidence(confidence: float) -> str:
    """Two decimals, three from 0.99 up; always cut, so that what is not certain never reads 1."""
    digits = 3 if confidence >= 0.99 else 2
    return f"{int(confidence * 10**digits + 1e-9) / 10**digits:.{digits}f}"
