"""Putting a tab right after people sorted, deleted, inserted or copied rows or columns.

Rows move as a whole, so people's own columns stay with their row; rows that are not ours are carried to a tab of their
own. What is missing or may have been changed becomes due again and is written by the next rounds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from survey.sheets.alignment import ColumnStep, RowPlan, plan_columns, plan_rows
from survey.sheets.books import Books, Sheet, column_letters
from survey.sheets.changes import (
    HEADER_ROWS,
    Change,
    add_column,
    add_rows,
    add_tab,
    carry_rows,
    delete_columns,
    empty_rows,
    insert_column,
    insert_rows,
    move_column,
    sort_rows,
    write_cells,
    write_lines,
)
from survey.sheets.client import MirrorError, SheetsClient
from survey.sheets.layout import Cell
from survey.sheets.limits import IDS_READ_AT_ONCE, ROWS_SORTED_AT_ONCE
from survey.sheets.opening import new_sheet_id

SET_ASIDE_TITLE: Final = "Compati set aside"
ORDER_TITLE: Final = "Compati order"
MAKE_ROOM: Final = (
    "Its spreadsheet is too full to put it right: delete tabs, rows or columns of your own there that nobody needs."
)
_RANGES_AT_ONCE: Final = 100
_RUNS_WRITTEN_AT_ONCE: Final = 5_000
_HASH: Final = re.compile("[0-9a-f]{12}")


class MisalignedError(MirrorError):
    """A tab's rows or columns are not where they were written, and could not be put right."""


@dataclass(frozen=True)
class ColumnRepair:
    """What brings our columns back to the front: the steps, and columns left by a repair that was cut short."""

    steps: tuple[ColumnStep, ...]
    leftovers: tuple[int, ...]


@dataclass(frozen=True)
class RowRepair:
    """What brings every row to its place.

    carried: where the leftovers stood that hold something of people's own; they go to the tab of what is set aside.
    copies: how many leftovers after those are copies of ours, or empty; our cells in them are emptied.
    named: the places whose row had lost its id and was known by its hash; the id is written into it again.
    """

    plan: RowPlan
    carried: tuple[int, ...]
    copies: int
    named: tuple[int, ...]

    @property
    def needless(self) -> bool:
        """Whether every row is where it belongs, with its id."""
        return self.plan.in_order and not self.named

    def __str__(self) -> str:
        return f"{self.plan.moved} moved, {len(self.plan.absent)} missing, {len(self.carried)} set aside"


def look_at_columns(client: SheetsClient, book: str, sheet: Sheet, titles: Sequence[str]) -> ColumnRepair:
    """Read the header and plan what to do."""
    (lines,) = client.read([sheet.area("1:1")], book)
    found = [str(title) for title in (lines[0] if lines else [])]
    leftovers = [place for place, title in enumerate(found) if title == ORDER_TITLE]
    kept = [title for title in found if title != ORDER_TITLE]
    return ColumnRepair(tuple(plan_columns(kept, titles)), tuple(leftovers))


def repair_columns(sheet: Sheet, titles: Sequence[str], repair: ColumnRepair) -> list[Change]:
    """The changes that do it. How wide the sheet is must be asked anew afterwards."""
    changes = [delete_columns(sheet.id, place, place + 1) for place in reversed(repair.leftovers)]
    columns = sheet.columns - len(changes)
    for step in repair.steps:
        changes += _column_changes(sheet.id, step, columns)
        columns += step[0] == "insert"
    return [*changes, write_cells(sheet.id, 0, [list(titles)])]


def _column_changes(sheet_id: int, step: ColumnStep, columns: int) -> list[Change]:
    kind, source, place = step
    if kind == "move":
        return [move_column(sheet_id, source, place)]
    if kind == "insert":
        return [insert_column(sheet_id, place) if place < columns else add_column(sheet_id)]
    return []


def look_at_rows(
    client: SheetsClient,
    book: str,
    sheet: Sheet,
    wanted: Sequence[tuple[str, bool]],
    ours: int,
    ids_by_hash: Callable[[], Mapping[str, str]],
) -> RowRepair:
    """Read where the rows are and plan what to do (see `plan_rows`); `ours` is the number of our columns.

    ids_by_hash: the id of each response by the hash of its row, asked for only where rows have lost their ids.
    """
    found, hashed = read_marks(client, book, sheet, ours)
    known = {which for which, _ in wanted}
    nameless = {row: mark for row, mark in hashed.items() if found[row] == "" and _HASH.fullmatch(mark)}
    by_hash = ids_by_hash() if nameless else {}
    taken = set(found)
    for row, mark in nameless.items():
        which = by_hash.get(mark, "")
        if which not in taken:
            found[row] = which
            taken.add(which)
    strangers, seen = [], set()
    for row, which in enumerate(found):
        if which not in known or which in seen:
            strangers.append(row)
        seen.add(which)
    contents = _read_rows(client, book, sheet, strangers)
    # Of a row that somebody copied, or that has our hash, only what is beside our columns is theirs.
    mine = {row for row in strangers if found[row] in known or row in nameless}
    copies = {row for row in mine if not _has_any(contents[row][ours:])}
    empty = {row for row in strangers if not _has_any(contents[row])}
    plan = plan_rows(found, wanted, empty, copies | empty)
    carried = tuple(row for row in plan.leftovers if row not in copies | empty)
    named = tuple(sorted(plan.keys[row] for row in nameless if plan.keys[row] < plan.places))
    return RowRepair(plan, carried, len(plan.leftovers) - len(carried), named)


def read_marks(client: SheetsClient, book: str, sheet: Sheet, ours: int) -> tuple[list[str], dict[int, str]]:
    """The id of each row as far down as anything stands in our columns, and the hash of the rows without an id."""
    found = read_ids(client, book, sheet)
    first, hash_column = HEADER_ROWS + 1 + len(found), column_letters(ours - 1)
    if first <= sheet.rows:
        (below,) = client.read([sheet.area(f"A{first}:{hash_column}{sheet.rows}")], book)
        found += [""] * len(below)
    if "" not in found:
        return found, {}
    hashes: list[str] = []
    for start in range(0, len(found), IDS_READ_AT_ONCE):
        last = min(start + IDS_READ_AT_ONCE, len(found)) + HEADER_ROWS
        area = sheet.area(f"{hash_column}{start + HEADER_ROWS + 1}:{hash_column}{last}")
        (lines,) = client.read([area], book)
        hashes += [""] * (start - len(hashes))
        hashes += [str(line[0]) if line else "" for line in lines]
    return found, {row: mark for row, mark in enumerate(hashes) if found[row] == "" and mark}


def name_rows(sheet: Sheet, wanted: Sequence[tuple[str, bool]], repair: RowRepair) -> list[list[Change]]:
    """The requests that write lost ids again, once all rows are in their places."""
    changes = write_lines(sheet.id, [(HEADER_ROWS + place, [wanted[place][0]]) for place in repair.named])
    return [changes[start : start + _RUNS_WRITTEN_AT_ONCE] for start in range(0, len(changes), _RUNS_WRITTEN_AT_ONCE)]


def _has_any(cells: Sequence[Cell]) -> bool:
    return any(cell != "" for cell in cells)


def repair_rows(books: Books, book: str, sheet: Sheet, ours: int, repair: RowRepair) -> list[list[Change]]:
    """The requests that do it: one, unless there are very many rows; the last one must not be made twice."""
    plan = repair.plan
    aside = HEADER_ROWS + plan.places
    end = aside + len(repair.carried)
    cleaning = _setting_aside(books, book, sheet, repair.carried, aside)
    if repair.copies:
        cleaning.append(empty_rows(sheet.id, end, end + repair.copies, ours))
    first, *writes, last = _ordering(sheet, plan)
    if len(plan.keys) + len(plan.fillers) <= ROWS_SORTED_AT_ONCE:
        return [[*first, *(change for write in writes for change in write), *last, *cleaning]]
    return [first, *writes, [*last, *cleaning]]


def repair_full(sheet: Sheet, ours: int, repair: RowRepair) -> list[Change]:
    """The changes that do it where the spreadsheet has no room for a column: the places stand in our last one.

    The hashes there are gone afterwards, so that all rows must be written again. Raises MisalignedError where rows
    of other people's would lose a cell by it.
    """
    plan = repair.plan
    if repair.carried:
        raise MisalignedError(f"Rows of your own stand in tab {sheet.title!r}. {MAKE_ROOM}")
    keys = [*plan.keys, *plan.fillers]
    changes = [
        write_cells(sheet.id, HEADER_ROWS, [[key] for key in keys], column=ours - 1),
        sort_rows(sheet.id, HEADER_ROWS, HEADER_ROWS + len(keys), by=ours - 1, columns=sheet.columns),
        empty_rows(sheet.id, HEADER_ROWS, HEADER_ROWS + len(keys), ours, column=ours - 1),
    ]
    if HEADER_ROWS + len(keys) > sheet.rows:
        changes.insert(0, add_rows(sheet.id, HEADER_ROWS + len(keys) - sheet.rows))
    if repair.copies:
        end = HEADER_ROWS + plan.places
        changes.append(empty_rows(sheet.id, end, end + repair.copies, ours))
    return changes


def read_ids(client: SheetsClient, book: str, sheet: Sheet) -> list[str]:
    """The id column below the header, as far down as anything stands in it; "" for an empty cell."""
    ids: list[str] = []
    for first in range(HEADER_ROWS + 1, sheet.rows + 1, IDS_READ_AT_ONCE):
        last = min(first + IDS_READ_AT_ONCE - 1, sheet.rows)
        (lines,) = client.read([sheet.area(f"A{first}:A{last}")], book)
        ids += [""] * (first - HEADER_ROWS - 1 - len(ids))
        ids += [str(line[0]) if line else "" for line in lines]
    return ids


def _read_rows(client: SheetsClient, book: str, sheet: Sheet, rows: Sequence[int]) -> dict[int, list[Any]]:
    """Everything that stands in these rows, which count from 0 below the header."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][-1] + 1 == row:
            runs[-1].append(row)
        else:
            runs.append([row])
    contents: dict[int, list[Any]] = {row: [] for row in rows}
    for start in range(0, len(runs), _RANGES_AT_ONCE):
        some = runs[start : start + _RANGES_AT_ONCE]
        ranges = [sheet.area(f"{run[0] + HEADER_ROWS + 1}:{run[-1] + HEADER_ROWS + 1}") for run in some]
        for run, lines in zip(some, client.read(ranges, book), strict=True):
            contents |= dict(zip(run, lines, strict=False))
    return contents


def _ordering(sheet: Sheet, plan: RowPlan) -> list[list[Change]]:
    """Requests that sort all rows by the place they belong to, written into a column that is there for a moment."""
    keys = [*plan.keys, *plan.fillers]
    missing = HEADER_ROWS + len(keys) - sheet.rows
    first = [add_column(sheet.id), write_cells(sheet.id, 0, [[ORDER_TITLE]], column=sheet.columns)]
    if missing > 0:
        first.insert(0, add_rows(sheet.id, missing))
    writes = [
        [
            write_cells(
                sheet.id,
                start + HEADER_ROWS,
                [[key] for key in keys[start : start + ROWS_SORTED_AT_ONCE]],
                column=sheet.columns,
            )
        ]
        for start in range(0, len(keys), ROWS_SORTED_AT_ONCE)
    ]
    end = HEADER_ROWS + len(keys)
    last = [
        sort_rows(sheet.id, HEADER_ROWS, end, by=sheet.columns, columns=sheet.columns + 1),
        delete_columns(sheet.id, sheet.columns, sheet.columns + 1),
    ]
    return [first, *writes, last]


def _setting_aside(books: Books, book: str, sheet: Sheet, rows: Sequence[int], first: int) -> list[Change]:
    """Carry the rows that now stand from `first` on to their tab, newest on top, with where they stood."""
    if not rows:
        return []
    changes: list[Change] = []
    target = books.titled(book, SET_ASIDE_TITLE)
    if target is None:
        target = Sheet(new_sheet_id(), SET_ASIDE_TITLE, HEADER_ROWS + 1, sheet.columns + 1)
        changes.append(add_tab(target.id, target.title, rows=target.rows, columns=target.columns))
        changes.append(write_cells(target.id, 0, [["Rows that Compati found between its own, and where"]]))
    changes += [add_column(target.id)] * (sheet.columns + 1 - target.columns)
    places = [[f"{sheet.title}, row {row + 1 + HEADER_ROWS}"] for row in rows]
    return [
        *changes,
        insert_rows(target.id, HEADER_ROWS, HEADER_ROWS + len(rows)),
        write_cells(target.id, HEADER_ROWS, places),
        carry_rows(sheet.id, first, first + len(rows), sheet.columns, target.id, HEADER_ROWS, 1),
    ]
