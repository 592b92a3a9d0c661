"""Whether an instrument's items measure one thing here: alpha, omega, and how each item contributes.

Everything comes from the sums, squares and products of the items over complete cases.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import fdtri

from analysis.estimate import Estimate, UnusableDataError
from analysis.histogram import Floats, Histogram, ItemSums, count_values
from survey.tally import Tally

ALPHA: Final = "Cronbach's alpha, Feldt's F interval"
FEWEST_CASES: Final = 3
FEWEST_FOR_FACTOR: Final = 3
# A first component so many times the second leaves the least residuals one place to be in.
CLEAR_FACTOR: Final = 1.5
# Below this slope of the fitted correlations in some direction, that direction of the loadings is arbitrary.
UNDETERMINED: Final = 1e-6
# A sum of squares this far below what it was subtracted from is the subtraction's rounding, not spread.
ROUNDING: Final = 16 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class PointEstimate:
    """An estimate without an interval; None where it cannot be computed."""

    estimate: float | None


@dataclass(frozen=True)
class ItemReliability:
    """One item over the n complete cases.

    sd: with n − 1. item_rest_r: its correlation with the sum of the others, None where that sum is constant.
    alpha_if_dropped: alpha of the others, None with fewer than three items. floor, ceiling: shares of the item's
    answers at the scale's lowest and highest value. missing: cases without an answer to the item.
    """

    item: str
    n: int
    mean: float
    sd: float
    item_rest_r: float | None
    alpha_if_dropped: float | None
    floor: float
    ceiling: float
    missing: int


@dataclass(frozen=True)
class Reliability:
    """The reliability of a scale of k items from n complete cases; None for what the data do not determine."""

    n: int
    k: int
    alpha: Estimate | None
    alpha_standardized: float | None
    omega_total: PointEstimate
    mean_inter_item_r: float
    items: tuple[ItemReliability, ...]


def measure_reliability(
    items: ItemSums, *, scale: tuple[float, float] | None = None, level: float = 0.95
) -> Reliability:
    """Alpha with Feldt's interval, standardized alpha, omega total and each item's part in them.

    With covariances S and correlations R of the k items and mean correlation r̄ off R's diagonal:

    - alpha: see `cronbach_alpha`; standardized alpha k·r̄/(1 + (k − 1)·r̄), which is alpha of R.
    - omega total: see `omega_total`.
    - item-rest correlation: of the item with the raw sum of all others.

    scale: the scale's lowest and highest value, for floor and ceiling; otherwise the lowest and highest that anybody
    answered. Items that are worded the other way round must have been turned. Raises UnusableDataError with fewer than
    two items or three complete cases, and where an item is constant.
    """
    covariances = _usable_covariances(items)
    deviations = np.sqrt(np.diag(covariances))
    correlations = np.clip(covariances / np.outer(deviations, deviations), -1, 1)
    k = len(items.items)
    mean_r = float(correlations[~np.eye(k, dtype=bool)].mean())
    standardized, _, _ = cronbach_alpha(items.n, correlations)
    return Reliability(
        n=items.n,
        k=k,
        alpha=_estimate_alpha(items.n, covariances, level),
        alpha_standardized=_number(standardized),
        omega_total=PointEstimate(omega_total(correlations)),
        mean_inter_item_r=mean_r,
        items=_measure_items(items, covariances, scale),
    )


def measure_alpha(items: ItemSums, *, level: float = 0.95) -> Estimate | None:
    """Alpha alone, for a screen of many groups; None and UnusableDataError as in `measure_reliability`."""
    return _estimate_alpha(items.n, _usable_covariances(items), level)


def cronbach_alpha(n: ArrayLike, covariances: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """Alpha and its limits, for one scale or many at once.

    alpha = k/(k − 1) · (1 − Σ variances / variance of the total) (Cronbach 1951, doi:10.1007/BF02310555). The limits
    are 1 − (1 − alpha)·F at the quantiles (1 + level)/2 and (1 − level)/2 of F with n − 1 and (n − 1)(k − 1) degrees of
    freedom (Feldt 1965, doi:10.1007/BF02289499; Feldt, Woodruff & Salih 1987, doi:10.1177/014662168701100107).

    n: (...) cases; covariances: (..., k, k) with k at least 2. Returns three arrays (...). In them nan stands for what
    cannot be computed: no more than one case, or a total that is the same in every case.
    """
    cases, matrix = np.asarray(n, np.float64), np.asarray(covariances, np.float64)
    k = matrix.shape[-1]
    variances, total = np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1))
    usable = (cases > 1) & (total > k * ROUNDING * np.abs(matrix).sum((-2, -1)))
    alpha = np.where(usable, k / (k - 1) * (1 - variances / np.where(usable, total, 1)), np.nan)
    degrees = np.where(usable, cases - 1, 1)
    low, high = (1 - (1 - alpha) * fdtri(degrees, degrees * (k - 1), (1 + side * level) / 2) for side in (1, -1))
    return alpha, low, high


def omega_total(correlations: Floats) -> float | None:
    """McDonald's omega total of standardized items: (Σλ)² / ((Σλ)² + Σ(1 − λ²)), of one factor with loadings λ.

    McDonald 1999, Test Theory, chapter 6. correlations: (k, k). For the loadings see `minres_loadings`. None where the
    correlations do not determine them: with two items, or where fewer than three items have anything in common.
    """
    if len(correlations) < FEWEST_FOR_FACTOR:
        return None
    loadings = minres_loadings(correlations)
    if not _are_determined(loadings):
        return None
    common, unique = float(loadings.sum()) ** 2, float((1 - loadings**2).sum())
    return common / (common + unique) if common + unique > 0 else None


def minres_loadings(correlations: Floats) -> Floats:
    """(k,) loadings of one factor that minimise Σ_{i<j} (r_ij − λ_i·λ_j)², k at least 3.

    Harman & Jones 1966, doi:10.1007/BF02289468. No loading may leave −1 to 1 (a Heywood case: an item would share more
    than all of its variance); there the least sum within the bounds is taken, as in Harman & Fukuda 1966, Psychometrika
    31:563. The sign is such that Σλ ≥ 0.
    """
    off_diagonal = correlations - np.diag(np.diag(correlations))

    def misfit(loadings: Floats) -> tuple[float, Floats]:
        residuals = off_diagonal - np.outer(loadings, loadings)
        np.fill_diagonal(residuals, 0.0)
        return float((residuals**2).sum()) / 2, -2 * residuals @ loadings

    roots, vectors = np.linalg.eigh(correlations)
    bounds = [(-1.0, 1.0)] * len(correlations)
    settings = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxfun": 20000}
    # A Heywood case can have more than one minimum: the second component's sign pattern is tried too.
    starts = [np.clip(vectors[:, at] * np.sqrt(max(roots[at], 0.0)), -0.95, 0.95) for at in (-1, -2)]
    if roots[-1] < CLEAR_FACTOR * roots[-2]:
        # Nothing common stands out. Then the least may be where one item alone is the factor, whichever that is.
        starts += list(np.clip(correlations, -0.95, 0.95))
    fits = [minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=bounds, options=settings) for start in starts]
    best: Floats = min(fits, key=lambda fit: float(fit.fun)).x
    return best if best.sum() >= 0 else -best


def item_covariances(items: ItemSums) -> Floats:
    """(k, k) covariances over at least two complete cases; those of a constant item are exactly 0."""
    # Sums of whole numbers are exact, so what is left of their subtraction is no rounding.
    exact = not ((items.sums % 1).any() or (items.products % 1).any())
    covariances = _exact_covariances(items) if exact else items.covariances()
    least = 0.0 if exact else ROUNDING * np.diag(items.products)
    varied = np.diag(covariances) * (items.n - 1) > least
    varied &= [len(answers.values) > 1 for answers in items.answers]
    return np.where(varied[:, None] & varied, covariances, 0.0)


def _usable_covariances(items: ItemSums) -> Floats:
    k, n = len(items.items), items.n
    if k < 2:
        named = f"there is only {items.items[0]!r}" if k else "there is none"
        raise UnusableDataError(f"Reliability needs at least two items; {named}.")
    if n < FEWEST_CASES:
        raise UnusableDataError(
            f"Reliability needs at least {FEWEST_CASES} cases with every item answered; {items.rows} cases have {n}."
        )
    covariances = item_covariances(items)
    for name, variance in zip(items.items, np.diag(covariances), strict=True):
        if not variance > 0:
            raise UnusableDataError(f"Item {name!r} has the same answer in all {n} complete cases; leave it out.")
    return covariances


def item_sums(tally: Tally) -> ItemSums:
    """The sums of an instrument's items, all turned so that a high level is good, from a group's tally.

    `answers` holds every answer to an item, also of respondents who left out another: a tally keeps no others.
    """
    slots = list(zip(tally.instrument.items, tally.levels, strict=True))
    values = tally.instrument.scale.values
    return ItemSums(
        items=tuple(item.id for item, _ in slots),
        n=tally.n_complete,
        rows=tally.n,
        sums=tally.complete_sums.astype(np.float64),
        products=tally.products.astype(np.float64),
        origin=np.zeros(len(slots)),
        answers=tuple(count_values(values, levels[::-1] if item.reversed else levels) for item, levels in slots),
        missing=tally.missing.sum(axis=1),
    )


def _are_determined(loadings: Floats) -> bool:
    """Whether no small change of the loadings leaves all their products λ_i·λ_j as they are."""
    one, other = np.triu_indices(len(loadings), 1)
    pairs = np.arange(len(one))
    slopes = np.zeros((len(one), len(loadings)))
    slopes[pairs, one], slopes[pairs, other] = loadings[other], loadings[one]
    return bool(np.linalg.svd(slopes, compute_uv=False)[-1] > UNDETERMINED)


def _measure_items(
    items: ItemSums, covariances: Floats, scale: tuple[float, float] | None
) -> tuple[ItemReliability, ...]:
    lowest, highest = scale or answer_range(items.answers)
    with_rest = item_rest_correlations(covariances)
    dropped = _alpha_if_dropped(items.n, covariances)
    return tuple(
        ItemReliability(
            item=name,
            n=items.n,
            mean=float(items.means()[at]),
            sd=float(np.sqrt(covariances[at, at])),
            item_rest_r=_number(with_rest[at]),
            alpha_if_dropped=_number(dropped[at]),
            floor=share_at(items.answers[at], lowest),
            ceiling=share_at(items.answers[at], highest),
            missing=int(items.missing[at]),
        )
        for at, name in enumerate(items.items)
    )


def item_rest_correlations(covariances: Floats) -> Floats:
    """(k,) correlations of each item with the sum of the others; nan where either is constant."""
    variances = np.diag(covariances)
    with_rest = covariances.sum(1) - variances
    rest = covariances.sum() - variances - 2 * with_rest
    usable = (variances > 0) & (rest > len(covariances) * ROUNDING * np.abs(covariances).sum())
    scale = np.sqrt(np.where(usable, variances * rest, 1))
    return np.where(usable, np.clip(with_rest / scale, -1, 1), np.nan)


def answer_range(answers: tuple[Histogram, ...]) -> tuple[float, float]:
    """The lowest and the highest value that anybody answered to any item."""
    return min(float(each.values[0]) for each in answers), max(float(each.values[-1]) for each in answers)


def share_at(answers: Histogram, value: float) -> float:
    """The share of answers that have this value."""
    return float(answers.counts[answers.values == value].sum()) / answers.n


def _alpha_if_dropped(n: int, covariances: Floats) -> Floats:
    k = len(covariances)
    if k < 3:
        return np.full(k, np.nan)
    others = np.array([np.delete(np.arange(k), at) for at in range(k)])
    alpha, _, _ = cronbach_alpha(n, covariances[others[:, :, None], others[:, None, :]])
    return alpha


def _estimate_alpha(n: int, covariances: Floats, level: float) -> Estimate | None:
    alpha, low, high = (float(each) for each in cronbach_alpha(n, covariances, level=level))
    return None if np.isnan(alpha) else Estimate(alpha, low, high, n, ALPHA, level)


def _exact_covariances(items: ItemSums) -> Floats:
    """Covariances of whole numbers without loss, however far from 0 they lie: n·Σxy − Σx·Σy in whole numbers."""
    sums = np.array([int(each) for each in items.sums], dtype=object)
    products = np.array([[int(each) for each in row] for row in items.products], dtype=object)
    return (items.n * products - np.outer(sums, sums)).astype(np.float64) / (items.n * (items.n - 1))


def _number(value: np.float64 | Floats) -> float | None:
    return None if np.isnan(value) else float(value)
