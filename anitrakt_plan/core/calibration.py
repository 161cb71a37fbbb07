"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 4.14,
        "close": 2.90,
        "later: same but for season words": 2.78,
        "later: close": 2.56,
        "later: begins with it": 2.20,
        "later: similar": 1.55,
        "later: same": 0.65,
        "similar": 0.54,
        "same but for season words": 0.39,
        "begins with it": -0.22,
        "other language": -1.06,
        "later: weak": -1.61,
        "weak": -1.65,
        "later: another title": -2.22,
        "another title": -3.02,
    },
    "season-words": {
        "agrees": 3.50,
        "may agree by cours": 1.94,
        "agrees by cours": 1.89,
        "against a number": 1.51,
        "later, but none named": 1.30,
        "agrees but for the part": 0.41,
        "first, as none is named": 0.27,
        "against": 0.04,
        "special": -0.31,
        "nothing said": -0.66,
        "final": -0.67,
        "film unsaid": -1.58,
        "part as a season": -1.77,
        "in its name": -1.90,
        "seasons not read": -2.48,
        "special, but a season named": -2.91,
    },
    "year": {
        "same": 1.22,
        "none in the list": 0.97,
        "next": -0.65,
        "unknown": -0.88,
        "off": -1.83,
        "far": -3.21,
    },
    "episodes": {
        "fits a season": 3.80,
        "film": 3.38,
        "fits seasons": 3.35,
        "a season but for some": 3.24,
        "claimed, later season": 2.64,
        "claimed, first season": 1.97,
        "film, count unknown": 1.90,
        "film of several": 0.74,
        "part of a season": 0.34,
        "claimed, specials": 0.30,
        "airing": 0.00,
        "a season but for its end": -0.46,
        "unknown, whole": -0.65,
        "with specials": -0.70,
        "specials": -0.70,
        "a season but for its beginning": -1.76,
        "unknown, part": -2.00,
        "seasons not read": -3.27,
        "over a border": -5.25,
        "differs": -9.66,
    },
    "air-dates": {
        "without its beginning: begins on the day": 5.00,
        "without its beginning: begins near": 0.00,
        "without its beginning: begins off": -2.00,
        "without its beginning: begins with the one before": -3.00,
        "without its end: begins on the day": 5.00,
        "without its end: begins near": 2.00,
        "without its end: begins off": -2.00,
        "without its end: begins on the day, uneven": 1.00,
        "without its end: begins near, uneven": 0.00,
        "without its end: begins off, uneven": -2.00,
        "without some: begins on the day": 1.00,
        "without some: begins near": 0.00,
        "without some: begins off": -2.00,
        "begins on the day": 4.42,
        "begins weeks off, ends on the day": 3.73,
        "begins that week, ends on the day": 3.50,
        "begins weeks off, ends weeks off": 2.88,
        "begins weeks off, ends a week off": 2.61,
        "begins on the day, ends that week": 2.31,
        "begins on the day, ends on the day": 2.29,
        "begins on the day, ends a week off": 1.76,
        "begins on the day, ends elsewhen": 1.66,
        "begins on the day, ends weeks off": 1.61,
        "begins a week off, ends a week off": 1.48,
        "begins a week off": 1.47,
        "begins that week, ends that week": 1.29,
        "begins that week, ends weeks off": 1.12,
        "begins that week, ends a week off": 1.09,
        "begins a week off, ends on the day": 0.68,
        "begins weeks off, ends that week": 0.68,
        "begins elsewhen, ends weeks off": 0.44,
        "begins weeks off, ends elsewhen": 0.38,
        "begins that week, ends elsewhen": -0.05,
        "begins elsewhen, ends on the day": -0.50,
        "begins a week off, ends weeks off": -0.65,
        "unknown": -0.67,
        "begins a week off, ends that week": -0.71,
        "begins weeks off": -0.82,
        "begins a week off, ends elsewhen": -0.89,
        "begins that week": -1.12,
        "months apart": -1.75,
        "begins elsewhen, ends a week off": -1.90,
        "begins elsewhen, ends that week": -2.30,
        "begins elsewhen, ends elsewhen": -2.51,
        "years apart": -2.96,
        "begins elsewhen": -3.52,
    },
    "kind": {
        "special series: special": 3.31,
        "film: film": 1.86,
        "clip: film": 1.82,
        "series: season": 1.72,
        "special: film": 1.48,
        "special series: season": 1.16,
        "short web series: film": 0.45,
        "web series: season": 0.25,
        "special series: film": 0.02,
        "short web series: special": -0.00,
        "clip: season": -0.45,
        "short web series: season": -1.13,
        "film: special": -1.30,
        "web series: special": -2.02,
        "web series: film": -2.07,
        "special: special": -2.41,
        "special: season": -2.97,
        "series: special": -3.00,
        "series: film": -6.00,
        "film: season": -7.90,
    },
    "kind-words": {
        "only in the list": 0.97,
        "only on Trakt": -6.80,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "show": 2.01,
        "exact": 1.53,
        "season": 0.00,
        "elsewhere": -0.69,
        "against": -1.10,
    },
    "other-maps": {
        "exact": 3.85,
        "season": 0.46,
        "show": 0.00,
        "elsewhere": -0.86,
        "against": -4.72,
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
        "dated": -2.34,
    },
    "order": {
        "follows": 4.58,
        "in order": 0.37,
        "out of order": -4.31,
        "taken": -6.83,
    },
    "mal-link": {
        "agrees": 4.00,
        "against": -4.00,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.28}
NONE_ELSE = 3.24

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (1.60, 0.55, 1.11),
    "undated": (2.38, 1.06, 1.79),
    "unread": (3.08, 0.29, 0.66),
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
