"""How differently two groups of people answer who are spread unevenly over units: the gap within units."""

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from analysis.estimate import Estimate

WITHIN: Final = "difference within units, Welch's variances"


def measure_stratified_gap(
    n: ArrayLike, mean: ArrayLike, squares: ArrayLike, *, level: float = 0.95
) -> tuple[Estimate, float] | None:
    """The difference of two groups' means within U units, and its two-sided p.

    n, mean, squares: (U, 2) cases of the first and the second group in each unit, their means, and sums of squared
    deviations from them. With w = nx·ny/(nx + ny) the difference is Σ w·(x̄ − ȳ)/Σ w, the coefficient of least squares
    with a term for each unit, so that a group is not blamed for the unit it is mostly in. Its variance is
    Σ w²·(sx²/nx + sy²/ny)/(Σ w)², each group with its own spread; degrees of freedom are Satterthwaite's (1946,
    doi:10.2307/3002019). With one unit this is Welch's interval (1947, doi:10.1093/biomet/34.1-2.28). Units where a
    group has fewer than two cases are left out; None where none is left or nobody's answers vary.
    """
    cases, means, spread = (np.asarray(each, np.float64).reshape(-1, 2) for each in (n, mean, squares))
    kept = (cases > 1).all(axis=1)
    cases, means, spread = cases[kept], means[kept], spread[kept]
    if not len(cases):
        return None
    weight = cases.prod(axis=1) / cases.sum(axis=1)
    weight = weight / weight.sum()
    parts = weight[:, None] ** 2 * spread / ((cases - 1) * cases)
    variance = float(parts.sum())
    if variance <= 0:
        return None
    value = float(weight @ (means[:, 0] - means[:, 1]))
    degrees = variance**2 / float((parts**2 / (cases - 1)).sum())
    half = float(stdtrit(degrees, (1 + level) / 2)) * sqrt(variance)
    p = float(2 * stdtr(degrees, -abs(value) / sqrt(variance)))
    return Estimate(value, value - half, value + half, int(cases.sum()), WITHIN, level), p
