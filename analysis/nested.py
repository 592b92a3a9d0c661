"""Clinicians within units in one model: how much each level differs, and a fair estimate of each unit and clinician."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analysis.estimate import UnusableDataError
from analysis.histogram import Floats, GroupSums
from analysis.shrinkage import FEWEST_FOR_FLAT, NEGLIGIBLE, ShrunkGroup, describe_groups, posterior_grid

# Points on each axis of the grids over the two ratios: a coarse search, and the average over the posterior.
POINTS = 24


@dataclass(frozen=True)
class NestedModel:
    """y = μ + a (unit) + b (clinician in unit) + e: the three variances, and what it says of every unit and clinician.

    units: in sorted order; their `mean` is the plain mean of all their cases. clinicians: those of each unit, in the
    units' order; their `reliability` is that of a clinician's plain mean as a measure of μ + a + b.
    """

    n: int
    grand_mean: float
    variance_unit: float
    variance_clinician: float
    variance_residual: float
    units: tuple[ShrunkGroup, ...]
    clinicians: tuple[tuple[ShrunkGroup, ...], ...]


@dataclass(frozen=True)
class NestedVariances:
    """The three variances of `NestedModel`, and the reliability of each unit's mean as a measure of the unit."""

    variance_unit: float
    variance_clinician: float
    variance_residual: float
    reliability: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Profile:
    """The nested model with both ratios given; leading axes are those of the ratios.

    factor: (…, C) g = n·r_c/(1+n·r_c); unit_weight: (…, U) W = Σ n/(1+n·r_c), the precision of a unit's mean in units
    of 1/σ², its own effect apart; unit_factor: (…, U) W·r_u/(1+W·r_u); unit_mean: (…, U); total: (…) Σ W/(1+W·r_u);
    center: (…) μ̂ − origin; sigma2: (…); criterion: (…) −2 log restricted likelihood, but for a constant.
    """

    factor: Floats
    unit_weight: Floats
    unit_factor: Floats
    unit_mean: Floats
    total: Floats
    center: Floats
    sigma2: Floats
    criterion: Floats


@dataclass(frozen=True, eq=False)
class NestedLikelihood:
    """The restricted likelihood of the ratios r_u = unit/residual and r_c = clinician/residual.

    size, mean: (C,) of the clinicians, unit by unit, means minus `origin`; first: (U,) each unit's first clinician;
    unit: (C,) each clinician's unit; within: squares about the clinicians' means; n: cases.
    """

    size: Floats
    mean: Floats
    first: NDArray[np.intp]
    unit: NDArray[np.intp]
    within: float
    n: int
    origin: float

    def profile(self, unit_ratio: Floats | float, clinician_ratio: Floats | float) -> Profile:
        """Everything that has a closed form once the two ratios are given; their shapes are broadcast.

        −2 log L = (n−1)·log σ̂² + Σ log(1 + n·r_c) + Σ log(1 + W·r_u) + log Σ v, with w = n/(1 + n·r_c), W = Σ w of a
        unit, v = W/(1 + W·r_u) and σ̂² = (within + Σ w·(mean − unit mean)² + Σ v·(unit mean − μ̂)²)/(n − 1).
        """
        of_unit, of_clinician = np.asarray(unit_ratio)[..., None], np.asarray(clinician_ratio)[..., None]
        scaled = self.size * of_clinician
        weight = self.size / (1 + scaled)
        unit_weight = np.add.reduceat(weight, self.first, axis=-1)
        unit_mean = np.add.reduceat(weight * self.mean, self.first, axis=-1) / unit_weight
        unit_scaled = unit_weight * of_unit
        precision = unit_weight / (1 + unit_scaled)
        total = precision.sum(-1)
        center = (precision * unit_mean).sum(-1) / total
        squares = (weight * (self.mean - unit_mean[..., self.unit]) ** 2).sum(-1)
        between = (precision * (unit_mean - center[..., None]) ** 2).sum(-1)
        sigma2 = (self.within + squares + between) / (self.n - 1)
        spread = np.log1p(scaled).sum(-1) + np.log1p(unit_scaled).sum(-1) + np.log(total)
        return Profile(
            factor=scaled / (1 + scaled),
            unit_weight=unit_weight,
            unit_factor=unit_scaled / (1 + unit_scaled),
            unit_mean=unit_mean,
            total=total,
            center=center,
            sigma2=sigma2,
            criterion=(self.n - 1) * np.log(sigma2) + spread,
        )

    def slope(self, ratios: Floats) -> tuple[float, Floats]:
        """The criterion at one pair of ratios and its two derivatives."""
        unit_ratio, clinician_ratio = ratios
        at = self.profile(unit_ratio, clinician_ratio)
        weight = self.size / (1 + self.size * clinician_ratio)
        precision = at.unit_weight / (1 + at.unit_weight * unit_ratio)
        deviation = at.unit_mean - at.center
        for_unit = at.total - (precision**2).sum() / at.total - (precision**2 * deviation**2).sum() / at.sigma2
        # Residuals of the clinicians' means from μ̂ and their unit's BLUP; σ̂² changes with r_c by them alone.
        rest = self.mean - (at.center + at.unit_factor * deviation)[self.unit]
        lost = np.add.reduceat(weight**2, self.first)
        share = precision / at.unit_weight
        for_clinician = (
            weight.sum()
            - (share * unit_ratio * lost).sum()
            - (share**2 * lost).sum() / at.total
            - (weight**2 * rest**2).sum() / at.sigma2
        )
        return float(at.criterion), np.array([for_unit, for_clinician])

    def axes(self) -> tuple[Floats, Floats]:
        """Coarse grids of r_u and r_c, from where a ratio changes nothing to beyond what the means could ask for."""
        distance = float(((self.mean - self.mean.mean()) ** 2).sum())
        highest = 10 / self.size.min() + 10 * (self.n - 1) * distance / self.within
        per_unit = np.add.reduceat(self.size, self.first).max()
        lowest = 1e-5 / per_unit, 1e-5 / self.size.max()
        steps = (2 + int(3 * np.log10(highest / low)) for low in lowest)
        of_unit, of_clinician = (np.geomspace(low, highest, count) for low, count in zip(lowest, steps, strict=True))
        return of_unit, of_clinician

    def best_ratios(self) -> tuple[float, float]:
        """The pair of the highest likelihood, 0 included: the best of a coarse grid, refined by its slope."""
        axes = [np.concatenate([[0.0], axis]) for axis in self.axes()]
        criterion = self.profile(axes[0][:, None], axes[1]).criterion
        row, column = np.unravel_index(int(np.argmin(criterion)), criterion.shape)
        start = np.array([axes[0][row], axes[1][column]])
        scale = np.where(start > 0, start, [axes[0][1], axes[1][1]])

        def scaled(point: Floats) -> tuple[float, Floats]:
            value, slope = self.slope(point * scale)
            return value, slope * scale

        options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
        found = minimize(scaled, start / scale, jac=True, method="L-BFGS-B", bounds=[(0, None)] * 2, options=options)
        unit_ratio, clinician_ratio = found.x * scale
        return float(unit_ratio), float(clinician_ratio)


def nested_likelihood(units: Mapping[str, GroupSums]) -> NestedLikelihood:
    """The restricted likelihood of clinicians within units.

    Raises UnusableDataError for fewer than two units, for units of one clinician each, for clinicians of one case each,
    and where no clinician's cases differ.
    """
    filled = [units[name] for name in sorted(units) if len(units[name].groups)]
    sizes = [len(each.groups) for each in filled]
    if len(filled) < 2:
        raise UnusableDataError(
            f"Variance between units needs at least two units with values, and there are {len(filled)}."
        )
    if max(sizes) < 2:
        raise UnusableDataError(
            "Every unit has one clinician only, so that units cannot be told from clinicians; compare the units alone."
        )
    cases = np.concatenate([each.n for each in filled])
    if cases.max() < 2:
        raise UnusableDataError(
            "Every clinician has one value only, so that variance within clinicians cannot be estimated; "
            "at least one needs two values."
        )
    within = float(sum(each.squares.sum() for each in filled))
    if within == 0:
        raise UnusableDataError(
            "No clinician's values differ, so that variance within clinicians cannot be estimated; "
            "compare the clinicians' means instead."
        )
    mean = np.concatenate([each.mean for each in filled])
    origin = float(np.median(mean))
    # Means of equal values may differ in their last digit, which must not pass for a difference.
    alike = np.ptp(mean) <= 8 * np.finfo(np.float64).eps * np.abs(mean).max()
    return NestedLikelihood(
        size=cases.astype(np.float64),
        mean=np.zeros(len(mean)) if alike else mean - origin,
        first=np.cumsum([0, *sizes[:-1]]),
        unit=np.repeat(np.arange(len(filled)), sizes),
        within=within,
        n=int(cases.sum()),
        origin=origin,
    )


def fit_nested(units: Mapping[str, GroupSums], *, level: float = 0.95) -> NestedModel:
    """Units and clinicians within units by REML, y = μ + a + b + e, from clinicians' sums: lme4's (1 | unit/clinician).

    BLUPs: of a unit μ̂ + ρ·(its precision-weighted mean − μ̂), ρ = W·r_u/(1+W·r_u); of a clinician the unit's BLUP +
    g·(the clinician's mean − that), g = n·r_c/(1+n·r_c) (symbols in `NestedLikelihood.profile`). Intervals as in
    `shrink_groups`, by the average over both ratios (`nested_spread`). Source: Bates et al. 2015, J Stat Softw 67(1),
    doi:10.18637/jss.v067.i01; Searle, Casella & McCulloch 1992, Variance Components. Raises UnusableDataError as
    `nested_likelihood`.
    """
    likelihood = nested_likelihood(units)
    best = likelihood.best_ratios()
    at = likelihood.profile(*best)
    grand_mean, sigma2 = likelihood.origin + float(at.center), float(at.sigma2)
    variances = best[0] * sigma2, best[1] * sigma2
    of_units, of_clinicians = _blups(likelihood, at)
    for_units, for_clinicians = nested_spread(likelihood, best)
    describe = partial(describe_groups, line=grand_mean, degrees=likelihood.n - 1, level=level)
    names = [name for name in sorted(units) if len(units[name].groups)]
    described = describe(_sum_units(names, units), likelihood.origin + of_units, at.unit_factor, for_units)
    clinicians = []
    for place, name in enumerate(names):
        mine = likelihood.unit == place
        between = sum(variances)
        reliability = between * units[name].n / (between * units[name].n + sigma2)
        estimate = likelihood.origin + of_clinicians[mine]
        clinicians.append(describe(units[name], estimate, reliability, for_clinicians[mine]))
    return NestedModel(likelihood.n, grand_mean, *variances, sigma2, described, tuple(clinicians))


def fit_nested_variances(units: Mapping[str, GroupSums]) -> NestedVariances:
    """What `fit_nested` finds first, in a fifth of its time: no fair estimates, no clinicians."""
    likelihood = nested_likelihood(units)
    best = likelihood.best_ratios()
    at = likelihood.profile(*best)
    sigma2 = float(at.sigma2)
    names = [name for name in sorted(units) if len(units[name].groups)]
    reliability = dict(zip(names, at.unit_factor.tolist(), strict=True))
    return NestedVariances(best[0] * sigma2, best[1] * sigma2, sigma2, reliability)


def nested_spread(likelihood: NestedLikelihood, best: tuple[float, float]) -> tuple[Floats, Floats]:
    """The expected squared distances of units' and clinicians' true means from their BLUPs at the ratios `best`.

    As `one_way_spread`, over the restricted likelihood of both ratios on a grid. With both given, a unit's true mean
    has the variance V = σ̂²·[(1−ρ)·r_u + (1−ρ)²/Σv] about its BLUP, a clinician's σ̂²·(1−g)·r_c + (1−g)²·V. The prior is
    flat in r_u from four units on, in r_c from four clinicians more than units; else the shrinkage factor is uniform.
    """
    count, units = len(likelihood.size), len(likelihood.first)
    flat_units, flat_clinicians = units >= FEWEST_FOR_FLAT, count - units >= FEWEST_FOR_FLAT
    typical = float(likelihood.size.mean())

    def log_density(unit_ratio: Floats, clinician_ratio: Floats) -> Floats:
        at = likelihood.profile(unit_ratio, clinician_ratio)
        found = -at.criterion / 2
        if not flat_units:
            weight = at.unit_weight.mean(-1)
            found = found + np.log(weight) - 2 * np.log1p(weight * unit_ratio)
        return np.asarray(found if flat_clinicians else found - 2 * np.log1p(typical * clinician_ratio))

    # With few units or clinicians the likelihood falls slowly in its ratio.
    degrees = units - 3 if flat_units else 1, count - units - 2 if flat_clinicians else 1
    axes = []
    for axis, peak, df in zip(likelihood.axes(), best, degrees, strict=True):
        decades = 2 * NEGLIGIBLE / df / np.log(10)
        far = axis[-1] * np.geomspace(1, 10**decades, 2 + int(2 * decades))
        axes.append(np.unique([*axis, *far, *([peak] if peak else [])]))
    (of_unit, of_clinician), weight = posterior_grid(log_density, axes, points=POINTS)
    unit_ratio, clinician_ratio = (each.ravel() for each in np.meshgrid(of_unit, of_clinician, indexing="ij"))
    kept = np.flatnonzero(weight.ravel() > np.exp(-NEGLIGIBLE) * weight.max())
    unit_ratio, clinician_ratio, weights = unit_ratio[kept], clinician_ratio[kept], weight.ravel()[kept]
    at = likelihood.profile(unit_ratio, clinician_ratio)
    blups = _blups(likelihood, at)
    final = _blups(likelihood, likelihood.profile(*best))
    rest = 1 - at.unit_factor
    of_units = rest * unit_ratio[:, None] + rest**2 / at.total[:, None]
    own = 1 - at.factor
    of_clinicians = own * clinician_ratio[:, None] + own**2 * of_units[:, likelihood.unit]
    variances = (of_units * at.sigma2[:, None], of_clinicians * at.sigma2[:, None])
    for_units, for_clinicians = (
        np.asarray(weights @ (variance + (blup - end) ** 2) / weights.sum())
        for variance, blup, end in zip(variances, blups, final, strict=True)
    )
    return for_units, for_clinicians


def _blups(likelihood: NestedLikelihood, at: Profile) -> tuple[Floats, Floats]:
    """(…, U) units' and (…, C) clinicians' BLUPs, minus the origin."""
    center = at.center[..., None]
    of_units = center + at.unit_factor * (at.unit_mean - center)
    above = of_units[..., likelihood.unit]
    return of_units, above + at.factor * (likelihood.mean - above)


def _sum_units(names: list[str], units: Mapping[str, GroupSums]) -> GroupSums:
    """The units as groups of cases."""
    n = np.array([units[name].n.sum() for name in names])
    mean = np.array([np.average(units[name].mean, weights=units[name].n) for name in names])
    squares = [
        float(units[name].squares.sum() + units[name].n @ (units[name].mean - own) ** 2)
        for name, own in zip(names, mean, strict=True)
    ]
    return GroupSums(tuple(names), n, mean, np.array(squares))
