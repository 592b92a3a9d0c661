"""What case-mix adjustment needs of the rows: per group, how often adjusters' levels meet each other and the scores.

An adjuster is turned into features: one per level, 1 where a row has the level, or, where it is linear, two, namely 1
where a number is given and that number less its origin. A missing adjuster's features are all 0. The sums of products
of features then hold every count and sum over the rows where both of two adjusters are known, so that a missing
adjuster can take its group's mean exactly, without the rows. For levels the products are joint counts: whole numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimate import UnusableDataError
from analysis.histogram import Counts, Floats
from analysis.label_order import sorted_places

# Cells of all groups' products together: more would not be an adjuster's levels but, say, names.
MOST_CELLS: Final = 20_000_000
Columns = Sequence[NDArray[np.int64] | NDArray[np.int32] | Floats]


@dataclass(frozen=True)
class Adjuster:
    """What is adjusted for. levels: in sorted order, the first is the reference; empty where it is a linear number."""

    name: str
    levels: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        """How many features it has: one per level, or two where it is linear."""
        return len(self.levels) or 2


@dataclass(frozen=True, eq=False)
class CaseMixSums:
    """The sums of U groups over the rows with a score, F features in the order of the adjusters (see the module).

    groups: in sorted order; n: (U,) rows; scores, squares: (U,) Σy and Σy² with y the score less `origin`;
    products: (U, F, F) Σ f·f′; feature_scores: (U, F) Σ f·y; origins: what was taken off each linear adjuster's
    numbers, 0 for one with levels. Sums of other rows with the same features can be added or subtracted field by field.
    """

    groups: tuple[str, ...]
    adjusters: tuple[Adjuster, ...]
    n: Counts
    scores: Floats
    squares: Floats
    products: Floats
    feature_scores: Floats
    origin: float = 0.0
    origins: tuple[float, ...] = ()


def sum_case_mix_counts(
    groups: Sequence[str],
    levels: Mapping[str, Sequence[str]],
    *,
    n: ArrayLike,
    scores: ArrayLike,
    squares: ArrayLike,
    joint: ArrayLike,
    level_scores: ArrayLike,
) -> CaseMixSums:
    """The sums from tallies of adjusters that all have levels.

    groups: U names, sorted; levels: each adjuster's levels, sorted, F together; joint: (U, F, F)
    how many rows have both levels, on the diagonal how many have the level; n, scores, squares: (U,) rows, Σy, Σy²;
    level_scores: (U, F) Σy of each level's rows. Raises ValueError where these do not fit each other.
    """
    for name, names in levels.items():
        _require_levels(name, names)
    adjusters = tuple(Adjuster(name, tuple(names)) for name, names in levels.items())
    features = sum(len(each.levels) for each in adjusters)
    sums = CaseMixSums(
        groups=tuple(groups),
        adjusters=adjusters,
        n=np.asarray(n, np.int64),
        scores=np.asarray(scores, np.float64),
        squares=np.asarray(squares, np.float64),
        products=np.asarray(joint, np.float64),
        feature_scores=np.asarray(level_scores, np.float64),
        origins=(0.0,) * len(adjusters),
    )
    count = len(sums.groups)
    shapes = [each.shape for each in (sums.n, sums.scores, sums.squares, sums.products, sums.feature_scores)]
    if shapes != [(count,)] * 3 + [(count, features, features), (count, features)]:
        raise ValueError("Tallies for case-mix adjustment need one count for each group, level and pair of levels.")
    return sums


class CaseMixCounter:
    """Adds up blocks of rows. Groups and levels are numbered as they appear; their names are needed only at the end."""

    def __init__(self, adjusters: Sequence[str], *, linear: Sequence[str] = ()) -> None:
        self._names = tuple(adjusters)
        self._linear = [name in linear for name in adjusters]
        self._sizes = [2 if linear_one else 0 for linear_one in self._linear]
        self._origin: float | None = None
        self._origins = [0.0] * len(self._names)
        self._known = [False] * len(self._names)
        self._totals = np.zeros((0, 3))
        pairs = [(a, b) for a in range(len(self._names)) for b in range(a, len(self._names))]
        self._products = {pair: np.zeros((0, 0, 0)) for pair in pairs}
        self._scores = [np.zeros((0, 0)) for _ in self._names]

    def add_rows(self, groups: NDArray[np.int64], scores: Floats, columns: Columns) -> None:
        """One block of n rows: the group's number (−1: none), the score (nan: none), and each adjuster's column.

        A column holds the levels' numbers (−1: missing) or, of a linear adjuster, its values (nan: missing). Rows
        without group or score are left out.
        """
        kept = (groups >= 0) & np.isfinite(scores)
        if not kept.all():
            groups, scores, columns = groups[kept], scores[kept], [column[kept] for column in columns]
        if not len(groups):
            return
        if self._origin is None:
            self._origin = _choose_origin(scores)
        deviation = scores - self._origin
        count = max(int(groups.max()) + 1, len(self._totals))
        self._totals = _grow(self._totals, (count, 3)) + np.stack(
            [np.bincount(groups, weights, count) for weights in (None, deviation, deviation**2)], axis=1
        )
        parts = [self._split(at, column) for at, column in enumerate(columns)]
        features = sum(self._sizes)
        if count * features**2 > MOST_CELLS:
            widest = self._names[int(np.argmax(self._sizes))]
            raise UnusableDataError(
                f"The adjusters have {features:,} levels in {count:,} groups, too many to adjust for; "
                f"adjuster {widest!r} has {max(self._sizes):,}: put its levels into fewer bands."
            )
        for (a, b), total in self._products.items():
            found = _add_products(groups, count, parts[a], parts[b])
            self._products[a, b] = _grow(total, found.shape) + found
        for at, (codes, slots, weights) in enumerate(parts):
            sums = [_tabulate(groups, count, codes, slots, _times(each, deviation)) for each in weights]
            found = np.concatenate(sums, axis=1)
            self._scores[at] = _grow(self._scores[at], found.shape) + found

    def total(self, groups: Sequence[str], levels: Mapping[str, Sequence[str]]) -> CaseMixSums:
        """The sums so far: groups and levels name the numbers that rows were added with, those with none are left out.

        Groups and levels come in the order of `sorted_places`.
        """
        filled = np.flatnonzero(self._totals[:, 0]).tolist()
        rows = [filled[at] for at in sorted_places([groups[each] for each in filled])]
        adjusters, orders = [], []
        for at, name in enumerate(self._names):
            order = [0, 1]
            if not self._linear[at]:
                seen = np.flatnonzero(np.einsum("uff->f", self._products[at, at]))
                _require_levels(name, seen)
                order = seen[sorted_places([levels[name][each] for each in seen.tolist()])].tolist()
            adjusters.append(Adjuster(name, () if self._linear[at] else tuple(levels[name][each] for each in order)))
            orders.append(order)
        ends = np.cumsum([0, *map(len, orders)])
        products = np.zeros((len(rows), ends[-1], ends[-1]))
        scores = np.zeros((len(rows), ends[-1]))
        for (a, b), total in self._products.items():
            block = total[rows][:, orders[a]][:, :, orders[b]]
            products[:, ends[a] : ends[a + 1], ends[b] : ends[b + 1]] = block
            products[:, ends[b] : ends[b + 1], ends[a] : ends[a + 1]] = block.transpose(0, 2, 1)
        for at, sums in enumerate(self._scores):
            scores[:, ends[at] : ends[at + 1]] = sums[rows][:, orders[at]]
        n, of_scores, squares = self._totals[rows].T
        return CaseMixSums(
            groups=tuple(groups[at] for at in rows),
            adjusters=tuple(adjusters),
            n=n.astype(np.int64),
            scores=of_scores,
            squares=squares,
            products=products,
            feature_scores=scores,
            origin=self._origin or 0.0,
            origins=tuple(self._origins),
        )

    def _split(self, at: int, column: NDArray[np.int64] | NDArray[np.int32] | Floats) -> "_Part":
        """A column as a code for each row among slots, the first of them for missing, and its features' weights."""
        if not self._linear[at]:
            codes = column.astype(np.int64)
            self._sizes[at] = max(self._sizes[at], int(codes.max()) + 1, 1)
            return codes + 1, self._sizes[at] + 1, (None,)
        values = column.astype(np.float64)
        known = np.isfinite(values)
        if not self._known[at] and known.any():
            self._known[at] = True
            self._origins[at] = _choose_origin(values[known])
        return None, 1, (known.astype(np.float64), np.where(known, values - self._origins[at], 0.0))


_Part = tuple[NDArray[np.int64] | None, int, tuple[Floats | None, ...]]


def _add_products(groups: NDArray[np.int64], count: int, one: _Part, other: _Part) -> Floats:
    """(count, F, G) sums of products of two adjusters' features."""
    codes, slots, weights = one
    if one is other and codes is not None:
        counted = _tabulate(groups, count, codes, slots, None)
        return np.asarray(counted[:, :, None] * np.eye(counted.shape[1]))
    others, width, their_weights = other
    key = others if codes is None else codes * width + (0 if others is None else others)
    rows = []
    for mine in weights:
        cells = [
            _tabulate(groups, count, key, slots * width, _times(mine, theirs), (slots, width))
            for theirs in their_weights
        ]
        rows.append(np.concatenate(cells, axis=2))
    return np.concatenate(rows, axis=1)


def _tabulate(
    groups: NDArray[np.int64],
    count: int,
    codes: NDArray[np.int64] | None,
    slots: int,
    weights: Floats | None,
    shape: tuple[int, ...] | None = None,
) -> Floats:
    """Σ weights by group and code, without the slots of missing codes."""
    key = groups if codes is None else groups * slots + codes
    found = np.bincount(key, weights, count * slots).reshape(count, *(shape or (slots,)))
    for axis, size in enumerate(shape or (slots,), 1):
        if size > 1:
            found = np.delete(found, 0, axis)
    return found.astype(np.float64)


def _times(one: Floats | None, other: Floats | None) -> Floats | None:
    if one is None:
        return other
    return one if other is None else one * other


def _grow(array: Floats, shape: Sequence[int]) -> Floats:
    """The array with zeros added at the ends of its axes."""
    return np.pad(array, [(0, wanted - have) for have, wanted in zip(array.shape, shape, strict=True)])


def _require_levels(name: str, levels: Sequence[object] | NDArray[np.int64]) -> None:
    if not len(levels):
        raise UnusableDataError(f"Adjuster {name!r} has no value in any row that has a score: leave it out.")


def _choose_origin(values: Floats) -> float:
    """A number amid the values, so that sums keep their digits; a whole one where all are whole."""
    middle = float(np.median(values))
    return float(np.rint(middle)) if (values == np.rint(values)).all() else middle
