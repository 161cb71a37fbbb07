"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 5.45,
        "later: same but for season words": 4.72,
        "later: same": 4.05,
        "later: close": 3.51,
        "close": 2.22,
        "same but for season words": 2.21,
        "later: begins with it": 2.20,
        "similar": -0.28,
        "later: similar": -0.67,
        "begins with it": -0.70,
        "later: another title": -1.49,
        "later: weak": -1.52,
        "other language": -3.5,
        "weak": -3.60,
        "another title": -5.63,
    },
    "season-words": {
        "agrees": 2.60,
        "first, as none is named": 1.46,
        "nothing said": 1.18,
        "part as a season": 1.00,
        "final": 1.00,
        "in its name": 0.13,
        "film unsaid": -0.23,
        "may agree by cours": -0.26,
        "agrees by cours": -0.50,
        "special": -0.83,
        "later, but none named": -1.19,
        "seasons not read": -1.38,
        "against": -1.57,
        "agrees but for the part": -1.81,
        "special, but a season named": -2.02,
    },
    "year": {
        "same": 2.80,
        "unknown": 0.87,
        "next": -1.63,
        "off": -2.07,
        "far": -5.33,
    },
    "episodes": {
        "fits a season": 2.97,
        "fits seasons": 1.97,
        "film": 1.71,
        "specials": -0.00,
        "airing": -0.00,
        "film, count unknown": -0.01,
        "unknown, whole": -0.07,
        "with specials": -0.86,
        "seasons not read": -1.49,
        "over a border": -1.56,
        "part of a season": -1.63,
        "film of several": -1.84,
        "unknown, part": -2.00,
        "differs": -5.49,
    },
    "air-dates": {
        "begin": 3.47,
        "begin and end": 3.37,
        "weeks apart, end fits": 2.91,
        "unknown": 1.19,
        "begin, not end": 0.51,
        "weeks apart, not end": -1.53,
        "weeks apart": -2.09,
        "years apart": -4.55,
        "months apart": -4.76,
    },
    "kind": {
        "film: film": 3.18,
        "series: season": 1.54,
        "special series: special": 1.21,
        "special: film": 0.88,
        "clip: film": 0.35,
        "web series: season": 0.03,
        "short web series: film": 0.01,
        "short web series: season": -0.00,
        "special: special": -0.01,
        "clip: season": -0.30,
        "special series: season": -0.48,
        "film: special": -1.21,
        "special: season": -1.24,
        "web series: special": -2.00,
        "series: special": -3.00,
        "special series: film": -3.02,
        "web series: film": -4.00,
        "film: season": -4.15,
        "series: film": -6.00,
    },
    "kind-words": {"only on Trakt": -2.5, "only in the list": -0.5},
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "exact": 4.25,
        "show": 3.21,
        "season": 1.60,
        "elsewhere": -0.28,
        "against": -1.51,
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
NONE: dict[str, float] = {"TV": 4.46}
NONE_ELSE = 4.03

# The confidence of an entry that two id maps settle without a look at Trakt, if its signals say no more.
SETTLED = 0.995

# Raw confidence (log-odds) → share that was right, on entries the weights were not fitted on.
CURVES: dict[str, tuple[tuple[float, float], ...]] = {
    "dated": (
        (-7.61, 0.0039),
        (-2.07, 0.3135),
        (-0.09, 0.5191),
        (1.40, 0.8727),
        (2.51, 0.9239),
        (4.21, 0.9817),
        (6.05, 0.9930),
        (7.14, 0.9939),
        (11.57, 0.9998),
    ),
    "undated": (
        (-7.61, 0.0039),
        (-2.07, 0.3135),
        (-0.09, 0.5191),
        (1.40, 0.8727),
        (2.51, 0.9239),
        (4.21, 0.9817),
        (6.05, 0.9930),
        (7.14, 0.9939),
        (11.57, 0.9998),
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
