"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 3.96,
        "later: same but for season words": 2.90,
        "close": 2.77,
        "later: close": 2.65,
        "later: begins with it": 2.24,
        "later: similar": 1.66,
        "similar": 0.84,
        "later: same": 0.73,
        "same but for season words": 0.33,
        "begins with it": -0.41,
        "later: weak": -1.15,
        "other language": -1.26,
        "weak": -1.85,
        "later: another title": -2.10,
        "another title": -3.35,
    },
    "season-words": {
        "agrees": 3.48,
        "may agree by cours": 1.81,
        "agrees by cours": 1.70,
        "against a number": 1.50,
        "later, but none named": 1.14,
        "first, as none is named": 0.50,
        "agrees but for the part": 0.27,
        "against": -0.04,
        "special": -0.32,
        "nothing said": -0.50,
        "final": -0.69,
        "film unsaid": -1.58,
        "part as a season": -1.72,
        "in its name": -1.73,
        "seasons not read": -2.41,
        "special, but a season named": -2.80,
    },
    "year": {
        "same": 1.19,
        "none in the list": 0.95,
        "next": -0.64,
        "unknown": -0.92,
        "off": -1.87,
        "far": -3.07,
    },
    "episodes": {
        "fits a season": 3.67,
        "fits seasons": 3.55,
        "film": 3.37,
        "a season but for some": 3.31,
        "claimed, later season": 2.70,
        "claimed, first season": 1.90,
        "film, count unknown": 1.74,
        "film of several": 0.65,
        "claimed, specials": 0.25,
        "part of a season": 0.24,
        "airing": 0.00,
        "a season but for its end": -0.53,
        "unknown, whole": -0.59,
        "specials": -0.69,
        "with specials": -0.70,
        "a season but for its beginning": -1.84,
        "unknown, part": -2.00,
        "seasons not read": -3.12,
        "over a border": -5.02,
        "differs": -9.65,
    },
    "air-dates": {
        "begins on the day": 4.53,
        "without its beginning: begins on the day, ends on the day": 4.01,
        "begins weeks off, ends on the day": 3.54,
        "begins that week, ends on the day": 3.50,
        "without its end: begins on the day, ends unknown": 3.45,
        "without some: begins near, ends off": 2.63,
        "begins weeks off, ends weeks off": 2.63,
        "begins on the day, ends on the day": 2.43,
        "without its beginning: begins on the day, ends unknown": 2.40,
        "without some: begins on the day, ends on the day": 2.33,
        "begins weeks off, ends a week off": 2.31,
        "begins on the day, ends that week": 2.16,
        "without its end: begins on the day, ends near": 2.11,
        "begins on the day, ends a week off": 1.98,
        "begins on the day, ends elsewhen": 1.70,
        "begins on the day, ends weeks off": 1.54,
        "begins that week, ends that week": 1.38,
        "begins a week off": 1.16,
        "begins that week, ends weeks off": 1.16,
        "begins a week off, ends a week off": 1.14,
        "begins that week, ends a week off": 0.89,
        "without its end: begins on the day, ends off": 0.88,
        "without its beginning: begins off, ends on the day": 0.81,
        "without its beginning: begins on the day, ends off": 0.73,
        "begins weeks off, ends that week": 0.57,
        "begins weeks off, ends elsewhen": 0.43,
        "begins elsewhen, ends weeks off": 0.33,
        "begins a week off, ends on the day": 0.31,
        "without its end: begins on the day, ends on the day": 0.29,
        "without some: begins off, ends off": 0.09,
        "without its beginning: begins near, ends off": -0.00,
        "without its end: begins near, ends near": -0.05,
        "begins that week, ends elsewhen": -0.05,
        "without some: begins off, ends on the day": -0.42,
        "begins elsewhen, ends on the day": -0.50,
        "without some: begins on the day, ends off": -0.54,
        "without its end: begins off, ends off": -0.54,
        "unknown": -0.56,
        "begins a week off, ends that week": -0.73,
        "begins that week": -0.74,
        "begins weeks off": -0.76,
        "begins a week off, ends weeks off": -0.81,
        "begins a week off, ends elsewhen": -0.90,
        "without its end: begins off, ends on the day": -0.95,
        "months apart": -1.68,
        "without its beginning: begins on the day, ends near": -1.80,
        "begins elsewhen, ends a week off": -1.90,
        "without its end: begins off, ends unknown": -1.97,
        "begins elsewhen, ends that week": -2.30,
        "begins elsewhen, ends elsewhen": -2.63,
        "without its beginning: begins off, ends unknown": -2.84,
        "years apart": -2.97,
        "begins elsewhen": -3.33,
        "without its beginning: begins off, ends off": -3.58,
        "without its beginning: begins off, ends near": -4.12,
        "without its end: begins near, ends off": -4.79,
    },
    "kind": {
        "special series: special": 3.11,
        "film: film": 1.99,
        "clip: film": 1.76,
        "series: season": 1.71,
        "special: film": 1.42,
        "special series: season": 1.15,
        "short web series: film": 0.43,
        "web series: season": 0.11,
        "short web series: special": -0.00,
        "special series: film": -0.07,
        "clip: season": -0.36,
        "short web series: season": -0.97,
        "film: special": -1.30,
        "web series: special": -2.02,
        "web series: film": -2.24,
        "special: special": -2.26,
        "series: special": -3.00,
        "special: season": -3.02,
        "series: film": -6.00,
        "film: season": -7.62,
    },
    "kind-words": {
        "only in the list": 0.81,
        "only on Trakt": -6.61,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "show": 1.97,
        "exact": 1.44,
        "season": 0.00,
        "elsewhere": -0.63,
        "against": -1.14,
    },
    "other-maps": {
        "exact": 3.78,
        "season": 0.51,
        "show": 0.00,
        "elsewhere": -0.76,
        "against": -4.45,
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
        "dated": -2.07,
    },
    "order": {
        "follows": 4.41,
        "in order": 0.49,
        "out of order": -3.15,
        "taken": -7.31,
    },
    "mal-link": {
        "agrees": 4.00,
        "against": -4.00,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.29}
NONE_ELSE = 3.20

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (2.04, 0.82, 0.93),
    "undated": (2.36, 1.09, 1.79),
    "unread": (3.07, 0.30, 0.66),
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
