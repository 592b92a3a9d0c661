"""Interrupted time series: did the score's level or slope change at a marked action, against what was under way before?

Neighbouring months resemble each other, so errors are Newey & West's. On the few months that a clinic has, these are
far too small (an interval for 95% holds the truth in 77% of series of 12 and 12 independent months), so intervals
and p allow for how small and how uncertain they are; the plain error is kept beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from analysis.estimate import Estimate, UnusableDataError
from analysis.histogram import Floats

CORRECTED: Final = "segmented regression, Newey–West error with working-model correction and Satterthwaite"
PLAIN: Final = "segmented regression, Newey–West error, t"
LAG: Final = 3
FEWEST: Final = 3
# The resemblance of neighbouring months, each lag's this to its power, that small-sample corrections assume.
WORKING: Final = 0.2
ROUNDING: Final = 1e-20


@dataclass(frozen=True)
class SeriesEffect:
    """An effect with its interval and p; newey_west_se: the error without small-sample factor, as other programs'."""

    estimate: Estimate
    newey_west_se: float
    p: float


@dataclass(frozen=True)
class SeriesPoint:
    """One month: fitted on its segment, and from the action on where the line before the action would have been."""

    time: float
    value: float
    fitted: float
    counterfactual: float | None


@dataclass(frozen=True)
class InterruptedSeries:
    """slope_before and slope_change per unit of time; level_change at the first time that counts as after.

    effect_at_end: fitted less counterfactual at the last time; lag: of the Newey–West error.
    """

    n_before: int
    n_after: int
    lag: int
    slope_before: SeriesEffect
    level_change: SeriesEffect
    slope_change: SeriesEffect
    effect_at_end: SeriesEffect
    points: tuple[SeriesPoint, ...]


def measure_interrupted_series(
    times: ArrayLike,
    values: ArrayLike,
    action: float,
    *,
    weights: ArrayLike | None = None,
    lag: int = LAG,
    level: float = 0.95,
    corrected: bool = True,
) -> InterruptedSeries:
    """Segmented regression of a series on time, with a new level and slope from `action` on.

    value = b₀ + b₁·(t − action) + b₂·after + b₃·after·(t − action), after = t ≥ action, by least squares (Wagner et
    al. 2002, J Clin Pharm Ther 27:299, doi:10.1046/j.1365-2710.2002.00430.x). times: (n,) whole numbers of months, in
    any order, gaps allowed, no two alike; weights: (n,) such as answers per month, months with 0 or nan are left out.
    The error of cᵀb is √V, V = Σ kᵢⱼ·aᵢeᵢ·aⱼeⱼ with aᵀ = cᵀ(XᵀX)⁻¹Xᵀ and k = max(0, 1 − |tᵢ − tⱼ|/(lag + 1)) (Newey &
    West 1987, Econometrica 55:703, doi:10.2307/1913610), no small-sample factor, lag 3 for months.

    With `corrected`, V is divided by its expectation over its true value, and t has Satterthwaite's degrees of freedom
    2·E(V)²/Var(V), both under a working model of normal errors that resemble those d months away by 0.2ᵈ: what Bell &
    McCaffrey (2002, Survey Methodology 28:169) do for clusters. Without, the interval is ± t·√V with n − 4 degrees of
    freedom, as R's sandwich and lmtest give; it is too narrow for under a hundred months.

    Raises UnusableDataError for fewer than three values before or after, values that are all the same or exactly on
    two lines; ValueError for arrays that do not fit each other or two values of one time.
    """
    t, y, weight = _clean(times, values, weights)
    after = t >= action
    _require_enough(y, after)
    since = t - action
    design = np.column_stack([np.ones(len(t)), since, after, after * since])
    root = np.sqrt(weight / weight.mean())
    center = float(weight @ y / weight.sum())
    scaled = root[:, None] * design
    # (4, n): what each value adds to each coefficient.
    solution = np.linalg.pinv(scaled)
    coefficients = solution @ (root * (y - center))
    residuals = root * (y - center) - scaled @ coefficients
    if residuals @ residuals <= ROUNDING * max(float((root * y) @ (root * y)), 1e-300):
        raise UnusableDataError("The values lie exactly on two lines, so that no error can be estimated from them.")
    errors = _Errors(t, scaled, solution, residuals, lag, level, corrected)
    end = float(since[-1])
    contrasts = {
        "slope_before": (0.0, 1.0, 0.0, 0.0),
        "level_change": (0.0, 0.0, 1.0, 0.0),
        "slope_change": (0.0, 0.0, 0.0, 1.0),
        "effect_at_end": (0.0, 0.0, 1.0, end),
    }
    effects = {name: errors.judge(contrast, coefficients) for name, contrast in contrasts.items()}
    fitted, before = center + design @ coefficients, center + design[:, :2] @ coefficients[:2]
    points = zip(t.tolist(), y.tolist(), fitted.tolist(), before.tolist(), after.tolist(), strict=True)
    return InterruptedSeries(
        n_before=int((~after).sum()),
        n_after=int(after.sum()),
        lag=lag,
        **effects,
        points=tuple(SeriesPoint(at, value, fit, old if new else None) for at, value, fit, old, new in points),
    )


@dataclass(frozen=True, eq=False)
class _Errors:
    """The errors of contrasts of coefficients; all arrays in units of the square root of the weights."""

    times: Floats
    design: Floats
    solution: Floats
    residuals: Floats
    lag: int
    level: float
    corrected: bool

    def judge(self, contrast: Sequence[float], coefficients: Floats) -> SeriesEffect:
        parts = np.asarray(contrast, np.float64) @ self.solution
        value = float(np.asarray(contrast) @ coefficients)
        distance = np.abs(self.times[:, None] - self.times)
        form = np.maximum(1 - distance / (self.lag + 1), 0) * np.outer(parts, parts)
        variance = max(float(self.residuals @ form @ self.residuals), 0.0)
        n = len(self.times)
        error, degrees, method = sqrt(variance), float(n - 4), PLAIN
        if self.corrected:
            working = WORKING**distance
            annihilator = np.eye(n) - self.design @ self.solution
            seen = annihilator @ form @ annihilator @ working
            expected = float(np.trace(seen))
            degrees = expected**2 / float((seen * seen.T).sum())
            error, method = sqrt(variance * float(parts @ working @ parts) / expected), CORRECTED
        half = float(stdtrit(degrees, (1 + self.level) / 2)) * error
        estimate = Estimate(value, value - half, value + half, n, method, self.level)
        p = float(2 * stdtr(degrees, -abs(value) / error)) if error > 0 else float(value == 0)
        return SeriesEffect(estimate, sqrt(variance), p)


def _clean(times: ArrayLike, values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """The times in order, with the values and weights of those that have some."""
    t, y = np.asarray(times, np.float64), np.asarray(values, np.float64)
    weight = np.ones(t.shape) if weights is None else np.asarray(weights, np.float64)
    if not t.ndim == y.ndim == weight.ndim == 1 or not len(t) == len(y) == len(weight):
        raise ValueError("A series needs one value, and one weight where there are weights, for each time.")
    if (weight < 0).any():
        raise ValueError("Weights are not negative.")
    kept: NDArray[np.bool_] = np.isfinite(t) & np.isfinite(y) & (weight > 0)
    order = np.argsort(t[kept], kind="stable")
    t, y, weight = t[kept][order], y[kept][order], weight[kept][order]
    if (np.diff(t) == 0).any():
        raise ValueError("A series has one value at each time.")
    return t, y, weight


def _require_enough(y: Floats, after: NDArray[np.bool_]) -> None:
    counts = {"before": int((~after).sum()), "after": int(after.sum())}
    for name, count in counts.items():
        if count < FEWEST:
            raise UnusableDataError(
                f"A change at an action needs at least {FEWEST} months with values {name} it, and there are {count}."
            )
    if len(y) < 2 * FEWEST + 1:
        raise UnusableDataError(
            f"A change at an action needs at least {2 * FEWEST + 1} months, and there are {len(y)}."
        )
    if np.ptp(y) == 0:
        raise UnusableDataError("All values of the series are the same, so that there is no change to estimate.")
