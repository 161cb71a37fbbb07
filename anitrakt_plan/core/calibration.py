"""The fitted numbers: a weight for each level of each signal, and the curve from raw to honest confidence."""

from __future__ import annotations

from math import exp, log

# Log-odds. Written by `benchmarks/fit.py`, which says how; a level that is missing here weighs nothing.
WEIGHTS: dict[str, dict[str, float]] = {
    "title": {
        "same": 6.00,
        "later: same but for season words": 5.59,
        "later: same": 4.62,
        "later: close": 4.44,
        "later: begins with it": 1.57,
        "close": 1.54,
        "same but for season words": 1.31,
        "later: similar": 0.47,
        "similar": -0.81,
        "later: weak": -1.22,
        "begins with it": -1.54,
        "later: another title": -2.40,
        "other language": -3.38,
        "weak": -3.39,
        "another title": -6.29,
    },
    "season-words": {
        "agrees": 2.53,
        "first, as none is named": 2.11,
        "nothing said": 1.03,
        "final": 1.02,
        "film unsaid": 0.71,
        "later, but none named": 0.35,
        "may agree by cours": 0.26,
        "against a number": 0.13,
        "part as a season": -0.75,
        "special": -0.84,
        "agrees by cours": -1.07,
        "agrees but for the part": -1.09,
        "seasons not read": -1.68,
        "in its name": -1.72,
        "against": -1.83,
        "special, but a season named": -2.04,
    },
    "year": {
        "same": 2.44,
        "unknown": 0.47,
        "next": -2.13,
        "off": -2.66,
        "far": -3.96,
    },
    "episodes": {
        "fits a season": 3.55,
        "fits seasons": 2.34,
        "film": 2.15,
        "airing": -0.00,
        "film, count unknown": -0.01,
        "specials": -0.07,
        "unknown, whole": -0.18,
        "film of several": -0.62,
        "with specials": -0.70,
        "part of a season": -0.73,
        "seasons not read": -1.87,
        "unknown, part": -2.00,
        "over a border": -2.00,
        "differs": -8.66,
    },
    "air-dates": {
        "weeks apart, end fits": 3.23,
        "begin": 3.20,
        "begin and end": 3.17,
        "begin, not end": 0.83,
        "unknown": 0.30,
        "weeks apart, not end": -0.06,
        "years apart": -2.92,
        "weeks apart": -3.41,
        "months apart": -6.26,
    },
    "kind": {
        "film: film": 3.59,
        "series: season": 1.49,
        "special series: special": 1.21,
        "special: film": 1.11,
        "clip: film": 0.31,
        "web series: season": 0.23,
        "short web series: film": 0.05,
        "short web series: special": -0.00,
        "short web series: season": -0.00,
        "special: special": -0.01,
        "clip: season": -0.51,
        "special series: season": -0.92,
        "film: special": -1.26,
        "special series: film": -2.00,
        "web series: special": -2.00,
        "special: season": -2.38,
        "series: special": -3.00,
        "web series: film": -4.00,
        "film: season": -4.58,
        "series: film": -6.00,
    },
    "kind-words": {
        "only in the list": -1.03,
        "only on Trakt": -2.74,
    },
    "episode-name": {
        "same": 3.00,
    },
    "id-maps": {
        "exact": 3.92,
        "show": 3.35,
        "season": 1.35,
        "elsewhere": -0.21,
        "against": -1.05,
    },
    "mal-link": {
        "agrees": 4.00,
        "against": -4.00,
    },
    "order": {
        "in order": 2.11,
        "follows": 0.93,
        "out of order": -3.00,
        "taken": -6.07,
    },
}

# What "none of these" weighs, by the entry's kind: some works are not on Trakt at all.
NONE: dict[str, float] = {"TV": 4.51}
NONE_ELSE = 4.45

# No entry is surer than this: the truth itself is not.
CERTAIN = 0.9995

# The confidence of an entry that two id maps settle without a look at Trakt, if its signals say no more.
SETTLED = 0.995

# Log-odds of belief → log-odds of being right, as (slope, shift): with air dates to compare, and without.
CURVES: dict[str, tuple[float, float]] = {
    "dated": (0.9, 0.6),
    "undated": (0.9, 0.4),
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
    slope, shift = CURVES["dated" if dated else "undated"]
    odds = log(max(share, 1e-9) / max(1.0 - share, 1e-9))
    return min(1 / (1 + exp(-(slope * odds + shift))), CERTAIN)
