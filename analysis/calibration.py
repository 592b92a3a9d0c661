"""Do the intervals hold what they say, and do the rules raise no more false alarms than they may? By simulation.

Each study draws patients of a known population many times, asks the engine, and counts how often it is right.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.chart_alarms import alarm_on_monthly_shares, alarm_on_months, alarm_on_runs
from analysis.coverage import cover_clustered, cover_groups, cover_means, cover_shares
from analysis.false_alarms import alarm_on_fits, alarm_on_pairs, alarm_on_tests
from analysis.funnel_alarms import alarm_on_means, alarm_on_shares
from analysis.measured_rate import MeasuredRate

# A study keeps its place and with it its random numbers; new ones come at the end.
STUDIES: Final = (
    cover_means,
    cover_shares,
    cover_clustered,
    cover_groups,
    alarm_on_fits,
    alarm_on_tests,
    alarm_on_pairs,
    alarm_on_shares,
    alarm_on_means,
    alarm_on_months,
    alarm_on_runs,
    alarm_on_monthly_shares,
)


@dataclass(frozen=True)
class Calibration:
    """All rates measured from one seed."""

    seed: int
    repeats: int
    rates: tuple[MeasuredRate, ...]


def calibrate(*, seed: int = 20261101, repeats: int = 10_000) -> Calibration:
    """Measure every rate; the same seed and repeats give the same numbers. `repeats` from 20 on; 200 take seconds.

    `repeats` is for one sample's interval; whatever is fitted to many groups is repeated a fixed fraction of that.
    Raises ValueError for fewer repeats than 20.
    """
    if repeats < 20:
        raise ValueError(f"Calibration needs at least 20 repeats, not {repeats}.")
    rates = (
        rate for place, study in enumerate(STUDIES) for rate in study(repeats, np.random.default_rng([seed, place]))
    )
    return Calibration(seed, repeats, tuple(rates))
