"""The tallies' upkeep: adding to the stored counts of each cell in the transaction that stores the responses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Dialect, Table, and_, bindparam, delete, select, tuple_, update
from sqlalchemy.sql import ClauseElement

from survey.instrument import Instrument
from survey.response import Response
from survey.store.connection import insert_of, upsert
from survey.store.prepared import Prepared, PreparedLookup
from survey.store.schema import (
    ITEM_COUNTS,
    LEVEL_COLUMNS,
    MISSING_COLUMNS,
    PRODUCT_COLUMNS,
    tally_cell,
    tally_item,
    tally_pair,
    tally_score,
    tally_state,
    tally_stratum,
)
from survey.tally import AdjusterTally, Tally, tally_adjusters, tally_responses

NOT_SURE: Final = ""
EVERY: Final = "*"
_KEYS_AT_ONCE: Final = 1_000  # a statement takes only so many parameters


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


CellTallies = Mapping[CellKey, Tally | AdjusterTally]


def cells_of(
    unit: str, clinician: str, month: int, instrument: str, version: str, mode: str, respondent: str
) -> tuple[CellKey, CellKey, CellKey]:
    """The cells that a response counts in: its clinician's, its unit's as a whole, and its unit's adjusters'."""
    measured = (month, instrument, version)
    return (
        CellKey("clinician", unit, clinician, *measured, mode, respondent),
        CellKey("unit", unit, EVERY, *measured, mode, respondent),
        CellKey("adjusters", unit, EVERY, *measured, EVERY, EVERY),
    )


_CELLS: Final = PreparedLookup(
    lambda ids: select(tally_cell.c.id, *(tally_cell.c[name] for name in CellKey._fields)).where(
        tally_cell.c.id.in_(ids)
    ),
    tally_cell.c.id.type,
)
_NEXT_REVISION: Final = Prepared(
    update(tally_state).values(revision=tally_state.c.revision + 1).returning(tally_state.c.revision)
)
_MARKED: Final = Prepared(
    update(tally_cell).where(tally_cell.c.id == bindparam("cell")).values(revision=bindparam("new"))
)


class TallyKeeper:
    """Adds tallies to the stored cells and remembers cells' row ids, so as to look them up by one short query."""

    def __init__(self) -> None:
        self._ids: dict[CellKey, int] = {}

    def add(self, connection: Connection, tallies: CellTallies) -> dict[CellKey, int]:
        """Add each tally to its cell within the caller's transaction; returns the ids to `remember` after commit."""
        known = self._still_true(connection, [key for key in tallies if key in self._ids])
        new = self._create_cells(connection, sorted(key for key in tallies if key not in known))
        ids = known | new
        for table, adding in _ADDING.items():
            rows = [row for key in sorted(tallies) for row in count_rows(table, ids[key], tallies[key])]
            adding.run(connection, rows)
        _mark_changed(connection, [ids[key] for key in sorted(tallies)])
        return new

    def remember(self, ids: Mapping[CellKey, int]) -> None:
        """Keep the ids of cells that are now committed."""
        self._ids.update(ids)

    def _still_true(self, connection: Connection, keys: list[CellKey]) -> dict[CellKey, int]:
        """The remembered ids that the database confirms: after a restore an id may be another cell's."""
        if not keys:
            return {}
        found = _CELLS.rows(connection, [self._ids[key] for key in keys])
        confirmed = {CellKey(*row[1:]): int(row[0]) for row in found}
        return {key: self._ids[key] for key in keys if confirmed.get(key) == self._ids[key]}

    @staticmethod
    def _create_cells(connection: Connection, keys: list[CellKey]) -> dict[CellKey, int]:
        if not keys:
            return {}
        connection.execute(upsert(connection, tally_cell).on_conflict_do_nothing(), [key._asdict() for key in keys])
        columns = [tally_cell.c[name] for name in CellKey._fields]
        found: dict[CellKey, int] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = tuple_(*columns).in_(keys[start : start + _KEYS_AT_ONCE])
            found |= {
                CellKey(*row[1:]): row[0] for row in connection.execute(select(tally_cell.c.id, *columns).where(some))
            }
        return found


COUNTED: Final = {tally_score: ("c",), tally_item: ITEM_COUNTS, tally_stratum: ("c",), tally_pair: ("c",)}


def _adding(table: Table, counts: Sequence[str], dialect: Dialect) -> ClauseElement:
    """`SET c = c + excluded.c` for each count."""
    statement = insert_of(dialect.name, table)
    added: dict[str, Any] = {name: table.c[name] + statement.excluded[name] for name in counts}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)


_ADDING: Final = {table: Prepared(partial(_adding, table, counts)) for table, counts in COUNTED.items()}


def count_rows(table: Table, cell_id: int, tally: Tally | AdjusterTally) -> Iterable[dict[str, Any]]:
    """What a tally is in one of the tables of counts; nothing in those that hold tallies of the other kind."""
    if isinstance(tally, AdjusterTally):
        if table is tally_stratum:
            for (name, answered, total), count in sorted(tally.scores.items()):
                yield {"cell_id": cell_id, "stratum": name, "answered": answered, "total": total, "c": count}
        elif table is tally_pair:
            for (one, other), count in sorted(tally.pairs.items()):
                yield {"cell_id": cell_id, "one": one, "other": other, "c": count}
    elif table is tally_score:
        for (answered, total), count in sorted(tally.scores.items()):
            yield {"cell_id": cell_id, "answered": answered, "total": total, "c": count}
    elif table is tally_item:
        yield from _item_rows(cell_id, tally)


def _item_rows(cell_id: int, tally: Tally) -> Iterable[dict[str, int]]:
    for slot in range(len(tally.instrument.items)):
        row = {"cell_id": cell_id, "slot": slot + 1} | dict.fromkeys(ITEM_COUNTS, 0)
        row.update(zip(LEVEL_COLUMNS, tally.levels[slot].tolist(), strict=False))
        row.update(zip(MISSING_COLUMNS, tally.missing[slot].tolist(), strict=True))
        row["complete_sum"] = int(tally.complete_sums[slot])
        row.update(zip(PRODUCT_COLUMNS, tally.products[slot].tolist(), strict=False))
        yield row


def _mark_changed(connection: Connection, ids: Sequence[int]) -> None:
    """Give these cells the next revision. Its row stays locked until the end, so revisions are in order of commit."""
    ((revision,),) = _NEXT_REVISION.rows(connection)
    _MARKED.run(connection, [{"cell": each, "new": revision} for each in ids])


def group_tallies(
    responses: Iterable[Response], instruments: Mapping[tuple[str, str], Instrument]
) -> dict[CellKey, Tally | AdjusterTally]:
    """What these responses add, cell by cell."""
    members: defaultdict[CellKey, list[Response]] = defaultdict(list)
    for each in responses:
        measured = (each.month, each.instrument, each.version, each.mode, each.respondent)
        for key in cells_of(each.unit_id, each.clinician_id or NOT_SURE, *measured):
            members[key].append(each)
    return {
        key: (tally_adjusters if key.level == "adjusters" else tally_responses)(
            some, instruments[key.instrument, key.version]
        )
        for key, some in members.items()
    }


def take_tallies(connection: Connection, tallies: CellTallies) -> None:
    """Take these tallies from their cells within the caller's transaction, and leave no row that counts nothing."""
    TallyKeeper().add(connection, {key: -tally for key, tally in tallies.items()})
    columns = [tally_cell.c[name] for name in CellKey._fields]
    cells = select(tally_cell.c.id).where(tuple_(*columns).in_(sorted(tallies)))
    for table, counts in COUNTED.items():
        empty = and_(*(table.c[name] == 0 for name in counts))
        connection.execute(delete(table).where(table.c.cell_id.in_(cells), empty))
