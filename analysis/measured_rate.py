"""A rate that a simulation measured, beside the rate it should have."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Verdict = Literal["within", "undecided", "below", "above"]


@dataclass(frozen=True)
class MeasuredRate:
    """How often something happened in a scenario.

    study: the method; scenario: the data; n: cases of a group (the mean number where sizes differ); aim: the rate it
    should have, acceptable from least to most; rate: the one seen; standard_error: its Monte Carlo error, 0 where the
    rate was computed without chance; verdict: where the rate lies, `undecided` where it is outside by less than
    two standard errors.
    """

    study: str
    scenario: str
    n: int
    aim: float
    least: float
    most: float
    rate: float
    standard_error: float
    verdict: Verdict


def judge_rate(
    study: str, scenario: str, n: int, happened: ArrayLike, aim: float, band: tuple[float, float] | None = None
) -> MeasuredRate:
    """The rate over repeats: `happened` is true or false for each, or the share of its cases.

    Without a band the rate is to agree with the aim as far as chance allows: within three standard errors.
    """
    seen = np.asarray(happened, np.float64)
    rate, repeats = float(seen.mean()), len(seen)
    # A rate of 0 or 1 has an error too: that of half a case more or less.
    error = max(float(seen.std()), sqrt(0.5 / repeats) if seen.min() == seen.max() else 0.0) / sqrt(repeats)
    least, most = band or (aim - 3 * error, aim + 3 * error)
    verdict = _judge(rate, error if band else 0.0, least, most)
    return MeasuredRate(study, scenario, n, aim, least, most, rate, error, verdict)


def exact_rate(study: str, scenario: str, n: int, rate: float, aim: float, band: tuple[float, float]) -> MeasuredRate:
    """A rate that was computed without chance."""
    return MeasuredRate(study, scenario, n, aim, *band, rate, 0.0, _judge(rate, 0.0, *band))


def _judge(rate: float, error: float, least: float, most: float) -> Verdict:
    if least <= rate <= most:
        return "within"
    if least - 2 * error <= rate <= most + 2 * error:
        return "undecided"
    return "below" if rate < least else "above"
