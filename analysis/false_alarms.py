"""How often do rules raise an alarm where there is nothing to find? One study for each rule, on simulated scores."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from analysis.comparison import compare_groups
from analysis.coverage import FITTED, fewer, list_histograms, sum_counts, uneven_sizes
from analysis.icc import measure_icc
from analysis.measured_rate import MeasuredRate, judge_rate
from analysis.shrinkage import shrink_groups
from analysis.simulated_scores import simulate_instrument

FAMILY: Final = 0.05
AT_MOST: Final = (0.0, 0.05)
PROGRAMS: Final = (5, 20, 50)
# A comparison of 50 groups takes the time of forty model fits.
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
            scenario, n = f"{population.name}, {clinicians} identical clinicians", round(float(sizes.mean()))
            yield judge_rate("ICC(1) above 0 by its interval", scenario, n, differing, 0.025)
            yield judge_rate("any shrunken mean off the program's", scenario, n, standing_out, FAMILY, AT_MOST)


def alarm_on_comparisons(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Programs of identical clinicians in which the tests of `compare_groups` find a difference or any pair is flagged.

    A test that the data cannot carry raises no alarm.
    """
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for clinicians in PROGRAMS:
            sizes = uneven_sizes(clinicians)
            names = [f"{place:03}" for place in range(clinicians)]
            alarms = []
            for _ in range(fewer(repeats, COMPARED)):
                drawn = list_histograms(population, population.draw(sizes, generator)[1])
                found = compare_groups(dict(zip(names, drawn, strict=True)))
                alarms.append(
                    (
                        found.kruskal is not None and found.kruskal.p < FAMILY,
                        found.welch is not None and found.welch.p < FAMILY,
                        any(pair.p is not None and pair.p < FAMILY for pair in found.pairs),
                        any(pair.p_adjusted is not None and pair.p_adjusted < FAMILY for pair in found.pairs),
                    )
                )
            scenario, n = f"{population.name}, {clinicians} identical clinicians", round(float(sizes.mean()))
            kruskal, welch, pairs, flagged = np.array(alarms).T
            yield judge_rate("Kruskal-Wallis below 5%", scenario, n, kruskal, FAMILY)
            yield judge_rate("Welch below 5%", scenario, n, welch, FAMILY)
            yield judge_rate("any pair below 5%, Games-Howell alone", scenario, n, pairs, FAMILY, AT_MOST)
            yield judge_rate("any pair flagged: adjusted p below 5%", scenario, n, flagged, FAMILY, AT_MOST)
