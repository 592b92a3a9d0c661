"""The mean of a score and its interval, from the score's histogram.

A score under a ceiling is skewed, so the interval is the ABC interval, which follows the skew, wherever the sample is
too small for Student's t to ignore it.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from analysis.estimate import Estimate, NotEstimable

SCALE = (0.0, 100.0)
ABC = "mean, ABC interval"
STUDENT = "mean, Student t interval"
CONSTANT = "mean of equal answers, interval from the bounded scale"


@dataclass(frozen=True)
class Moments:
    """n, the mean, and the sums of squared and cubed deviations from it."""

    n: int
    mean: float
    squares: float
    cubes: float

    @property
    def skewness(self) -> float:
        """Fisher's G1 of the sample, (cubes/n) / (squares/n)^1.5; 0 where nothing varies."""
        return 0.0 if self.squares == 0 else (self.cubes / self.n) / (self.squares / self.n) ** 1.5


def sum_moments(values: ArrayLike, counts: ArrayLike) -> Moments:
    """The moments of a histogram: `counts[i]` cases have `values[i]`. Raises ValueError for what is no histogram."""
    points, weights = np.asarray(values, dtype=np.float64), np.asarray(counts, dtype=np.int64)
    if points.shape != weights.shape or points.ndim != 1:
        raise ValueError("A histogram needs one count for each value.")
    if not np.isfinite(points).all() or (weights < 0).any():
        raise ValueError("A histogram has finite values and counts that are not negative.")
    points, weights = points[weights > 0], weights[weights > 0]
    n = int(weights.sum())
    if n == 0:
        return Moments(0, 0.0, 0.0, 0.0)
    # One value only has no spread; rounding in the mean must not invent one.
    mean = float(points[0]) if len(points) == 1 else float(points @ weights) / n
    deviations = points - mean
    return Moments(n, mean, float(deviations**2 @ weights), float(deviations**3 @ weights))


def mean_interval(
    values: ArrayLike, counts: ArrayLike, *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> Estimate | NotEstimable:
    """The mean of a histogram on a bounded scale, with its interval cut to the scale; the method is named.

    - Student's t where n > 25·G1², Cochran's rule for when skewness no longer spoils it (Cochran 1977, Sampling
      Techniques, 3rd ed., section 2.15);
    - the ABC interval otherwise, see `abc_interval`;
    - where all answers are equal, see `constant_interval`: an interval without width would be a claim without ground.
    """
    moments = sum_moments(values, counts)
    if moments.n < 2:
        return NotEstimable("no_answers" if moments.n == 0 else "one_answer")
    if moments.squares == 0:
        (low, high), method = constant_interval(moments, scale, level), CONSTANT
    elif moments.n > 25 * moments.skewness**2:
        (low, high), method = student_interval(moments, level), STUDENT
    else:
        (low, high), method = abc_interval(moments, level), ABC
    return Estimate(moments.mean, max(low, scale[0]), min(high, scale[1]), moments.n, method, level)


def student_interval(moments: Moments, level: float) -> tuple[float, float]:
    """mean ± t(n−1)·s/√n with s² = squares/(n−1)."""
    half = float(stdtrit(moments.n - 1, (1 + level) / 2)) * sqrt(moments.squares / (moments.n - 1) / moments.n)
    return moments.mean - half, moments.mean + half


def abc_interval(moments: Moments, level: float) -> tuple[float, float]:
    """The nonparametric ABC interval of a mean (DiCiccio & Efron 1992, Biometrika 79:231, doi:10.1093/biomet/79.2.231).

    With σ̂ = √squares / n and acceleration a = cubes / (6·squares^1.5), each limit at normal quantile z is
    mean + σ̂·(a + z) / (1 − a(a + z))². A mean is linear, so bias b and curvature c of the general method are zero and
    its z0 is a. Needs three power sums and no resampling.
    """
    sigma = sqrt(moments.squares) / moments.n
    acceleration = moments.cubes / (6 * moments.squares**1.5)

    def limit(z: float) -> float:
        shifted = acceleration + z
        return float(moments.mean + sigma * shifted / (1 - acceleration * shifted) ** 2)

    z = float(ndtri((1 + level) / 2))
    return limit(-z), limit(z)


def constant_interval(moments: Moments, scale: tuple[float, float], level: float) -> tuple[float, float]:
    """Limits when all n answers are c: nothing is known of the spread except that the scale is bounded.

    By Clopper & Pearson (1934, Biometrika 26:404, doi:10.1093/biomet/26.4.404) at most p = 1 − (α/2)^(1/n) of the
    group may answer otherwise; the limits put all of those at one end of the scale, then at the other:
    c − p(c − lowest) and c + p(highest − c). Wider than need be, never narrower.
    """
    others = 1 - ((1 - level) / 2) ** (1 / moments.n)
    lowest, highest = scale
    return moments.mean - others * (moments.mean - lowest), moments.mean + others * (highest - moments.mean)
