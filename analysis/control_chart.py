"""Is it changing? Control charts over time: XmR for means, p and Laney's p′ for shares such as top-box."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from analysis.estimate import UnusableDataError
from analysis.histogram import Counts, Floats
from analysis.run_chart import Chart, Lines, assemble_chart, read_values, require_points

# 3/d₂ and D₄ for ranges of two, and d₂ itself, as the charts' sources print them.
LIMITS_BY_RANGE: Final = 2.66
LARGEST_RANGE: Final = 3.267
RANGE_PER_SIGMA: Final = 1.128
SIGMAS: Final = 3.0
SHARES: Final = (0.0, 1.0)


def chart_xmr(
    dates: Sequence[str],
    values: Sequence[float | None],
    *,
    screen: bool = True,
    phases: Sequence[int] = (),
    baseline: int | None = None,
) -> Chart:
    """An individuals chart: limits x̄ ± 2.66·mean moving range (Shewhart's; Wheeler & Chambers 1992; Montgomery 2009).

    A moving range is the distance of a value from the one before. With `screen` those above 3.267 times their mean are
    left out, once, so that a jump does not hide itself by widening the limits (Nelson 1982, J Qual Technol 14:172,
    doi:10.1080/00224065.1982.11978811); not where nothing but equal values would remain. Where the values that limits
    are taken from are all the same there are none.

    Signals: "outside" the limits; "shift", seven in a row on one side of the centre; "trend", seven in a row each above
    (below) the one before; "near_limit", two of three in a row more than two thirds of the way to the limit on the same
    side. Every point of a pattern has it (NHS England, Making Data Count). Other arguments, runs and errors: as
    `chart_run`.
    """
    series = read_values(dates, values)

    def draw(known: Counts, base: Counts) -> Lines:
        measured = series[base]
        return Lines(
            float(measured.mean()), np.full(len(known), LIMITS_BY_RANGE * mean_moving_range(measured, screen=screen))
        )

    return assemble_chart(dates, series, draw, phases=phases, baseline=baseline)


def chart_p(
    dates: Sequence[str],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
    *,
    phases: Sequence[int] = (),
    baseline: int | None = None,
) -> Chart:
    """A chart of shares: centre p̄ = Σ numerators / Σ denominators, limits p̄ ± 3·√(p̄(1 − p̄)/n) cut off at 0 and 1.

    Each point has its own limits, by its denominator n. "near_limit" goes by where the limit was before it was cut off.
    Source: Shewhart; Montgomery 2009, chapter 7.

    numerators, denominators: whole numbers, summed by date; a point without a denominator (None, nan or 0) keeps its
    place without a value. Signals, other arguments and runs as `chart_xmr`. Raises UnusableDataError for counts that
    cannot be, for fewer than two points, and where no case or every case counts.
    """
    return _chart_shares(dates, numerators, denominators, prime=False, phases=phases, baseline=baseline)


def chart_p_prime(
    dates: Sequence[str],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
    *,
    phases: Sequence[int] = (),
    baseline: int | None = None,
) -> Chart:
    """A p chart that allows for shares that vary by more than their binomial chance: p̄ ± 3·√(p̄(1 − p̄)/n)·σz.

    σz = mean moving range of z / 1.128, z = (p − p̄)/√(p̄(1 − p̄)/n): 1 where chance is all, more where it is not
    (Laney 2002, Qual Eng 14:531, doi:10.1081/QEN-120003555). Under 1 it narrows the limits; it is taken as it comes.
    Where it is 0 there are no limits. Arguments and errors as `chart_p`.
    """
    return _chart_shares(dates, numerators, denominators, prime=True, phases=phases, baseline=baseline)


def mean_moving_range(values: Floats, *, screen: bool) -> float:
    """The mean distance between neighbours, nan for fewer than two; see `chart_xmr` for screening."""
    if len(values) < 2:
        return float("nan")
    ranges = np.abs(np.diff(values))
    mean = float(ranges.mean())
    screened = float(ranges[ranges <= LARGEST_RANGE * mean].mean()) if screen else mean
    return screened if screened > 0 else mean


def _chart_shares(
    dates: Sequence[str],
    numerators: Sequence[float | None],
    denominators: Sequence[float | None],
    *,
    prime: bool,
    phases: Sequence[int],
    baseline: int | None,
) -> Chart:
    counted, cases = _read_counts(dates, numerators, denominators)
    shares = np.full(len(cases), np.nan)
    np.divide(counted, cases, out=shares, where=cases > 0)

    def draw(known: Counts, base: Counts) -> Lines:
        center = float(counted[base].sum() / cases[base].sum())
        if len(base) < 2 or center in {0, 1}:
            return Lines(center, np.full(len(known), np.nan))
        spread = np.sqrt(center * (1 - center))
        reach = SIGMAS * spread / np.sqrt(cases[known])
        if not prime:
            return Lines(center, reach)
        z = (shares[base] - center) * np.sqrt(cases[base]) / spread
        sigma_z = mean_moving_range(z, screen=False) / RANGE_PER_SIGMA
        return Lines(center, sigma_z * reach, sigma_z)

    return assemble_chart(dates, shares, draw, phases=phases, baseline=baseline, scale=SHARES)


def _read_counts(
    dates: Sequence[str], numerators: Sequence[float | None], denominators: Sequence[float | None]
) -> tuple[Floats, Floats]:
    """(n,) numerators and denominators, both 0 where there is no value."""
    if not len(dates) == len(numerators) == len(denominators):
        raise ValueError("A chart of shares needs one numerator and one denominator for each date.")
    known: list[tuple[float, float]] = []
    for date, numerator, denominator in zip(dates, numerators, denominators, strict=True):
        above, below = (float("nan") if each is None else float(each) for each in (numerator, denominator))
        if np.isnan(above) or np.isnan(below):
            known.append((0.0, 0.0))
            continue
        if not (above.is_integer() and below.is_integer()):
            raise UnusableDataError(
                f"{date} has {above:g} of {below:g}; a chart of shares needs whole numbers of cases."
            )
        if not 0 <= above <= below:
            raise UnusableDataError(
                f"{date} has {above:.0f} of {below:.0f} cases; a numerator lies between 0 and its denominator."
            )
        known.append((above, below))
    counted, cases = np.array(known, np.float64).reshape(-1, 2).T
    require_points(int((cases > 0).sum()))
    if counted.sum() in {0, cases.sum()}:
        which = "None" if counted.sum() == 0 else "Every one"
        raise UnusableDataError(
            f"{which} of the {cases.sum():.0f} cases counts in the numerator, so that a chart has no variation to show."
        )
    return counted, cases
