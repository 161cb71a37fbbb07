"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 6.02,
        "later: same but for season words": 5.68,
        "later: same": 4.69,
        "later: close": 4.12,
        "later: begins with it": 2.09,
        "close": 1.80,
        "same but for season words": 1.35,
        "later: similar": -0.06,
        "similar": -0.90,
        "later: weak": -1.13,
        "begins with it": -1.47,
        "later: another title": -1.97,
        "weak": -3.48,
        "other language": -3.74,
        "another title": -6.38,
    },
    "season-words": {
        "agrees": 2.67,
        "first, as none is named": 1.80,
        "nothing said": 1.17,
        "final": 1.01,
        "film unsaid": 0.56,
        "against a number": 0.20,
        "may agree by cours": 0.05,
        "part as a season": -0.05,
        "later, but none named": -0.16,
        "special": -0.86,
        "agrees but for the part": -1.05,
        "agrees by cours": -1.13,
        "in its name": -1.46,
        "seasons not read": -1.61,
        "against": -1.89,
        "special, but a season named": -2.03,
    },
    "year": {
        "same": 2.57,
        "unknown": 0.55,
        "next": -2.04,
        "off": -2.48,
        "far": -4.33,
    },
    "episodes": {
        "fits a season": 3.29,
        "fits seasons": 2.13,
        "film": 1.78,
        "airing": -0.00,
        "film, count unknown": -0.01,
        "specials": -0.12,
        "unknown, whole": -0.13,
        "with specials": -0.70,
        "part of a season": -1.00,
        "film of several": -1.15,
        "seasons not read": -1.78,
        "over a border": -1.96,
        "unknown, part": -2.00,
        "differs": -7.03,
    },
    "air-dates": {
        "begin": 3.63,
        "weeks apart, end fits": 3.07,
        "begin and end": 3.03,
        "begin, not end": 0.69,
        "unknown": 0.52,
        "weeks apart, not end": -0.65,
        "weeks apart": -3.01,
        "years apart": -3.34,
        "months apart": -5.77,
    },
    "kind": {
        "film: film": 3.16,
        "series: season": 1.39,
        "special series: special": 1.14,
        "special: film": 1.09,
        "web series: season": 0.35,
        "clip: film": 0.32,
        "short web series: film": 0.03,
        "short web series: season": -0.00,
        "special: special": -0.01,
        "clip: season": -0.44,
        "special series: season": -0.53,
        "film: special": -1.25,
        "special: season": -1.93,
        "web series: special": -2.00,
        "special series: film": -2.44,
        "series: special": -3.00,
        "web series: film": -4.00,
        "film: season": -4.46,
        "series: film": -6.00,
    },
    "kind-words": {
        "only in the list": -0.83,
        "only on Trakt": -2.63,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "exact": 4.07,
        "show": 3.31,
        "season": 1.45,
        "elsewhere": -0.22,
        "against": -1.23,
    },
    "mal-link": {
        "agrees": 4.00,
        "against": -4.00,
    },
    "order": {
        "follows": 1.50,
        "in order": 0.50,
        "out of order": -3.00,
        "taken": -6.00,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.61}
NONE_ELSE = 4.25

# The confidence of an entry that two id maps settle without a look at Trakt, if its signals say no more.
SETTLED = 0.995

# Raw confidence (log-odds) → share that was right, on entries the weights were not fitted on.
CURVES: dict[str, tuple[tuple[float, float], ...]] = {
    "dated": ((-6.41, 0.1171), (2.74, 0.9146), (5.37, 0.9750), (6.88, 0.9870), (12.57, 0.9997)),
    "undated": (
        (-9.64, 0.0049),
        (-4.13, 0.1254),
        (-0.41, 0.4216),
        (1.35, 0.7762),
        (2.81, 0.9351),
        (3.72, 0.9817),
        (5.84, 0.9918),
        (8.25, 0.9966),
        (10.59, 0.9992),
    ),
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


def calibrated(share: float, *, dated: bool) -> float:
    """The confidence, 0-1, that means what it says: of entries at 0.90, 90 in 100 are right.

    `dated`: whether air dates were there to be compared; without them the same belief is worth less or more.
    """
    curve = CURVES["dated" if dated else "undated"]
    odds = log(max(share, 1e-9) / max(1.0 - share, 1e-9))
    points = [point for point, _ in curve]
    index = bisect_right(points, odds)
    if index == 0:
        return curve[0][1] * exp(odds - curve[0][0])
    if index == len(curve):
        return curve[-1][1]
    (left, low), (right, high) = curve[index - 1], curve[index]
    return low + (high - low) * (odds - left) / (right - left)
