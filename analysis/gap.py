"""Do we do what we say: what clinicians or leaders predict, less what patients report, on the same items."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from analysis.estimate import Estimate, UnusableDataError
from analysis.games_howell import adjust_p
from analysis.histogram import Histogram

WELCH: Final = "difference of means, Welch's t interval"
BONFERRONI: Final = "difference of means, Welch's t interval, simultaneous over items (Bonferroni)"
BIAS: Final = "mean difference of pairs, Student's t interval"
LIMIT: Final = "limit of agreement, t interval (Bland & Altman 1999)"


@dataclass(frozen=True)
class Gap:
    """espoused, experienced: the two means; gap: espoused − experienced, above 0 where we promise more than we do."""

    espoused: float
    experienced: float
    gap: Estimate
    n_espoused: int
    n_experienced: int


@dataclass(frozen=True)
class ItemGap:
    """One item's gap, at the level asked for by itself, and `simultaneous` for all items together.

    p_adjusted: Benjamini and Hochberg's over the items. None where the item's ratings carry no mean or no spread.
    """

    item: str
    espoused: float | None
    experienced: float | None
    gap: Estimate | None
    simultaneous: Estimate | None
    p: float | None
    p_adjusted: float | None
    n_espoused: int
    n_experienced: int


@dataclass(frozen=True)
class Agreement:
    """Pairs of ratings of the same thing. bias: the mean difference; sd: of the differences, with n − 1.

    lower, upper: the limits of agreement, between which 95 of 100 differences lie, each with its own interval.
    """

    n: int
    bias: Estimate
    sd: float
    lower: Estimate
    upper: Estimate


@dataclass(frozen=True)
class Clustering:
    """How much less experienced ratings say than their number, because patients of the same clinician are alike.

    effect: the factor on their mean's variance, 1 or more; degrees: of freedom of its error.
    """

    effect: float
    degrees: float


@dataclass(frozen=True)
class _Difference:
    value: float
    error: float
    degrees: float

    def interval(self, n: int, level: float, share: float, method: str) -> Estimate:
        half = -float(stdtrit(self.degrees, share * (1 - level) / 2)) * self.error
        return Estimate(self.value, self.value - half, self.value + half, n, method, level)

    def p(self) -> float:
        return 2 * float(stdtr(self.degrees, -abs(self.value) / self.error))


def measure_gap(espoused: Histogram, experienced: Histogram, *, level: float = 0.95) -> Gap:
    """The gap x̄ − ȳ between espoused and experienced ratings with Welch's interval.

    x̄ − ȳ ± t·√(vx + vy), v = s²/n, with (vx + vy)²/(vx²/(nx−1) + vy²/(ny−1)) degrees of freedom: the two groups need
    neither be as large nor vary as much as one another (Welch 1947, doi:10.1093/biomet/34.1-2.28). Raises
    UnusableDataError where a side has fewer than two ratings or where neither side's ratings differ among themselves.
    """
    for name, side in (("espoused", espoused), ("experienced", experienced)):
        if side.n < 2:
            number = "Only one rating is" if side.n else "No ratings are"
            raise UnusableDataError(f"{number} {name}; a gap needs at least two on either side, so collect more.")
    found = _difference(espoused, experienced)
    if found is None:
        raise UnusableDataError(
            "Neither the espoused nor the experienced ratings differ among themselves, so the gap's uncertainty "
            "cannot be seen; collect more."
        )
    gap = found.interval(espoused.n + experienced.n, level, 1.0, WELCH)
    return Gap(_mean(espoused), _mean(experienced), gap, espoused.n, experienced.n)


def measure_item_gaps(
    items: Mapping[str, tuple[Histogram, Histogram]], *, clustering: Clustering | None = None, level: float = 0.95
) -> tuple[ItemGap, ...]:
    """Each item's gap, from its espoused and its experienced ratings, in the order given.

    `gap` is `measure_gap`'s. `simultaneous` holds all items' true gaps at once at least as often as the level says:
    Welch's interval at 1 − (1 − level)/m over the m items that have one (Bonferroni), because items answered by
    the same people go together in a way that sums of single items do not show. p is two-sided, p_adjusted `adjust_p`'s.
    `clustering` widens the experienced side: its s²/n is multiplied by the effect, with the effect's own degrees of
    freedom in Welch's sum, as for any two means with independent errors (Satterthwaite 1946, doi:10.2307/3002019).
    """
    found = {name: _difference(*sides, clustering) for name, sides in items.items()}
    tests = [each.p() if each else np.nan for each in found.values()]
    share = 1 / max(1, sum(each is not None for each in found.values()))
    rows = []
    for (name, (ours, theirs)), each, adjusted in zip(items.items(), found.values(), adjust_p(tests), strict=True):
        n = ours.n + theirs.n
        rows.append(
            ItemGap(
                name,
                _mean(ours) if ours.n else None,
                _mean(theirs) if theirs.n else None,
                each.interval(n, level, 1.0, WELCH) if each else None,
                each.interval(n, level, share, BONFERRONI) if each else None,
                each.p() if each else None,
                float(adjusted) if each else None,
                ours.n,
                theirs.n,
            )
        )
    return tuple(rows)


def measure_agreement(differences: Histogram, *, level: float = 0.95) -> Agreement:
    """Bland and Altman's limits of agreement (1986, doi:10.1016/S0140-6736(86)90837-8) from the differences of pairs.

    d̄ ± 1.96·s, d̄ ± t·s/√n, and for the limits of agreement ± t·s·√(1/n + 1.96²/(2(n − 1))) (Bland & Altman 1999,
    doi:10.1177/096228029900800204), t on n − 1 degrees of freedom. Raises UnusableDataError for fewer than two pairs
    and for differences that are all the same.
    """
    n = differences.n
    if n < 2:
        raise UnusableDataError("Limits of agreement need at least two pairs of ratings; collect more.")
    if len(differences.values) < 2:
        raise UnusableDataError(
            "All pairs differ by the same amount, so limits of agreement cannot be told; collect more."
        )
    bias = _mean(differences)
    sd = sqrt(_squares(differences) / (n - 1))
    z = float(ndtri(0.975))
    error = sd * sqrt(1 / n + z**2 / (2 * (n - 1)))
    ends = [_Difference(bias + side * z * sd, error, n - 1).interval(n, level, 1.0, LIMIT) for side in (-1, 1)]
    return Agreement(n, _Difference(bias, sd / sqrt(n), n - 1).interval(n, level, 1.0, BIAS), sd, *ends)


def _difference(x: Histogram, y: Histogram, clustering: Clustering | None = None) -> _Difference | None:
    """The difference of two means with Welch's error, the second one's widened; None where that is unknown."""
    if x.n < 2 or y.n < 2 or (len(x.values) == 1 and len(y.values) == 1):
        return None
    a, b = (_squares(each) / ((each.n - 1) * each.n) for each in (x, y))
    of_y: float = y.n - 1
    if clustering is not None:
        b, of_y = b * clustering.effect, clustering.degrees
    degrees = 1 / ((a / (a + b)) ** 2 / (x.n - 1) + (b / (a + b)) ** 2 / of_y)
    # From a value nearby, so that values far from 0 keep their digits.
    value = _mean(x, y.values[0]) - _mean(y, y.values[0])
    return _Difference(value, sqrt(a + b), degrees)


def _mean(histogram: Histogram, origin: float = 0.0) -> float:
    """The mean, as a distance from the origin."""
    if len(histogram.values) == 1:
        return float(histogram.values[0] - origin)
    return float((histogram.values - origin) @ histogram.counts) / histogram.n


def _squares(histogram: Histogram) -> float:
    """Σ (x − x̄)²; one value only has no spread, and rounding must not invent one."""
    first = float(histogram.values[0])
    away = histogram.values - first
    return float((away - _mean(histogram, first)) ** 2 @ histogram.counts) if len(away) > 1 else 0.0
