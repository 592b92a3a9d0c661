"""The mean of a score on a bounded scale and its interval, from the score's histogram.

Scores pile up under a ceiling. Student's t and the bootstrap's closed forms take the spread of a small sample there at
its word and are too narrow, most of all when all answers but one are perfect. So the interval sets one further,
fictive answer beside the real ones, spread evenly over the scale: see `mean_limits`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from analysis.estimate import Estimate, NotEstimable

SCALE = (0.0, 100.0)
BETA = "mean, Beta interval with one answer spread over the scale"


@dataclass(frozen=True)
class Moments:
    """n, the mean, and the sum of squared deviations from it."""

    n: int
    mean: float
    squares: float


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
        return Moments(0, 0.0, 0.0)
    # One value only has no spread; rounding in the mean must not invent one.
    mean = float(points[0]) if len(points) == 1 else float(points @ weights) / n
    return Moments(n, mean, float((points - mean) ** 2 @ weights))


def mean_interval(
    values: ArrayLike, counts: ArrayLike, *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> Estimate | NotEstimable:
    """The mean of a histogram on a bounded scale with the interval of `mean_limits`; one answer alone gets none.

    Raises ValueError where an answer lies outside the scale.
    """
    moments = sum_moments(values, counts)
    if moments.n < 2:
        return NotEstimable("no_answers" if moments.n == 0 else "one_answer")
    _require_scale(np.asarray(values, np.float64)[np.asarray(counts) > 0], scale)
    low, high = mean_limits(moments.n, moments.mean, moments.squares, scale=scale, level=level)
    return Estimate(moments.mean, float(low), float(high), moments.n, BETA, level)


def mean_intervals(
    values: ArrayLike, counts: ArrayLike, *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> list[Estimate | NotEstimable]:
    """`mean_interval` of G histograms over the same values at once: values (V,), counts (G, V)."""
    points, weights = np.asarray(values, np.float64), np.asarray(counts, np.int64)
    n = weights.sum(axis=1)
    means = weights @ points / np.maximum(n, 1)
    single = np.count_nonzero(weights, axis=1) == 1
    means[single] = points[weights[single].argmax(axis=1)]
    squares = (weights * (points - means[:, None]) ** 2).sum(axis=1)
    low, high = mean_limits(n, means, squares, scale=scale, level=level)
    return [
        Estimate(mean, lowest, highest, cases, BETA, level)
        if cases > 1
        else NotEstimable("no_answers" if cases == 0 else "one_answer")
        for mean, lowest, highest, cases in zip(means.tolist(), low.tolist(), high.tolist(), n.tolist(), strict=True)
    ]


def mean_limits(
    n: ArrayLike, mean: ArrayLike, squares: ArrayLike, *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits of the means of any number of groups, from their sizes, means and sums of squared deviations (n − 1)·s².

    To the n answers of a group one is added that is spread evenly over the scale from a to b, so with mean
    c = (a + b)/2 and variance (b − a)²/12. The n + 1 together have the mean m = (n·x̄ + c)/(n + 1) and the sum of
    squares S = squares + n/(n + 1)·(x̄ − c)² + (b − a)²/12; the variance of their mean is taken as V = S/(n + 1)².
    The limits are quantiles of the Beta distribution on the scale that has mean m and variance V, so they never leave
    the scale and lean away from the end that the answers crowd at. They always hold x̄ itself.

    This is the posterior of a mean under a Dirichlet process whose prior weighs as much as one answer (Ferguson 1973,
    Annals of Statistics 1:209, doi:10.1214/aos/1176342360), with its variance S/((n + 1)(n + 2)) rounded up, and
    with a Beta distribution in place of the exact one. On top-box data it comes close to Jeffreys' interval, by way of
    the added answer to Agresti & Coull (1998, American Statistician 52:119, doi:10.1080/00031305.1998.10480550); as n
    grows it becomes mean ± z·s/√n. Its coverage is measured in analysis/calibration.py.
    """
    cases = np.asarray(n, np.float64)
    _require_scale(np.asarray(mean, np.float64), scale)
    lowest, width = scale[0], scale[1] - scale[0]
    # Shares of the scale: 0 at its lower end, 1 at its upper one.
    share = np.clip((np.asarray(mean, np.float64) - lowest) / width, 0.0, 1.0)
    center = (cases * share + 0.5) / (cases + 1)
    spread = np.asarray(squares, np.float64) / width**2 + cases / (cases + 1) * (share - 0.5) ** 2 + 1 / 12
    # Never below n: on a scale from 0 to 1 a variance is at most m(1 − m) (Bhatia & Davis 2000, American Mathematical
    # Monthly 107:353).
    weight = np.maximum(center * (1 - center) / (spread / (cases + 1) ** 2) - 1, cases)
    below = (1 - level) / 2
    low, high = (betaincinv(center * weight, (1 - center) * weight, tail) for tail in (below, 1 - below))
    return lowest + width * np.minimum(low, share), lowest + width * np.maximum(high, share)


def _require_scale(values: NDArray[np.float64], scale: tuple[float, float]) -> None:
    """Rounding may carry a score a hair over the end of its scale; anything more means another scale."""
    slack = 1e-9 * (scale[1] - scale[0])
    if (values < scale[0] - slack).any() or (values > scale[1] + slack).any():
        raise ValueError(f"A score lies outside its scale from {scale[0]:g} to {scale[1]:g}.")
