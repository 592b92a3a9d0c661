"""The adjusters' tallies of an instrument in memory: what fair comparisons of units are added up from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Float, case, cast, func, select

from survey.instrument import Instrument
from survey.store.changed_cells import ChangedCells
from survey.store.schema import tally_pair, tally_stratum

MOMENTS: Final = 3


@dataclass(frozen=True, eq=False)
class StrataSums:
    """Scored responses of U units by the S strata they are in.

    strata: their names; moments: (U, S, 3) how many, Σ and Σ² of their scores, 0 to 100; joint: (U, S, S) how many are
    in both of two strata, symmetric, the moments' counts on the diagonal.
    """

    strata: tuple[str, ...]
    moments: NDArray[np.float64]
    joint: NDArray[np.int64]


class AdjusterCells:
    """The cells as arrays, unit by unit, that grow with new cells and strata; its cube locks and refreshes it."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._place: dict[int, int] = {}
        self._keys: list[tuple[str, int, int]] = []
        self._units = np.zeros(0, np.str_)
        self._months = np.zeros(0, np.int64)
        self._strata: dict[str, int] = {}
        self._moments = np.zeros((0, 0, MOMENTS))
        self._joint = np.zeros((0, 0, 0), np.int32)

    def read(self, connection: Connection, changed: ChangedCells) -> None:
        """Read the cells that have changed, in two queries."""
        instrument, score, pair = self._instrument, tally_stratum.c, tally_pair.c
        low, high = instrument.scale.values[0], instrument.top_level
        percent = 100.0 * cast(score.total - low * score.answered, Float) / ((high - low) * score.answered)
        scored = score.answered >= instrument.scoring.minimum_answered
        sums = [func.sum(case((scored, score.c * each), else_=0)) for each in (1, percent, percent * percent)]
        query = select(score.cell_id, score.stratum, *sums).group_by(score.cell_id, score.stratum)
        moments = list(changed.read(connection, tally_stratum, query))
        query = select(pair.cell_id, pair.one, pair.other, pair.c)
        pairs = list(changed.read(connection, tally_pair, query))
        cells = [(cell, unit, month) for cell, (unit, _, month, _) in changed.cells.items()]
        self._make_room(cells, {row[1] for row in moments})
        known = [self._place[row[0]] for row in cells]
        self._moments[known] = 0
        self._joint[known] = 0
        for cell_id, name, *values in moments:
            place, at = self._place[cell_id], self._strata[name]
            self._moments[place, at] = [float(value) for value in values]
            self._joint[place, at, at] = int(values[0])
        for cell_id, one, other, count in pairs:
            place, row, column = self._place[cell_id], self._strata[one], self._strata[other]
            self._joint[place, row, column] = self._joint[place, column, row] = count

    def _make_room(self, cells: list[tuple[int, str, int]], strata: set[str]) -> None:
        for name in sorted(strata):
            self._strata.setdefault(name, len(self._strata))
        new = [(unit, month, cell) for cell, unit, month in cells if cell not in self._place]
        columns = len(self._strata) - self._moments.shape[1]
        if new or columns:
            self._moments = np.pad(self._moments, ((0, len(new)), (0, columns), (0, 0)))
            self._joint = np.pad(self._joint, ((0, len(new)), (0, columns), (0, columns)))
        if new:
            self._keys += new
            order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
            self._keys = [self._keys[at] for at in order]
            self._moments, self._joint = self._moments[order], self._joint[order]
            self._place = {cell: at for at, (_, _, cell) in enumerate(self._keys)}
            self._units = np.array([unit for unit, _, _ in self._keys])
            self._months = np.array([month for _, month, _ in self._keys])

    @property
    def strata(self) -> tuple[str, ...]:
        """The names of the S strata."""
        return tuple(self._strata)

    def sums(self, unit: str, since: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(S, 3) moments and (S, S) joint counts of a unit's cells from the month `since` on."""
        first, end = (np.searchsorted(self._units, unit, side) for side in ("left", "right"))
        chosen = slice(first + np.searchsorted(self._months[first:end], since), end)
        return self._moments[chosen].sum(axis=0), self._joint[chosen].sum(axis=0, dtype=np.int64)
