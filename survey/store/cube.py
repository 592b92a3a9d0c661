"""The tallies of an instrument in memory, as arrays: what the view of a whole program is added up from in milliseconds.

The store's tables stay the truth. Before each look only the cells that have changed since the last one are read again.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Float, case, cast, func, select

from survey.composite import score_percents
from survey.instrument import Instrument
from survey.store.adjuster_cells import MOMENTS, AdjusterCells, StrataSums
from survey.store.changed_cells import ChangedCells, find_changed_cells
from survey.store.schema import (
    LEVEL_COLUMNS,
    MISSING_COLUMNS,
    tally_item,
    tally_score,
)
from survey.store.schema import tally_state as state

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
_Made = TypeVar("_Made")
Memory = dict[tuple[str | None, Hashable], Any]


@dataclass(frozen=True, eq=False)
class ClinicianSums:
    """Scored responses of some clinicians, in sorted order; "" where the patient was not sure.

    n: (C,) how many; at_top: (C,) how many of them score 100; sums, squares: (C,) Σ and Σ² of their scores, 0 to 100.
    """

    clinicians: tuple[str, ...]
    n: Counts
    at_top: Counts
    sums: Floats
    squares: Floats


@dataclass(frozen=True, eq=False)
class UnitCounts:
    """The responses of U units, k items and L levels.

    units: in sorted order; n: (U,) all responses, scored or not; percents: (V,) the scores there can be, 0 to 100, in
    rising order; scores: (U, V) scored responses by score; levels: (U, k, L) answers by level, as answered; missing:
    (U, k, 4) by way of not answering, in `NotAnswered`'s order.
    """

    units: tuple[str, ...]
    n: Counts
    percents: Floats
    scores: Counts
    levels: Counts
    missing: Counts


@dataclass(frozen=True, eq=False)
class ClinicianCounts:
    """Scored responses of C cells: owners: (unit, clinician), "" where the patient was not sure; owner, mode: (C,) the
    places of each cell's; month: (C,); n: (C,) how many. A combination may come more than once."""

    owners: tuple[tuple[str, str], ...]
    owner: Counts
    month: Counts
    modes: tuple[str, ...]
    mode: Counts
    n: Counts


class TallyCube:
    """One instrument's tallies. `refresh` before reading; use from several threads is safe."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self._lock = Lock()
        lowest, top = instrument.scale.values[0], instrument.top_level
        bins = [
            (answered, total)
            for answered in range(len(instrument.items) + 1)
            for total in range(answered * lowest, answered * top + 1)
        ]
        percents = score_percents(instrument, *np.array(bins, np.int64).T)
        # The scores there can be, and each bin's place among them; −1 where it has no score.
        self._values, places = np.unique(percents[~np.isnan(percents)], return_inverse=True)
        column = np.full(len(bins), -1)
        column[~np.isnan(percents)] = places
        self._column = dict(zip(bins, column.tolist(), strict=True))
        # Of the counts of an item those that units are compared by.
        columns = (*LEVEL_COLUMNS[: len(instrument.scale.values)], *MISSING_COLUMNS)
        self._kept = [tally_item.c[name] for name in columns]
        self._forget()

    def _forget(self) -> None:
        k = len(self.instrument.items)
        self._seen = (0, 0)
        self._remembered: Memory = {}
        # Scores, items, and what `count_units` tells. Half the bytes are summed in half the time.
        self._units = _Cells((len(self._values),), (k, len(self._kept)), (2 + k,), dtype=np.int32)
        self._clinicians = _Cells((4,), dtype=np.float64)
        self._adjusters = AdjusterCells(self.instrument)

    def refresh(self, connection: Connection) -> None:
        """Read what has changed since the last time; everything after a rebuild."""
        revision, generation = connection.execute(select(state.c.revision, state.c.generation)).one()
        with self._lock:
            if generation != self._seen[1]:
                self._forget()
            # Another reader, who began later, may have brought it further already.
            if revision > self._seen[0]:
                changed = find_changed_cells(connection, self.instrument, self._seen[0])
                self._read_units(connection, changed["unit"])
                self._read_clinicians(connection, changed["clinician"])
                self._adjusters.read(connection, changed["adjusters"])
                self._forget_units({unit for each in changed.values() for unit, *_ in each.cells.values()})
                self._seen = (revision, generation)

    def _read_units(self, connection: Connection, changed: ChangedCells) -> None:
        scores, items, counts = self._units.places(changed.cells)
        query = select(tally_score.c.cell_id, tally_score.c.answered, tally_score.c.total, tally_score.c.c)
        for cell, answered, total, count in changed.read(connection, tally_score, query):
            place, column = self._units.place[cell], self._column[answered, total]
            counts[place, 0] += count
            if column >= 0:
                scores[place, column] += count
        query = select(tally_item.c.cell_id, tally_item.c.slot, *self._kept)
        for row in changed.read(connection, tally_item, query):
            items[self._units.place[row[0]], row[1] - 1] = row[2:]
        places = [self._units.place[cell] for cell in changed.cells]
        counts[places, 1] = scores[places].sum(axis=1)
        counts[places, 2:] = items[places, :, : len(self.instrument.scale.values)].sum(axis=2)
        self._units.add_up(changed.cells)

    def _read_clinicians(self, connection: Connection, changed: ChangedCells) -> None:
        (sums,) = self._clinicians.places(changed.cells)
        instrument, score = self.instrument, tally_score.c
        low, high = instrument.scale.values[0], instrument.top_level
        scored = score.answered >= instrument.scoring.minimum_answered
        # As `score_percents`, in the database: a clinician's histogram is wanted nowhere in a program's view.
        percent = 100.0 * cast(score.total - low * score.answered, Float) / ((high - low) * score.answered)
        at_top = case((score.total == high * score.answered, 1), else_=0)
        moments = [
            func.sum(case((scored, score.c * each), else_=0)) for each in (1, at_top, percent, percent * percent)
        ]
        query = select(score.cell_id, *moments).group_by(score.cell_id)
        for row in changed.read(connection, tally_score, query):
            sums[self._clinicians.place[row[0]]] = [float(each) for each in row[1:]]
        self._clinicians.add_up(changed.cells)

    def memory_of(self, connection: Connection) -> Memory:
        """Where to keep what is made of what a connection sees: nothing that lasts where the tallies are beyond it."""
        revision = connection.execute(select(state.c.revision)).scalar_one()
        with self._lock:
            return self._remembered if revision >= self._seen[0] else {}

    def remember(
        self, key: Hashable, make: Callable[[], _Made], *, unit: str | None = None, memory: Memory | None = None
    ) -> _Made:
        """What `make` gives, kept under the key until a tally changes; with a unit, until a tally of that unit does.

        The key must hold everything else that it depends on, who is looking first of all. What is made of something
        that was read before is kept with the `memory` of before it was read.
        """
        # Taken before it is made: what is made while a tally changes is not kept.
        kept = self._remembered if memory is None else memory
        if (unit, key) not in kept:
            kept[unit, key] = make()
        found: _Made = kept[unit, key]
        return found

    def _forget_units(self, units: Collection[str]) -> None:
        self._remembered = {
            (unit, key): made
            for (unit, key), made in list(self._remembered.items())
            if unit is not None and unit not in units
        }

    def count_units(self, units: Collection[str]) -> dict[str, dict[tuple[int, str], Counts]]:
        """How much each unit has by month and mode: (2 + k,) responses, scored ones, answers to each item.

        A unit without responses is absent.
        """
        with self._lock:
            chosen = self._units.chosen(units)
            chosen = chosen[self._units.arrays[2][chosen, 0] > 0]
            counted = self._units.arrays[2][chosen]
            keys = [self._units.keys[cell] for cell in chosen.tolist()]
        found: dict[str, dict[tuple[int, str], Counts]] = {}
        for (unit, _, month, mode), counts in zip(keys, counted, strict=True):
            by_cell = found.setdefault(unit, {})
            by_cell[month, mode] = by_cell[month, mode] + counts if (month, mode) in by_cell else counts
        return found

    def sum_units(self, units: Collection[str], *, since: int = 0, mode: str | None = None) -> UnitCounts:
        """The counts of the units that have responses from the month `since` on, of one mode or all."""
        width = len(self.instrument.scale.values)
        found: dict[str, list[Counts]] = {}
        with self._lock:
            for unit in self._units.held(units):
                add_up = partial(self._units.sums, [unit], since, mode)
                owners, arrays = self.remember(("unit", since, mode), add_up, unit=unit)
                if owners and arrays[2][0, 0]:
                    found[unit] = arrays
        shapes = [(0, *array.shape[1:]) for array in self._units.arrays]
        scores, items, counts = (
            np.concatenate([np.zeros(shape, np.int64), *(arrays[at] for arrays in found.values())], dtype=np.int64)
            for at, shape in enumerate(shapes)
        )
        return UnitCounts(tuple(found), counts[:, 0], self._values, scores, items[:, :, :width], items[:, :, width:])

    def score_months(
        self, units: Collection[str], *, since: int = 0, mode: str | None = None
    ) -> dict[str, dict[int, tuple[int, int, float]]]:
        """Each unit's responses, scored ones and Σ of their scores, 0 to 100, by month from `since` on."""
        with self._lock:
            chosen = self._units.chosen(units, since, mode)
            rows = self._units.arrays[2][chosen, :2], self._units.arrays[0][chosen] @ self._values
            keys = [self._units.keys[cell] for cell in chosen.tolist()]
        found: dict[str, dict[int, tuple[int, int, float]]] = {}
        for (unit, _, month, _), (n, scored), total in zip(keys, rows[0].tolist(), rows[1].tolist(), strict=True):
            months = found.setdefault(unit, {})
            before = months.get(month, (0, 0, 0.0))
            months[month] = (before[0] + n, before[1] + scored, before[2] + total)
        return found

    def sum_clinicians(
        self, units: Collection[str], *, since: int = 0, before: int | None = None, mode: str | None = None
    ) -> dict[str, ClinicianSums]:
        """The sums of each unit's clinicians who have scored responses from the month `since` on, before `before`."""
        found = {}
        with self._lock:
            for unit in self._clinicians.held(units):
                add_up = partial(self._sum_members, unit, since, mode, before)
                members = self.remember(("clinicians", since, mode, before), add_up, unit=unit)
                if members.clinicians:
                    found[unit] = members
        return found

    def _sum_members(self, unit: str, since: int, mode: str | None, before: int | None) -> ClinicianSums:
        owners, (sums,) = self._clinicians.sums([unit], since, mode, before)
        scored = np.flatnonzero(sums[:, 0])
        names = tuple(owners[place][1] for place in scored.tolist())
        return ClinicianSums(names, *sums[scored, :2].T.astype(np.int64), *sums[scored, 2:].T)

    def sum_strata(self, units: Sequence[str], *, since: int = 0) -> StrataSums:
        """The scored responses of each of these units, from the month `since` on, by the strata of adjusters.

        All modes and respondents together.
        """
        found = []
        with self._lock:
            strata = self._adjusters.strata
            for unit in units:
                add_up = partial(self._adjusters.sums, unit, since)
                found.append(self.remember(("strata", since, len(strata)), add_up, unit=unit))
        moments = np.array([each for each, _ in found]).reshape(len(found), len(strata), MOMENTS)
        joint = np.array([each for _, each in found], np.int64).reshape(len(found), len(strata), len(strata))
        return StrataSums(strata, moments, joint)

    def count_clinicians(self, units: Collection[str]) -> "ClinicianCounts":
        """How many scored responses each clinician of these units has, cell by cell."""
        with self._lock:
            cells = self._clinicians
            chosen = cells.chosen(units)
            owner, month, mode = cells.codes[chosen].T
            counts = cells.arrays[0][chosen, 0].astype(np.int64)
            present, place = np.unique(owner, return_inverse=True)
            names = list(cells.owners)
            owners = tuple(names[each] for each in present.tolist())
            return ClinicianCounts(owners, place, month, tuple(cells.modes), mode, counts)


class _Cells:
    """Cells by unit, clinician, month and mode in sorted order: their keys, and arrays with a row for each.

    Stored cells are finer: one for each kind of respondent.
    """

    def __init__(self, *shapes: tuple[int, ...], dtype: type) -> None:
        self.keys: list[tuple[str, str, int, str]] = []
        self.arrays: list[NDArray[Any]] = [np.zeros((0, *shape), dtype) for shape in shapes]
        self.codes = np.zeros((0, 3), np.int64)
        self.modes: dict[str, int] = {}
        self.owners: dict[tuple[str, str], int] = {}
        self.place: dict[int, int] = {}
        self._names: list[tuple[str, str]] = []
        self._spans: dict[str, tuple[int, int]] = {}  # the first place of each unit's cells, and the one after its last
        self._stored: list[tuple[tuple[str, str, int, str], int]] = []
        self._stored_arrays = [array.copy() for array in self.arrays]
        self._row = np.zeros(0, np.int64)

    def places(self, cells: dict[int, tuple[Any, ...]]) -> list[NDArray[Any]]:
        """Make room for these stored cells, set what was known of them to zero, and return the arrays to fill.

        `place` has each one's place in them; `add_up` when they are filled.
        """
        new = [(key, cell) for cell, key in cells.items() if cell not in self.place]
        if new:
            self._insert(new)
        known = [self.place[cell] for cell in cells]
        for array in self._stored_arrays:
            array[known] = 0
        return self._stored_arrays

    def _insert(self, new: list[tuple[Any, int]]) -> None:
        cells = [*self._stored, *new]
        order = sorted(range(len(cells)), key=cells.__getitem__)
        self._stored = [cells[at] for at in order]
        self.place = {cell: at for at, (_, cell) in enumerate(self._stored)}
        self._stored_arrays = [
            np.concatenate([array, np.zeros((len(new), *array.shape[1:]), array.dtype)])[order]
            for array in self._stored_arrays
        ]
        self.keys = sorted({key for key, _ in cells})
        row = {key: at for at, key in enumerate(self.keys)}
        self._row = np.array([row[key] for key, _ in self._stored], np.int64)
        codes = [
            (
                self.owners.setdefault((unit, clinician), len(self.owners)),
                month,
                self.modes.setdefault(mode, len(self.modes)),
            )
            for unit, clinician, month, mode in self.keys
        ]
        self.codes = np.array(codes, np.int64)
        self._names = list(self.owners)
        firsts = [at for at, (unit, *_) in enumerate(self.keys) if not at or unit != self.keys[at - 1][0]]
        ends = [*firsts[1:], len(self.keys)]
        self._spans = {self.keys[first][0]: (first, end) for first, end in zip(firsts, ends, strict=True)}
        self.arrays = [np.zeros((len(self.keys), *array.shape[1:]), array.dtype) for array in self.arrays]
        self.add_up(self.place)

    def add_up(self, cells: Collection[int]) -> None:
        """Add up the rows of these stored cells and of those beside them."""
        rows = np.unique(self._row[[self.place[cell] for cell in cells]])
        stored = np.flatnonzero(np.isin(self._row, rows))
        starts = np.flatnonzero(np.diff(self._row[stored], prepend=-1))
        if len(rows):
            for array, finer in zip(self.arrays, self._stored_arrays, strict=True):
                array[rows] = np.add.reduceat(finer[stored], starts, axis=0)

    def chosen(
        self, units: Collection[str], since: int = 0, mode: str | None = None, before: int | None = None
    ) -> Counts:
        """The places of the cells of these units, from the month `since` on and before `before`, of one mode or all."""
        spans = [np.arange(*self._spans[unit]) for unit in self.held(units)]
        places = np.concatenate(spans) if spans else np.zeros(0, np.int64)
        _, month, modes = self.codes[places].T
        wanted = month >= since
        if before is not None:
            wanted &= month < before
        if mode is not None:
            wanted &= modes == self.modes.get(mode, -1)
        return np.asarray(places[wanted], np.int64)

    def held(self, units: Collection[str]) -> list[str]:
        """Those of these units that have cells, sorted."""
        return sorted({unit for unit in units if unit in self._spans})

    def sums(self, units: Collection[str], *choice: Any) -> tuple[list[tuple[str, str]], list[NDArray[Any]]]:
        """The units and clinicians of the cells that are `chosen`, sorted, and each one's sum in each array."""
        chosen = self.chosen(units, *choice)
        if not len(chosen):
            return [], [array[:0] for array in self.arrays]
        owners = self.codes[chosen, 0]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        summed = [np.add.reduceat(array[chosen], starts, axis=0) for array in self.arrays]
        return [self._names[each] for each in owners[starts].tolist()], summed
