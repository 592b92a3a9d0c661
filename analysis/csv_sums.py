"""From the rows of a CSV to the sums that methods take, a block at a time: memory holds the sums, never the rows.

Every function reads the whole file once; a path will do for it. Rows that lack a value the sums need are left out:
`CsvFile.rows` against the sums' n says how many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.cells import NameColumn, NumberColumn
from analysis.csv_file import CsvFile
from analysis.dates import read_dates
from analysis.histogram import Counts, Floats, GroupSums, Histogram, ItemSums
from analysis.label_order import sorted_places

# Whole numbers up to this have exact sums of squares over more rows than anybody has.
EXACT: Final = 1000.0
# So many counts wait before they are added up.
WAITING: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class ColumnCounts:
    """One column's answers, and how many rows have none: by code of `NOT_ANSWERED`, and `no_value` for the rest."""

    answers: Histogram
    missing: dict[str, int]


class _Counter:
    """Counts of pairs (group, value), or of values where every group is 0; adds up when enough of them wait."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.int64], Floats, Counts]] = []
        self._waiting = 0
        self._limit = WAITING

    def add(self, groups: NDArray[np.int64], values: Floats, counts: Counts) -> None:
        self._parts.append((groups, values, counts))
        self._waiting += len(values)
        if self._waiting > self._limit:
            self._limit = 2 * len(self.total()[1]) + WAITING

    def total(self) -> tuple[NDArray[np.int64], Floats, Counts]:
        """Groups, values and counts in rising order of both, no pair twice."""
        if not self._parts:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
        groups, values, counts = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        order = np.lexsort((values, groups))
        groups, values, counts = groups[order], values[order], counts[order]
        first = np.flatnonzero(np.r_[len(values) > 0, (np.diff(groups) != 0) | (np.diff(values) != 0)])
        merged = groups[first], values[first], np.add.reduceat(counts, first) if len(first) else counts
        self._parts, self._waiting = [merged], len(first)
        return merged


def read_counts(source: CsvFile | str, columns: Sequence[str]) -> tuple[ColumnCounts, ...]:
    """The histogram of each column and what is missing in it; a column may be empty of numbers."""
    file = _opened(source)
    readers = [NumberColumn(file, column) for column in columns]
    counters = [_Counter() for _ in columns]
    for block in file.blocks(columns):
        for reader, counter, cells in zip(readers, counters, block, strict=True):
            values, codes = reader.read(cells)
            _count_codes(counter, values, codes)
    return tuple(
        ColumnCounts(Histogram(*counter.total()[1:]), reader.missing)
        for reader, counter in zip(readers, counters, strict=True)
    )


def read_item_sums(source: CsvFile | str, items: Sequence[str]) -> ItemSums:
    """Sums, products and each item's answers over the rows with every item answered.

    The origin is 0 where the first rows hold whole numbers up to 1,000, else the first rows' mean, so that constant
    items keep a variance of exactly 0 and large numbers keep their digits.
    """
    file = _opened(source)
    readers = [NumberColumn(file, item) for item in items]
    counters = [_Counter() for _ in items]
    count = len(items)
    n, sums, products = 0, np.zeros(count), np.zeros((count, count))
    origin: Floats | None = None
    for block in file.blocks(items):
        answers = np.empty((count, len(block[0])))
        read = [reader.read(cells) for reader, cells in zip(readers, block, strict=True)]
        for place, (values, codes) in enumerate(read):
            np.take(values, codes, out=answers[place])
        gaps = np.isnan(answers).any(axis=0)
        complete = answers[:, ~gaps] if gaps.any() else answers
        for counter, (values, codes) in zip(counters, read, strict=True):
            _count_codes(counter, values, codes[~gaps] if gaps.any() else codes)
        if not complete.size:
            continue
        if origin is None:
            origin = np.array([_origin(answered) for answered in complete])
        complete -= origin[:, None]
        n += complete.shape[1]
        sums += complete.sum(axis=1)
        products += complete @ complete.T
    return ItemSums(
        items=tuple(items),
        n=n,
        rows=file.rows,
        sums=sums,
        products=products,
        origin=np.zeros(count) if origin is None else origin,
        answers=tuple(Histogram(*counter.total()[1:]) for counter in counters),
        missing=np.array([sum(reader.missing.values()) for reader in readers], np.int64),
    )


def read_group_sums(source: CsvFile | str, value: str, group: str) -> GroupSums:
    """Count, mean and sum of squared deviations of each group, merged block by block.

    Blocks are merged by Chan, Golub & LeVeque (1983, American Statistician 37:242, doi:10.1080/00031305.1983.10483115),
    as deviations from each group's first value, so that equal values have squares of exactly 0.
    """
    file = _opened(source)
    numbers, names = NumberColumn(file, value), NameColumn()
    n, mean, squares, first = np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0)
    for cells, group_cells in file.blocks([value, group]):
        values, codes = numbers.read(cells)
        kept, place = _complete(values[codes], names.read(group_cells))
        new = len(names.names) - len(n)
        if new:
            n, mean, squares, first = (
                np.concatenate([each, np.zeros(new, each.dtype)]) for each in (n, mean, squares, first)
            )
        started, row = np.unique(place, return_index=True)
        fresh = n[started] == 0
        first[started[fresh]] = kept[row[fresh]]
        deviation = kept - first[place]
        n, mean, squares = _merge((n, mean, squares), _block_sums(place, deviation, len(n)))
    order = [at for at in sorted_places(names.names) if n[at]]
    return GroupSums(tuple(names.names[at] for at in order), n[order], (first + mean)[order], squares[order])


def read_group_histograms(source: CsvFile | str, value: str, group: str) -> dict[str, Histogram]:
    """Each group's histogram, groups in sorted order; a group with names but no value has none."""
    file = _opened(source)
    numbers, names = NumberColumn(file, value), NameColumn()
    counter = _Counter()
    for cells, group_cells in file.blocks([value, group]):
        values, codes = numbers.read(cells)
        place = names.read(group_cells)
        kept = (place >= 0) & ~np.isnan(values)[codes]
        pair = place[kept] * len(values) + codes[kept]
        spread = len(names.names) * len(values)
        if spread <= 4 * len(codes):
            counted = np.bincount(pair, minlength=spread)
            pairs = np.flatnonzero(counted)
            counts = counted[pairs]
        else:
            pairs, counts = np.unique(pair, return_counts=True)
        counter.add(pairs // len(values), values[pairs % len(values)], counts)
    groups, points, counts = counter.total()
    ends = np.searchsorted(groups, np.arange(len(names.names) + 1)).tolist()
    return {
        names.names[at]: Histogram(points[ends[at] : ends[at + 1]], counts[ends[at] : ends[at + 1]])
        for at in sorted_places(names.names)
        if ends[at] < ends[at + 1]
    }


def read_group_totals(
    source: CsvFile | str, group: str, columns: Sequence[str]
) -> tuple[tuple[str, ...], Floats, Counts]:
    """The sums of columns by group, in the groups' sorted order: names, (G, columns) sums, (G,) complete rows."""
    names, sums, n = _sum_by_name(_opened(source), group, columns)
    order = [at for at in sorted_places(names) if n[at]]
    return tuple(names[at] for at in order), sums[order], n[order]


def read_series(source: CsvFile | str, date: str, columns: Sequence[str]) -> tuple[tuple[str, ...], Floats, Counts]:
    """The sums of columns by date, in the order of time: dates, (D, columns) sums, (D,) complete rows, 0 where none is.

    Rows of the same date are added up; sums / rows are its means. For how dates are read see `read_dates`.
    """
    names, sums, n = _sum_by_name(_opened(source), date, columns)
    read = read_dates(names, date)
    dates = sorted(set(read), key=lambda each: (len(each), each))
    places = {each: at for at, each in enumerate(dates)}
    totals, rows = np.zeros((len(dates), len(columns))), np.zeros(len(dates), np.int64)
    np.add.at(totals, [places[each] for each in read], sums)
    np.add.at(rows, [places[each] for each in read], n)
    return tuple(dates), totals, rows


def _sum_by_name(file: CsvFile, name: str, columns: Sequence[str]) -> tuple[list[str], Floats, Counts]:
    readers, names = [NumberColumn(file, column) for column in columns], NameColumn()
    n, sums = np.zeros(0, np.int64), np.zeros((0, len(columns)))
    for name_cells, *block in file.blocks([name, *columns]):
        numbers = np.empty((len(name_cells), len(columns)))
        for at, cells in enumerate(block):
            values, codes = readers[at].read(cells)
            numbers[:, at] = values[codes]
        place = names.read(name_cells)
        kept = (place >= 0) & ~np.isnan(numbers).any(axis=1)
        count = len(names.names)
        grown = np.zeros((count, len(columns)))
        grown[: len(sums)] = sums
        for at in range(len(columns)):
            grown[:, at] += np.bincount(place[kept], numbers[kept, at], count)
        sums = grown
        counted = np.bincount(place[kept], minlength=count)
        counted[: len(n)] += n
        n = counted
    return names.names, sums, n


def _opened(source: CsvFile | str) -> CsvFile:
    return CsvFile(source) if isinstance(source, str) else source


def _origin(column: Floats) -> float:
    whole = bool((column == np.rint(column)).all())
    if whole and np.abs(column).max() <= EXACT:
        return 0.0
    if (column == column[0]).all():
        return float(column[0])
    return float(np.rint(column.mean()) if whole else column.mean())


def _count_codes(counter: _Counter, values: Floats, codes: NDArray[np.int32]) -> None:
    counts = np.bincount(codes, minlength=len(values))
    seen = np.flatnonzero((counts > 0) & ~np.isnan(values))
    counter.add(np.zeros(len(seen), np.int64), values[seen], counts[seen])


def _complete(values: Floats, place: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    kept = (place >= 0) & ~np.isnan(values)
    return values[kept], place[kept]


_Sums = tuple[Counts, Floats, Floats]


def _block_sums(place: NDArray[np.int64], deviation: Floats, groups: int) -> _Sums:
    n = np.bincount(place, minlength=groups)
    mean = np.bincount(place, deviation, groups) / np.maximum(n, 1)
    rest = deviation - mean[place]
    # The second term takes back what rounding left in the mean.
    squares = np.bincount(place, rest**2, groups) - np.bincount(place, rest, groups) ** 2 / np.maximum(n, 1)
    return n, mean, np.maximum(squares, 0.0)


def _merge(one: _Sums, other: _Sums) -> _Sums:
    n = one[0] + other[0]
    share = other[0] / np.maximum(n, 1)
    apart = other[1] - one[1]
    return n, one[1] + share * apart, one[2] + other[2] + one[0] * share * apart**2
