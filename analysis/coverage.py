"""How often do 95% intervals hold the truth? One study for each kind, on simulated scores under a ceiling."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.stats import binom

from analysis.clustered import clustered_mean_interval, clustered_proportion_interval
from analysis.estimate import Estimate, NotEstimable
from analysis.histogram import Counts, Floats, GroupSums, Histogram
from analysis.icc import measure_icc
from analysis.mean import mean_limits
from analysis.measured_rate import MeasuredRate, exact_rate, judge_rate
from analysis.proportion import wilson_interval
from analysis.shrinkage import shrink_groups
from analysis.simulated_scores import Population, mix_in_dissatisfied, simulate_instrument

SIZES: Final = (11, 15, 20, 30, 50, 100, 200)
TOP_BOXES: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
AIM: Final = 0.95
BAND: Final = (0.93, 0.97)
# Repeats are divided by these: a cluster-robust interval costs about a hundred intervals of one sample, a model's fit a
# thousand.
CLUSTERED: Final = 4
FITTED: Final = 10


def cover_means(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """A clinician's mean with `mean_interval`."""
    for population in _populations():
        for n in SIZES:
            _, counts = population.draw(np.full(repeats, n), generator)
            mean = counts @ population.values / n
            squares = ((population.values - mean[:, None]) ** 2 * counts).sum(axis=1)
            low, high = mean_limits(n, mean, squares)
            held = (low <= population.mean) & (population.mean <= high)
            yield judge_rate("mean, Beta interval", population.name, n, held, AIM, BAND)


def cover_shares(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """A top-box share with Wilson's interval: no simulation, every possible count is weighed with its probability."""
    for n in SIZES:
        limits = [wilson_interval(successes, n) for successes in range(n + 1)]
        low, high = np.array([(each.low, each.high) for each in limits if isinstance(each, Estimate)]).T

        def coverage(share: float, low: Floats = low, high: Floats = high, n: int = n) -> float:
            return float(binom.pmf(np.arange(n + 1), n, share)[(low <= share) & (share <= high)].sum())

        for share in TOP_BOXES:
            yield exact_rate("top-box, Wilson", f"top-box {share:.0%}", n, coverage(share), AIM, BAND)
        average = float(np.mean([coverage(share) for share in np.linspace(0.5, 0.99, 491)]))
        yield exact_rate("top-box, Wilson", "average over 50% to 99%", n, average, AIM, BAND)


def cover_clustered(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """A unit's mean and top-box over clinicians who differ."""
    for mean in (80, 90, 95):
        population = simulate_instrument(mean, between=0.3)
        for clinicians in (5, 10, 20, 50):
            sizes = uneven_sizes(clinicians)
            drawn = (population.draw(sizes, generator)[1] for _ in range(fewer(repeats, CLUSTERED)))
            held = [
                (
                    _holds(clustered_mean_interval(list_histograms(population, counts)), population.mean),
                    _holds(clustered_proportion_interval(counts[:, -1], sizes), population.top_box),
                )
                for counts in drawn
            ]
            scenario, n = f"{population.name}, {clinicians} clinicians", round(float(sizes.mean()))
            of_mean, of_share = np.array(held).T
            yield judge_rate("unit's mean, cluster-robust", scenario, n, of_mean, AIM, BAND)
            yield judge_rate("unit's top-box, cluster-robust", scenario, n, of_share, AIM, BAND)


def cover_groups(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """ICC(1), and the clinicians' shrunken means: the share of clinicians held is what such intervals aim at."""
    for mean, between in ((50, 0.3), (85, 0.3), (95, 0.3), (85, 0.6)):
        population = simulate_instrument(mean, between=between)
        for clinicians in (10, 30):
            sizes = uneven_sizes(clinicians)
            of_icc, of_means = [], []
            for _ in range(fewer(repeats, FITTED)):
                kinds, counts = population.draw(sizes, generator)
                sums = sum_counts(population, counts)
                of_icc.append(_holds(measure_icc(sums).icc1, population.icc1))
                truth = population.clinician_means()[kinds]
                shrunk = shrink_groups(sums).groups
                of_means.append(
                    np.mean([each.low <= true <= each.high for each, true in zip(shrunk, truth, strict=True)])
                )
            scenario = f"{population.name} (ICC {population.icc1:.3f}), {clinicians} clinicians"
            n = round(float(sizes.mean()))
            yield judge_rate("ICC(1), exact or likelihood", scenario, n, of_icc, AIM, BAND)
            yield judge_rate("shrunken mean", scenario, n, of_means, AIM, BAND)


def fewer(repeats: int, divisor: int) -> int:
    """A fraction of the repeats, never below ten."""
    return max(repeats // divisor, 10)


def sum_counts(population: Population, counts: Counts) -> GroupSums:
    """The sums of drawn groups, counts (G, V)."""
    n = counts.sum(axis=1)
    mean = counts @ population.values / n
    squares = ((population.values - mean[:, None]) ** 2 * counts).sum(axis=1)
    return GroupSums(tuple(f"{place:03}" for place in range(len(n))), n, mean, squares)


def list_histograms(population: Population, counts: Counts) -> list[Histogram]:
    """The histograms of drawn groups, counts (G, V)."""
    return [Histogram(population.values[each > 0], each[each > 0]) for each in counts]


def uneven_sizes(clinicians: int) -> Counts:
    """From 11 patients to 60."""
    return np.linspace(11, 60, clinicians).round().astype(np.int64)


def _populations() -> Iterator[Population]:
    for mean in (60, 75, 85, 90, 94, 97, 98):
        yield simulate_instrument(mean)
    for mean in (85, 94, 97):
        yield simulate_instrument(mean, levels=5, step=0.6, alike=0.4)
    # Answers that are hardly alike, and many of them: scores that spread little.
    yield simulate_instrument(95, levels=5, alike=0.2)
    yield simulate_instrument(97, items=10, levels=5)
    for levels in (4, 5, 11):
        for mean in (75, 90, 97):
            yield simulate_instrument(mean, items=1, levels=levels, step=2.7 / (levels - 1))
    for mean in (90, 95):
        yield mix_in_dissatisfied(simulate_instrument(mean), simulate_instrument(40), 0.05)


def _holds(interval: Estimate | NotEstimable, truth: float) -> bool:
    return isinstance(interval, Estimate) and interval.low <= truth <= interval.high
