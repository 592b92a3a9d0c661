"""Which stored tallies have changed since a revision, and the counts in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, Table, select

from survey.instrument import Instrument
from survey.store.schema import tally_cell

Level = Literal["unit", "clinician", "adjusters"]
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class ChangedCells:
    """Cells of one level of an instrument: unit, clinician, month and mode by id; everything: they are all."""

    level: Level
    instrument: Instrument
    cells: dict[int, tuple[str, str, int, str]]
    everything: bool

    def read(self, connection: Connection, table: Table, query: Select[Any]) -> Iterator[Sequence[Any]]:
        """The rows of a query about a table of counts, for these cells only."""
        if self.everything:
            cell = tally_cell.c
            query = query.join(tally_cell, cell.id == table.c.cell_id).where(
                cell.level == self.level,
                cell.instrument == self.instrument.id,
                cell.version == self.instrument.version,
            )
            yield from connection.execute(query).all()
            return
        ids = list(self.cells)
        for start in range(0, len(ids), _AT_ONCE):
            yield from connection.execute(query.where(table.c.cell_id.in_(ids[start : start + _AT_ONCE]))).all()


def find_changed_cells(connection: Connection, instrument: Instrument, since: int) -> dict[Level, ChangedCells]:
    """The cells that have changed since this revision; all of them since 0.

    Asked by the revision alone, whose index knows the few. Asked by level and instrument too, SQLite takes another
    index and walks through all cells.
    """
    names = ("id", "level", "unit_id", "clinician_id", "month", "mode", "instrument", "version")
    levels: tuple[Level, ...] = ("unit", "clinician", "adjusters")
    found = {level: ChangedCells(level, instrument, {}, not since) for level in levels}
    query = select(*(tally_cell.c[name] for name in names)).where(tally_cell.c.revision > since)
    for cell, level, unit, clinician, month, mode, *key in connection.execute(query).all():
        if tuple(key) == instrument.key:
            found[level].cells[cell] = (unit, clinician, month, mode)
    return found
