"""How much groups differ and how much cases within them: restricted maximum likelihood (REML) from group sums.

All likelihoods are profiled: with the ratio r = τ²/σ² given, the mean and σ² have closed forms, so that only the ratio
is left to find. Sums are taken from a value amid the data, so that values far from 0 keep their digits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from analysis.estimate import UnusableDataError
from analysis.histogram import Counts, Floats, GroupSums


@dataclass(frozen=True)
class OneWayModel:
    """y = μ + u_group + e with variances τ² (tau2) between groups and σ² (sigma2) within.

    n: cases; groups: their number; grand_mean: μ̂ by generalised least squares; standard_error: of μ̂, given τ² and σ².
    """

    n: int
    groups: int
    grand_mean: float
    standard_error: float
    tau2: float
    sigma2: float

    @property
    def icc1(self) -> float:
        """The share of a single case's variance that lies between groups, τ²/(τ²+σ²)."""
        return self.tau2 / (self.tau2 + self.sigma2)

    def reliability(self, n: Counts) -> Floats:
        """Of the mean of n cases: τ²/(τ²+σ²/n) (Adams 2009, RAND TR-653)."""
        return np.asarray(self.tau2 * n / (self.tau2 * n + self.sigma2))

    def cases_for(self, reliability: float) -> float | None:
        """The cases a group needs for this reliability, R/(1−R)·σ²/τ², not rounded; None where no number is enough."""
        return reliability / (1 - reliability) * self.sigma2 / self.tau2 if self.tau2 > 0 else None


@dataclass(frozen=True, eq=False)
class OneWayLikelihood:
    """The restricted likelihood of a one-way model, as a function of the ratio r = τ²/σ².

    size: (G,) cases, or the precision of each mean in units of 1/σ²; mean: (G,) means, minus `origin`;
    within: squares about them; n: cases. With w = size/(1 + size·r) each mean's weight is w/σ².
    """

    size: Floats
    mean: Floats
    within: float
    n: int
    origin: float = 0.0

    def center(self, ratio: Floats | float) -> Floats:
        """The mean μ̂ − origin at each ratio."""
        weight = self._weight(ratio)
        return np.asarray((weight * self.mean).sum(-1) / weight.sum(-1))

    def between(self, ratio: Floats | float) -> Floats:
        """Q(r) = Σ w·(mean − μ̂)², which falls in r; Q(r)/σ² is χ² with G−1 degrees of freedom at the true ratio."""
        return np.asarray((self._weight(ratio) * (self.mean - self.center(ratio)[..., None]) ** 2).sum(-1))

    def variance(self, ratio: Floats | float) -> Floats:
        """σ̂² = (within + Q(r))/(n − 1)."""
        return (self.within + self.between(ratio)) / (self.n - 1)

    def criterion(self, ratio: Floats | float) -> Floats:
        """−2 log restricted likelihood, but for a constant: (n−1)·log σ̂² + Σ log(1 + size·r) + log Σ w."""
        spread = np.log1p(self.size * np.asarray(ratio)[..., None]).sum(-1)
        return np.asarray((self.n - 1) * np.log(self.variance(ratio)) + spread + np.log(self._weight(ratio).sum(-1)))

    def slope(self, ratio: Floats | float) -> Floats:
        """The criterion's derivative: Σ w − Σ w²/Σ w − Σ w²·(mean − μ̂)²/σ̂²."""
        weight = self._weight(ratio)
        squares = weight**2 * (self.mean - self.center(ratio)[..., None]) ** 2
        total = weight.sum(-1)
        return np.asarray(total - (weight**2).sum(-1) / total - squares.sum(-1) / self.variance(ratio))

    def ratios(self) -> Floats:
        """A grid, even in log r, from where no group is told apart from another to beyond the optimum."""
        lowest = 1e-6 / self.size.max()
        distance = float(((self.mean - self.mean.mean()) ** 2).sum())
        highest = 10 / self.size.min() + 10 * (self.n - 1) / (len(self.mean) - 1) * distance / self.within
        return np.geomspace(lowest, highest, 2 + int(8 * np.log10(highest / lowest)))

    def best_ratio(self) -> float:
        """The ratio of the highest likelihood: every turn of the slope on the grid is refined, and 0 is weighed too."""
        grid = np.concatenate([[0.0], self.ratios()])
        slope = self.slope(grid)
        turns = np.flatnonzero((slope[:-1] < 0) & (slope[1:] >= 0))
        found = [0.0, *(solve(lambda ratio: float(self.slope(ratio)), grid[at], grid[at + 1]) for at in turns)]
        return found[int(np.argmin(self.criterion(np.array(found))))]

    def _weight(self, ratio: Floats | float) -> Floats:
        return np.asarray(self.size / (1 + self.size * np.asarray(ratio)[..., None]))


def solve(function: Callable[[float], float], low: float, high: float) -> float:
    """The root between low and high, to the last digits."""
    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-14, maxiter=500))


def one_way_likelihood(groups: GroupSums) -> OneWayLikelihood:
    """The restricted likelihood of the groups' one-way model.

    Raises UnusableDataError for fewer than two groups, for groups of one only, and for values that are all the same.
    """
    n = int(groups.n.sum())
    if len(groups.groups) < 2:
        raise UnusableDataError(
            f"Variance between groups needs at least two groups with values, and there are {len(groups.groups)}."
        )
    if n == len(groups.groups):
        raise UnusableDataError(
            "Every group has one value only, so that variance within groups cannot be estimated; "
            "at least one group needs two values."
        )
    origin = float(np.median(groups.mean))
    likelihood = OneWayLikelihood(
        groups.n.astype(np.float64), groups.mean - origin, float(groups.squares.sum()), n, origin
    )
    # Means of equal values may differ in their last digit, which must not pass for a difference.
    if np.ptp(groups.mean) <= 8 * np.finfo(np.float64).eps * np.abs(groups.mean).max():
        if likelihood.within == 0:
            raise UnusableDataError("All values are the same, so that there is no variance to divide between groups.")
        return OneWayLikelihood(likelihood.size, np.zeros(len(groups.mean)), likelihood.within, n, origin)
    return likelihood


def bound_residual(groups: GroupSums, level: float) -> float:
    """The largest σ² that fits groups without any spread: the sample does not show σ², but its size bounds it.

    By Clopper & Pearson (1934, Biometrika 26:404, doi:10.1093/biomet/26.4.404) at most p = 1 − (α/2)^(1/m) of pairs
    within a group differ if none of m = Σ ⌊n/2⌋ disjoint pairs did. Half the squared difference of a pair estimates σ²,
    and the range of the groups stands for the largest difference: p·range²/2. Wider than need be, never without width.
    """
    others = 1 - ((1 - level) / 2) ** (1 / int((groups.n // 2).sum()))
    return float(others * np.ptp(groups.mean) ** 2 / 2)


def fit_one_way(groups: GroupSums) -> OneWayModel:
    """The one-way random-effects model by REML, exactly: the slope's root in the ratio τ²/σ², or τ² = 0.

    With every group constant σ² is 0, τ² the variance of the groups' means and μ̂ their plain mean, the likelihood's
    limit. Source: Patterson & Thompson 1971, Biometrika 58:545, doi:10.1093/biomet/58.3.545; the profiled form as in
    Bates et al. 2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01. Raises UnusableDataError as `one_way_likelihood`.
    """
    likelihood = one_way_likelihood(groups)
    count = len(groups.groups)
    if likelihood.within == 0:
        tau2 = float(np.var(likelihood.mean, ddof=1))
        mean = likelihood.origin + float(likelihood.mean.mean())
        return OneWayModel(likelihood.n, count, mean, float(np.sqrt(tau2 / count)), tau2, 0.0)
    ratio = likelihood.best_ratio()
    sigma2 = float(likelihood.variance(ratio))
    precision = float((likelihood.size / (1 + likelihood.size * ratio)).sum()) / sigma2
    mean = likelihood.origin + float(likelihood.center(ratio))
    return OneWayModel(likelihood.n, count, mean, precision**-0.5, ratio * sigma2, sigma2)
