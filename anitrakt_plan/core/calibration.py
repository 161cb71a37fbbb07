"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 4.0,
        "same but for season words": 3.0,
        "begins with it": 1.0,
        "close": 2.0,
        "similar": 0.0,
        "weak": -2.0,
        "another title": -4.0,
        "later: same": 1.0,
        "later: same but for season words": 3.0,
        "later: begins with it": 2.0,
        "later: close": 2.0,
        "later: similar": 0.0,
        "later: weak": -1.0,
        "later: another title": -3.0,
    },
    "season-words": {
        "in its name": 2.0,
        "against": -4.0,
        "film unsaid": -1.0,
        "special": -0.5,
        "special, but a season named": -2.0,
        "first, as none is named": 1.5,
        "later, but none named": -0.5,
        "agrees": 3.0,
        "agrees but for the part": -1.0,
        "agrees by cours": 1.5,
        "may agree by cours": 0.5,
        "part as a season": 1.0,
        "final": 1.0,
    },
    "year": {"same": 1.5, "next": 0.0, "off": -2.0, "far": -4.0},
    "episodes": {
        "film": 0.5,
        "film of several": -3.0,
        "differs": -3.0,
        "fits a season": 2.0,
        "part of a season": -0.5,
        "fits seasons": 1.0,
        "over a border": -1.0,
        "specials": -1.0,
        "with specials": -1.0,
        "unknown, part": -2.0,
    },
    "air-dates": {
        "years apart": -5.0,
        "months apart": -3.0,
        "begin and end": 4.0,
        "begin": 3.0,
        "weeks apart": 0.0,
        "weeks apart, not end": -2.0,
        "begin, not end": 0.5,
        "weeks apart, end fits": 1.5,
    },
    "kind": {
        "series: season": 1.0,
        "series: special": -3.0,
        "series: film": -6.0,
        "film: film": 2.0,
        "film: season": -4.0,
        "film: special": -1.0,
        "web series: season": 1.0,
        "web series: film": -4.0,
        "web series: special": -2.0,
        "special series: film": -4.0,
    },
    "episode-name": {"same": 3.0},
    "id-maps": {"exact": 5.0, "season": 4.0, "show": 3.0, "elsewhere": -1.0, "against": -3.0},
    "mal-link": {"agrees": 4.0, "against": -4.0},
    "order": {"follows": 1.5, "in order": 0.5, "out of order": -3.0, "taken": -6.0},
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 5.0}
NONE_ELSE = 5.0

# Raw confidence (log-odds) → share that was right, on entries the weights were not fitted on.
CURVE: tuple[tuple[float, float], ...] = ((-4.0, 0.02), (0.0, 0.5), (4.6, 0.99), (7.0, 0.998))


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


def calibrated(share: float) -> float:
    """The confidence, 0-1, that means what it says: of entries at 0.90, 90 in 100 are right."""
    odds = log(max(share, 1e-9) / max(1.0 - share, 1e-9))
    points = [point for point, _ in CURVE]
    index = bisect_right(points, odds)
    if index == 0:
        return CURVE[0][1] * exp(odds - CURVE[0][0])
    if index == len(CURVE):
        return CURVE[-1][1]
    (left, low), (right, high) = CURVE[index - 1], CURVE[index]
    return low + (high - low) * (odds - left) / (right - left)
