"""The store's reading side: tallies by group, and what there is to choose from. Everything a report knows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from survey.instrument import Instrument
from survey.store.schema import (
    ITEM_COUNTS,
    LEVEL_COLUMNS,
    MISSING_COLUMNS,
    mirror_tab,
    store_fact,
    tally_cell,
    tally_item,
    tally_score,
)
from survey.tally import Tally, empty_tally

GroupBy = Literal["unit_id", "clinician_id", "month", "mode", "respondent"]


@dataclass(frozen=True)
class Selection:
    """Which responses to read tallies of. None means all; `months` is the first and the last, as yyyymm."""

    instrument: Instrument
    unit_ids: frozenset[str] | None = None
    clinician_id: str | None = None
    months: tuple[int, int] | None = None
    modes: frozenset[str] | None = None
    respondents: frozenset[str] | None = None


def read_tallies(
    connection: Connection, selection: Selection, *, by: Sequence[GroupBy] = (), items: bool = True
) -> dict[tuple[Any, ...], Tally]:
    """The tally of each group in the selection, keyed by its values of `by`; groups without responses are absent.

    Two queries at most, whatever the number of groups; with `items=False` one, and only `scores` is filled.
    Where `clinician_id` is neither selected nor grouped by, the coarser level is read.
    """
    scores: dict[tuple[Any, ...], dict[tuple[int, int], int]] = defaultdict(dict)
    width = len(by)
    for row in connection.execute(_score_query(selection, by)):
        scores[tuple(row[:width])][row[width], row[width + 1]] = int(row[width + 2])
    tallies = {}
    for key, counts in scores.items():
        empty = empty_tally(selection.instrument)
        tallies[key] = Tally(empty.instrument, counts, empty.levels, empty.missing, empty.complete_sums, empty.products)
    if items and tallies:
        for row in connection.execute(_item_query(selection, by)):
            _fill_item(tallies[tuple(row[:width])], int(row[width]) - 1, [int(count) for count in row[width + 1 :]])
    return tallies


def _fill_item(tally: Tally, slot: int, counts: list[int]) -> None:
    levels, ways = len(LEVEL_COLUMNS), len(MISSING_COLUMNS)
    tally.levels[slot] = counts[: tally.levels.shape[1]]
    tally.missing[slot] = counts[levels : levels + ways]
    tally.complete_sums[slot] = counts[levels + ways]
    tally.products[slot] = counts[levels + ways + 1 :][: tally.products.shape[1]]


def _score_query(selection: Selection, by: Sequence[GroupBy]) -> Select[Any]:
    keys = [tally_cell.c[name] for name in by]
    bins = (tally_score.c.answered, tally_score.c.total)
    total = func.sum(tally_score.c.c)
    query = select(*keys, *bins, total).join(tally_cell, tally_cell.c.id == tally_score.c.cell_id)
    return _chosen(query, selection, by).group_by(*keys, *bins).having(total != 0)


def _item_query(selection: Selection, by: Sequence[GroupBy]) -> Select[Any]:
    keys = [tally_cell.c[name] for name in by]
    totals = [func.sum(tally_item.c[name]) for name in ITEM_COUNTS]
    query = select(*keys, tally_item.c.slot, *totals).join(tally_cell, tally_cell.c.id == tally_item.c.cell_id)
    return _chosen(query, selection, by).group_by(*keys, tally_item.c.slot)


def _chosen(query: Select[Any], selection: Selection, by: Sequence[GroupBy]) -> Select[Any]:
    cell = tally_cell.c
    by_clinician = selection.clinician_id is not None or "clinician_id" in by
    query = query.where(
        cell.level == ("clinician" if by_clinician else "unit"),
        cell.instrument == selection.instrument.id,
        cell.version == selection.instrument.version,
    )
    if selection.clinician_id is not None:
        query = query.where(cell.clinician_id == selection.clinician_id)
    if selection.months is not None:
        query = query.where(cell.month.between(*selection.months))
    for column, wanted in (
        (cell.unit_id, selection.unit_ids),
        (cell.mode, selection.modes),
        (cell.respondent, selection.respondents),
    ):
        if wanted is not None:
            query = query.where(column.in_(sorted(wanted)))
    return query


def answered_instruments(connection: Connection) -> list[tuple[str, str]]:
    """Id and version of every instrument that has collected answers."""
    query = select(mirror_tab.c.instrument, mirror_tab.c.version).distinct().order_by("instrument", "version")
    return [(row[0], row[1]) for row in connection.execute(query)]


def tallies_revision(connection: Connection) -> int:
    """A number that is another one whenever a response was added: what a cached report is valid for."""
    return int(connection.execute(select(func.coalesce(func.sum(mirror_tab.c.next_seq), 0))).scalar_one())


def demo_seed(connection: Connection) -> int | None:
    """The seed of a demo store's synthetic data, or None in a store for real answers."""
    value = connection.execute(select(store_fact.c.value).where(store_fact.c.key == "demo")).scalar_one_or_none()
    return None if value is None else int(value)
