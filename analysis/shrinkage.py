"""A fair estimate of each group's mean (empirical Bayes): pulled to the grand mean as far as chance may have moved it.

The interval is wider than one that takes the fitted τ² for the truth: it averages over what τ² may be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.histogram import Floats, GroupSums
from analysis.variance_components import OneWayLikelihood, bound_residual, fit_one_way, one_way_likelihood

# From here on the likelihood is zero for every purpose: e^−16 of its peak.
NEGLIGIBLE = 16.0
FEWEST_FOR_FLAT = 4


@dataclass(frozen=True)
class ShrunkGroup:
    """A group: its cases and plain mean; the BLUP of its true mean with limits; the reliability of its plain mean; the
    probability that its true mean is above the grand mean."""

    group: str
    n: int
    mean: float
    estimate: float
    low: float
    high: float
    reliability: float
    p_above: float


@dataclass(frozen=True)
class Shrinkage:
    """The one-way model (μ̂, τ², σ²) and what it says of each group, in the groups' order."""

    grand_mean: float
    tau2: float
    sigma2: float
    groups: tuple[ShrunkGroup, ...]


def shrink_groups(groups: GroupSums, *, level: float = 0.95) -> Shrinkage:
    """Every group's BLUP under the one-way model by REML, μ̂ + reliability·(mean − μ̂), reliability = τ²/(τ²+σ²/n).

    The interval is BLUP ± t(n−1)·√spread, see `one_way_spread`, and p_above the Student probability above the line μ̂ by
    the same spread, so that p_above passes 0.975 where the 95 % interval leaves the line. Where every group is constant
    σ² is 0 and the limits rest on the largest σ² such data allow (`bound_residual`). Raises UnusableDataError as
    `fit_one_way` does.
    """
    model = fit_one_way(groups)
    reliability = model.reliability(groups.n)
    if model.sigma2 > 0:
        estimate = model.grand_mean + reliability * (groups.mean - model.grand_mean)
        spread = one_way_spread(one_way_likelihood(groups), model.tau2 / model.sigma2)
    else:
        estimate = groups.mean
        spread = bound_residual(groups, level) / groups.n
    described = describe_groups(
        groups, estimate, reliability, spread, line=model.grand_mean, degrees=model.n - 1, level=level
    )
    return Shrinkage(model.grand_mean, model.tau2, model.sigma2, described)


def describe_groups(
    groups: GroupSums, estimate: Floats, reliability: Floats, spread: Floats, *, line: float, degrees: int, level: float
) -> tuple[ShrunkGroup, ...]:
    """The groups with limits estimate ± t·√spread and the probability of being above the line."""
    deviation = np.sqrt(spread)
    half = float(stdtrit(degrees, (1 + level) / 2)) * deviation
    above = stdtr(degrees, (estimate - line) / deviation)
    columns = (groups.n, groups.mean, estimate, estimate - half, estimate + half, reliability, above)
    rows = zip(groups.groups, *(column.tolist() for column in columns), strict=True)
    return tuple(ShrunkGroup(*row) for row in rows)


def one_way_spread(likelihood: OneWayLikelihood, best: float) -> Floats:
    """The expected squared distance of each true mean from its BLUP at the ratio `best`, over the ratio's posterior.

    With r given, (true mean − BLUP(r)) has variance σ̂²(r)·[(1−B)·r + (1−B)²/Σw], B = n·r/(1+n·r): the first two terms
    of Prasad & Rao (1990, doi:10.1080/01621459.1990.10475320). To it comes (BLUP(r) − BLUP(best))², and both are
    averaged over the restricted likelihood of r with a flat prior (Morris 1983, JASA 78:47,
    doi:10.1080/01621459.1983.10477920; Kass & Steffey 1989, JASA 84:717, doi:10.1080/01621459.1989.10478825). So there
    is width where the fitted τ² is 0. With two or three groups the flat prior has no finite total; there the shrinkage
    factor is uniform, dr/(1 + n̄·r)² (Daniels 1999, Can J Stat 27:567).
    """
    flat = len(likelihood.mean) >= FEWEST_FOR_FLAT
    typical = float(likelihood.size.mean())

    def log_density(ratio: Floats) -> Floats:
        prior = 0.0 if flat else -2 * np.log1p(typical * ratio)
        return np.asarray(-likelihood.criterion(ratio) / 2 + prior)

    grid = likelihood.ratios()
    # With few groups the likelihood falls slowly, times r as r^−(G−3)/2.
    decades = 2 * NEGLIGIBLE / max(len(likelihood.mean) - 3, 1) / np.log(10)
    far = grid[-1] * np.geomspace(1, 10**decades, 2 + int(4 * decades))
    (ratio,), weight = posterior_grid(log_density, [np.unique([*grid, *far, *([best] if best else [])])], points=160)
    factor, center, sigma2 = _factors(likelihood, ratio)
    kept, kept_center, _ = _factors(likelihood, np.array([best]))
    distance = center - kept_center + factor * (likelihood.mean - center) - kept * (likelihood.mean - kept_center)
    rest = 1 / (1 + likelihood.size * ratio[:, None])
    precision = (likelihood.size * rest).sum(-1)[:, None]
    given = sigma2 * (rest * ratio[:, None] + rest**2 / precision)
    return np.asarray(weight @ (given + distance**2))


def posterior_grid(
    log_density: Callable[..., Floats], axes: Sequence[Floats], *, points: int
) -> tuple[tuple[Floats, ...], Floats]:
    """Ratios, one axis for each, and the weights (they sum to 1) of a density over them: the trapezoid rule in log r.

    Starts from coarse axes that hold the peak and narrows each to where the density, times r, is not negligible.
    """
    for _ in range(2):
        found = _log_weights(log_density, axes)
        narrowed = []
        for at, axis in enumerate(axes):
            others = tuple(other for other in range(len(axes)) if other != at)
            kept = np.flatnonzero(found.max(axis=others) > -NEGLIGIBLE)
            first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, len(axis) - 1)
            narrowed.append(np.geomspace(axis[first], axis[last], points))
        axes = narrowed
    weight = np.exp(_log_weights(log_density, axes))
    return tuple(axes), weight / weight.sum()


def _log_weights(log_density: Callable[..., Floats], axes: Sequence[Floats]) -> Floats:
    mesh = np.meshgrid(*axes, indexing="ij", sparse=True)
    found = log_density(*mesh) + sum(np.log(axis) for axis in mesh)
    return np.asarray(found - found.max())


def _factors(likelihood: OneWayLikelihood, ratio: Floats) -> tuple[Floats, Floats, Floats]:
    """(R, G) shrinkage factors n·r/(1+n·r), (R, 1) centers and (R, 1) σ̂²."""
    scaled = likelihood.size * ratio[:, None]
    return scaled / (1 + scaled), likelihood.center(ratio)[:, None], likelihood.variance(ratio)[:, None]
