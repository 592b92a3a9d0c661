"""Cliff's delta for all pairs of groups, from their counts on a shared list of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit

from analysis.histogram import Floats, Histogram

_CELLS: Final = 2**21


@dataclass(frozen=True)
class CliffsDelta:
    """One pair's delta, P(a > b) − P(a < b), and its limits (`delta_limits`), None beside a group of one case."""

    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Dominance:
    """How G groups stand to each other: (G, G), row a and column b, but n, which is (G, 1).

    delta: P(a > b) − P(a < b) for one case of each; squares: Σ dᵢ² over the cases i of a, with dᵢ = P(b < xᵢ) −
    P(b > xᵢ); ties: P(a = b).
    """

    n: Floats
    delta: Floats
    squares: Floats
    ties: Floats


def measure_dominance(histograms: Sequence[Histogram]) -> Dominance:
    """The dominance of each group over each other (Cliff 1993, doi:10.1037/0033-2909.114.3.494). None may be empty."""
    values, place = np.unique(np.concatenate([each.values for each in histograms]), return_inverse=True)
    group = np.repeat(np.arange(len(histograms)), [len(each.values) for each in histograms])
    counts = np.concatenate([each.counts for each in histograms]).astype(np.float64)
    n = np.asarray(np.bincount(group, counts, len(histograms)), np.float64)[:, None]
    net, squares, ties = (np.zeros((len(n), len(n))) for _ in range(3))
    below = np.zeros_like(n)
    # Values by the block, so that a measurement with a million values needs no more memory than a rating with five.
    block = max(1, _CELLS // len(n))
    for first in range(0, len(values), block):
        here = (place >= first) & (place < first + block)
        table = np.zeros((len(n), min(block, len(values) - first)))
        table[group[here], place[here] - first] = counts[here]
        upto = below + np.cumsum(table, axis=1)
        # Of b: its cases below the value minus those above it, a whole number.
        lead = 2 * upto - table - n
        net += table @ lead.T
        squares += table @ ((lead / n) ** 2).T
        ties += table @ table.T
        below = upto[:, -1:]
    both = n * n.T
    return Dominance(n, net / both, squares, ties / both)


def delta_limits(dominance: Dominance, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Limits of every pair's delta, (G, G) each; nan where one of the two groups has one case.

    With d = delta, n and m cases, dᵢ and dⱼ the dominance of a case of a and of b, and dᵢⱼ = sign(xᵢ − yⱼ):

    - the unbiased variance s² = (m²·Σ(dᵢ − d)² + n²·Σ(dⱼ − d)² − ΣΣ(dᵢⱼ − d)²) / (n·m·(n−1)·(m−1)), never taken below
      (1 − d²)/(n·m − 1) (Cliff 1996, Ordinal Methods for Behavioral Data Analysis);
    - limits (d − d³ ± t·s·√((1 − d²)² + t²s²)) / (1 − d² + t²s²) with Student's t at n + m − 2 degrees of freedom;
    - where no case of one group reaches any of the other, d = ±1, they are ±1 and ±(b − t²)/(b + t²) with b the smaller
      group's cases (Feng & Cliff 2004, Journal of Modern Applied Statistical Methods 3:322).
    """
    n, m = dominance.n, dominance.n.T
    delta = dominance.delta
    with np.errstate(all="ignore"):
        own = np.maximum(dominance.squares - n * delta**2, 0.0)
        single = n * m * np.maximum(1 - dominance.ties - delta**2, 0.0)
        variance = (m**2 * own + n**2 * own.T - single) / (n * m * (n - 1) * (m - 1))
        variance = np.maximum(variance, (1 - delta**2) / (n * m - 1))
        t = -np.asarray(stdtrit(n + m - 2, (1 - level) / 2))
        reach = t**2 * variance
        half = np.sqrt(reach * ((1 - delta**2) ** 2 + reach))
        center, width = delta - delta**3, 1 - delta**2 + reach
        low, high = (center - half) / width, (center + half) / width
        smaller = np.minimum(n, m)
        edge = (smaller - t**2) / (smaller + t**2)
    low = np.where(delta >= 1, edge, np.where(delta <= -1, -1.0, low))
    high = np.where(delta <= -1, -edge, np.where(delta >= 1, 1.0, high))
    known = (n > 1) & (m > 1)
    return np.where(known, np.clip(low, -1, 1), np.nan), np.where(known, np.clip(high, -1, 1), np.nan)
