"""How much two means differ that come from different people, each with an interval of its own."""

from math import hypot
from typing import Final

from analysis.estimate import Estimate

MOVER: Final = "difference of two means, limits recovered from theirs (MOVER)"


def difference_of_means(later: Estimate, earlier: Estimate) -> Estimate:
    """later − earlier of two independent means, with limits from the means' own limits.

    low = d − √((a − a_low)² + (b_high − b)²), high = d + √((a_high − a)² + (b − b_low)²) for d = a − b (Zou & Donner
    2008, Statistics in Medicine 27:1693, doi:10.1002/sim.3095). So it leans where the means' intervals lean under
    a ceiling, and agrees with what is drawn of them. n: the cases of both. Raises ValueError for two levels.
    """
    if later.level != earlier.level:
        raise ValueError("The two intervals have different levels.")
    difference = later.value - earlier.value
    low = difference - hypot(later.value - later.low, earlier.high - earlier.value)
    high = difference + hypot(later.high - later.value, earlier.value - earlier.low)
    return Estimate(difference, low, high, later.n + earlier.n, MOVER, later.level)
