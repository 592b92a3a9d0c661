"""Differences of means for all pairs of groups at once, each with the two groups' own variances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.histogram import Floats, GroupSums
from analysis.studentized_range import studentized_range_quantile, studentized_range_tail


@dataclass(frozen=True, eq=False)
class PairDifferences:
    """P pairs: each field (P,), nan where the two groups' cases show no spread."""

    difference: Floats
    low: Floats
    high: Floats
    p: Floats


def compare_pairs(
    sums: GroupSums, first: NDArray[np.intp], second: NDArray[np.intp], *, level: float = 0.95
) -> PairDifferences:
    """Games and Howell's intervals and p for the pairs of groups first[i], second[i] (1976, J Educ Stat 1:113,
    doi:10.3102/10769986001002113), simultaneous over all k(k − 1)/2 pairs of the k groups.

    With vᵢ = sᵢ²/nᵢ: p = P(Q > |x̄a − x̄b|/√((va + vb)/2)) for the studentized range Q of k means on Welch's degrees of
    freedom (va + vb)²/(va²/(na−1) + vb²/(nb−1)); limits x̄a − x̄b ± q·√((va + vb)/2). A group without spread counts
    with v = 0 beside one that has some. Groups with one case have no v: their pairs get the difference only.
    """
    n = sums.n.astype(np.float64)
    # From a mean nearby, so that values far from 0 keep their digits.
    mean = sums.mean - sums.mean[0]
    variance = sums.squares / (np.maximum(n - 1, 1) * n)
    difference = mean[first] - mean[second]
    both = variance[first] + variance[second]
    known = (n[first] > 1) & (n[second] > 1) & (both > 0)
    low, high, p = (np.full(len(first), np.nan) for _ in range(3))
    if not known.any():
        return PairDifferences(difference, low, high, p)
    a, b, total = first[known], second[known], both[known]
    # Shares, because squares of tiny variances would underflow.
    freedom = 1 / ((variance[a] / total) ** 2 / (n[a] - 1) + (variance[b] / total) ** 2 / (n[b] - 1))
    error = np.sqrt(total / 2)
    reach = studentized_range_quantile(level, len(n), freedom) * error
    low[known], high[known] = difference[known] - reach, difference[known] + reach
    p[known] = studentized_range_tail(np.abs(difference[known]) / error, len(n), freedom)
    return PairDifferences(difference, low, high, p)


def adjust_p(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's adjusted p (1995, doi:10.1111/j.2517-6161.1995.tb02031.x); nan is no test and stays.

    Among m tests the i-th smallest becomes the least of m·p/j over its rank j = i and all after it, at most 1: to call
    all with an adjusted p below 5 % different expects at most 5 % false calls among those.
    """
    values = np.asarray(p, np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(-values[known], kind="stable")]
    count = len(order)
    raised = values[order] * count / np.arange(count, 0, -1)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised), 1.0) if count else raised
    return adjusted
