"""The mean and the share of a group whose answers come in clusters: patients of the same clinician are alike.

The sandwich variance lets every cluster be as alike as it is. Under 40 clusters it is too small and its distribution
wider than the count of clusters says; CR2 with Satterthwaite's degrees of freedom mends both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from analysis.estimate import Estimate, NotEstimable
from analysis.histogram import Histogram, merge_histograms
from analysis.mean import SCALE, mean_interval
from analysis.proportion import wilson_interval, wilson_limits

CR1: Final = "mean, cluster-robust t interval (CR1)"
CR2: Final = "mean, cluster-robust t interval (CR2, Satterthwaite)"
CLUSTERED_WILSON: Final = "proportion, Wilson interval with the effective number of cases"
FEWEST_FOR_CR1: Final = 40


@dataclass(frozen=True)
class ClusterRobust:
    """The cluster-robust standard error of a mean, with the degrees of freedom of its t; method: CR1 or CR2."""

    standard_error: float
    degrees: float
    method: str

    def half_width(self, level: float) -> float:
        """Half the t interval's width."""
        return float(stdtrit(self.degrees, (1 + level) / 2)) * self.standard_error


@dataclass(frozen=True)
class ClusteredMean:
    """A mean over clusters. design_effect: the robust variance over s²/n, None for one cluster or equal answers."""

    score: Estimate | NotEstimable
    clusters: int
    design_effect: float | None


def robust_error(n: ArrayLike, excess: ArrayLike) -> ClusterRobust:
    """The cluster-robust standard error of a mean over G ≥ 2 clusters.

    n: (G,) cases of each, all above 0; excess: (G,) Σ (x − x̄) of each. With N = Σ n and h = n/N:

    - CR2 under 40 clusters: V = Σ excess²/(1 − h) / N². Bell & McCaffrey's adjustment (2002, Survey Methodology 28:169)
      of a cluster's residuals by (I − 11ᵀ/N)^−½ has this closed form, for the working model of independent cases; the
      degrees of freedom are Satterthwaite's under that model, 1 / (Σ h² + (Σ h²/(1 − h))² − Σ h⁴/(1 − h)²), as in
      Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004. With equal sizes they are G − 1.
    - CR1 from 40 on: V = G/(G − 1) · Σ excess² / N² (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13), G − 1 degrees.
    """
    cases, deviation = np.asarray(n, np.float64), np.asarray(excess, np.float64)
    total, count = float(cases.sum()), len(cases)
    if count >= FEWEST_FOR_CR1:
        variance = count / (count - 1) * float(deviation @ deviation) / total**2
        return ClusterRobust(sqrt(variance), count - 1, CR1)
    share = cases / total
    # 1 − h from the other clusters' cases, for a cluster that holds nearly all of them.
    rest = (total - cases) / total
    variance = float((deviation**2 / rest).sum()) / total**2
    ratio = share**2 / rest
    degrees = 1 / float((share**2).sum() + ratio.sum() ** 2 - (ratio**2).sum())
    return ClusterRobust(sqrt(variance), degrees, CR2)


def measure_clustered_mean(
    clusters: Sequence[Histogram], *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> ClusteredMean:
    """The mean over all clusters' scores, its interval (see `clustered_mean_interval`) and its design effect."""
    sums = [float(each.counts @ each.values) for each in clusters]
    return mean_over_clusters(merge_histograms(clusters), [each.n for each in clusters], sums, scale=scale, level=level)


def mean_over_clusters(
    whole: Histogram, n: ArrayLike, sums: ArrayLike, *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> ClusteredMean:
    """The same from the scores of all and each cluster's number of cases and sum of scores: n, sums (G,)."""
    cases, totals = np.asarray(n, np.int64), np.asarray(sums, np.float64)
    cases, totals = cases[cases > 0], totals[cases > 0]
    simple = mean_interval(whole.values, whole.counts, scale=scale, level=level)
    if isinstance(simple, NotEstimable) or len(cases) < 2:
        return ClusteredMean(simple, len(cases), None)
    robust = robust_error(cases, totals - cases * simple.value)
    spread = float(whole.counts @ (whole.values - simple.value) ** 2)
    effect = robust.standard_error**2 * whole.n * (whole.n - 1) / spread if len(whole.values) > 1 else None
    return ClusteredMean(_widen(simple, robust, scale), len(cases), effect)


def widen_for_clusters(
    simple: Estimate, n: ArrayLike, sums: ArrayLike, *, scale: tuple[float, float] = SCALE
) -> Estimate:
    """A mean with `mean_interval`'s limits, widened to `clustered_mean_interval`'s; n, sums: (G,), n above 0."""
    cases = np.asarray(n, np.int64)
    if len(cases) < 2:
        return simple
    return _widen(simple, robust_error(cases, np.asarray(sums, np.float64) - cases * simple.value), scale)


def _widen(simple: Estimate, robust: ClusterRobust, scale: tuple[float, float]) -> Estimate:
    half = robust.half_width(simple.level)
    low, high = max(simple.value - half, scale[0]), min(simple.value + half, scale[1])
    if low >= simple.low and high <= simple.high:
        return simple
    return replace(simple, low=min(low, simple.low), high=max(high, simple.high), method=robust.method)


def clustered_mean_interval(
    clusters: Sequence[Histogram], *, scale: tuple[float, float] = SCALE, level: float = 0.95
) -> Estimate | NotEstimable:
    """The mean over all clusters' scores, with an interval that allows for the clusters; cut to the scale.

    The interval is Student's t with `robust_error`. It is never taken narrower than `mean_interval`'s, which is also
    what one cluster alone gets: clusters that are less alike than chance are an accident of few clusters.
    """
    return measure_clustered_mean(clusters, scale=scale, level=level).score


def clustered_proportion_interval(
    successes: ArrayLike, n: ArrayLike, *, level: float = 0.95
) -> Estimate | NotEstimable:
    """The share Σ successes / Σ n over clusters, such as a unit's top-box; its interval allows for the clusters.

    successes, n: (G,) counts of each cluster. Wilson's interval with the effective number of cases
    n* = n / max(1, design effect) · (z/t)², t with `robust_error`'s degrees of freedom: Korn & Graubard's idea (1998,
    Survey Methodology 24:193) with Wilson's limits in place of Clopper and Pearson's, as among the intervals that
    Franco et al. (2019, J Surv Stat Methodol 7:334) compare. Where no or every case is a success the design effect
    cannot be seen and 1 is taken. One cluster alone gets Wilson's interval. Raises ValueError for impossible counts.
    """
    good, cases = np.asarray(successes, np.int64), np.asarray(n, np.int64)
    if good.shape != cases.shape or good.ndim != 1 or (good < 0).any() or (good > cases).any():
        raise ValueError("Each cluster needs its number of successes and its number of cases, which is not smaller.")
    good, cases = good[cases > 0], cases[cases > 0]
    total = int(cases.sum())
    if total == 0:
        return NotEstimable("no_answers")
    if len(cases) < 2:
        return wilson_interval(int(good.sum()), total, level=level)
    share = int(good.sum()) / total
    robust = robust_error(cases, good - cases * share)
    effect = robust.standard_error**2 * (total - 1) / (share * (1 - share)) if 0 < share < 1 else 1.0
    ratio = float(ndtri((1 + level) / 2) / stdtrit(robust.degrees, (1 + level) / 2))
    low, high = wilson_limits(share, total / max(1.0, effect) * ratio**2, level)
    low, high = 0.0 if share == 0 else low, 1.0 if share == 1 else high
    return Estimate(share, low, high, total, CLUSTERED_WILSON, level)
