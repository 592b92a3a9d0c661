"""How often do rules raise an alarm where there is nothing to find? One study for each rule, on simulated scores."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from analysis.comparison import kruskal_test, welch_test
from analysis.coverage import FITTED, fewer, list_histograms, sum_counts, uneven_sizes
from analysis.games_howell import adjust_p, compare_pairs
from analysis.histogram import Counts
from analysis.icc import measure_icc
from analysis.measured_rate import MeasuredRate, judge_rate
from analysis.shrinkage import shrink_groups
from analysis.simulated_scores import Population, simulate_instrument

FAMILY: Final = 0.05
AT_MOST: Final = (0.0, 0.05)
PROGRAMS: Final = (5, 20, 50)
# The pairs of 50 groups take the time of thirty model fits.
COMPARED: Final = 50


def alarm_on_fits(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Programs of identical clinicians in which ICC(1) or any clinician's shrunken mean seems to differ."""
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for clinicians in PROGRAMS:
            sizes = uneven_sizes(clinicians)
            differing, standing_out = [], []
            for _ in range(fewer(repeats, FITTED)):
                sums = sum_counts(population, population.draw(sizes, generator)[1])
                differing.append(measure_icc(sums).icc1.low > 0)
                shrunk = shrink_groups(sums)
                standing_out.append(any(not each.low <= shrunk.grand_mean <= each.high for each in shrunk.groups))
            scenario, n = _describe(population, sizes)
            yield judge_rate("ICC(1) above 0 by its interval", scenario, n, differing, 0.025)
            yield judge_rate("any shrunken mean off the program's", scenario, n, standing_out, FAMILY, AT_MOST)


def alarm_on_tests(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Programs of identical clinicians in which a test over all of them finds a difference.

    A test that the data cannot carry raises no alarm.
    """
    programs = [*(uneven_sizes(clinicians) for clinicians in PROGRAMS), np.full(20, 100), np.full(20, 200)]
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for sizes in programs:
            ranks, means = [], []
            for _ in range(fewer(repeats, FITTED)):
                counts = population.draw(sizes, generator)[1]
                kruskal = kruskal_test(list_histograms(population, counts))
                welch = welch_test(sum_counts(population, counts))
                ranks.append(kruskal is not None and kruskal.p < FAMILY)
                means.append(welch is not None and welch.p < FAMILY)
            scenario, n = _describe(population, sizes)
            yield judge_rate("Kruskal-Wallis below 5%", scenario, n, ranks, FAMILY)
            yield judge_rate("Welch below 5%", scenario, n, means, FAMILY)


def alarm_on_pairs(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Programs of identical clinicians in which a pair seems to differ, by Games and Howell alone and adjusted."""
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for clinicians in PROGRAMS:
            sizes = uneven_sizes(clinicians)
            first, second = np.triu_indices(clinicians, 1)
            alone, adjusted = [], []
            for _ in range(fewer(repeats, COMPARED)):
                p = compare_pairs(sum_counts(population, population.draw(sizes, generator)[1]), first, second).p
                # A pair without a p is not flagged: nan is below nothing.
                alone.append((p < FAMILY).any())
                adjusted.append((adjust_p(p) < FAMILY).any())
            scenario, n = _describe(population, sizes)
            yield judge_rate("any pair below 5%, Games-Howell alone", scenario, n, alone, FAMILY, AT_MOST)
            yield judge_rate("any pair flagged: adjusted p below 5%", scenario, n, adjusted, FAMILY, AT_MOST)


def _describe(population: Population, sizes: Counts) -> tuple[str, int]:
    each = f" with {sizes[0]} each" if sizes.min() == sizes.max() else ""
    return f"{population.name}, {len(sizes)} identical clinicians{each}", round(float(sizes.mean()))
