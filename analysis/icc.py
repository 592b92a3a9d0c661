"""The intraclass correlation: which share of the differences between single answers lies between groups."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, fdtri

from analysis.estimate import Estimate
from analysis.histogram import GroupSums
from analysis.variance_components import OneWayLikelihood, bound_residual, fit_one_way, one_way_likelihood, solve

EXACT = "ICC(1) by REML, Wald's exact F interval"
PROFILE = "ICC(1) by REML, restricted likelihood interval"
CONSTANT_GROUPS = "ICC(1) of constant groups, interval from the groups' range"


@dataclass(frozen=True)
class Icc:
    """ICC(1) with the model behind it.

    n: cases; mean: μ̂ by generalised least squares; variance_between: τ²; variance_within: σ²; n_for_070, n_for_080:
    the cases a group's mean needs for a reliability of 0.70 and 0.80, not rounded, None where τ² is 0.
    """

    n: int
    groups: int
    mean: float
    variance_between: float
    variance_within: float
    icc1: Estimate
    n_for_070: float | None
    n_for_080: float | None
    method: str


def measure_icc(groups: GroupSums, *, level: float = 0.95) -> Icc:
    """ICC(1) = τ²/(τ²+σ²) of the one-way random-effects model by REML.

    Source: Shrout & Fleiss 1979, Psychol Bull 86:420, doi:10.1037/0033-2909.86.2.420, their ICC(1,1). For
    the interval see `icc_interval`. Raises UnusableDataError for fewer than two groups, for groups of one only, and for
    values that are all the same.
    """
    model = fit_one_way(groups)
    low, high, method = icc_interval(groups, level=level)
    return Icc(
        n=model.n,
        groups=model.groups,
        mean=model.grand_mean,
        variance_between=model.tau2,
        variance_within=model.sigma2,
        icc1=Estimate(model.icc1, low, high, model.n, method, level),
        n_for_070=model.cases_for(0.70),
        n_for_080=model.cases_for(0.80),
        method="REML",
    )


def icc_interval(groups: GroupSums, *, level: float = 0.95) -> tuple[float, float, str]:
    """The limits of ICC(1), and the method's name.

    - Wald's interval (1940, Ann Math Stat 11:96), exact under normality for any sizes: the ratios r = τ²/σ² at which
      F(r) = (Q(r)/(G−1)) / (within/(n−G)) is the upper and lower quantile of F(G−1, n−G), as ICC = r/(1+r). With equal
      sizes it is the classical F interval, cut at 0.
    - Where it does not hold the REML estimate, which is another statistic if sizes differ, and for the upper limit at
      τ² = 0, where Wald's may have no width, the limit of the restricted likelihood instead (the wider one at τ² = 0):
      where the criterion is χ²(1)'s quantile above its least.
    - Where every group is constant, from 1 down to the ICC with the largest σ² such data allow (`bound_residual`).
    """
    likelihood = one_way_likelihood(groups)
    if likelihood.within == 0:
        tau2 = float(np.var(likelihood.mean, ddof=1))
        return tau2 / (tau2 + bound_residual(groups, level)), 1.0, CONSTANT_GROUPS
    best = likelihood.best_ratio()
    low, high = (_wald_limit(likelihood, quantile) for quantile in ((1 + level) / 2, (1 - level) / 2))
    method = EXACT
    if low > best:
        low, method = _likelihood_limit(likelihood, best, level, upper=False), PROFILE
    if high < best or best == 0:
        likely = _likelihood_limit(likelihood, best, level, upper=True)
        high, method = (likely, PROFILE) if likely > high else (high, method)
    return low / (1 + low), high / (1 + high), method


def _wald_limit(likelihood: OneWayLikelihood, quantile: float) -> float:
    count = len(likelihood.mean)
    degrees = likelihood.n - count
    target = float(fdtri(count - 1, degrees, quantile)) * (count - 1) * likelihood.within / degrees
    if float(likelihood.between(0.0)) <= target:
        return 0.0
    # Q(r) is below Σ(mean − plain mean)²/r, for no weight is above 1/r.
    bound = float(((likelihood.mean - likelihood.mean.mean()) ** 2).sum()) / target
    return solve(lambda ratio: float(likelihood.between(ratio)) - target, 0.0, 1.01 * bound)


def _likelihood_limit(likelihood: OneWayLikelihood, best: float, level: float, *, upper: bool) -> float:
    least = float(likelihood.criterion(best)) + float(chdtri(1, 1 - level))

    def excess(ratio: float) -> float:
        return float(likelihood.criterion(ratio)) - least

    if not upper:
        return 0.0 if excess(0.0) <= 0 else solve(excess, 0.0, best)
    far = float(likelihood.ratios()[-1])
    while excess(far) < 0:
        far *= 10
    return solve(excess, best, far)
