"""The weights that make the right answers likeliest: a conditional logit, solved with numpy and scipy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from benchmarks.samples import Example, Feature

HAND_SET = ("episode-name", "runtime", "genres")  # the data has nothing to fit these on
PRIOR_SPREAD = 2.0
OF_MAPS = ("id-maps", "other-maps")
AGAINST_ALONE = ("days-elsewhere",)
SPEAKS_FOR = ("exact", "season", "show")
"""The words of a map that never speak against a place, however seldom they were seen."""


def fit(
    prior: dict[Feature, float], sample: Sequence[Example], start: dict[Feature, float]
) -> dict[Feature, float]:
    """Weights near their priors under which the right options of the sample are likely."""
    features = sorted({feature for e in sample for row in e.rows for feature in row.features} | set(prior))
    known = np.array([prior.get(feature, 0.0) for feature in features])
    options = _Options.of(sample, {feature: index for index, feature in enumerate(features)})
    held = np.array([feature[0] in HAND_SET for feature in features])
    least = [0.0 if name in OF_MAPS and level in SPEAKS_FOR else None for name, level in features]
    most = [0.0 if name in AGAINST_ALONE else None for name, _ in features]
    begin = np.array([start.get(feature, 0.0) for feature in features])
    found = minimize(
        _loss(options, known, held),
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(least, most, strict=True)),
    )
    return dict(zip(features, map(float, found.x), strict=True))


@dataclass(frozen=True)
class _Options:
    """All rows of all examples as arrays, "none of these" among them; `begins`: where each example's rows begin."""

    features: Any
    example: Any
    begins: Any
    log_count: Any
    right: Any
    weight: Any

    @classmethod
    def of(cls, sample: Sequence[Example], index: dict[Feature, int]) -> _Options:
        row: list[int] = []
        column: list[int] = []
        example: list[int] = []
        count: list[int] = []
        right: list[float] = []
        weight: list[float] = []
        for number, one in enumerate(sample):
            for features, many, is_right in (
                *((r.features, r.count, r.right) for r in one.rows),
                ((one.none,), 1, not any(r.right for r in one.rows)),
            ):
                column += [index[feature] for feature in features]
                row += [len(example)] * len(features)
                example.append(number)
                count.append(many)
                right.append(float(is_right))
                weight.append(one.weight)
        shape = (len(example), len(index))
        begins = np.flatnonzero(np.diff(example, prepend=-1))
        matrix = csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
        return cls(matrix, np.array(example), begins, np.log(count), np.array(right), np.array(weight))


def _loss(options: _Options, prior: Any, held: Any) -> Callable[[Any], tuple[float, Any]]:
    """The unlikelihood of the right answers under given weights, with its slope."""

    def loss(weights: Any) -> tuple[float, Any]:
        scores = options.features @ weights + options.log_count
        scores -= np.maximum.reduceat(scores, options.begins)[options.example]
        parts = np.exp(scores)
        right = parts * options.right
        whole, of_right = (np.add.reduceat(values, options.begins) for values in (parts, right))
        of_right = np.maximum(of_right, 1e-300)
        off = weights - prior
        unlikely = -(options.weight[options.begins] * (np.log(of_right) - np.log(whole))).sum()
        error = options.weight * (parts / whole[options.example] - right / of_right[options.example])
        slope = options.features.T @ error + off / PRIOR_SPREAD**2
        slope[held] = 0.0
        return float(unlikely + (off * off).sum() / (2 * PRIOR_SPREAD**2)), slope

    return loss
