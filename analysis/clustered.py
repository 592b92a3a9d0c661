"""The mean of a group whose answers come in clusters: patients of the same clinician are alike."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.estimate import Estimate, NotEstimable
from analysis.mean import SCALE, mean_interval

CLUSTERED = "mean, cluster-robust t interval (CR1)"

Histogram = tuple[NDArray[np.float64], NDArray[np.int64]]


def clustered_mean_interval(
    clusters: Sequence[Histogram], *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> Estimate | NotEstimable:
    """The mean over all clusters' scores, with an interval that allows for the clusters; cut to the scale.

    `clusters` are the histograms (values, counts) of the G clusters. The variance is the sandwich estimator of Liang &
    Zeger (1986, Biometrika 73:13, doi:10.1093/biomet/73.1.13) with the factor G/(G−1),
    V = G/(G−1) · Σ_g (Σ_{i in g} (x_i − x̄))² / n², and the interval takes Student's t with G−1 degrees of freedom.
    It is never taken narrower than `mean_interval`'s, which is also what one cluster alone gets.
    """
    filled = [(values, counts) for values, counts in clusters if counts.sum()]
    values = np.concatenate([each for each, _ in filled]) if filled else np.array([])
    counts = np.concatenate([each for _, each in filled]) if filled else np.array([], dtype=np.int64)
    simple = mean_interval(values, counts, scale=scale, level=level)
    groups = len(filled)
    if isinstance(simple, NotEstimable) or groups < 2:
        return simple
    excess = np.array([each_counts @ (each_values - simple.value) for each_values, each_counts in filled])
    variance = groups / (groups - 1) * float(excess @ excess) / simple.n**2
    half = float(stdtrit(groups - 1, (1 + level) / 2)) * sqrt(variance)
    low, high = max(simple.value - half, scale[0]), min(simple.value + half, scale[1])
    if low >= simple.low and high <= simple.high:
        return simple
    return Estimate(simple.value, min(low, simple.low), max(high, simple.high), simple.n, CLUSTERED, level)
