"""How many answers are needed: for a mean or share known to so much, for a reliable mean, for a difference to be seen.

Answers of patients of the same clinician are alike, so n of them say as much as n / (1 + (m − 1)·ICC) independent ones,
m from each clinician (Kish 1965, Survey Sampling). That factor is the design effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, sqrt

from scipy.special import ncfdtr, ndtri, stdtrit

from analysis.estimate import UnusableDataError

# Beyond this many answers a plan is a mistake in the input.
_MOST = 10**12


@dataclass(frozen=True)
class Plan:
    """A sample size.

    n: answers per group, the least whole number that is enough; formula: what it was computed by; clusters: how many
    clusters, such as clinicians, that makes in each group, None where a group is one cluster.
    """

    n: int
    formula: str
    design_effect: float
    clusters: int | None


def plan_half_width(icc: float, sd: float, half_width: float, cluster_size: float = 1, level: float = 0.95) -> Plan:
    """The answers that make a mean's interval no wider than mean ± half_width.

    The least n with t·sd·√(D/n) ≤ half_width, D = 1 + (m − 1)·icc the design effect, t Student's on n/m − 1 degrees of
    freedom, for n/m clusters of m answers: the t interval of the clusters' means. sd is that of single answers over all
    clusters. With clusters of one it is the textbook sample size with t instead of z. At least two clusters.
    Raises UnusableDataError for numbers that make no plan.
    """
    effect = _design_effect(icc, cluster_size)
    _require_positive("standard deviation", sd)
    _require_positive("half-width", half_width)
    _require_share("level", level)

    def enough(n: int) -> bool:
        t = -float(stdtrit(n / cluster_size - 1, (1 - level) / 2))
        return t * sd * sqrt(effect / n) <= half_width

    n = _least(enough, ceil(2 * cluster_size))
    formula = (
        f"n ≥ (t·sd/h)²·D with h = {half_width:g}, sd = {sd:g}, design effect D = 1 + ({cluster_size:g} − 1)·{icc:g} = "
        f"{effect:g}, t = Student's {100 * level:g} % on n/{cluster_size:g} − 1 degrees of freedom"
    )
    return Plan(n, formula, effect, ceil(n / cluster_size))


def plan_reliability(icc: float, reliability: float) -> Plan:
    """The answers that a group's mean needs for a reliability R: n = R/(1 − R)·(1 − icc)/icc, rounded up.

    Spearman's and Brown's formula (1910, British Journal of Psychology 3:271 and 3:296) with the reliability of one
    answer, the ICC. Raises UnusableDataError for an ICC of 0, where no number of answers makes groups differ reliably.
    """
    _design_effect(icc, 1)
    _require_share("reliability", reliability)
    if icc == 0:
        raise UnusableDataError(
            "With an ICC of 0 groups do not differ, and no number of answers makes a mean reliable."
        )
    exact = reliability / (1 - reliability) * (1 - icc) / icc
    formula = f"n = R/(1 − R)·(1 − ICC)/ICC = {exact:.4g} with R = {reliability:g}, ICC = {icc:g} (Spearman–Brown)"
    # Rounding must not ask for one more where the formula gives a whole number.
    n = max(1, ceil(exact * (1 - 1e-12)))
    return Plan(n, formula, 1.0, None)


def plan_difference(
    icc: float, sd: float, difference: float, power: float = 0.8, cluster_size: float = 1, alpha: float = 0.05
) -> Plan:
    """The answers in each of two groups that let a true difference of their means be found with the given power.

    The least n at which the two-sided t test of the clusters' means, n/m clusters of m in each group, has the power:
    P(|T| > t) for the noncentral T with δ = |difference|/(sd·√(2·D/n)) on 2·(n/m − 1) degrees of freedom (Cohen 1988,
    Statistical Power Analysis; Donner & Klar 2000, Cluster Randomization Trials). With clusters of one it is R's
    `power.t.test(strict = TRUE)`. Raises UnusableDataError for numbers that make no plan.
    """
    effect = _design_effect(icc, cluster_size)
    _require_positive("standard deviation", sd)
    _require_positive("difference", abs(difference))
    _require_share("power", power)
    _require_share("alpha", alpha)
    if power <= alpha:
        raise UnusableDataError("The power must be above alpha, which any number of answers reaches by chance alone.")

    def enough(n: int) -> bool:
        degrees = 2 * (n / cluster_size - 1)
        shift = abs(difference) / (sd * sqrt(2 * effect / n))
        # T² is F with 1 and as many degrees of freedom; far beyond t the power is 1 to the last digit.
        t = -float(stdtrit(degrees, alpha / 2))
        return shift > 1000 * (t + 1) or 1 - float(ncfdtr(1, degrees, shift**2, t**2)) >= power

    n = _least(enough, ceil(2 * cluster_size))
    formula = (
        f"least n with power ≥ {power:g} of the two-sided t test at {alpha:g} for a difference of {difference:g}, "
        f"sd = {sd:g}, design effect D = 1 + ({cluster_size:g} − 1)·{icc:g} = {effect:g}, "
        f"2·(n/{cluster_size:g} − 1) degrees of freedom"
    )
    return Plan(n, formula, effect, ceil(n / cluster_size))


def plan_share(icc: float, share: float, half_width: float, cluster_size: float = 1, level: float = 0.95) -> Plan:
    """The answers that make Wilson's interval of a share, such as top-box, no wider than 2·half_width.

    The least n with z·√(p(1−p)/n* + z²/4n*²)/(1 + z²/n*) ≤ half_width, n* = n/D the effective number of answers and p
    the share expected; 0.5 is the careful guess. Raises UnusableDataError for numbers that make no plan.
    """
    effect = _design_effect(icc, cluster_size)
    _require_share("level", level)
    _require_share("half-width", half_width)
    if not 0 <= share <= 1:
        raise UnusableDataError("The share expected must lie between 0 and 1.")
    z = float(ndtri((1 + level) / 2))

    def enough(n: int) -> bool:
        cases = n / effect
        return z * sqrt(share * (1 - share) / cases + (z / cases) ** 2 / 4) / (1 + z * z / cases) <= half_width

    n = _least(enough, 1)
    formula = (
        f"least n whose Wilson interval at a share of {share:g} is ± {half_width:g} or less at {100 * level:g} %, "
        f"with n/D answers, D = 1 + ({cluster_size:g} − 1)·{icc:g} = {effect:g}"
    )
    return Plan(n, formula, effect, ceil(n / cluster_size))


def _least(enough: Callable[[int], bool], fewest: int) -> int:
    """The least number from `fewest` on that is enough, by doubling and halving; more is taken to stay enough."""
    high = fewest
    while not enough(high):
        high *= 2
        if high > _MOST:
            raise UnusableDataError(f"More than {_MOST:.0e} answers would be needed; ask for less.")
    low = max(fewest, high // 2 + 1) if high > fewest else fewest
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _design_effect(icc: float, cluster_size: float) -> float:
    if not 0 <= icc <= 1:
        raise UnusableDataError("The ICC must lie between 0 and 1.")
    if not 1 <= cluster_size < inf:
        raise UnusableDataError("The cluster size must be 1 or more.")
    return 1 + (cluster_size - 1) * icc


def _require_positive(name: str, value: float) -> None:
    if not 0 < value < inf:
        raise UnusableDataError(f"The {name} must be a number above 0.")


def _require_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise UnusableDataError(f"The {name} must lie between 0 and 1, neither of them included.")
