"""What to work on: how well each item does, against how closely it goes with the others.

A map, never a rank: an item is called above or below the other items only where the intervals carry it.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.estimate import Estimate, UnusableDataError
from analysis.group import PROVISIONAL_BELOW
from analysis.histogram import Floats, Histogram, ItemSums
from analysis.mean import BETA, mean_limits
from analysis.reliability import answer_range, item_covariances, item_rest_correlations, share_at

Side = Literal["above", "below"]
Quadrant = Literal["concentrate", "keep_up", "low_priority", "maintain"]

FISHER: Final = "item-rest correlation, Fisher z interval widened for kurtosis"
PAIRED: Final = "difference from the mean of all items, paired t interval, all items at once"
DELTA: Final = "difference from the mean importance, delta-method interval, all items at once"
FEWEST_CASES: Final = 4
FEWEST_ITEMS: Final = 3
# With fewer, one of many items stands out by chance too often (docs/methods.md).
CASES_PER_ITEM: Final = 10
# A standard error this small, of numbers of the order of 1 and above, is rounding.
NO_ERROR: Final = 1e-7
# Items that repeat one another: artanh has no value at 1.
HIGHEST_R: Final = 1 - 1e-9
# The quadrants of Martilla & James 1977 by the sides of performance and importance.
QUADRANTS: Final[dict[tuple[Side | None, Side | None], Quadrant]] = {
    ("below", "above"): "concentrate",
    ("above", "above"): "keep_up",
    ("below", "below"): "low_priority",
    ("above", "below"): "maintain",
}


@dataclass(frozen=True)
class ItemDriver:
    """One item's place on the map.

    ceiling: share of its answers at the best value. performance: mean, 0 to 100. importance: correlation with the sum
    of the other items. importance_adjusted: that correlation were the item not cut into levels and piled up at the
    ceiling. The differences are from the mean of all items. A side is None where it is not clear, and so is the
    quadrant. importance and what follows from it is None for an item that everybody answered alike.
    """

    item: str
    ceiling: float
    performance: Estimate
    performance_difference: Estimate | None
    performance_side: Side | None
    importance: Estimate | None
    importance_adjusted: float | None
    importance_difference: Estimate | None
    importance_side: Side | None
    quadrant: Quadrant | None


@dataclass(frozen=True)
class KeyDrivers:
    """The items in the order they were given; n complete cases, k items.

    performance, importance: the means over items, that of importance on Fisher's z scale; there the map is divided.
    kurtosis: κ, the excess of the variance of correlations over that of normal answers.
    """

    n: int
    k: int
    performance: float
    importance: float | None
    kurtosis: float
    items: tuple[ItemDriver, ...]


@dataclass(frozen=True)
class _Differences:
    """How far each of k items is from their mean, (k,), with joint limits; nan where it cannot be told."""

    value: Floats
    low: Floats
    high: Floats

    def side(self, at: int) -> Side | None:
        """The side of 0 on which the whole interval lies."""
        return "above" if self.low[at] > 0 else "below" if self.high[at] < 0 else None


def find_key_drivers(items: ItemSums, *, scale: tuple[float, float] | None = None, level: float = 0.95) -> KeyDrivers:
    """Importance-performance analysis (Martilla & James 1977, doi:10.1177/002224297704100112) with intervals.

    - performance: an item's mean as percent of the scale with the limits of `analysis.mean.mean_limits`; its difference
      from the mean of all items is paired.
    - importance: the item-rest correlation r with limits tanh(artanh r ± z·√((1 + κ)/(n − 3))). κ is a third of the
      items' mean excess kurtosis, not below 0: answers piled up under a ceiling let correlations vary 1 + κ times as
      much as normal ones (Browne 1984, doi:10.1111/j.2044-8317.1984.tb00789.x; answers taken as elliptical).
    - importance_adjusted: r/a, where a = Σ φ(τ)·Δx/s is the highest correlation that an item with such answers can have
      with a normal rest: the polyserial correlation in closed form (Olsson, Drasgow & Dorans 1982,
      doi:10.1007/BF02294164), cut at 1.
    - differences from the mean importance: see `_importance_differences`.

    The differences' limits hold for all k items at once (Bonferroni). A side is given from 30 complete cases on where
    they exclude 0; that of importance only from 10 cases per item on, and where the limits of the adjusted difference
    exclude 0 too, on the same side, as otherwise the ceiling alone can bring it about.

    scale: the scale's lowest and highest value; otherwise those that anybody answered. Raises UnusableDataError with
    fewer than three items or four complete cases, for answers outside the scale, and where all answers are alike.
    """
    lowest, highest = _require_usable(items, scale)
    n, percents = items.n, 100 / (highest - lowest)
    covariances = item_covariances(items)
    kappa = _kurtosis([each for each, own in zip(items.answers, np.diag(covariances), strict=True) if own > 0])
    correlations = item_rest_correlations(covariances)
    highest_r = np.array([_highest_correlation(answers) for answers in items.answers])
    means = percents * (items.means() - lowest)
    ahead = _performance_differences(n, means, percents**2 * covariances, level)
    raw = _importance_differences(n, covariances, correlations, kappa, level)
    adjusted = _importance_differences(n, covariances, correlations, kappa, level, weights=1 / highest_r)
    performances = _performances(n, means, percents**2 * np.diag(covariances), level)
    importances = _importances(n, correlations, kappa, level)
    joint = _joint_level(level, len(means))
    enough = n >= max(PROVISIONAL_BELOW, CASES_PER_ITEM * len(means))
    drivers = []
    for at, name in enumerate(items.items):
        performance_side = ahead.side(at) if n >= PROVISIONAL_BELOW else None
        agreed = enough and raw.side(at) == adjusted.side(at)
        importance_side = raw.side(at) if agreed else None
        drivers.append(
            ItemDriver(
                item=name,
                ceiling=share_at(items.answers[at], highest),
                performance=performances[at],
                performance_difference=_estimate(ahead, at, n, PAIRED, joint),
                performance_side=performance_side,
                importance=importances[at],
                importance_adjusted=_adjust(correlations[at], highest_r[at]),
                importance_difference=_estimate(raw, at, n, DELTA, joint),
                importance_side=importance_side,
                quadrant=QUADRANTS.get((performance_side, importance_side)),
            )
        )
    return KeyDrivers(n, len(means), float(means.mean()), _mean_importance(correlations), kappa, tuple(drivers))


def _require_usable(items: ItemSums, scale: tuple[float, float] | None) -> tuple[float, float]:
    k = len(items.items)
    if k < FEWEST_ITEMS:
        raise UnusableDataError(f"Key drivers need at least {FEWEST_ITEMS} items to tell apart; {k} given.")
    if items.n < FEWEST_CASES:
        raise UnusableDataError(
            f"Key drivers need at least {FEWEST_CASES} cases with every item answered; {items.n} of {items.rows} are."
        )
    found = answer_range(items.answers)
    lowest, highest = scale or found
    if found[0] < lowest or found[1] > highest:
        raise UnusableDataError(
            f"An answer lies outside the scale from {lowest:g} to {highest:g}; give the scale's ends."
        )
    if not highest > lowest or not item_covariances(items).any():
        raise UnusableDataError("Every item has the same answer in all complete cases; nothing tells the items apart.")
    return lowest, highest


def _joint_level(level: float, k: int) -> float:
    """The level of each of k intervals that hold together at `level` (Bonferroni)."""
    return 1 - (1 - level) / k


def _performances(n: int, means: Floats, variances: Floats, level: float) -> list[Estimate]:
    low, high = mean_limits(n, means, (n - 1) * variances, level=level)
    limits = zip(means.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Estimate(mean, least, most, n, BETA, level) for mean, least, most in limits]


def _performance_differences(n: int, means: Floats, covariances: Floats, level: float) -> _Differences:
    """Each item's mean less the mean of all k, with variance wᵀSw/n for w = (1 for the item) − 1/k."""
    k = len(means)
    contrasts = np.eye(k) - 1 / k
    variances = np.einsum("ia,ab,ib->i", contrasts, covariances, contrasts) / n
    return _limits(means - means.mean(), variances, n - 1, _joint_level(level, k))


def _importances(n: int, correlations: Floats, kappa: float, level: float) -> list[Estimate | None]:
    # A correlation of 1 has no artanh; this near to it the limits are 1 to twelve digits.
    z = np.arctanh(np.clip(correlations, -1 + 1e-15, 1 - 1e-15))
    half = float(ndtri((1 + level) / 2)) * np.sqrt((1 + kappa) / (n - 3))
    low, high = np.minimum(np.tanh(z - half), correlations), np.maximum(np.tanh(z + half), correlations)
    limits = zip(correlations.tolist(), low.tolist(), high.tolist(), strict=True)
    return [None if np.isnan(r) else Estimate(r, least, most, n, FISHER, level) for r, least, most in limits]


def _mean_importance(correlations: Floats) -> float | None:
    known = correlations[~np.isnan(correlations)]
    below = known[np.abs(known) < HIGHEST_R]
    # The mean that differences are taken from, unless all items repeat one another.
    mean = np.tanh(np.arctanh(below).mean()) if len(below) else known.mean() if len(known) else np.nan
    return None if np.isnan(mean) else float(mean)


def _importance_differences(
    n: int, covariances: Floats, correlations: Floats, kappa: float, level: float, *, weights: Floats | None = None
) -> _Differences:
    """Each item's importance less the mean of them all, with limits by the delta method.

    Without weights the mean, the error and the limits are taken of artanh r, whose error hardly depends on r, and
    turned back: tanh(mean + limits) − tanh(mean). On the scale of r itself a correlation that is high by chance would
    have a small error by chance too. With weights the differences are those of weight·r, which may pass 1.

    A function g of the covariances S with the symmetric gradient G has in large normal samples the variance
    2·tr(GSGS)/(n − 1), and 1 + κ times that in elliptical ones if the items' units do not matter to it, as here. The
    gradient of a correlation of aᵀx and bᵀx with variances α and β is (abᵀ + baᵀ)/(2√(αβ)) − r·(aaᵀ/(2α) + bbᵀ/(2β)).
    """
    k = len(covariances)
    known = np.flatnonzero(np.abs(correlations) < HIGHEST_R)
    value, low, high = (np.full(k, np.nan) for _ in range(3))
    if len(known) > 1:
        r = correlations[known]
        slopes = 1 / (1 - r**2) if weights is None else weights[known]
        scores = np.arctanh(r) if weights is None else weights[known] * r
        gradients = slopes[:, None, None] * _gradients(covariances, correlations)[known]
        products = (gradients - gradients.mean(0)) @ covariances
        variances = 2 * (1 + kappa) * np.einsum("iab,iba->i", products, products) / (n - 1)
        mean = scores.mean()
        found = _limits(scores - mean, variances, n - 3, _joint_level(level, k))
        if weights is None:
            found = _Differences(
                *(np.tanh(mean + each) - np.tanh(mean) for each in (found.value, found.low, found.high))
            )
        value[known], low[known], high[known] = found.value, found.low, found.high
    return _Differences(value, low, high)


def _gradients(covariances: Floats, correlations: Floats) -> Floats:
    """(k, k, k) gradient of each item-rest correlation in the covariances; nan where there is none."""
    own = np.eye(len(covariances))
    rest = 1 - own
    scale = [np.einsum("ia,ab,ib->i", each, covariances, each) for each in (own, rest)]
    own_variance, rest_variance = (np.where(np.isnan(correlations), np.nan, each) for each in scale)
    crossed = np.einsum("ia,ib->iab", own, rest) / (2 * np.sqrt(own_variance * rest_variance))[:, None, None]
    squared = np.einsum("i,ia,ib->iab", correlations / (2 * own_variance), own, own)
    squared += np.einsum("i,ia,ib->iab", correlations / (2 * rest_variance), rest, rest)
    gradients: Floats = crossed + crossed.transpose(0, 2, 1) - squared
    return gradients


def _limits(value: Floats, variances: Floats, degrees: int, level: float) -> _Differences:
    """t limits; none where nothing varies, since a few answers that agree do not make a difference certain."""
    error = np.sqrt(np.maximum(variances, 0))
    half = np.where(error > NO_ERROR, float(stdtrit(degrees, (1 + level) / 2)) * error, np.nan)
    return _Differences(value, value - half, value + half)


def _estimate(differences: _Differences, at: int, n: int, method: str, level: float) -> Estimate | None:
    value, low, high = (float(each[at]) for each in (differences.value, differences.low, differences.high))
    return None if np.isnan(low) else Estimate(value, low, high, n, method, level)


def _kurtosis(answers: list[Histogram]) -> float:
    """κ: a third of the mean excess kurtosis m₄/m₂² − 3 of items whose answers vary; not below 0."""
    excess = []
    for each in answers:
        deviation = each.values - each.values @ each.counts / each.n
        second, fourth = (deviation**power @ each.counts / each.n for power in (2, 4))
        excess.append(fourth / second**2 - 3)
    return max(0.0, float(np.mean(excess)) / 3)


def _highest_correlation(answers: Histogram) -> float:
    """a = Σ φ(τ)·Δx/s over the thresholds τ of a normal variable cut into these answers; nan where they are equal."""
    if len(answers.values) < 2:
        return np.nan
    thresholds = ndtri(np.cumsum(answers.counts)[:-1] / answers.n)
    deviation = answers.values - answers.values @ answers.counts / answers.n
    density = np.exp(-(thresholds**2) / 2) / np.sqrt(2 * np.pi)
    return float(density @ np.diff(answers.values) / np.sqrt(deviation**2 @ answers.counts / answers.n))


def _adjust(correlation: float, highest: float) -> float | None:
    return None if np.isnan(correlation) else float(np.clip(correlation / highest, -1, 1))
