"""How often do funnels show a group of identical ones beyond their limits? Against what theory says."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.stats import binom

from analysis.coverage import FITTED, fewer, sum_counts, uneven_sizes
from analysis.false_alarms import AT_MOST, FAMILY, PROGRAMS
from analysis.funnel import MeanFunnelGroup, flag_outliers, funnel_means
from analysis.histogram import Counts
from analysis.measured_rate import MeasuredRate, judge_rate
from analysis.simulated_scores import simulate_instrument

WIDE: Final = 0.05
NARROW: Final = 0.002
# Exact binomial limits take about two model fits.
SHARES: Final = 2 * FITTED


def alarm_on_shares(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Top-box of identical clinicians: the share of them beyond the limits, and programs with any flagged outlier.

    The aim at the limits is the binomial probability at the true share, which is below 5% and 0.2% because counts move
    in whole steps; the target is taken from the data, which lowers the rate a little further.
    """
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for clinicians in PROGRAMS:
            sizes = uneven_sizes(clinicians)
            names = [f"{place:03}" for place in range(clinicians)]
            wide, narrow, any_flagged = [], [], []
            for _ in range(fewer(repeats, SHARES)):
                at_top = population.draw(sizes, generator)[1][:, -1]
                found = flag_outliers(names, at_top, sizes)
                wide.append(found.beyond95 / found.tested)
                narrow.append(found.beyond998 / found.tested)
                any_flagged.append(any(each.side is not None for each in found.groups))
            scenario = f"top-box {population.top_box:.0%}, {clinicians} identical clinicians"
            n = round(float(sizes.mean()))
            for name, seen, promised in (("95%", wide, WIDE), ("99.8%", narrow, NARROW)):
                theory = _beyond(sizes, population.top_box, promised)
                yield judge_rate(f"funnel of shares, beyond {name}", scenario, n, seen, theory, (0, promised))
            yield judge_rate("any outlier flagged in a funnel", scenario, n, any_flagged, FAMILY, AT_MOST)


def alarm_on_means(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Means of identical clinicians: the share of them beyond the limits, which are exact for normal answers."""
    for mean in (50, 80, 95):
        population = simulate_instrument(mean)
        for clinicians in PROGRAMS:
            sizes = uneven_sizes(clinicians)
            wide, narrow = [], []
            for _ in range(fewer(repeats, FITTED)):
                groups = funnel_means(sum_counts(population, population.draw(sizes, generator)[1])).groups
                wide.append(_share(groups, ""))
                narrow.append(_share(groups, "998"))
            scenario, n = f"{population.name}, {clinicians} identical clinicians", round(float(sizes.mean()))
            yield judge_rate("funnel of means, beyond 95%", scenario, n, wide, WIDE, (0, WIDE))
            yield judge_rate("funnel of means, beyond 99.8%", scenario, n, narrow, NARROW, (0, NARROW))


def _share(groups: tuple[MeanFunnelGroup, ...], limit: str) -> float:
    """The share of groups with a flag that ends in `limit`."""
    return sum(each.flag is not None and each.flag.endswith(limit) for each in groups) / len(groups)


def _beyond(sizes: Counts, share: float, promised: float) -> float:
    """The mean probability of a count whose tail is at most half of what is promised."""
    rates = []
    for size in sizes.tolist():
        counts = np.arange(size + 1)
        rare = (binom.cdf(counts, size, share) <= promised / 2) | (binom.sf(counts - 1, size, share) <= promised / 2)
        rates.append(binom.pmf(counts[rare], size, share).sum())
    return float(np.mean(rates))
