"""Requests about whole tabs: added, deleted, copied, renamed, moved, hidden."""

import copy
import re
from typing import Any
from zoneinfo import available_timezones

from tests.sheets_server.access import PROTECTED, may_edit
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.colours import with_styles
from tests.sheets_server.grids import mask_of
from tests.sheets_server.masks import merged
from tests.sheets_server.references import rename
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
_ALWAYS = ("sheetId", "title", "index", "sheetType", "gridProperties")
TITLE_LIMIT = 100


def _add_sheet(book: Spreadsheet, body: Body) -> Body:
    given = body.get("properties", {})
    title = given.get("title") or _free_title(book)
    _check_title(book, title)
    id = _free_id(book, given.get("sheetId"))
    if given.get("sheetType", "GRID") != "GRID":
        raise RefusedError("properties.sheetType: only GRID sheets are played by the loopback server.")
    sheet = Sheet(title, id)
    index = given.get("index", len(book.sheets))
    if not 0 <= index <= len(book.sheets):
        raise RefusedError(f"properties.index[{index}] is out of bounds, there are {len(book.sheets)} sheets.")
    book.sheets.insert(index, sheet)
    # A size of 0 is none at all to Google's reader: the tab gets the usual one.
    grid = {name: value for name, value in given.get("gridProperties", {}).items() if value}
    _load(sheet, sheet.properties(0) | given | {"sheetId": id, "title": title, "gridProperties": grid})
    return {"addSheet": {"properties": sheet.properties(book.sheets.index(sheet))}}


def _free_title(book: Spreadsheet) -> str:
    titles = {sheet.title.lower() for sheet in book.sheets}
    number = len(titles) + 1
    while f"sheet{number}" in titles:
        number += 1
    return f"Sheet{number}"


def _free_id(book: Spreadsheet, wanted: int | None) -> int:
    if wanted is None:
        return book.next_id()
    if wanted < 0:
        raise RefusedError("Sheet id must be non-negative.")
    if any(sheet.id == wanted for sheet in book.sheets):
        raise RefusedError(f"Sheet with id {wanted} already exists.")
    return wanted


def _check_title(book: Spreadsheet, title: str, but: Sheet | None = None) -> None:
    if len(title) > TITLE_LIMIT:
        raise RefusedError(f"The sheet name cannot be greater than {TITLE_LIMIT} characters.")
    if not title.strip():
        raise RefusedError("The sheet name cannot be empty.")
    if any(sheet.title.lower() == title.lower() for sheet in book.sheets if sheet is not but):
        raise RefusedError(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _delete_sheet(book: Spreadsheet, body: Body) -> None:
    sheet = book.by_id(body.get("sheetId", 0), "sheet")
    if not all(may_edit(each) for each in sheet.protected):
        raise RefusedError(PROTECTED)
    if len(book.sheets) == 1:
        raise RefusedError("You can't remove all the sheets in a document.")
    book.sheets.remove(sheet)
    if all(each.extra.get("hidden") for each in book.sheets):
        raise RefusedError("You can't remove all the visible sheets in a document.")


def _update_sheet_properties(book: Spreadsheet, body: Body) -> None:
    given = body.get("properties", {})
    sheet = book.by_id(given.get("sheetId", 0), "sheet")
    index = book.sheets.index(sheet)
    old = sheet.properties(index)
    # A tab always has a title, a place and a grid.
    changed = {name: old[name] for name in _ALWAYS} | merged(old, given, mask_of(body)) | {"sheetId": sheet.id}
    if not all(may_edit(each) for each in sheet.protected if set(each.get("range", {})) <= {"sheetId"}):
        raise RefusedError(PROTECTED)
    _check_title(book, changed["title"], but=sheet)
    _load(sheet, changed)
    if changed["title"] != old["title"]:
        rename(book, old["title"], changed["title"])
    if all(each.extra.get("hidden") for each in book.sheets):
        raise RefusedError("You can't hide all the sheets in a document.")
    if not 0 <= changed["index"] <= len(book.sheets):
        raise RefusedError(
            f"properties.index[{changed['index']}] is out of bounds, there are {len(book.sheets)} sheets."
        )
    if changed["index"] != index:
        # Google counts the place before the sheet is taken out.
        book.sheets.remove(sheet)
        book.sheets.insert(changed["index"] - (changed["index"] > index), sheet)


def _load(sheet: Sheet, properties: Body) -> None:
    """Take over SheetProperties."""
    grid = {"rowCount": sheet.rows, "columnCount": sheet.columns} | properties["gridProperties"]
    sheet.title = properties["title"]
    rows, columns = grid.pop("rowCount"), grid.pop("columnCount")
    for name, size in (("rowCount", rows), ("columnCount", columns)):
        if size < 1:
            raise RefusedError(f"gridProperties.{name} must be greater than 0, found {size}.")
    kept = {name: value for name, value in grid.items() if value}
    for name, size, what in (("frozenRowCount", rows, "rows"), ("frozenColumnCount", columns, "columns")):
        if kept.get(name, 0) >= size:
            if sheet.grid.get(name, 0) == kept[name]:
                raise RefusedError(f"Sorry, it is not possible to delete all non-frozen {what}.")
            raise RefusedError(f"You can't freeze all visible {what} on the sheet.")
    sheet.resize(rows, columns)
    _check_freeze(sheet, kept)
    sheet.grid = kept
    extra = {name: value for name, value in properties.items() if name not in _ALWAYS and value}
    sheet.extra = with_styles(extra)


def _check_freeze(sheet: Sheet, grid: Body) -> None:
    """No frozen part of a tab ends inside of a merge."""
    for name, what in (("Row", "rows"), ("Column", "columns")):
        frozen = grid.get(f"frozen{name}Count", 0)
        if any(each[f"start{name}Index"] < frozen < each[f"end{name}Index"] for each in sheet.marks.get("merges", [])):
            raise RefusedError(
                f"Sorry, you can't freeze {what} which contain only part of a merged cell. Try to break apart merged "
                f"cells or freeze more {what} to include the complete merged cells."
            )


def twin(sheet: Sheet, title: str, id: int) -> Sheet:
    """A copy of a tab under another title and id; what is attached to it names the new tab."""
    found = sheet.copy()
    found.title, found.id, found.protected, found.named = title, id, [], []
    _rename(found.marks, id)
    return found


def _rename(value: Any, id: int) -> None:
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            _rename(each, id)
    if isinstance(value, dict) and "sheetId" in value:
        value["sheetId"] = id


def _copy_title(source: Sheet, titles: set[str]) -> str:
    names = (f"Copy of {source.title}" + f" {n}" * (n > 1) for n in range(1, len(titles) + 2))
    return next(name for name in names if name.lower() not in titles)


def _duplicate_sheet(book: Spreadsheet, body: Body) -> Body:
    source = book.by_id(body.get("sourceSheetId", 0), "sheet")
    title = body.get("newSheetName") or _copy_title(source, {sheet.title.lower() for sheet in book.sheets})
    _check_title(book, title)
    made = twin(source, title, _free_id(book, body.get("newSheetId")))
    made.extra = {name: value for name, value in made.extra.items() if name != "hidden"}
    index = body.get("insertSheetIndex", 0)
    if not 0 <= index <= len(book.sheets):
        raise RefusedError(f"insertSheetIndex[{index}] is out of bounds, there are {len(book.sheets)} sheets.")
    book.sheets.insert(index, made)
    return {"duplicateSheet": {"properties": made.properties(index)}}


def copy_to(book: Spreadsheet, sheet_id: int, target: Spreadsheet) -> Body:
    """spreadsheets.sheets.copyTo: the tab at the end of another spreadsheet, or of the same; its SheetProperties."""
    source = book.by_id(sheet_id)
    made = twin(source, _copy_title(source, {sheet.title.lower() for sheet in target.sheets}), target.next_id())
    with target.change():
        target.sheets.append(made)
    return copy.deepcopy(made.properties(len(target.sheets) - 1))


def _update_spreadsheet_properties(book: Spreadsheet, body: Body) -> None:
    given = body.get("properties", {})
    changed = merged(book.properties, given, mask_of(body))
    if not changed.get("title"):
        raise RefusedError("The spreadsheet title cannot be empty.")
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", changed.get("locale", "en_US")):
        raise RefusedError(f"Unsupported locale: {changed['locale']}")
    zone = changed.get("timeZone", "Etc/GMT")
    if zone not in available_timezones() and not re.fullmatch(r"GMT[+-]\d\d:\d\d", zone):
        raise RefusedError(f"Invalid time zone: {zone}")
    book.properties = {name: changed.get(name, value) for name, value in book.properties.items()} | changed


TABS = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "duplicateSheet": _duplicate_sheet,
    "updateSheetProperties": _update_sheet_properties,
    "updateSpreadsheetProperties": _update_spreadsheet_properties,
}
