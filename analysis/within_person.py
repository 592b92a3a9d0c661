"""Does the same person's score change in training, or do other people come? Change apart from differences.

A line through all scores mixes both. Here each score's time is split into the person's mean time and what is left, so
that one slope rests on people compared with themselves and the other on people compared with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import stdtr, stdtrit

from analysis.clustered import robust_error
from analysis.estimate import Estimate, UnusableDataError
from analysis.histogram import Counts, Floats

WITHIN: Final = "slope within persons, cluster-robust"
BETWEEN: Final = "slope between persons, random intercepts by REML"
DIFFERENCE: Final = "slope between less slope within persons, Satterthwaite"


@dataclass(frozen=True, eq=False)
class PersonSums:
    """The sums of P persons. n: (P,) scores; time, score: (P,) means; the squares and products are about these."""

    persons: tuple[str, ...]
    n: Counts
    time: Floats
    score: Floats
    time_squares: Floats
    products: Floats
    score_squares: Floats


@dataclass(frozen=True)
class TrainingSlope:
    """Points of score per unit of time. model_se: the model's own error, without allowing for persons' own slopes."""

    estimate: Estimate
    model_se: float
    df: float
    p: float


@dataclass(frozen=True)
class TrainingChange:
    """within_person: how a person changes; between_persons: how persons seen later differ from those seen earlier;
    difference: the second less the first, what a cohort or those who stay add. None where the data cannot tell.

    n: scores; persons; persons_changing: those seen at two times or more; tau2, sigma2: variances between and within.
    """

    n: int
    persons: int
    persons_changing: int
    within_person: TrainingSlope | None
    between_persons: TrainingSlope | None
    difference: TrainingSlope | None
    tau2: float | None
    sigma2: float | None


def sum_persons(
    person: Sequence[str],
    time: ArrayLike,
    score: ArrayLike,
    *,
    n: ArrayLike | None = None,
    squares: ArrayLike | None = None,
) -> PersonSums:
    """The sums from rows, or from cells: a person at one time with n scores, their mean, and squares about it.

    person: (R,) names; time, score: (R,), nan left out; n, squares: (R,), 1 and 0 without.
    """
    t, y = np.asarray(time, np.float64), np.asarray(score, np.float64)
    counts = np.ones(t.shape, np.int64) if n is None else np.asarray(n, np.int64)
    spread = np.zeros(t.shape) if squares is None else np.asarray(squares, np.float64)
    if not len(person) == len(t) == len(y) == len(counts) == len(spread):
        raise ValueError("Every row needs a person, a time and a score.")
    kept = np.isfinite(t) & np.isfinite(y) & (counts > 0)
    names, place = np.unique(np.array(list(person), dtype=np.str_)[kept], return_inverse=True)
    t, y, counts, spread = t[kept], y[kept], counts[kept], spread[kept]

    def add(values: Floats) -> Floats:
        return np.bincount(place, values * counts, len(names)).astype(np.float64)

    size = np.bincount(place, counts, len(names)) if len(names) else np.zeros(0)
    # About a value amid the data, so that those far from 0 keep their digits.
    origins = (float(np.median(t)), float(np.median(y))) if len(t) else (0.0, 0.0)
    t, y = t - origins[0], y - origins[1]
    means = [add(values) / size for values in (t, y)]
    dt, dy = t - means[0][place], y - means[1][place]
    return PersonSums(
        persons=tuple(names.tolist()),
        n=size.astype(np.int64),
        time=origins[0] + means[0],
        score=origins[1] + means[1],
        time_squares=add(dt**2),
        products=add(dt * dy),
        score_squares=add(dy**2) + np.bincount(place, spread, len(names)),
    )


def measure_training_change(sums: PersonSums, *, level: float = 0.95) -> TrainingChange:
    """Slopes on time within and between persons: score = a + w·(time − mean time of the person) + b·mean time + u + e.

    u is the person's random intercept with variance τ², e has σ²; both by restricted maximum likelihood. w is then
    the same as with person effects, Σ products/Σ time_squares, and independent of b, the regression of persons' means
    with weights 1/(τ² + σ²/n) (Neuhaus & Kalbfleisch 1998, Biometrics 54:638, doi:10.2307/3109770). The interval of w
    allows for every person having a slope of their own: cluster-robust, CR2 with Satterthwaite's degrees of freedom
    under 40 persons seen twice, else CR1, as `analysis.clustered.robust_error` with time_squares for cases; that of b
    is t with P − 2 degrees of freedom. Hojat et al. 2009, doi:10.1097/ACM.0b013e3181b17e55, found empathy to fall in
    the third year; others did not: signs are whatever the data say.

    w needs two persons seen at two times, b three persons with two mean times, else it is None. Raises
    UnusableDataError where neither can be had, and for scores that are all the same.
    """
    changing = sums.time_squares > _slack(sums.time) * sums.n
    apart = len(sums.n) >= 3 and np.ptp(sums.time) > np.sqrt(_slack(sums.time))
    if not apart and changing.sum() < 2:
        raise UnusableDataError(
            "Change in training needs two persons scored at two times each, or three persons at different times."
        )
    if not sums.score_squares.any() and np.ptp(sums.score) == 0:
        raise UnusableDataError("All scores are the same, so that there is no change to estimate.")
    slope = float(sums.products[changing].sum() / sums.time_squares[changing].sum()) if changing.any() else 0.0
    model = _fit(sums, slope, bool(changing.any()), bool(apart))
    within = _slope_within(sums, changing, slope, model, level) if changing.sum() > 1 else None
    between = _slope_between(model, len(sums.n), int(sums.n.sum()), level) if apart else None
    known = model.tau2 is not None
    return TrainingChange(
        n=int(sums.n.sum()),
        persons=len(sums.n),
        persons_changing=int(changing.sum()),
        within_person=within,
        between_persons=between,
        difference=_subtract(between, within, level) if within and between else None,
        tau2=model.tau2 if known else None,
        sigma2=model.sigma2 if known else None,
    )


@dataclass(frozen=True)
class _Model:
    """The slope between persons with its error; tau2 is None where single scores cannot tell it from σ²."""

    between: float
    between_error: float
    tau2: float | None
    sigma2: float


def _fit(sums: PersonSums, slope: float, changing: bool, apart: bool) -> _Model:
    """REML, profiled to the ratio r = τ²/σ²: (N − p)·log σ̂² + Σ log(1 + n·r) + log det XᵀwX, w = n/(1 + n·r)."""
    n = sums.n.astype(np.float64)
    columns = [np.ones(len(n))] + ([sums.time - sums.time.mean()] if apart else [])
    design = np.column_stack(columns)
    score = sums.score - sums.score.mean()
    rest = max(float((sums.score_squares - 2 * slope * sums.products + slope**2 * sums.time_squares).sum()), 0.0)
    inner = int(n.sum()) - len(n) - changing
    unknowns = int(n.sum()) - design.shape[1] - changing

    def solve(ratio: float) -> tuple[Floats, Floats, float]:
        weight = n / (1 + n * ratio)
        inverse = np.linalg.inv(design.T @ (weight[:, None] * design))
        found = inverse @ (design.T @ (weight * score))
        squares = float(weight @ (score - design @ found) ** 2)
        return found, inverse, (rest + squares) / unknowns

    def criterion(ratio: float) -> float:
        _, inverse, variance = solve(ratio)
        return float(unknowns * np.log(variance) + np.log1p(n * ratio).sum() - np.linalg.slogdet(inverse)[1])

    if rest <= 1e-20 * max(float(n @ score**2), 1e-300) or inner < 1 or unknowns < 1:
        return _fit_means(design, score, rest == 0 and inner > 0)
    grid = np.geomspace(1e-8 / n.max(), 1e4 * (1 + float(n @ score**2) / rest * inner), 80)
    values = [criterion(ratio) for ratio in grid]
    best = int(np.argmin(values))
    low, high = np.log(grid[max(best - 1, 0)]), np.log(grid[min(best + 1, len(grid) - 1)])
    inside = minimize_scalar(lambda x: criterion(float(np.exp(x))), bounds=(low, high), options={"xatol": 1e-10})
    ratio = float(np.exp(inside.x)) if inside.fun < criterion(0.0) else 0.0
    found, inverse, variance = solve(ratio)
    error = sqrt(variance * inverse[-1, -1])
    return _Model(float(found[-1]), error, ratio * variance, variance)


def _fit_means(design: Floats, score: Floats, constant: bool) -> _Model:
    """Where nothing is known of σ² (single scores), or it is 0: plain least squares of persons' means."""
    found = np.linalg.lstsq(design, score, rcond=None)[0]
    df = len(score) - design.shape[1]
    variance = float(((score - design @ found) ** 2).sum()) / df if df > 0 else 0.0
    error = sqrt(variance * np.linalg.inv(design.T @ design)[-1, -1])
    return _Model(float(found[-1]), error, variance if constant else None, 0.0)


def _slope_within(
    sums: PersonSums, changing: NDArray[np.bool_], slope: float, model: _Model, level: float
) -> TrainingSlope | None:
    squares, products = sums.time_squares[changing], sums.products[changing]
    robust = robust_error(squares, products - slope * squares)
    model_error = sqrt(model.sigma2 / float(squares.sum()))
    return _judge(slope, robust.standard_error, robust.degrees, int(sums.n[changing].sum()), WITHIN, model_error, level)


def _slope_between(model: _Model, persons: int, n: int, level: float) -> TrainingSlope | None:
    return _judge(model.between, model.between_error, persons - 2, n, BETWEEN, model.between_error, level)


def _subtract(between: TrainingSlope, within: TrainingSlope, level: float) -> TrainingSlope | None:
    parts = []
    for each in (between, within):
        half = each.estimate.high - each.estimate.value
        parts.append((half / float(stdtrit(each.df, (1 + level) / 2))) ** 2)
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / between.df + parts[1] ** 2 / within.df)
    value = between.estimate.value - within.estimate.value
    model_error = sqrt(between.model_se**2 + within.model_se**2)
    return _judge(value, sqrt(sum(parts)), degrees, between.estimate.n, DIFFERENCE, model_error, level)


def _judge(
    value: float, error: float, df: float, n: int, method: str, model_error: float, level: float
) -> TrainingSlope | None:
    """The slope with its t interval; None where the data show no error at all."""
    if error <= 1e-12 * abs(value) or error == 0:
        return None
    half = float(stdtrit(df, (1 + level) / 2)) * error
    p = float(2 * stdtr(df, -abs(value) / error))
    return TrainingSlope(Estimate(value, value - half, value + half, n, method, level), model_error, df, p)


def _slack(times: Floats) -> float:
    """Squares of times that rounding alone may leave."""
    return float((1e-12 * np.abs(times).max(initial=0.0)) ** 2)
