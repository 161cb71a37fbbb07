"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 6.16,
        "later: same but for season words": 5.21,
        "later: close": 4.56,
        "later: same": 3.88,
        "same but for season words": 1.84,
        "close": 1.62,
        "later: begins with it": 0.94,
        "later: similar": 0.66,
        "similar": -0.45,
        "later: weak": -1.64,
        "other language": -2.04,
        "begins with it": -2.22,
        "later: another title": -3.00,
        "weak": -3.00,
        "another title": -6.02,
    },
    "season-words": {
        "agrees": 2.73,
        "first, as none is named": 1.92,
        "final": 1.03,
        "later, but none named": 0.93,
        "nothing said": 0.91,
        "may agree by cours": 0.43,
        "against a number": 0.29,
        "film unsaid": 0.14,
        "agrees by cours": -0.50,
        "special": -0.80,
        "agrees but for the part": -1.08,
        "part as a season": -1.23,
        "against": -1.78,
        "seasons not read": -1.80,
        "in its name": -2.04,
        "special, but a season named": -2.04,
    },
    "year": {
        "same": 2.25,
        "unknown": 0.50,
        "none in the list": 0.00,
        "next": -1.48,
        "off": -3.08,
        "far": -4.05,
    },
    "episodes": {
        "fits a season": 3.79,
        "claimed, first season": 3.00,
        "claimed, later season": 2.00,
        "claimed, specials": 0.05,
        "fits seasons": 2.56,
        "film": 1.78,
        "film of several": 0.18,
        "specials": 0.05,
        "airing": -0.00,
        "film, count unknown": -0.01,
        "unknown, whole": -0.23,
        "a season but for its beginning": 0.50,
        "a season but for its end": 0.50,
        "a season but for some": -1.00,
        "part of a season": -0.47,
        "with specials": -0.70,
        "unknown, part": -2.00,
        "seasons not read": -2.02,
        "over a border": -2.11,
        "differs": -9.64,
    },
    "air-dates": {
        "begins on the day, ends on the day": 4.20,
        "begins that week, ends on the day": 3.50,
        "begins on the day, ends that week": 3.40,
        "begins on the day": 3.00,
        "begins on the day, ends a week off": 2.80,
        "begins that week, ends that week": 2.70,
        "begins a week off, ends on the day": 2.70,
        "begins that week": 2.30,
        "begins on the day, ends weeks off": 2.20,
        "begins that week, ends a week off": 2.10,
        "begins a week off, ends that week": 1.90,
        "begins that week, ends weeks off": 1.50,
        "begins a week off": 1.50,
        "begins a week off, ends a week off": 1.30,
        "begins weeks off, ends on the day": 1.00,
        "begins on the day, ends elsewhen": 0.70,
        "begins a week off, ends weeks off": 0.70,
        "begins weeks off, ends that week": 0.20,
        "begins that week, ends elsewhen": 0.00,
        "begins weeks off": -0.20,
        "begins weeks off, ends a week off": -0.40,
        "begins elsewhen, ends on the day": -0.50,
        "begins a week off, ends elsewhen": -0.80,
        "begins weeks off, ends weeks off": -1.00,
        "begins elsewhen, ends that week": -1.30,
        "begins elsewhen, ends a week off": -1.90,
        "begins weeks off, ends elsewhen": -2.50,
        "begins elsewhen": -2.50,
        "begins elsewhen, ends weeks off": -2.50,
        "begins elsewhen, ends elsewhen": -4.00,
        "unknown": 0.11,
        "years apart": -3.04,
        "months apart": -6.72,
    },
    "kind": {
        "film: film": 3.87,
        "series: season": 1.41,
        "special series: special": 1.34,
        "special: film": 1.16,
        "clip: film": 0.31,
        "web series: season": 0.26,
        "short web series: film": 0.08,
        "short web series: special": -0.00,
        "short web series: season": -0.00,
        "special: special": -0.01,
        "clip: season": -0.60,
        "special series: season": -0.76,
        "film: special": -1.27,
        "special series: film": -1.93,
        "web series: special": -2.00,
        "special: season": -2.83,
        "series: special": -3.00,
        "web series: film": -4.00,
        "film: season": -4.73,
        "series: film": -6.00,
    },
    "kind-words": {
        "only in the list": -1.14,
        "only on Trakt": -2.87,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "exact": 4.43,
        "show": 3.38,
        "season": 1.24,
        "elsewhere": 0.08,
        "against": -1.00,
    },
    "other-maps": {
        "season": 3.00,
        "show": 2.50,
        "exact": 3.50,
        "elsewhere": 0.00,
        "against": -1.00,
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
    "mal-link": {
        "agrees": 4.00,
        "against": -4.00,
    },
    "order": {
        "in order": 2.31,
        "follows": 1.90,
        "out of order": -3.12,
        "taken": -6.20,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.59}
NONE_ELSE = 4.40

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# Log-odds of belief → log-odds of being right: a line with a knee, as (height at the knee, slope below it, slope
# above it); with air dates to compare, and without.
KNEE = 2.0

CURVES: dict[str, tuple[float, float, float]] = {
    "dated": (2.31, 0.75, 0.75),
    "undated": (2.67, 1.24, 0.76),
    "unread": (2.67, 1.24, 0.76),
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
