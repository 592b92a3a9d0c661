"""Tallies made anew from the stored responses, a column at a time, and the check of the kept ones against them.

It counts by whole columns where `tally_response` counts answer by answer: two ways to the same numbers.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Table, delete, extract, insert, select, update

from survey.instrument import Catalogue, Instrument
from survey.respondent import ABOUT, ADJUSTERS
from survey.response import NotAnswered
from survey.store.connection import keep_writers_out
from survey.store.responses import BITS_PER_SLOT
from survey.store.schema import SLOT_COLUMNS, mirror_tab, response, store_fact, tally_cell, tally_state
from survey.store.tallies import COUNTED, NOT_SURE, CellKey, TallyKeeper, cells_of, count_rows
from survey.tally import AdjusterTally, Tally
from survey.tally_columns import Answers, Codes, count_adjusters, count_groups

_KEYS: Final = ("unit_id", "clinician_id", "month", "mode", "respondent")
_ROWS_AT_ONCE: Final = 200_000
# What the tallies count; another number where a new version counts more.
LAYOUT: Final = "2"
_FACT: Final = "tally_layout"
_NOT_ANSWERED: Final = -1_000_000


def rebuild_tallies(connection: Connection, catalogue: Catalogue) -> int:
    """Replace every tally by what the stored responses add up to, in the caller's transaction; returns the cells.

    Servers that store responses meanwhile wait for its end.
    """
    keep_writers_out(connection, mirror_tab)
    tallies = tally_store(connection, catalogue)
    for table in (*COUNTED, tally_cell):
        connection.execute(delete(table))
    TallyKeeper().add(connection, tallies)
    connection.execute(update(tally_state).values(generation=tally_state.c.generation + 1))
    connection.execute(delete(store_fact).where(store_fact.c.key == _FACT))
    connection.execute(insert(store_fact).values(key=_FACT, value=LAYOUT))
    return len(tallies)


def tallies_are_current(connection: Connection) -> bool:
    """Whether the tallies hold all that this version counts. An older version's store is rebuilt once."""
    return connection.execute(select(store_fact.c.value).where(store_fact.c.key == _FACT)).scalar() == LAYOUT


def check_tallies(connection: Connection, catalogue: Catalogue) -> list[CellKey]:
    """The cells whose kept counts are not those of the stored responses, in sorted order."""
    differing: set[CellKey] = set()
    tallies = tally_store(connection, catalogue)
    for table in COUNTED:
        counted = {
            (key, *list(row.values())[1:]) for key, tally in tallies.items() for row in count_rows(table, 0, tally)
        }
        differing |= {row[0] for row in counted ^ set(kept_counts(connection, table))}
    return sorted(differing)


def kept_counts(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """The rows of one of the tables of counts, each with its cell's key in place of the cell's id."""
    width = len(CellKey._fields)
    keys = [tally_cell.c[name] for name in CellKey._fields]
    columns = [column for column in table.c if column.name != "cell_id"]
    for row in connection.execute(select(*keys, *columns).join(table, table.c.cell_id == tally_cell.c.id)):
        yield (CellKey(*row[:width]), *row[width:])


def tally_store(connection: Connection, catalogue: Catalogue) -> dict[CellKey, Tally | AdjusterTally]:
    """The tally of every cell, from the stored responses."""
    tallies: dict[CellKey, Any] = {}
    kinds = connection.execute(select(response.c.instrument, response.c.version).distinct()).all()
    for kind in kinds:
        instrument = catalogue.get(*kind)
        if instrument is None:
            continue
        for columns in _read_columns(connection, instrument):
            for key, tally in _tally_columns(instrument, columns):
                tallies[key] = tallies[key] + tally if key in tallies else tally
    return tallies


def _read_columns(connection: Connection, instrument: Instrument) -> Iterator[dict[str, list[Any]]]:
    """The responses of an instrument as lists by column, a part at a time."""
    month = (extract("year", response.c.day) * 100 + extract("month", response.c.day)).label("month")
    slots = SLOT_COLUMNS[: len(instrument.items)]
    names = ("unit_id", "clinician_id", "mode", "respondent", "language", *ABOUT, "missing", *slots)
    query = select(month, *(response.c[name] for name in names)).where(
        response.c.instrument == instrument.id, response.c.version == instrument.version
    )
    for rows in connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}).partitions():
        yield dict(zip(("month", *names), map(list, zip(*rows, strict=True)), strict=True))


def _tally_columns(
    instrument: Instrument, columns: dict[str, list[Any]]
) -> Iterator[tuple[CellKey, Tally | AdjusterTally]]:
    answers = Answers(instrument, _answer_codes(instrument, columns))
    columns["clinician_id"] = [each or NOT_SURE for each in columns["clinician_id"]]
    columns["month"] = [int(each) for each in columns["month"]]
    coded = {name: _factorise(columns[name]) for name in {*_KEYS, *ADJUSTERS}}
    keys = [coded[name][1] for name in _KEYS]
    by_clinician, members = _groups([coded[name][0] for name in _KEYS])
    units: dict[CellKey, Tally] = {}
    places: dict[CellKey, int] = {}
    adjusters_of = np.empty(len(members), np.int64)
    for place, tally in enumerate(count_groups(answers, by_clinician, len(members)).tallies()):
        unit, clinician, month, mode, respondent = (
            levels[code] for levels, code in zip(keys, members[place], strict=True)
        )
        own, whole, adjusters = cells_of(unit, clinician, month, *instrument.key, mode, respondent)
        yield own, tally
        units[whole] = units[whole] + tally if whole in units else tally
        adjusters_of[place] = places.setdefault(adjusters, len(places))
    yield from units.items()
    levels = {name: coded[name] for name in ADJUSTERS}
    counted = count_adjusters(answers, adjusters_of[by_clinician], len(places), levels)
    yield from zip(places, counted, strict=True)


def _answer_codes(instrument: Instrument, columns: dict[str, list[Any]]) -> Codes:
    """(N, k) levels counted from 0, and −1 − way for each way of not answering."""
    mask = np.array(columns["missing"], np.int64)
    codes = np.empty((len(mask), len(instrument.items)), np.int64)
    for slot in range(codes.shape[1]):
        way = (mask >> (BITS_PER_SLOT * slot)) & (len(NotAnswered) - 1)
        levels = columns[SLOT_COLUMNS[slot]]
        found = np.array([_NOT_ANSWERED if level is None else level for level in levels], np.int64)
        codes[:, slot] = np.where(found == _NOT_ANSWERED, -1 - way, found - instrument.scale.values[0])
    return codes


def _factorise(values: list[Any]) -> tuple[Codes, list[Any]]:
    """Each value's number among the distinct ones; −1 for None."""
    numbers: dict[Any, int] = {}
    codes = [-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, np.int64), list(numbers)


def _groups(columns: list[Codes]) -> tuple[Codes, list[tuple[int, ...]]]:
    """Each row's group among the distinct combinations of these columns, and the combinations."""
    distinct, group = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    return group.reshape(-1), [tuple(each) for each in distinct.tolist()]
