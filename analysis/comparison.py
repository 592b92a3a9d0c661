"""Do groups differ, which ones, and by how much: Welch's test, Kruskal and Wallis's, Games and Howell's pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtrit

from analysis.cliffs_delta import CliffsDelta, delta_limits, measure_dominance
from analysis.estimate import Estimate, UnusableDataError
from analysis.games_howell import adjust_p, compare_pairs
from analysis.histogram import Floats, GroupSums, Histogram, sum_groups
from analysis.label_order import sort_labels
from analysis.mean import mean_limits
from analysis.proportion import wilson_interval


@dataclass(frozen=True)
class Welch:
    """Welch's analysis of variance: F with its two degrees of freedom."""

    statistic: float
    df1: float
    df2: float
    p: float


@dataclass(frozen=True)
class Kruskal:
    """Kruskal and Wallis's rank test: H corrected for ties, χ² with df."""

    statistic: float
    df: int
    p: float


@dataclass(frozen=True)
class ComparedGroup:
    """One group. sd with n − 1; low, high: limits of its mean; None where the group's cases do not show a spread.

    top_box: the share of values at or above the top-box threshold, None when none is set.
    """

    group: str
    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    top_box: Estimate | None


@dataclass(frozen=True)
class ComparedPair:
    """Two groups, a before b. difference: mean(a) − mean(b), low, high and p simultaneous over all pairs.

    p_adjusted: Benjamini and Hochberg's, over the pairs with a p. None where the pair's cases show no spread, which
    leaves `cliffs_delta` as it is: it needs the order of the cases only.
    """

    a: str
    b: str
    difference: float
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    cliffs_delta: CliffsDelta


@dataclass(frozen=True)
class Comparison:
    """The groups compared; a test that the data cannot carry is None."""

    welch: Welch | None
    kruskal: Kruskal | None
    groups: tuple[ComparedGroup, ...]
    pairs: tuple[ComparedPair, ...]


def compare_groups(
    groups: Mapping[str, Histogram],
    *,
    top_box: float | None = None,
    scale: tuple[float, float] | None = None,
    level: float = 0.95,
) -> Comparison:
    """Compare the means and the distributions of groups, all together and by pairs; groups without cases are left out.

    - `welch`: see `welch_test`; `kruskal`: see `kruskal_test`.
    - `groups`: in the order of `sort_labels`. The mean's limits are Student's t, mean ± t·s/√n, for values without
      known bounds (`scale` None; none where all are equal), and `mean_limits`' Beta interval for values on a bounded
      scale. Top-box is the share of values equal to or above `top_box`, with Wilson's interval.
    - `pairs`: Games and Howell's intervals and p (see `compare_pairs`), p_adjusted by `adjust_p`, and Cliff's delta
      (see `delta_limits`), above 0 when a tends to be larger. A group of one case gives its pairs the
      difference and the delta without limits.

    Raises UnusableDataError for fewer than two groups, and where all values are the same.
    """
    named = {name: groups[name] for name in sort_labels(list(groups)) if groups[name].n}
    if len(named) < 2:
        raise UnusableDataError(
            f"A comparison needs at least two groups with values, and there {'is one' if named else 'is none'}; "
            "choose another grouping column or add data."
        )
    histograms = list(named.values())
    if len(np.unique(np.concatenate([each.values for each in histograms]))) < 2:
        raise UnusableDataError("All values are the same, so there is no difference to test; choose another column.")
    sums = sum_groups(named)
    return Comparison(
        welch_test(sums),
        kruskal_test(histograms),
        _describe_groups(sums, histograms, top_box, scale, level),
        _describe_pairs(sums, histograms, level),
    )


def welch_test(sums: GroupSums) -> Welch | None:
    """Welch's test that k means are equal where variances may differ (1951, doi:10.1093/biomet/38.3-4.330).

    With w = n/s², W = Σw and m = Σwx̄/W: F = [Σ w(x̄ − m)²/(k−1)] / [1 + 2(k−2)/(k²−1)·A], A = Σ (1 − w/W)²/(n−1), on
    k − 1 and (k² − 1)/(3A) degrees of freedom. None where a group has one case or no spread: its weight is unknown.
    """
    if (sums.n < 2).any() or (sums.squares <= 0).any():
        return None
    k, n = len(sums.n), sums.n.astype(np.float64)
    weight = n * (n - 1) / sums.squares
    share = weight / weight.sum()
    # From a mean nearby, so that values far from 0 keep their digits.
    mean = sums.mean - sums.mean[0]
    between = float(weight @ (mean - share @ mean) ** 2) / (k - 1)
    imbalance = float(((1 - share) ** 2 / (n - 1)).sum())
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * imbalance)
    df2 = (k**2 - 1) / (3 * imbalance)
    return Welch(statistic, float(k - 1), df2, float(fdtrc(k - 1, df2, statistic)))


def kruskal_test(histograms: Sequence[Histogram]) -> Kruskal | None:
    """Kruskal and Wallis's test that k groups have one distribution (1952, doi:10.1080/01621459.1952.10483441).

    H = (N − 1)·Σ n(r̄ − r̄..)² / ΣΣ (r − r̄..)² with midranks r: this form corrects for ties by itself. p from χ² on
    k − 1 degrees of freedom. None where all values are the same.
    """
    values, place = np.unique(np.concatenate([each.values for each in histograms]), return_inverse=True)
    if len(values) < 2:
        return None
    counts = np.concatenate([each.counts for each in histograms]).astype(np.float64)
    group = np.repeat(np.arange(len(histograms)), [len(each.values) for each in histograms])
    total = np.bincount(place, counts)
    # Midranks from their own mean (N + 1)/2.
    rank = np.cumsum(total) - total / 2 - total.sum() / 2
    n = np.bincount(group, counts)
    mean_rank = np.bincount(group, counts * rank[place]) / n
    statistic = float((total.sum() - 1) * (n @ mean_rank**2) / (total @ rank**2))
    return Kruskal(statistic, len(n) - 1, float(chdtrc(len(n) - 1, statistic)))


def _describe_groups(
    sums: GroupSums,
    histograms: Sequence[Histogram],
    top_box: float | None,
    scale: tuple[float, float] | None,
    level: float,
) -> tuple[ComparedGroup, ...]:
    spread = np.sqrt(sums.squares / np.maximum(sums.n - 1, 1))
    if scale is None:
        half = -stdtrit(np.maximum(sums.n - 1, 1), (1 - level) / 2) * spread / np.sqrt(sums.n)
        low, high, known = sums.mean - half, sums.mean + half, (sums.n > 1) & (spread > 0)
    else:
        low, high = mean_limits(sums.n, sums.mean, sums.squares, scale=scale, level=level)
        known = sums.n > 1
    return tuple(
        ComparedGroup(
            name,
            int(sums.n[i]),
            float(sums.mean[i]),
            float(spread[i]) if sums.n[i] > 1 else None,
            float(low[i]) if known[i] else None,
            float(high[i]) if known[i] else None,
            None if top_box is None else _measure_top_box(histograms[i], top_box, level),
        )
        for i, name in enumerate(sums.groups)
    )


def _measure_top_box(histogram: Histogram, threshold: float, level: float) -> Estimate | None:
    share = wilson_interval(int(histogram.counts[histogram.values >= threshold].sum()), histogram.n, level=level)
    return share if isinstance(share, Estimate) else None


def _describe_pairs(sums: GroupSums, histograms: Sequence[Histogram], level: float) -> tuple[ComparedPair, ...]:
    dominance = measure_dominance(histograms)
    first, second = np.triu_indices(len(histograms), 1)
    delta = dominance.delta[first, second]
    delta_low, delta_high = (limits[first, second] for limits in delta_limits(dominance, level=level))
    found = compare_pairs(sums, first, second, level=level)
    columns = (found.difference.tolist(), *(_as_known(each) for each in (found.low, found.high, found.p)))
    rows = zip(first.tolist(), second.tolist(), *columns, _as_known(adjust_p(found.p)), strict=True)
    deltas = map(CliffsDelta, delta.tolist(), _as_known(delta_low), _as_known(delta_high))
    return tuple(
        ComparedPair(sums.groups[a], sums.groups[b], difference, low, high, p, p_adjusted, cliffs_delta)
        for (a, b, difference, low, high, p, p_adjusted), cliffs_delta in zip(rows, deltas, strict=True)
    )


def _as_known(column: Floats) -> list[float | None]:
    """The numbers of a column; what is nan in it is not known."""
    return [None if isnan(value) else value for value in column.tolist()]
