"""The studentized range: how far apart the largest and the smallest of k means lie when nothing but chance parts them.

Games and Howell's pairs need its tail and its quantile at as many degrees of freedom as there are pairs. scipy takes
ten milliseconds for one; here one table for k serves all pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log, pi, sqrt
from typing import Final

import numpy as np
from numpy.polynomial.chebyshev import chebfit, chebval
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike
from scipy.interpolate import PPoly, make_interp_spline
from scipy.special import erfcx, gammaln, log_ndtr, stdtrit

from analysis.histogram import Floats

# From here on the range's tail is that of its pairs to 15 digits: another pair as far apart is too rare.
_TABLE_END: Final = 24.0
_TABLE_STEPS: Final = 480
_NODES, _WEIGHTS = leggauss(24)
# The integrand is cut where it has fallen to exp(−34) of its top.
_DROP: Final = 34.0
_ROWS: Final = 4096
_CHEBYSHEV: Final = 48
# Squares of larger ones would overflow; no p that matters is left there.
_LARGEST: Final = 1e130


@dataclass(frozen=True, eq=False)
class _RangeTail:
    """R_k(w) = P(range of k standard normal variables > w): ln R_k as a spline, and past its end the pairs'."""

    k: int
    spline: PPoly
    slope: PPoly

    def log(self, w: Floats) -> Floats:
        """ln R_k(w)."""
        # Past its end the spline would run off beyond what a number holds.
        found = self.spline(np.minimum(w, _TABLE_END))
        far = w > _TABLE_END
        if far.any():
            found[far] = log(self.k * (self.k - 1)) + log_ndtr(-w[far] / sqrt(2))
        return np.asarray(found)

    def elasticity(self, w: Floats) -> Floats:
        """d ln R_k / d ln w, falling from 0 and never below −(w²/2 + 1)."""
        near = np.minimum(w, _TABLE_END)
        found = self.slope(near) * near
        far = w > _TABLE_END
        if far.any():
            reach = w[far] / sqrt(2)
            found[far] = -reach * sqrt(2 / pi) / erfcx(reach / sqrt(2))
        return np.asarray(found)


@lru_cache(maxsize=64)
def _range_tail(k: int) -> _RangeTail:
    """The quintic spline of ln R_k over 0 ≤ w ≤ 24, from

        R_k(w) = k ∫ φ(z)·(Φ(z)^(k−1) − [Φ(z) − Φ(z−w)]^(k−1)) dz

    by the trapezoid rule, which for so smooth an integrand has an error below rounding.
    """
    w = np.linspace(0.0, _TABLE_END, _TABLE_STEPS + 1)[:, None]
    z = w / 2 + np.arange(-9.0, 9.01, 0.15)
    below = log_ndtr(z)
    share = np.minimum(np.exp(log_ndtr(z - w) - below), 1.0)
    with np.errstate(divide="ignore", under="ignore"):
        some = -np.expm1((k - 1) * np.log1p(-share))
        tail = k * 0.15 * (np.exp(-0.5 * z**2 - 0.5 * log(2 * pi) + (k - 1) * below) * some).sum(1)
    spline = PPoly.from_spline(make_interp_spline(w[:, 0], np.log(tail), k=5))
    return _RangeTail(k, spline, spline.derivative())


def studentized_range_tail(q: ArrayLike, k: int, degrees: ArrayLike) -> Floats:
    """P(Q > q) for the studentized range Q of k ≥ 2 means with its own degrees of freedom for each q.

    q, degrees: any shapes that fit together, q ≥ 0, degrees > 0. With R_k(w) the tail of the range of k standard
    normal variables and f the density of t = ln(s/σ), s² having χ²/degrees,

        P(Q > q) = ∫ f(t) · R_k(q·eᵗ) dt     (Lund & Lund 1983, Applied Statistics 32:204, algorithm AS 190)

    The tail is integrated, not its complement, so that small p keep their digits. The integrand's logarithm is
    concave; Gauss-Legendre on either side of its top, down to exp(−34), is right to about ten digits.
    """
    size, freedom = (np.asarray(each, np.float64) for each in np.broadcast_arrays(q, degrees))
    tail, _ = _integrate(size.ravel(), k, freedom.ravel())
    return np.asarray(tail.reshape(size.shape))


def studentized_range_quantile(level: float, k: int, degrees: ArrayLike) -> Floats:
    """The q that Q exceeds with probability 1 − level, for each of the degrees of freedom ν (any shape).

    Above 48 different ν, from Chebyshev's polynomial for ln q in 1/(ν + 3) through 48 of them: its relative error is
    below 1e-7 (k = 500, ν from 1), mostly 1e-11.
    """
    freedom = np.asarray(degrees, np.float64)
    distinct, place = np.unique(freedom.ravel(), return_inverse=True)
    if len(distinct) <= _CHEBYSHEV:
        roots = _solve(level, k, distinct)
    else:
        low, high = 1 / (distinct[-1] + 3), 1 / (distinct[0] + 3)
        nodes = np.cos((2 * np.arange(_CHEBYSHEV) + 1) * pi / (2 * _CHEBYSHEV))
        few = np.log(_solve(level, k, 2 / (low + high + (high - low) * nodes) - 3))
        place_in_range = (2 / (distinct + 3) - low - high) / (high - low)
        roots = np.exp(chebval(place_in_range, chebfit(nodes, few, _CHEBYSHEV - 1)))
    return np.asarray(roots[place].reshape(freedom.shape))


def _solve(level: float, k: int, degrees: Floats) -> Floats:
    """Newton's method on ln P(Q > q) as a function of ln q, which is concave and falls.

    From the right of the root, where Bonferroni's inequality puts the start, the steps come down to it without fail.
    """
    target = log(1 - level)
    root = 0.5 * log(2) + np.log(-stdtrit(degrees, (1 - level) / (k * (k - 1))))
    for _ in range(50):
        tail, slope = _integrate(np.exp(root), k, degrees)
        step = (np.log(tail) - target) / slope
        root = root - step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(np.exp(root))


def _integrate(q: Floats, k: int, degrees: Floats) -> tuple[Floats, Floats]:
    """P(Q > q) and d ln P / d ln q, both (n,)."""
    tail, slope = np.ones(len(q)), np.zeros(len(q))
    positive = np.flatnonzero(q > 0)
    for first in range(0, len(positive), _ROWS):
        rows = positive[first : first + _ROWS]
        tail[rows], slope[rows] = _integrate_rows(np.log(np.minimum(q[rows], _LARGEST)), _range_tail(k), degrees[rows])
    return tail, slope


def _integrate_rows(scale: Floats, ranges: _RangeTail, degrees: Floats) -> tuple[Floats, Floats]:
    scale, degrees = scale[:, None], degrees[:, None]

    def height(t: Floats) -> Floats:
        return _chi_shape(t, degrees) + ranges.log(np.exp(scale + t))

    # The top lies between the χ density's, t = 0, and that of its product with exp(−w²/4), the steepest the tail is.
    top = _find_top(scale, ranges, degrees)
    peak = height(top)
    drop = _DROP - ranges.log(np.exp(scale + top))
    left = top - (drop + degrees * np.exp(2 * top) / 2) / degrees
    left = _find_edge(height, peak - _DROP, left, top, degrees)
    # With few degrees of freedom the left slope is long and plain; what bends lies near the top.
    shoulder = _find_edge(height, peak - 3.0, left, top, degrees)
    right = _find_edge(height, peak - _DROP, np.sqrt((_DROP - peak) / degrees), top, degrees)
    total, moment = np.zeros(scale.shape), np.zeros(scale.shape)
    for start, end in ((left, shoulder), (shoulder, top), (top, right)):
        t = start + (end - start) * (_NODES + 1) / 2
        w = np.exp(scale + t)
        part = (end - start) / 2 * _WEIGHTS * np.exp(_chi_shape(t, degrees) + ranges.log(w) - peak)
        total += part.sum(1, keepdims=True)
        moment += (part * ranges.elasticity(w)).sum(1, keepdims=True)
    log_p = np.log(total) + peak + _chi_scale(degrees)
    return np.minimum(np.exp(log_p[:, 0]), 1.0), (moment / total)[:, 0]


def _find_top(scale: Floats, ranges: _RangeTail, degrees: Floats) -> Floats:
    """Roughly where the integrand is highest; the nodes on either side forgive a miss.

    The elasticity of the range's tail lies between 0 and −(w²/2 + 1), and at small w above −(w²/2 + 0.6·w).
    """
    many = -0.5 * np.log((degrees + np.exp(2 * scale) / 2) / np.maximum(degrees - 1, 1.0))
    few = np.minimum(-0.5 * log(2), np.log(degrees / 3) - scale)
    low, high = np.where(degrees < 5, few, np.minimum(many, 0.0)), np.zeros(scale.shape)
    for _ in range(_halvings(high - low, degrees, 0.25)):
        middle = (low + high) / 2
        rises = degrees * -np.expm1(2 * middle) + ranges.elasticity(np.exp(scale + middle)) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return (low + high) / 2


def _find_edge(
    height: Callable[[Floats], Floats], floor: Floats, outside: Floats, inside: Floats, degrees: Floats
) -> Floats:
    """A place at or just outside where the height has fallen to the floor."""
    for _ in range(_halvings(np.abs(outside - inside), degrees, 1.0)):
        middle = (outside + inside) / 2
        above = height(middle) > floor
        inside, outside = np.where(above, middle, inside), np.where(above, outside, middle)
    return outside


def _halvings(width: Floats, degrees: Floats, wanted: float) -> int:
    """How often to halve until every width is below the wanted number of the χ density's standard deviations."""
    return max(1, ceil(float(np.log2((width * np.sqrt(2 * degrees + 1)).max() / wanted))))


def _chi_shape(t: Floats, degrees: Floats) -> Floats:
    """ln f(t) + a constant, 0 at t = 0."""
    return degrees * (t - np.expm1(2 * t) / 2)


def _chi_scale(degrees: Floats) -> Floats:
    """ln f(0) = ln 2 + ½ ln(a/2π) − δ(a), a = degrees/2, with δ(a) what Stirling's ln Γ(a) lacks.

    Written so because at ten million degrees of freedom ln Γ itself would leave eight digits.
    """
    a = degrees / 2
    large = np.maximum(a, 16.0)
    series = 1 / (12 * large) * (1 - 1 / (30 * large**2) * (1 - 2 / (7 * large**2) * (1 - 3 / (4 * large**2))))
    small = np.minimum(a, 16.0)
    exact = gammaln(small) - (small - 0.5) * np.log(small) + small - 0.5 * log(2 * pi)
    return log(2) + 0.5 * np.log(a / (2 * pi)) - np.where(a >= 16.0, series, exact)
