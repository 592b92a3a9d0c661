"""The tallies' upkeep: adding to the stored counts of each cell in the transaction that stores the responses."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Insert, Table, bindparam, select, tuple_

from survey.instrument import Instrument
from survey.response import Response
from survey.store.connection import insert_of, upsert
from survey.store.schema import (
    ITEM_COUNTS,
    LEVEL_COLUMNS,
    MISSING_COLUMNS,
    PRODUCT_COLUMNS,
    tally_cell,
    tally_item,
    tally_score,
)
from survey.tally import Tally, tally_response

NOT_SURE: Final = ""
EVERY_CLINICIAN: Final = "*"


class CellKey(NamedTuple):
    """What a tally's cell is the group of. Sorted order is the order of locking."""

    level: str
    unit_id: str
    clinician_id: str
    month: int
    instrument: str
    version: str
    mode: str
    respondent: str


def cells_of(response: Response) -> tuple[CellKey, CellKey]:
    """The cells that a response counts in: its clinician's, and its unit's as a whole."""
    rest = (response.month, response.instrument, response.version, response.mode, response.respondent)
    return (
        CellKey("clinician", response.unit_id, response.clinician_id or NOT_SURE, *rest),
        CellKey("unit", response.unit_id, EVERY_CLINICIAN, *rest),
    )


_CELLS: Final = select(tally_cell.c.id, *(tally_cell.c[name] for name in CellKey._fields)).where(
    tally_cell.c.id.in_(bindparam("ids", expanding=True))
)


class TallyKeeper:
    """Adds tallies to the stored cells and remembers cells' row ids, so as to look them up by one short query."""

    def __init__(self) -> None:
        self._ids: dict[CellKey, int] = {}

    def add(self, connection: Connection, tallies: Mapping[CellKey, Tally]) -> dict[CellKey, int]:
        """Add each tally to its cell within the caller's transaction; returns the ids to `remember` after commit."""
        known = self._still_true(connection, [key for key in tallies if key in self._ids])
        new = self._create_cells(connection, sorted(key for key in tallies if key not in known))
        ids = known | new
        ordered = sorted(tallies)
        _add_counts(
            connection, tally_score, ("c",), (r for key in ordered for r in _score_rows(ids[key], tallies[key]))
        )
        _add_counts(
            connection, tally_item, ITEM_COUNTS, (r for key in ordered for r in _item_rows(ids[key], tallies[key]))
        )
        return new

    def remember(self, ids: Mapping[CellKey, int]) -> None:
        """Keep the ids of cells that are now committed."""
        self._ids.update(ids)

    def _still_true(self, connection: Connection, keys: list[CellKey]) -> dict[CellKey, int]:
        """The remembered ids that the database confirms: after a restore an id may be another cell's."""
        if not keys:
            return {}
        found = connection.execute(_CELLS, {"ids": [self._ids[key] for key in keys]})
        confirmed = {CellKey(*row[1:]): int(row[0]) for row in found}
        return {key: self._ids[key] for key in keys if confirmed.get(key) == self._ids[key]}

    @staticmethod
    def _create_cells(connection: Connection, keys: list[CellKey]) -> dict[CellKey, int]:
        if not keys:
            return {}
        connection.execute(upsert(connection, tally_cell).on_conflict_do_nothing(), [key._asdict() for key in keys])
        columns = [tally_cell.c[name] for name in CellKey._fields]
        query = select(tally_cell.c.id, *columns).where(tuple_(*columns).in_(keys))
        return {CellKey(*row[1:]): row[0] for row in connection.execute(query)}


def _score_rows(cell_id: int, tally: Tally) -> Iterable[dict[str, int]]:
    for (answered, total), count in sorted(tally.scores.items()):
        yield {"cell_id": cell_id, "answered": answered, "total": total, "c": count}


def _item_rows(cell_id: int, tally: Tally) -> Iterable[dict[str, int]]:
    for slot in range(len(tally.instrument.items)):
        row = {"cell_id": cell_id, "slot": slot + 1} | dict.fromkeys(ITEM_COUNTS, 0)
        row.update(zip(LEVEL_COLUMNS, tally.levels[slot].tolist(), strict=False))
        row.update(zip(MISSING_COLUMNS, tally.missing[slot].tolist(), strict=True))
        row["complete_sum"] = int(tally.complete_sums[slot])
        row.update(zip(PRODUCT_COLUMNS, tally.products[slot].tolist(), strict=False))
        yield row


def _add_counts(connection: Connection, table: Table, counts: tuple[str, ...], rows: Iterable[dict[str, int]]) -> None:
    values = list(rows)
    if values:
        connection.execute(_adding(connection.dialect.name, table, counts), values)


@cache
def _adding(dialect: str, table: Table, counts: tuple[str, ...]) -> Insert:
    """`SET c = c + excluded.c` for each count. Kept: putting it together costs more than running it."""
    statement = insert_of(dialect, table)
    added: dict[str, Any] = {name: table.c[name] + statement.excluded[name] for name in counts}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)


def group_tallies(
    responses: Iterable[Response], instruments: Mapping[tuple[str, str], Instrument]
) -> dict[CellKey, Tally]:
    """What these responses add, cell by cell."""
    grouped: dict[CellKey, Tally] = {}
    for response in responses:
        tally = tally_response(response, instruments[response.instrument, response.version])
        for key in cells_of(response):
            grouped[key] = grouped[key] + tally if key in grouped else tally
    return grouped
