"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 4.04,
        "later: same but for season words": 3.06,
        "close": 2.79,
        "later: close": 2.74,
        "later: begins with it": 2.09,
        "later: similar": 1.71,
        "later: same": 0.80,
        "similar": 0.64,
        "same but for season words": 0.53,
        "begins with it": -0.44,
        "other language": -1.12,
        "later: weak": -1.52,
        "weak": -1.93,
        "later: another title": -2.21,
        "another title": -3.35,
    },
    "season-words": {
        "agrees": 3.38,
        "may agree by cours": 1.72,
        "agrees by cours": 1.61,
        "against a number": 1.37,
        "later, but none named": 1.07,
        "first, as none is named": 0.47,
        "agrees but for the part": 0.04,
        "against": -0.13,
        "special": -0.26,
        "nothing said": -0.45,
        "final": -0.61,
        "film unsaid": -1.30,
        "part as a season": -1.67,
        "in its name": -1.76,
        "seasons not read": -2.34,
        "special, but a season named": -2.68,
    },
    "year": {
        "same": 1.33,
        "none in the list": 0.93,
        "next": -0.68,
        "unknown": -0.78,
        "off": -1.98,
        "far": -3.32,
    },
    "episodes": {
        "fits a season": 3.74,
        "fits seasons": 3.59,
        "a season but for some": 3.47,
        "film": 3.11,
        "claimed, later season": 2.59,
        "claimed, first season": 1.68,
        "film, count unknown": 1.52,
        "film of several": 0.65,
        "part of a season": 0.25,
        "claimed, specials": 0.18,
        "airing": 0.00,
        "specials": -0.50,
        "unknown, whole": -0.51,
        "with specials": -0.70,
        "a season but for its end": -0.76,
        "unknown, part": -2.00,
        "a season but for its beginning": -2.03,
        "seasons not read": -2.96,
        "over a border": -4.58,
        "differs": -9.64,
    },
    "air-dates": {
        "begins on the day": 4.72,
        "begins that week, ends on the day": 3.50,
        "without its beginning: begins on the day, ends on the day": 3.40,
        "begins weeks off, ends on the day": 3.30,
        "begins on the day, ends on the day": 2.80,
        "begins on the day, ends a week off": 2.77,
        "without its end: begins on the day, ends unknown": 2.37,
        "begins weeks off, ends weeks off": 2.06,
        "begins on the day, ends that week": 1.99,
        "without its beginning: begins on the day, ends unknown": 1.98,
        "begins weeks off, ends a week off": 1.96,
        "without some: begins on the day, ends on the day": 1.81,
        "begins on the day, ends elsewhen": 1.64,
        "without its end: begins on the day, ends near": 1.63,
        "without some: begins near, ends off": 1.56,
        "begins that week, ends that week": 1.51,
        "without its beginning: begins on the day, ends off": 1.43,
        "begins on the day, ends weeks off": 1.42,
        "begins that week, ends weeks off": 1.26,
        "without its end: begins on the day, ends off": 1.21,
        "begins a week off": 0.61,
        "begins that week, ends a week off": 0.61,
        "begins weeks off, ends elsewhen": 0.53,
        "without its end: begins on the day, ends on the day": 0.53,
        "begins a week off, ends a week off": 0.52,
        "begins weeks off, ends that week": 0.49,
        "without its beginning: begins off, ends on the day": 0.47,
        "begins elsewhen, ends weeks off": 0.19,
        "without some: begins on the day, ends off": 0.09,
        "without its beginning: begins near, ends off": -0.00,
        "without its end: begins near, ends near": -0.03,
        "begins that week, ends elsewhen": -0.05,
        "begins a week off, ends on the day": -0.23,
        "begins that week": -0.25,
        "unknown": -0.33,
        "without some: begins off, ends off": -0.49,
        "begins elsewhen, ends on the day": -0.50,
        "begins weeks off": -0.64,
        "without its end: begins off, ends off": -0.72,
        "without some: begins off, ends on the day": -0.72,
        "begins a week off, ends that week": -0.75,
        "begins a week off, ends weeks off": -1.02,
        "begins a week off, ends elsewhen": -1.07,
        "without its beginning: begins on the day, ends near": -1.13,
        "without its end: begins off, ends on the day": -1.22,
        "months apart": -1.66,
        "without its end: begins off, ends unknown": -1.71,
        "begins elsewhen, ends a week off": -1.90,
        "without its beginning: begins off, ends unknown": -1.93,
        "begins elsewhen, ends that week": -2.30,
        "years apart": -2.66,
        "without its beginning: begins off, ends off": -2.77,
        "begins elsewhen, ends elsewhen": -2.80,
        "without its beginning: begins off, ends near": -3.11,
        "begins elsewhen": -3.11,
        "without its end: begins near, ends off": -3.43,
    },
    "kind": {
        "special series: special": 3.03,
        "film: film": 2.02,
        "clip: film": 1.69,
        "series: season": 1.64,
        "special: film": 1.37,
        "special series: season": 1.14,
        "short web series: film": 0.42,
        "web series: season": 0.06,
        "short web series: special": -0.00,
        "special series: film": -0.22,
        "clip: season": -0.43,
        "short web series: season": -0.82,
        "film: special": -1.30,
        "web series: special": -2.02,
        "special: special": -2.06,
        "web series: film": -2.47,
        "series: special": -3.00,
        "special: season": -3.10,
        "series: film": -6.00,
        "film: season": -7.28,
    },
    "kind-words": {
        "only in the list": 0.54,
        "only on Trakt": -6.33,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "show": 1.91,
        "exact": 1.46,
        "season": 0.00,
        "elsewhere": -0.79,
        "against": -1.30,
    },
    "other-maps": {
        "exact": 3.70,
        "season": 0.43,
        "show": 0.00,
        "elsewhere": -0.70,
        "against": -4.05,
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
        "dated": -1.50,
        "undated": -1.00,
    },
    "order": {
        "follows": 4.17,
        "in order": 0.60,
        "out of order": -2.57,
        "taken": -6.99,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.36}
NONE_ELSE = 3.27

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (2.06, 0.93, 0.77),
    "undated": (2.42, 1.18, 1.57),
    "unread": (3.42, 0.19, 0.63),
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
