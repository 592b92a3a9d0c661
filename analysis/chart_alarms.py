"""How often do charts over time show a change where nothing changes? Against what theory says.

Theory knows the process: its points are independent and normal, centre and limits are the true ones. A chart takes its
limits from the very points that it judges.
"""

from collections.abc import Iterator
from functools import cache
from math import comb, factorial
from typing import Final

import numpy as np
from scipy.special import ndtr
from scipy.stats import binom

from analysis.control_chart import SIGMAS, chart_p, chart_p_prime, chart_xmr
from analysis.coverage import FITTED, fewer
from analysis.measured_rate import MeasuredRate, judge_rate
from analysis.run_chart import Chart, chart_run
from analysis.signals import IN_A_ROW, NEAR, Signal
from analysis.simulated_scores import simulate_instrument

MONTHS: Final = 24
OUTSIDE: Final = 2 * float(ndtr(-SIGMAS))
DATES: Final = tuple(f"{2000 + month // 12}-{month % 12 + 1:02}" for month in range(MONTHS))


def alarm_on_months(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """XmR charts of monthly means that do not change: the share of points outside, of series with each other signal."""
    for mean in (80, 95):
        population = simulate_instrument(mean)
        for n in (20, 100):
            charts = []
            for _ in range(fewer(repeats, FITTED)):
                counts = population.draw(np.full(MONTHS, n), generator)[1]
                charts.append(chart_xmr(DATES, (counts @ population.values / n).tolist()))
            scenario = f"{population.name}, {MONTHS} months"
            yield judge_rate("XmR: points outside", scenario, n, [_outside(chart) for chart in charts], OUTSIDE)
            for rule, theory in _other_rules():
                seen = [_shows(chart, rule) for chart in charts]
                yield judge_rate(f"XmR: series with {rule}", scenario, n, seen, theory)


def alarm_on_runs(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """Run charts of monthly means that do not change: Anhøj's rules, against theory that knows that half lies above."""
    for mean in (80, 95):
        population = simulate_instrument(mean)
        charts = []
        for _ in range(fewer(repeats, FITTED)):
            counts = population.draw(np.full(MONTHS, 100), generator)[1]
            charts.append(chart_run(DATES, (counts @ population.values / 100).tolist()).runs)
        limit, fewest = charts[0].longest_limit or 0, charts[0].crossings_limit or 0
        long = [(each.longest or 0) > (each.longest_limit or 0) for each in charts]
        few = [(each.crossings or 0) < (each.crossings_limit or 0) for each in charts]
        scenario = f"{population.name}, {MONTHS} months"
        yield judge_rate("run chart: a run too long", scenario, 100, long, _chance_of_run_about_median(limit + 1))
        yield judge_rate("run chart: too few crossings", scenario, 100, few, _chance_of_crossings_about_median(fewest))


def alarm_on_monthly_shares(repeats: int, generator: np.random.Generator) -> Iterator[MeasuredRate]:
    """p and p′ charts of top-box: the share of months outside, where months are alike and where they vary.

    The aim is the binomial probability beyond three standard deviations at the true share.
    """
    for mean, between in ((80, 0.0), (95, 0.0), (95, 0.3)):
        population = simulate_instrument(mean, between=between)
        for n in (30, 100):
            plain, prime = [], []
            for _ in range(fewer(repeats, FITTED)):
                at_top = population.draw(np.full(MONTHS, n), generator)[1][:, -1].tolist()
                plain.append(_outside(chart_p(DATES, at_top, [n] * MONTHS)))
                prime.append(_outside(chart_p_prime(DATES, at_top, [n] * MONTHS)))
            months = "months vary" if between else "months alike"
            scenario = f"top-box {population.top_box:.0%}, {MONTHS} {months}"
            theory = _beyond_three_sigmas(n, population.top_box)
            yield judge_rate("p chart: points outside", scenario, n, plain, theory)
            yield judge_rate("p′ chart: points outside", scenario, n, prime, theory)


def chance_of_row(tosses: int, length: int) -> float:
    """The probability of `length` or more equal tosses in a row of a fair coin, by counting the ways without."""
    ways = [1]
    for toss in range(1, tosses + 1):
        ways.append(sum(ways[max(0, toss - length + 1) : toss]))
    return float(1 - 2 * ways[tosses] / 2**tosses)


def _chance_of_run_about_median(length: int) -> float:
    """The same where as many points lie above as below, by counting the ways without."""

    @cache
    def ways(these: int, others: int) -> int:
        """Orders of the points that are left, the next run being one of `these`."""
        runs = range(1, min(these, length - 1) + 1)
        return sum(ways(others, these - run) if others else int(run == these) for run in runs)

    half = MONTHS // 2
    return 1 - 2 * ways(half, half) / comb(MONTHS, half)


def _chance_of_crossings_about_median(fewest: int) -> float:
    """Fewer crossings than that where as many points lie above as below (Wald & Wolfowitz 1940)."""
    half = MONTHS // 2
    ways = sum(
        2 * comb(half - 1, crossings // 2) * comb(half - 1, (crossings - 1) // 2) for crossings in range(1, fewest)
    )
    return ways / comb(MONTHS, half)


def _chance_of_trend(points: int) -> float:
    """The expected number of rows of seven rises or falls, which are too rare to come twice."""
    steps = IN_A_ROW + 1
    return 2 * (1 / factorial(steps) + (points - steps) * steps / factorial(steps + 1))


def _chance_of_near(points: int) -> float:
    """Two of three normal points beyond two sigmas on one side, from the chances of each pair of neighbours so far."""
    beyond = float(ndtr(-NEAR * SIGMAS))
    each = {-1: beyond, 0: 1 - 2 * beyond, 1: beyond}
    quiet = {(0, 0): 1.0}
    for _ in range(points):
        following: dict[tuple[int, int], float] = {}
        for (before, last), chance in quiet.items():
            for side, probability in each.items():
                if side == 0 or side not in (before, last):
                    following[last, side] = following.get((last, side), 0.0) + chance * probability
        quiet = following
    return 1 - sum(quiet.values())


def _other_rules() -> tuple[tuple[Signal, float], ...]:
    """The rules beside limits, with the probability that a series without a change shows them."""
    return (
        ("shift", chance_of_row(MONTHS, IN_A_ROW)),
        ("trend", _chance_of_trend(MONTHS)),
        ("near_limit", _chance_of_near(MONTHS)),
    )


def _beyond_three_sigmas(n: int, share: float) -> float:
    reach = SIGMAS * np.sqrt(share * (1 - share) / n)
    counts = np.arange(n + 1)
    return float(binom.pmf(counts, n, share)[np.abs(counts / n - share) > reach].sum())


def _outside(chart: Chart) -> float:
    """The share of points that are outside."""
    return sum("outside" in point.signals for point in chart.points) / len(chart.points)


def _shows(chart: Chart, rule: Signal) -> bool:
    return any(rule in point.signals for point in chart.points)
