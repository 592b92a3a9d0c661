"""A proportion, such as a top-box share, and its Wilson interval, from counts."""

from math import sqrt

from scipy.special import ndtri

from analysis.estimate import Estimate, NotEstimable

WILSON = "proportion, Wilson interval"


def wilson_interval(successes: int, n: int, *, level: float = 0.95) -> Estimate | NotEstimable:
    """The share successes/n with its score interval (Wilson 1927, JASA 22:209, doi:10.1080/01621459.1927.10502953).

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), without continuity correction. It is the numbers of
    scipy's `binomtest(…).proportion_ci("wilson")`, which computes a p-value beside it and takes a hundred times longer.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"There cannot be {successes} successes in {n} cases.")
    if n == 0:
        return NotEstimable("no_answers")
    share = successes / n
    z = float(ndtri((1 + level) / 2))
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends a limit is the share itself, but for rounding.
    low = 0.0 if successes == 0 else center - half
    high = 1.0 if successes == n else center + half
    return Estimate(share, low, high, n, WILSON, level)
