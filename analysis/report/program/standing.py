"""Which units differ from the program, which only seem to, and which cannot be told yet: one judgement for all panels.

A unit is judged by its mean, adjusted for its patients where that is possible, against the plain mean of the units that
can be compared. Patients of one clinician are alike, so its variance is cluster-robust over clinicians; to it comes
what the adjustment is unsure of. p is corrected for the number of units (Benjamini & Hochberg).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Final, Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.clustered import robust_error
from analysis.estimate import Estimate, UnusableDataError
from analysis.games_howell import adjust_p
from analysis.group import PROVISIONAL_BELOW
from analysis.histogram import GroupSums
from analysis.mean import SCALE
from analysis.nested import NestedVariances, fit_nested_variances
from analysis.report.program.case_mix import UnitAdjustment
from survey.store.cube import ClinicianSums

Verdict = Literal["above", "below", "seems_above", "seems_below", "alike", "unreliable", "provisional"]
RELIABLE: Final = 0.70
FALSE_ALARMS: Final = 0.05
ADJUSTED: Final = "adjusted mean, cluster-robust t interval"
RAW: Final = "mean, cluster-robust t interval"


@dataclass(frozen=True)
class Standing:
    """A unit beside the program.

    score: its adjusted mean, or its mean where nothing could be adjusted, with an interval over clinicians; raw: its
    mean; difference: from the program's mean with its interval; p_adjusted: corrected for the number of units;
    reliability: of its mean as a measure of the unit, None where it cannot be estimated; needed: the responses for a
    reliability of 0.70 from as many clinicians, None where no number is enough. None for all these where fewer than
    two clinicians are known.
    """

    unit: str
    n: int
    clinicians: int
    verdict: Verdict
    raw: float
    score: Estimate | None
    difference: Estimate | None
    p: float | None
    p_adjusted: float | None
    reliability: float | None
    needed: int | None


@dataclass(frozen=True)
class Standings:
    """mean: the plain mean of the units compared, None for fewer than two; sd_units: how far true means of units lie
    apart (their standard deviation), None where it cannot be told; adjusted: whether scores are adjusted means."""

    mean: float | None
    sd_units: float | None
    adjusted: bool
    units: tuple[Standing, ...]


@dataclass(frozen=True)
class _Mean:
    value: float
    variance: float
    degrees: float
    n: int
    clinicians: int


Keep = Callable[[str, str, Callable[[], _Mean | None]], _Mean | None]


def _make_anew(_unit: str, _name: str, make: Callable[[], _Mean | None]) -> _Mean | None:
    return make()


def judge_units(
    members: Mapping[str, ClinicianSums],
    adjustments: Sequence[UnitAdjustment],
    numbers: Mapping[str, int],
    *,
    keep: Keep = _make_anew,
) -> Standings:
    """Judge each unit that has scored responses. numbers: all its responses, scored or not; p is of Student's t.
    keep: keeps what is made of one unit's members alone.

    The mean M of U compared units is their plain mean, so a unit's difference from it has the variance
    (1 − 2/U)·v + Σ v/U² with Satterthwaite's degrees of freedom. A unit differs where p corrected is under 0.05 and its
    reliability 0.70 or more; it seems to differ where only p uncorrected is. Provisional units are in no comparison.
    """
    by_unit = {each.unit: each for each in adjustments}
    own = {unit: keep(unit, "mean", partial(_mean, sums)) for unit, sums in sorted(members.items())}
    means = {unit: mean and _adjusted(mean, by_unit.get(unit)) for unit, mean in own.items()}
    compared = [unit for unit, mean in means.items() if mean and numbers[unit] >= PROVISIONAL_BELOW]
    tests = _differences([mean for unit in compared if (mean := means[unit])]) if len(compared) > 1 else []
    found = dict(zip(compared, tests, strict=False))
    adjusted_p = (
        dict(zip(found, adjust_p(np.array([p for _, p in found.values()], np.float64)).tolist(), strict=True))
        if found
        else {}
    )
    model = fit_members(members)
    reliability = model.reliability if model else {}
    standings = []
    for unit, mean in means.items():
        n, cases = members[unit].n, int(members[unit].n.sum())
        difference, p = found.get(unit, (None, None))
        standings.append(
            Standing(
                unit=unit,
                n=numbers[unit],
                clinicians=sum(map(bool, members[unit].clinicians)),
                verdict=_verdict(difference, p, adjusted_p.get(unit), reliability.get(unit)),
                raw=float(members[unit].sums.sum() / cases),
                score=_interval(mean, adjusted=unit in by_unit) if mean else None,
                difference=difference,
                p=p,
                p_adjusted=adjusted_p.get(unit),
                reliability=reliability.get(unit),
                needed=_needed(model, len(n)) if model else None,
            )
        )
    center = float(np.mean([mean.value for unit in compared if (mean := means[unit])])) if found else None
    return Standings(center, sqrt(model.variance_unit) if model else None, bool(by_unit), tuple(standings))


def _mean(sums: ClinicianSums) -> _Mean | None:
    if len(sums.n) < 2:
        return None
    n = int(sums.n.sum())
    raw = float(sums.sums.sum()) / n
    robust = robust_error(sums.n, sums.sums - sums.n * raw)
    # Never narrower than if all answers were independent: clinicians less alike than chance are an accident.
    plain = max(float(sums.squares.sum()) / n - raw**2, 0.0) / max(n - 1, 1)
    variance = max(robust.standard_error**2, plain)
    return _Mean(raw, variance, robust.degrees, n, len(sums.n))


def _adjusted(mean: _Mean, adjustment: UnitAdjustment | None) -> _Mean:
    if adjustment is None:
        return mean
    return replace(mean, value=adjustment.adjusted, variance=mean.variance + adjustment.extra)


def _interval(mean: _Mean, *, adjusted: bool) -> Estimate:
    half = float(stdtrit(mean.degrees, 0.975)) * sqrt(mean.variance)
    low, high = max(mean.value - half, SCALE[0]), min(mean.value + half, SCALE[1])
    return Estimate(mean.value, low, high, mean.n, ADJUSTED if adjusted else RAW)


def _differences(means: Sequence[_Mean]) -> list[tuple[Estimate, float | None]]:
    """Each unit's difference from the plain mean of all, and its p."""
    count = len(means)
    value = np.array([mean.value for mean in means])
    variance = np.array([mean.variance for mean in means])
    degrees = np.array([mean.degrees for mean in means])
    share = np.full((count, count), 1 / count**2)
    np.fill_diagonal(share, (1 - 1 / count) ** 2)
    parts = share * variance
    total = parts.sum(axis=1)
    known = total > 0
    df = total[known] ** 2 / (parts[known] ** 2 / degrees).sum(axis=1)
    differences = value - value.mean()
    half, p = np.zeros(count), np.where(differences == 0, 1.0, 0.0)
    half[known] = stdtrit(df, 0.975) * np.sqrt(total[known])
    p[known] = 2 * stdtr(df, -np.abs(differences[known]) / np.sqrt(total[known]))
    columns = (each.tolist() for each in (differences, half, p))
    return [
        (Estimate(difference, difference - width, difference + width, mean.n, RAW), chance)
        for mean, difference, width, chance in zip(means, *columns, strict=True)
    ]


def _verdict(
    difference: Estimate | None, p: float | None, p_adjusted: float | None, reliability: float | None
) -> Verdict:
    if difference is None or p is None or p_adjusted is None:
        return "provisional"
    above = difference.value > 0
    reliable = reliability is not None and reliability >= RELIABLE
    if p_adjusted < FALSE_ALARMS and reliable:
        return "above" if above else "below"
    if p < FALSE_ALARMS:
        return "seems_above" if above else "seems_below"
    return "alike" if reliable else "unreliable"


def fit_members(members: Mapping[str, ClinicianSums]) -> NestedVariances | None:
    """Units and clinicians in one model; None where it cannot be fitted."""
    units = {}
    for unit, sums in members.items():
        mean = sums.sums / sums.n
        squares = np.maximum(sums.squares - sums.n * mean**2, 0.0)
        # Rounding in a difference of large sums must not pass for spread.
        squares[squares <= 1e-9 * sums.squares] = 0.0
        units[unit] = GroupSums(sums.clinicians, sums.n, mean, squares)
    try:
        return fit_nested_variances(units)
    except UnusableDataError:
        return None


def _needed(model: NestedVariances, clinicians: int) -> int | None:
    """Responses for a reliability of 0.70 from this many clinicians with as many each.

    With m each, reliability is W·r_u/(1 + W·r_u), W = G·m/(1 + m·r_c), ratios to the residual variance: so
    m = k/(G − k·r_c) for k = 0.7/0.3/r_u, and no m is enough where G ≤ k·r_c.
    """
    if model.variance_unit <= 0 or model.variance_residual <= 0:
        return None
    wanted = RELIABLE / (1 - RELIABLE) * model.variance_residual / model.variance_unit
    room = clinicians - wanted * model.variance_clinician / model.variance_residual
    return None if room <= 0 else int(np.ceil(clinicians * wanted / room))
