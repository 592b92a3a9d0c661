"""Who answers: response rates in the terms of AAPOR, and how many were left after each step from encounter to response.

A denominator that nobody counted is not known, and neither is the rate; it is never taken from what happened to be
seen.
"""

from dataclasses import dataclass
from itertools import pairwise

from analysis.estimate import Estimate, UnusableDataError
from analysis.proportion import wilson_interval


@dataclass(frozen=True)
class Dispositions:
    """What became of everybody who was to be asked, in counts of AAPOR's categories; None is not known.

    completed: I; partial: P, answered in part; refusal: R, with break-offs; noncontact: NC; other: O, eligible but
    could not answer; unknown: UH + UO, not known whether eligible; ineligible: known not to belong, for estimating e.
    """

    completed: int
    partial: int
    refusal: int | None = None
    noncontact: int | None = None
    other: int | None = None
    unknown: int | None = None
    ineligible: int | None = None


@dataclass(frozen=True)
class ResponseRate:
    """One of RR1 to RR6; denominator and estimate are None where what they need is not known."""

    name: str
    numerator: int
    denominator: float | None
    estimate: float | None


@dataclass(frozen=True)
class ResponseRates:
    """e: the share of the unknown taken as eligible, None where not known; rates: RR1 to RR6."""

    e: float | None
    rates: tuple[ResponseRate, ...]


@dataclass(frozen=True)
class Step:
    """One step towards a response, `of` the step before it or of encounters.

    numerator, denominator: their counts; share: with Wilson's interval. None is not known.
    """

    step: str
    of: str
    numerator: int | None
    denominator: int | None
    share: Estimate | None


def measure_response_rates(counts: Dispositions, *, e: float | None = None) -> ResponseRates:
    """AAPOR's response rates (Standard Definitions, 10th edition, 2023), shares between 0 and 1.

    With I, P, R, NC, O, U as in `Dispositions`, K = (I + P) + (R + NC + O):

        RR1 = I/(K + U)     RR3 = I/(K + e·U)     RR5 = I/K
        RR2 = (I + P)/(K + U)     RR4 = (I + P)/(K + e·U)     RR6 = (I + P)/K

    e, the share of the unknown that is eligible, comes from outside or else, by proportional allocation (CASRO: Frankel
    1983), from those whose eligibility is known: K/(K + ineligible). RR1 and RR2 are the least the response rate can
    be, RR5 and RR6 the most. They describe whom we asked and have no sampling error. Raises UnusableDataError for
    impossible counts.
    """
    _check_counts(vars(counts))
    if e is not None and not 0 <= e <= 1:
        raise UnusableDataError("The eligible share e of the unknown must lie between 0 and 1.")
    refused, missed, other = counts.refusal, counts.noncontact, counts.other
    known = (
        None
        if refused is None or missed is None or other is None
        else counts.completed + counts.partial + refused + missed + other
    )
    if e is None and known is not None and counts.ineligible is not None and known + counts.ineligible > 0:
        e = known / (known + counts.ineligible)
    every = None if known is None or counts.unknown is None else float(known + counts.unknown)
    likely = None
    if known is not None and counts.unknown is not None and (e is not None or counts.unknown == 0):
        likely = known + (e or 0.0) * counts.unknown
    certain = None if known is None else float(known)
    rates = []
    for i, denominator in enumerate((every, likely, certain)):
        for j, numerator in enumerate((counts.completed, counts.completed + counts.partial)):
            estimate = numerator / denominator if denominator else None
            rates.append(ResponseRate(f"RR{2 * i + j + 1}", numerator, denominator, estimate))
    return ResponseRates(e, tuple(rates))


def measure_funnel(
    *, encounters: int | None, offered: int | None, started: int | None, completed: int | None, level: float = 0.95
) -> tuple[Step, ...]:
    """What is left after each step: offered of encounters, started of offered, completed of started, and at the end
    completed of encounters, each with Wilson's interval (see `wilson_interval`).

    A count that is None is not known, and neither are the shares that need it. Raises UnusableDataError for negative
    counts and where more are counted at a step than at one before it.
    """
    steps = {"encounters": encounters, "offered": offered, "started": started, "completed": completed}
    _check_counts(steps)
    seen = [(name, count) for name, count in steps.items() if count is not None]
    for (before, more), (after, fewer) in pairwise(seen):
        if fewer > more:
            raise UnusableDataError(
                f"There cannot be {fewer} {after} of {more} {before}; see that both count the same time and place."
            )
    pairs = [*pairwise(steps), ("encounters", "completed")]
    return tuple(_measure_step(after, before, steps[after], steps[before], level) for before, after in pairs)


def _measure_step(step: str, of: str, numerator: int | None, denominator: int | None, level: float) -> Step:
    if numerator is None or denominator is None:
        return Step(step, of, numerator, denominator, None)
    share = wilson_interval(numerator, denominator, level=level)
    return Step(step, of, numerator, denominator, share if isinstance(share, Estimate) else None)


def _check_counts(counts: dict[str, int | None]) -> None:
    for name, count in counts.items():
        if count is not None and count < 0:
            raise UnusableDataError(f"The count of {name} is below 0; counts are 0 or more.")
