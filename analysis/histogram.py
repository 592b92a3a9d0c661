"""Scores as counts: scores are discrete, so a histogram loses nothing that a statistic could want."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.label_order import sort_labels

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many cases have each value. values: (V,) in rising order, no two alike; counts: (V,) all above 0."""

    values: Floats
    counts: Counts

    @property
    def n(self) -> int:
        """The number of cases."""
        return int(self.counts.sum())


@dataclass(frozen=True, eq=False)
class GroupSums:
    """The sums of G groups that models with normal errors need, in the groups' sorted order.

    n: (G,) cases, all above 0; mean: (G,); squares: (G,) sums of squared deviations from the group's own mean.
    """

    groups: tuple[str, ...]
    n: Counts
    mean: Floats
    squares: Floats


@dataclass(frozen=True, eq=False)
class ItemSums:
    """The sums of k items over complete cases: what reliability needs.

    items: their names. n: cases with every item answered; rows: all cases.
    sums: (k,) Σx; products: (k, k) Σxy over complete cases, taken from `origin` (k,), a value near each item's mean, so
    that variances keep their digits (0 for whole numbers, where the sums are exact).
    answers: each item's histogram, over complete cases where the source tells them apart (a tally does not);
    missing: (k,) cases without an answer to the item.
    """

    items: tuple[str, ...]
    n: int
    rows: int
    sums: Floats
    products: Floats
    origin: Floats
    answers: tuple[Histogram, ...]
    missing: Counts

    def means(self) -> Floats:
        """(k,) means over complete cases."""
        return self.origin + self.sums / self.n

    def covariances(self) -> Floats:
        """(k, k) covariances over complete cases, with n − 1."""
        return (self.products - np.outer(self.sums, self.sums) / self.n) / (self.n - 1)


def count_values(values: ArrayLike, counts: ArrayLike | None = None) -> Histogram:
    """The histogram of values, each taken `counts` times (once without); ValueError for what cannot be counted."""
    points = np.asarray(values, dtype=np.float64)
    weights = np.ones(points.shape, np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    if points.shape != weights.shape or points.ndim != 1:
        raise ValueError("A histogram needs one count for each value.")
    if not np.isfinite(points).all() or (weights < 0).any():
        raise ValueError("A histogram has finite values and counts that are not negative.")
    points, weights = points[weights > 0], weights[weights > 0]
    distinct, place = np.unique(points, return_inverse=True)
    summed = np.zeros(len(distinct), np.int64)
    np.add.at(summed, place, weights)
    return Histogram(distinct, summed)


def merge_histograms(histograms: Sequence[Histogram]) -> Histogram:
    """The histogram of all cases together."""
    if not histograms:
        return count_values([])
    return count_values(
        np.concatenate([each.values for each in histograms]), np.concatenate([each.counts for each in histograms])
    )


def sum_groups(histograms: Mapping[str, Histogram]) -> GroupSums:
    """The sums of the groups that have cases, in sorted order."""
    named = [(name, histograms[name]) for name in sort_labels(list(histograms)) if histograms[name].n]
    n = np.array([histogram.n for _, histogram in named], np.int64)
    # One value only has no spread; rounding in the mean must not invent one.
    mean = np.array(
        [h.values[0] if len(h.values) == 1 else h.values @ h.counts / h.n for _, h in named], dtype=np.float64
    )
    squares = [(h.values - m) ** 2 @ h.counts for (_, h), m in zip(named, mean, strict=True)]
    return GroupSums(tuple(name for name, _ in named), n, mean, np.array(squares, dtype=np.float64))
