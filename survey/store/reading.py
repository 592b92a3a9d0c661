"""The store's reading side: tallies by group, and what there is to choose from. Everything a report knows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Select, func, select

from survey.flags import QUALITY_FLAGS
from survey.instrument import Instrument
from survey.store.schema import (
    ITEM_COUNTS,
    LEVEL_COLUMNS,
    MISSING_COLUMNS,
    device,
    mirror_tab,
    response,
    response_conflict,
    response_flag,
    store_fact,
    tally_cell,
    tally_item,
    tally_pair,
    tally_score,
    tally_state,
    tally_stratum,
)
from survey.tally import AdjusterTally, Tally, empty_tally

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
    for row in connection.execute(_score_query(selection, by)).all():
        scores[tuple(row[:width])][row[width], row[width + 1]] = int(row[width + 2])
    tallies = {}
    for key, counts in scores.items():
        empty = empty_tally(selection.instrument)
        tallies[key] = Tally(empty.instrument, counts, empty.levels, empty.missing, empty.complete_sums, empty.products)
    if items and tallies:
        for row in connection.execute(_item_query(selection, by)).all():
            _fill_item(tallies[tuple(row[:width])], int(row[width]) - 1, [int(count) for count in row[width + 1 :]])
    return tallies


def read_adjusters(connection: Connection, selection: Selection) -> dict[str, AdjusterTally]:
    """The adjusters' tally of each unit in the selection, by unit; a unit without responses is absent. Two queries.

    Mode and respondent are adjusters themselves here, so the selection cannot narrow them, nor the clinician.
    """
    if selection.modes or selection.respondents or selection.clinician_id is not None:
        raise ValueError("Adjusters are counted over all modes, respondents and clinicians of a unit.")
    scores: dict[str, dict[tuple[str, int, int], int]] = defaultdict(dict)
    pairs: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for table, counts in ((tally_stratum, scores), (tally_pair, pairs)):
        names = [column for column in table.primary_key if column.name != "cell_id"]
        total = func.sum(table.c.c)
        query = select(tally_cell.c.unit_id, *names, total).join(tally_cell, tally_cell.c.id == table.c.cell_id)
        query = _chosen(query, selection, "adjusters").group_by(tally_cell.c.unit_id, *names).having(total != 0)
        for row in connection.execute(query):
            counts[row[0]][tuple(row[1:-1])] = int(row[-1])  # type: ignore[index]
    return {unit_id: AdjusterTally(selection.instrument, scores[unit_id], pairs[unit_id]) for unit_id in scores}


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
    return _chosen(query, selection, _level(selection, by)).group_by(*keys, *bins).having(total != 0)


def _item_query(selection: Selection, by: Sequence[GroupBy]) -> Select[Any]:
    keys = [tally_cell.c[name] for name in by]
    totals = [func.sum(tally_item.c[name]) for name in ITEM_COUNTS]
    query = select(*keys, tally_item.c.slot, *totals).join(tally_cell, tally_cell.c.id == tally_item.c.cell_id)
    return _chosen(query, selection, _level(selection, by)).group_by(*keys, tally_item.c.slot)


def _level(selection: Selection, by: Sequence[GroupBy]) -> str:
    return "clinician" if selection.clinician_id is not None or "clinician_id" in by else "unit"


def _chosen(query: Select[Any], selection: Selection, level: str) -> Select[Any]:
    cell = tally_cell.c
    query = query.where(
        cell.level == level,
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


def count_conflicts(connection: Connection, unit_ids: Collection[str]) -> dict[str, int]:
    """How many deliveries came again with another content, by their device's unit; units without any are absent."""
    query = (
        select(device.c.unit_id, func.count())
        .join(response_conflict, response_conflict.c.device_id == device.c.id)
        .where(device.c.unit_id.in_(sorted(unit_ids)))
        .group_by(device.c.unit_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def count_flags(
    connection: Connection, instrument: Instrument, unit_ids: Collection[str], *, since: int, mode: str | None
) -> dict[tuple[str, str], int]:
    """How many responses have each quality flag, by unit and flag, from month `since` on (yyyymm; 0 for all)."""
    query = (
        select(response.c.unit_id, response_flag.c.flag, func.count())
        .join(response, response.c.id == response_flag.c.response_id)
        .where(
            response.c.instrument == instrument.id,
            response.c.version == instrument.version,
            response.c.unit_id.in_(sorted(unit_ids)),
            response_flag.c.flag.in_(QUALITY_FLAGS),
        )
        .group_by(response.c.unit_id, response_flag.c.flag)
    )
    if since:
        query = query.where(response.c.day >= date(since // 100, since % 100, 1))
    if mode is not None:
        query = query.where(response.c.mode == mode)
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}


def tallies_revision(connection: Connection) -> int:
    """A number that is another one whenever a tally has changed: what a cached report is valid for."""
    return int(connection.execute(select(tally_state.c.revision)).scalar_one())


def demo_seed(connection: Connection) -> int | None:
    """The seed of a demo store's synthetic data, or None in a store for real answers."""
    value = connection.execute(select(store_fact.c.value).where(store_fact.c.key == "demo")).scalar_one_or_none()
    return None if value is None else int(value)
