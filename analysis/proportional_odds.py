"""Ordinal logistic regression with proportional odds, from counts: profiles of covariates times ordered levels."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit

from analysis.histogram import Counts, Floats

MOST_STEPS = 200
# Newton's decrement, twice the log likelihood still to be gained, at which it ends.
ENOUGH = 1e-11
# Odds ratios beyond e^15 are no estimates: a level or a group lies apart, and the coefficient runs away.
RUNAWAY = 15.0


@dataclass(frozen=True, eq=False)
class ProportionalOdds:
    """log_likelihood: at its maximum (its limit, where a coefficient runs away); thresholds: (L − 1,) rising;
    coefficients, errors: (P,), above 0 for higher levels, nan where the data do not bound them.
    """

    log_likelihood: float
    thresholds: Floats
    coefficients: Floats
    errors: Floats


def fit_proportional_odds(counts: Counts, covariates: Floats) -> ProportionalOdds:
    """logit P(Y ≤ level j) = θ_j − xᵀβ by maximum likelihood.

    counts: (R, L) cases of each profile at each level, every level and profile with some; covariates: (R, P) without
    constant, of full rank together with it. McCullagh 1980, J R Stat Soc B 42:109,
    doi:10.1111/j.2517-6161.1980.tb01109.x.
    The log likelihood is concave (Pratt 1981, J Am Stat Assoc 76:103, doi:10.1080/01621459.1981.10477613), so Newton's
    steps, halved where they go too far, find its maximum. As σ(a) − σ(b) = σ(a)·σ(−b)·(1 − e^(b−a)), no difference of
    nearly equal probabilities is ever taken.
    """
    totals = counts.sum(0).astype(np.float64)
    cuts = len(totals) - 1
    spread = np.where(covariates.std(0) > 0, covariates.std(0), 1.0)
    center = np.average(covariates, axis=0, weights=counts.sum(1))
    design = (covariates - center) / spread
    place = np.concatenate([logit(np.cumsum(totals)[:-1] / totals.sum()), np.zeros(design.shape[1])])
    value = _log_likelihood(place, counts, design, totals)
    for _ in range(MOST_STEPS):
        gradient, information = _derivatives(place, counts, design, totals)
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        if gradient @ step < ENOUGH:
            break
        size = 1.0
        while (new := _log_likelihood(place + size * step, counts, design, totals)) < value and size > 1e-10:
            size /= 2
        if new < value:
            break
        place, value = place + size * step, new
    slopes = place[cuts:]
    covariance = np.linalg.pinv(_derivatives(place, counts, design, totals)[1], hermitian=True)
    errors = np.sqrt(np.maximum(np.diag(covariance)[cuts:], 0))
    bounded = (np.abs(slopes) <= RUNAWAY) & (errors <= RUNAWAY)
    return ProportionalOdds(
        log_likelihood=value,
        thresholds=place[:cuts] + center @ (slopes / spread),
        coefficients=np.where(bounded, slopes / spread, np.nan),
        errors=np.where(bounded, errors / spread, np.nan),
    )


def null_log_likelihood(counts: Counts) -> float:
    """Without covariates: every level has its share."""
    totals = counts.sum(0).astype(np.float64)
    return float(totals @ np.log(totals / totals.sum()))


def nagelkerke(log_likelihood: float, null: float, n: int) -> float:
    """R² = (1 − e^(2(ℓ₀ − ℓ)/n))/(1 − e^(2ℓ₀/n)) (Nagelkerke 1991, Biometrika 78:691, doi:10.1093/biomet/78.3.691)."""
    return float(np.expm1(2 * (null - log_likelihood) / n) / np.expm1(2 * null / n))


def _log_likelihood(place: Floats, counts: Counts, design: Floats, totals: Floats) -> float:
    cuts = len(totals) - 1
    thresholds, gaps = place[:cuts], np.diff(place[:cuts])
    if (gaps <= 0).any():
        return -np.inf
    distance = thresholds - (design @ place[cuts:])[:, None]
    below = (counts[:, :-1] * log_expit(distance)).sum()
    above = (counts[:, 1:] * log_expit(-distance)).sum()
    return float(below + above + totals[1:-1] @ np.log(-np.expm1(-gaps)))


def _derivatives(place: Floats, counts: Counts, design: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """The gradient and the information, minus the second derivatives: thresholds first, then coefficients."""
    cuts = len(totals) - 1
    gaps = np.diff(place[:cuts])
    share = expit(place[:cuts] - (design @ place[cuts:])[:, None])
    below, above = counts[:, :-1] * (1 - share), counts[:, 1:] * share
    # Both neighbours of a threshold pull at it, and the level between two thresholds pushes these apart.
    pull = below - above
    # 1/(e^gap − 1), written so that it cannot overflow where levels lie far apart.
    closeness = np.exp(-gaps) / -np.expm1(-gaps)
    push = totals[1:-1] * closeness
    stiff = push * (1 + closeness)
    of_cuts = pull.sum(0) + np.concatenate([[0], push]) - np.concatenate([push, [0]])
    curve = (counts[:, :-1] + counts[:, 1:]) * share * (1 - share)
    among_cuts = np.diag(curve.sum(0) + np.concatenate([[0], stiff]) + np.concatenate([stiff, [0]]))
    among_cuts -= np.diag(stiff, 1) + np.diag(stiff, -1)
    crossed = -curve.T @ design
    among_slopes = design.T @ (curve.sum(1)[:, None] * design)
    gradient = np.concatenate([of_cuts, -design.T @ pull.sum(1)])
    return gradient, np.block([[among_cuts, crossed], [crossed.T, among_slopes]])
