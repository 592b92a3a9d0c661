"""The binomial distribution's tails and quantiles for arrays, exact for any number of cases.

scipy.special.bdtr is off in the fourth digit at ten million cases and scipy.stats takes seconds to import; the
incomplete beta function is neither.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, ndtri

from analysis.histogram import Floats


def probability_at_most(count: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """P(X ≤ count) for X ~ Binomial(n, share), 0 < share < 1; count: any whole number."""
    count, n = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(n, np.float64))
    inside = (count >= 0) & (count < n)
    return np.where(inside, betaincc(np.where(inside, count + 1, 1), np.where(inside, n - count, 1), share), count >= n)


def probability_at_least(count: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """P(X ≥ count) for X ~ Binomial(n, share), 0 < share < 1; count: any whole number."""
    count, n = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(n, np.float64))
    inside = (count > 0) & (count <= n)
    return np.where(inside, betainc(np.where(inside, count, 1), np.where(inside, n - count + 1, 1), share), count <= 0)


def binomial_quantile(probability: ArrayLike, n: ArrayLike, share: float) -> Floats:
    """The smallest count with P(X ≤ count) ≥ probability, 0 < probability < 1, 0 < share < 1.

    Starts at Cornish & Fisher's approximation and narrows a bracket around it: most quantiles take two steps.
    """
    probability, n = np.broadcast_arrays(np.asarray(probability, np.float64), np.asarray(n, np.float64))
    shape = probability.shape
    probability, n = probability.ravel(), n.ravel()
    normal = ndtri(probability)
    spread = np.sqrt(n * share * (1 - share))
    guess = np.floor(n * share + normal * spread + (normal**2 - 1) * (1 - 2 * share) / 6)
    # P(X ≤ below) < probability ≤ P(X ≤ reached) always.
    below, reached, step = np.full(n.shape, -1.0), n.copy(), 1.0
    while (open_ := np.flatnonzero(reached - below > 1)).size:
        outside = (guess[open_] <= below[open_]) | (guess[open_] >= reached[open_])
        tried = np.where(outside, np.floor((below[open_] + reached[open_]) / 2), guess[open_])
        enough = probability_at_most(tried, n[open_], share) >= probability[open_]
        reached[open_] = np.where(enough, tried, reached[open_])
        below[open_] = np.where(enough, below[open_], tried)
        guess[open_] = np.where(enough, tried - step, tried + step)
        step *= 2
    return reached.reshape(shape)
