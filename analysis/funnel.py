"""Which groups stand out from the whole by more than chance? Funnel plots of shares and of means.

A group with few answers may differ a lot by chance; the funnel's limits close in as the answers grow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from analysis.binomial import binomial_quantile, probability_at_least, probability_at_most
from analysis.estimate import UnusableDataError
from analysis.games_howell import adjust_p
from analysis.histogram import Floats, GroupSums
from analysis.variance_components import OneWayModel

Overdispersion = Literal["none", "phi", "tau2"]
Flag = Literal["below_998", "below_95", "above_95", "above_998"]
Adjustment = Literal["benjamini_hochberg", "holm"]
# The probability beyond each limit: low95, high95, low998, high998.
TAILS: Final = (0.025, 0.975, 0.001, 0.999)
WINSORISED: Final = 0.1
# Above it a computer's numbers pass over whole ones.
MOST_CASES: Final = 2.0**53
# φ counts as above 1 where chance alone gives as much in fewer samples than this.
OVERDISPERSED: Final = 0.05


@dataclass(frozen=True)
class FunnelGroup:
    """A group's share with its distance from the target in standard errors and the funnel's limits at its size.

    flag: below or above the target by more than chance at 95 % or 99.8 %, None where it is not. Everything but the
    counts is None for a group without cases.
    """

    group: str
    numerator: int
    denominator: int
    value: float | None
    z: float | None
    low95: float | None
    high95: float | None
    low998: float | None
    high998: float | None
    flag: Flag | None


@dataclass(frozen=True)
class Funnel:
    """The share of all cases, how much groups differ beyond chance (φ, τ²; 1 and 0 by chance alone), and the groups."""

    target: float
    phi: float
    tau2: float
    groups: tuple[FunnelGroup, ...]


@dataclass(frozen=True)
class MeanFunnelGroup:
    """A group's mean in the funnel, as `FunnelGroup` is for a share."""

    group: str
    n: int
    value: float
    z: float
    low95: float
    high95: float
    low998: float
    high998: float
    flag: Flag | None


@dataclass(frozen=True)
class MeanFunnel:
    """A funnel of means; sigma2: the variance within groups that its limits rest on."""

    target: float
    sigma2: float
    phi: float
    tau2: float
    groups: tuple[MeanFunnelGroup, ...]


@dataclass(frozen=True)
class Outlier:
    """The two-sided p of a group against the target and p adjusted for the number of groups; None without cases."""

    group: str
    p: float | None
    p_adjusted: float | None
    side: Literal["below", "above"] | None


@dataclass(frozen=True)
class Outliers:
    """Groups beyond the limits beside how many of `tested` identical groups chance puts there at most.

    groups: side is given where p_adjusted is within the rate of false alarms that was asked for.
    """

    tested: int
    beyond95: int
    expected95: float
    beyond998: int
    expected998: float
    groups: tuple[Outlier, ...]


@dataclass(frozen=True, eq=False)
class _Counts:
    """(G,) counts of each group, and which groups have cases."""

    groups: tuple[str, ...]
    numerators: Floats
    denominators: Floats

    @property
    def compared(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return self.denominators > 0

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """Each group's name, numerator and denominator."""
        columns = (self.numerators.astype(np.int64).tolist(), self.denominators.astype(np.int64).tolist())
        return zip(self.groups, *columns, strict=True)


@dataclass(frozen=True, eq=False)
class _Comparison:
    """(I,) values of the compared groups; limits: (I, 4); lower, upper: (I,) probabilities of a value as far out."""

    target: float
    phi: float
    tau2: float
    value: Floats
    z: Floats
    limits: Floats
    lower: Floats
    upper: Floats

    def flags(self) -> list[Flag | None]:
        """Each group's flag."""
        sides: tuple[tuple[Floats, Flag, Flag], ...] = (
            (self.lower, "below_95", "below_998"),
            (self.upper, "above_95", "above_998"),
        )
        found: list[Flag | None] = [None] * len(self.value)
        for tail, wide, narrow in sides:
            for at in np.flatnonzero(tail <= TAILS[0]):
                found[at] = narrow if tail[at] <= TAILS[2] else wide
        return found


def funnel_limits(
    groups: Sequence[str],
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    overdispersion: Overdispersion = "none",
) -> Funnel:
    """A funnel of shares: target θ = Σ numerators / Σ denominators, and each group against it.

    - Limits at 95 % and 99.8 %: the binomial quantiles at θ, made continuous by interpolation as in Spiegelhalter 2005
      (Stat Med 24:1185, doi:10.1002/sim.1970, appendix A.1.1): with r the smallest count of P(X ≤ r) ≥ p the limit is
      (r − a)/n, a = (P(X ≤ r) − p)/(P(X ≤ r) − P(X ≤ r − 1)), and never under 0.
    - z = (share − θ)/s with s² = θ(1 − θ)/n; it stays this one, also where the limits are inflated.
    - φ and τ²: see `measure_overdispersion`. Where φ's test says that groups differ by more than chance, "phi" takes
      the limits θ ± z·√φ·s and "tau2" θ ± z·√(s² + τ²), cut off at 0 and 1. Else limits are the binomial ones.
    - flag: by the binomial probability of a count as far out or farther, at most 0.025 (95) or 0.001 (998) on its side;
      with inflated limits the group must be beyond those as well. The interpolated upper limit is up to one case
      lower than the count that is so rare: at 5 of 5 with θ = 0.9 it is 0.99, though chance gives that in 59 of 100.

    numerators, denominators: (G,) whole numbers; a group without cases keeps its place with None. The target is taken
    for known, as in the paper, which errs to fewer flags. Raises UnusableDataError for counts that cannot be, for fewer
    than two groups with cases, and where no case or every case counts, as no group can then differ from another.
    """
    counts = _read_counts(groups, numerators, denominators)
    compared = _compare_shares(counts, overdispersion)
    columns = (compared.value.tolist(), compared.z.tolist(), compared.limits.tolist(), compared.flags())
    known = iter(zip(*columns, strict=True))
    described = []
    for name, numerator, denominator in counts.rows():
        value, z, limits, flag = next(known) if denominator else (None, None, (None,) * 4, None)
        low95, high95, low998, high998 = limits
        described.append(FunnelGroup(name, numerator, denominator, value, z, low95, high95, low998, high998, flag))
    return Funnel(compared.target, compared.phi, compared.tau2, tuple(described))


def funnel_means(
    groups: GroupSums, *, overdispersion: Overdispersion = "none", model: OneWayModel | None = None
) -> MeanFunnel:
    """A funnel of means: limits target ± t·√(σ²/n), t of Student with N − G degrees of freedom.

    The target is the mean of all cases and σ² the variance within groups, Σ squares/(N − G). Pooled, because a group
    whose answers crowd at the ceiling shows too little of its own spread. "phi" multiplies the variance by φ and "tau2"
    adds τ² where φ's test rejects 1 (`measure_overdispersion`). With a model (`fit_one_way`) the target, σ² and τ² are
    the model's, so that the funnel agrees with shrunken means and reliability beside it, and "tau2" always adds its τ².

    Source: Spiegelhalter 2005, doi:10.1002/sim.1970, with t for the normal. Raises UnusableDataError for fewer than two
    groups, groups of one only, and where no group has any spread.
    """
    count, n = len(groups.groups), groups.n.astype(np.float64)
    if count < 2:
        raise UnusableDataError(f"A funnel compares at least two groups with values, and there are {count}.")
    if groups.n.sum() == count:
        raise UnusableDataError(
            "Every group has one value only, so that a funnel has no spread to go by; "
            "at least one group needs two values."
        )
    degrees = float(groups.n.sum() - count)
    target = float(groups.mean @ n / n.sum()) if model is None else model.grand_mean
    sigma2 = float(groups.squares.sum()) / degrees if model is None else model.sigma2
    if sigma2 <= 0:
        raise UnusableDataError("No group has two different values, so that a funnel has no spread to go by.")
    variance = sigma2 / n
    distance = groups.mean - target
    z = distance / np.sqrt(variance)
    phi, tau2, differ = measure_overdispersion(z, variance)
    if model is not None:
        tau2, differ = model.tau2, differ or overdispersion == "tau2"
    spread = np.sqrt(_inflate(variance, phi, tau2, overdispersion) if differ else variance)
    limits = target + np.outer(spread, stdtrit(degrees, np.array(TAILS)))
    lower, upper = stdtr(degrees, distance / spread), stdtr(degrees, -distance / spread)
    compared = _Comparison(target, phi, tau2, groups.mean, z, limits, lower, upper)
    columns = (groups.n, groups.mean, z, *limits.T)
    rows = zip(groups.groups, *(column.tolist() for column in columns), compared.flags(), strict=True)
    described = tuple(MeanFunnelGroup(*row) for row in rows)
    return MeanFunnel(target, sigma2, phi, tau2, described)


def flag_outliers(
    groups: Sequence[str],
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    overdispersion: Overdispersion = "none",
    adjustment: Adjustment = "benjamini_hochberg",
    rate: float = 0.05,
) -> Outliers:
    """Which groups stand out when it counts how many were looked at: of 100 identical ones 5 are beyond 95 % limits.

    p is twice the smaller probability behind the funnel's flag, at most 1. Adjusted by Benjamini & Hochberg (1995, JRSS
    B 57:289, doi:10.1111/j.2517-6161.1995.tb02031.x; for providers Jones, Ohlssen & Spiegelhalter 2008, J Clin
    Epidemiol 61:232, doi:10.1016/j.jclinepi.2007.04.017), at most `rate` of the groups named are named by chance; by
    Holm (1979, Scand J Stat 6:65), any is in at most `rate` of programs. Where all groups are identical both name any
    in at most `rate` of programs. Arguments and errors otherwise as `funnel_limits`.
    """
    counts = _read_counts(groups, numerators, denominators)
    compared = _compare_shares(counts, overdispersion)
    p = np.minimum(1, 2 * np.minimum(compared.lower, compared.upper))
    adjusted = _adjust_holm(p) if adjustment == "holm" else adjust_p(p)
    flags = compared.flags()
    rows = iter(zip(p.tolist(), adjusted.tolist(), (compared.lower < compared.upper).tolist(), strict=True))
    outliers = []
    for name, _, cases in counts.rows():
        if not cases:
            outliers.append(Outlier(name, None, None, None))
            continue
        each, each_adjusted, is_below = next(rows)
        side: Literal["below", "above"] = "below" if is_below else "above"
        outliers.append(Outlier(name, each, each_adjusted, side if each_adjusted <= rate else None))
    tested = len(flags)
    return Outliers(
        tested=tested,
        beyond95=sum(flag is not None for flag in flags),
        expected95=2 * TAILS[0] * tested,
        beyond998=sum(flag in {"below_998", "above_998"} for flag in flags),
        expected998=2 * TAILS[2] * tested,
        groups=tuple(outliers),
    )


def _adjust_holm(p: Floats) -> Floats:
    """(m,) p-values times the number of those not smaller, never falling with p."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)


def measure_overdispersion(z: Floats, variance: Floats, *, winsorised: float = WINSORISED) -> tuple[float, float, bool]:
    """φ, τ² and whether φ's test says that I groups differ by more than chance.

    z-values below their 10 % or above their 90 % quantile are drawn in to it, so that a few true outliers do not widen
    the limits that are to show them; quantiles of type 7, as R and spreadsheets have (Hyndman & Fan 1996). Then
    φ = Σz²/I, and it is above 1 by more than chance where I·φ is beyond the 95 % quantile of χ² with I − 1 degrees of
    freedom. τ² = max(0, (I·φ − (I − 1))/(Σw − Σw²/Σw)), w = 1/variance (DerSimonian & Laird 1986,
    doi:10.1016/0197-2456(86)90046-2). Source: Spiegelhalter 2005, doi:10.1002/sim.1970, section 5 and appendix A.3.

    z, variance: (I,), the variances that chance alone gives.
    """
    kept = np.clip(z, *np.quantile(z, (winsorised, 1 - winsorised)))
    total, degrees = float(kept @ kept), len(z) - 1
    # Scaled, as weights of ten million cases squared are large.
    weight = variance.min() / variance
    scale = float(weight.sum() - weight @ weight / weight.sum())
    tau2 = max(0.0, (total - degrees) * float(variance.min()) / scale)
    return total / len(z), tau2, bool(chdtrc(degrees, total) < OVERDISPERSED)


def _read_counts(groups: Sequence[str], numerators: ArrayLike, denominators: ArrayLike) -> _Counts:
    """The counts as arrays; UnusableDataError names the first group whose counts cannot be."""
    names = tuple(groups)
    above, below = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    if above.shape != (len(names),) or below.shape != (len(names),):
        raise ValueError("A funnel needs one numerator and one denominator for each group.")
    for name, numerator, denominator in zip(names, above.tolist(), below.tolist(), strict=True):
        if not (numerator.is_integer() and denominator.is_integer()):
            raise UnusableDataError(
                f"Group {name!r} has {numerator:g} of {denominator:g}; a funnel of shares needs whole numbers of cases."
            )
        if denominator > MOST_CASES:
            raise UnusableDataError(f"Group {name!r} has {denominator:.0f} cases, more than can be counted exactly.")
        if not 0 <= numerator <= denominator:
            raise UnusableDataError(
                f"Group {name!r} has {numerator:.0f} of {denominator:.0f} cases; "
                "a numerator lies between 0 and its denominator."
            )
    return _Counts(names, above, below)


def _compare_shares(counts: _Counts, overdispersion: Overdispersion) -> _Comparison:
    kept = counts.compared
    x, n = counts.numerators[kept], counts.denominators[kept]
    if len(n) < 2:
        raise UnusableDataError(f"A funnel compares at least two groups with cases, and there are {len(n)}.")
    target = float(x.sum() / n.sum())
    if x.sum() in {0, n.sum()}:
        which = "None" if x.sum() == 0 else "Every one"
        raise UnusableDataError(
            f"{which} of the {n.sum():.0f} cases counts in the numerator, so that groups cannot be told apart."
        )
    variance = target * (1 - target) / n
    value = x / n
    z = (value - target) / np.sqrt(variance)
    phi, tau2, differ = measure_overdispersion(z, variance)
    limits = _interpolate_limits(n, target)
    lower, upper = probability_at_most(x, n, target), probability_at_least(x, n, target)
    if differ and overdispersion != "none":
        spread = np.sqrt(_inflate(variance, phi, tau2, overdispersion))
        limits = np.clip(target + np.outer(spread, ndtri(np.array(TAILS))), 0, 1)
        distance = (value - target) / spread
        lower, upper = np.maximum(lower, ndtr(distance)), np.maximum(upper, ndtr(-distance))
    return _Comparison(target, phi, tau2, value, z, limits, lower, upper)


def _inflate(variance: Floats, phi: float, tau2: float, overdispersion: Overdispersion) -> Floats:
    """The variances with what groups differ beyond chance."""
    return {"none": variance, "phi": phi * variance, "tau2": variance + tau2}[overdispersion]


def _interpolate_limits(n: Floats, target: float) -> Floats:
    """(I, 4) binomial limits of groups of n cases, interpolated between counts; groups of one size share them."""
    sizes, place = np.unique(n, return_inverse=True)
    size, tails = sizes[:, None], np.array(TAILS)
    count = binomial_quantile(tails, size, target)
    reached, before = probability_at_most(count, size, target), probability_at_most(count - 1, size, target)
    limits: Floats = np.maximum((count - (reached - tails) / (reached - before)) / size, 0)
    return limits[place]
