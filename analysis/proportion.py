"""A proportion, such as a top-box share, and its Wilson interval, from counts."""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from analysis.estimate import Estimate, NotEstimable

WILSON = "proportion, Wilson interval"
Floats = NDArray[np.float64]


def wilson_interval(successes: int, n: int, *, level: float = 0.95) -> Estimate | NotEstimable:
    """The share successes/n with its score interval (Wilson 1927, JASA 22:209, doi:10.1080/01621459.1927.10502953).

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), without continuity correction. It is the numbers of
    scipy's `binomtest(…).proportion_ci("wilson")`, which computes a p-value beside it and takes a hundred times longer.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"There cannot be {successes} successes in {n} cases.")
    if n == 0:
        return NotEstimable("no_answers")
    share = successes / n
    low, high = wilson_limits(share, n, level)
    # At the ends a limit is the share itself, but for rounding.
    return Estimate(share, 0.0 if successes == 0 else low, 1.0 if successes == n else high, n, WILSON, level)


def wilson_intervals(successes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> list[Estimate | NotEstimable]:
    """`wilson_interval` of G groups at once: successes, n (G,)."""
    good, cases = np.asarray(successes, np.int64), np.asarray(n, np.int64)
    if ((good < 0) | (good > cases)).any():
        raise ValueError("There cannot be more successes than cases, nor fewer than none.")
    whole = np.maximum(cases, 1).astype(np.float64)
    share = good / whole
    low, high = wilson_limits(share, whole, level)
    limits = share, np.where(good == 0, 0.0, low), np.where(good == cases, 1.0, high)
    rows = zip(*(each.tolist() for each in limits), cases.tolist(), strict=True)
    return [
        Estimate(value, lowest, highest, count, WILSON, level) if count else NotEstimable("no_answers")
        for value, lowest, highest, count in rows
    ]


@overload
def wilson_limits(share: float, n: float, level: float) -> tuple[float, float]: ...
@overload
def wilson_limits(share: Floats, n: Floats, level: float) -> tuple[Floats, Floats]: ...
def wilson_limits(share: Any, n: Any, level: float) -> tuple[Any, Any]:
    """Wilson's limits of a share of n cases, which need not be whole, or of many; see `wilson_interval`."""
    z = float(ndtri((1 + level) / 2))
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return center - half, center + half
