"""From the rows of a CSV to the sums of case-mix adjustment: scores, groups and adjusters, by name."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from analysis.casemix_sums import CaseMixCounter, CaseMixSums
from analysis.cells import NameColumn, NumberColumn
from analysis.csv_file import CsvFile
from analysis.estimate import UnusableDataError


def find_linear(file: CsvFile, adjusters: Sequence[str], categorical: Sequence[str] = ()) -> list[str]:
    """The adjusters whose every value is a number, except those to be taken by their levels; reads the whole file."""
    candidates = {name: NumberColumn(file, name) for name in adjusters if name not in categorical}
    for block in file.blocks(adjusters):
        for name, cells in zip(adjusters, block, strict=True):
            if name in candidates:
                try:
                    candidates[name].read(cells)
                except UnusableDataError:
                    del candidates[name]
    return list(candidates)


def read_case_mix(
    open_file: Callable[[], CsvFile],
    value: str,
    group: str,
    adjusters: Sequence[str],
    *,
    categorical: Sequence[str] = (),
) -> tuple[CaseMixSums, int]:
    """The sums of the rows with a value and a group, and the number of all rows.

    An adjuster whose every value is a number is linear, unless it is named in `categorical`; any other has levels. That
    takes a first reading of its own, so `open_file` is called twice.
    """
    linear = find_linear(open_file(), adjusters, categorical)
    file = open_file()
    numbers, names = NumberColumn(file, value), NameColumn()
    numeric = {name: NumberColumn(file, name) for name in linear}
    named = {name: NameColumn(numbered=file) for name in adjusters if name not in numeric}
    counter = CaseMixCounter(adjusters, linear=linear)
    for cells, group_cells, *block in file.blocks([value, group, *adjusters]):
        values, codes = numbers.read(cells)
        columns: list[Any] = []
        for name, adjuster_cells in zip(adjusters, block, strict=True):
            if name in numeric:
                levels, places = numeric[name].read(adjuster_cells)
                columns.append(levels[places])
            else:
                columns.append(named[name].read(adjuster_cells))
        counter.add_rows(np.asarray(names.read(group_cells)), values[codes], columns)
    return counter.total(names.names, {name: column.names for name, column in named.items()}), file.rows
