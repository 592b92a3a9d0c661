"""What the answers look like before any model: mean, spread, quantiles, distribution, and who did not answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from analysis.estimate import UnusableDataError
from analysis.histogram import Histogram

MOST_BARS: Final = 100
PERCENTS: Final = (0, 5, 25, 50, 75, 95, 100)


@dataclass(frozen=True)
class Quantiles:
    """The lowest value, the 5th, 25th, 50th, 75th and 95th percentile, and the highest value."""

    min: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float
    max: float


@dataclass(frozen=True)
class Bar:
    """How many answers have this value, or lie in the bin around it."""

    value: float
    count: int


@dataclass(frozen=True)
class Description:
    """Answers described; None where there are too few.

    n: answers. sd: with n − 1, None for one answer. skewness: the third moment over the cube of the deviation (both
    with n), None for equal answers. histogram: each value with its count; of more than 100 values, 100 bins of equal
    width, each under the value in its middle. bin_width: the bins' width, None where each value stands for itself.
    missing: each way of not answering with its count.
    """

    n: int
    mean: float | None
    sd: float | None
    skewness: float | None
    quantiles: Quantiles | None
    histogram: tuple[Bar, ...]
    bin_width: float | None
    missing: Mapping[str, int]


@dataclass(frozen=True)
class _Item:
    item: str


@dataclass(frozen=True)
class ItemDescription(Description, _Item):
    """The answers to one item described; the item's name comes first."""


def describe_scores(histogram: Histogram, missing: Mapping[str, int]) -> Description:
    """Describe the answers that a histogram counts.

    Quantiles: see `find_quantiles`. Skewness: g₁ (Joanes & Gill 1998, doi:10.1111/1467-9884.00122). missing: counts by
    way of not answering. Raises UnusableDataError where there is no answer at all.
    """
    if not len(histogram.values):
        raise UnusableDataError(f"There is no answer to describe; {sum(missing.values())} cases are without one.")
    return _describe(histogram, missing)


def describe_items(
    answers: Mapping[str, Histogram], missing: Mapping[str, Mapping[str, int]]
) -> tuple[ItemDescription, ...]:
    """Describe the answers to each item, in the order of `answers`; an item that nobody answered has n = 0.

    missing: by item and way of not answering. Raises UnusableDataError where no item has an answer.
    """
    if not any(len(histogram.values) for histogram in answers.values()):
        raise UnusableDataError("There is no answer to describe in any item.")
    return tuple(
        ItemDescription(item=item, **vars(_describe(histogram, missing.get(item, {}))))
        for item, histogram in answers.items()
    )


def find_quantiles(histogram: Histogram, percents: tuple[int, ...]) -> tuple[float, ...]:
    """Quantiles of n ≥ 1 values at whole percents p, as R's type 7, from counts alone.

    With the values in rising order from 0 to n − 1 it is the value at place h = (n − 1)·p/100, on the line between
    the two neighbours where h is no whole number (Hyndman & Fan 1996, doi:10.1080/00031305.1996.10473566). The place is
    counted in whole numbers, so it is exact for any n.
    """
    last = np.cumsum(histogram.counts)
    places = [divmod((histogram.n - 1) * percent, 100) for percent in percents]
    below = histogram.values[np.searchsorted(last, [place for place, _ in places], side="right")]
    next_places = [min(place + 1, histogram.n - 1) for place, _ in places]
    above = histogram.values[np.searchsorted(last, next_places, side="right")]
    rest = np.array([hundredths for _, hundredths in places]) / 100
    return tuple(map(float, np.where(above > below, below + rest * (above - below), below)))


def _describe(histogram: Histogram, missing: Mapping[str, int]) -> Description:
    n = histogram.n
    bars, width = _bars(histogram)
    mean, sd, skewness = _moments(histogram) if n else (None, None, None)
    quantiles = Quantiles(*find_quantiles(histogram, PERCENTS)) if n else None
    return Description(n, mean, sd, skewness, quantiles, bars, width, dict(missing))


def _moments(histogram: Histogram) -> tuple[float, float | None, float | None]:
    n, counts = histogram.n, histogram.counts
    # Deviations from a value among the answers keep their digits however far from 0 the answers lie.
    origin = float(histogram.values[np.argmax(counts)])
    shift = float((histogram.values - origin) @ counts) / n
    deviation = histogram.values - origin - shift
    squares = float(deviation**2 @ counts)
    skewness = float(deviation**3 @ counts) / n / (squares / n) ** 1.5 if squares > 0 else None
    return origin + shift, sqrt(squares / (n - 1)) if n > 1 else None, skewness


def _bars(histogram: Histogram) -> tuple[tuple[Bar, ...], float | None]:
    values, counts = histogram.values, histogram.counts
    if len(values) <= MOST_BARS:
        return tuple(Bar(*pair) for pair in zip(values.tolist(), counts.tolist(), strict=True)), None
    width = float(values[-1] - values[0]) / MOST_BARS
    place = np.minimum(((values - values[0]) / width).astype(np.int64), MOST_BARS - 1)
    summed = np.zeros(MOST_BARS, np.int64)
    np.add.at(summed, place, counts)
    middles = values[0] + width * (np.arange(MOST_BARS) + 0.5)
    return tuple(Bar(*pair) for pair in zip(middles.tolist(), summed.tolist(), strict=True)), width
