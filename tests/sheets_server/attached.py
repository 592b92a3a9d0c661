"""Requests about what is attached to ranges: merges, filters, names, protections, conditional formats, bands.

Each is kept as the API's own resource, under the name that it has in a Sheet.
"""

import re
from collections.abc import Callable
from typing import Any

from tests.sheets_server.a1 import parse_a1
from tests.sheets_server.access import PROTECTED, asking, may_edit
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.contents import sort_lines
from tests.sheets_server.grids import Box, bounded, box_of, mask_of, places, sheet_of
from tests.sheets_server.masks import merged
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
_HALF_MERGED = "You must select all cells in a merged range to merge or unmerge them."


# Merges ----------------------------------------------------------------------------------------------------------


def _overlaps(one: Box, other: Box) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


def _holds(outer: Box, inner: Box) -> bool:
    return all(a.start <= b.start and b.stop <= a.stop for a, b in zip(outer, inner, strict=True))


def _unmerged(sheet: Sheet, area: Body) -> list[Body]:
    """The merges that stay when a range is merged or unmerged; refused where it cuts through one."""
    box, kept = box_of(sheet, area), []
    for each in sheet.marks.get("merges", []):
        if not _overlaps(box_of(sheet, each), box):
            kept.append(each)
        elif not _holds(box, box_of(sheet, each)):
            raise RefusedError(_HALF_MERGED)
    return kept


def _merge_cells(book: Spreadsheet, body: Body) -> None:
    area, kind = body.get("range", {}), body.get("mergeType", "MERGE_ALL")
    sheet = sheet_of(book, area)
    rows, columns = box_of(sheet, area)
    kept = _unmerged(sheet, area)
    boxes = [(rows, columns)]
    if kind == "MERGE_ROWS":
        boxes = [(range(row, row + 1), columns) for row in rows]
    elif kind == "MERGE_COLUMNS":
        boxes = [(rows, range(column, column + 1)) for column in columns]
    for down, across in boxes:
        if len(down) * len(across) < 2:
            continue
        _check_merge(sheet, (down, across))
        kept.append({
            "sheetId": sheet.id, "startRowIndex": down.start, "endRowIndex": down.stop,
            "startColumnIndex": across.start, "endColumnIndex": across.stop,
        })  # fmt: skip
        # Only the first cell of a merge keeps its content.
        for place in places((down, across)):
            if place != (down.start, across.start) and "userEnteredValue" in sheet.cell(*place):
                sheet.put_value(*place, {})
    sheet.marks["merges"] = kept


def _check_merge(sheet: Sheet, box: Box) -> None:
    """A merge lies on one side of what is frozen, and wholly in or out of a filter."""
    for span, frozen, what in zip(box, (sheet.frozen_rows, sheet.frozen_columns), ("rows", "columns"), strict=True):
        if span.start < frozen < span.stop:
            raise RefusedError(f"You can't merge frozen and non-frozen {what}.")
    if "basicFilter" in sheet.marks:
        filtered = box_of(sheet, sheet.marks["basicFilter"]["range"])
        if _overlaps(filtered, box) and not _holds(filtered, box):
            raise RefusedError("You can't merge cells that cross the borders of an existing filter.")


def _unmerge_cells(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    sheet.marks["merges"] = _unmerged(sheet, body.get("range", {}))


# Protections -----------------------------------------------------------------------------------------------------


def _protected(book: Spreadsheet, id: int) -> tuple[Sheet, Body]:
    for sheet in book.sheets:
        for each in sheet.protected:
            if each["protectedRangeId"] == id:
                return sheet, each
    raise RefusedError(f"No protected range with id: {id}")


def _guarded(book: Spreadsheet, given: Body) -> Body:
    """A ProtectedRange as it is kept: who protects a range stays one of its editors."""
    kept = {
        name: value for name, value in given.items() if value not in (False, "") and name != "requestingUserCanEdit"
    }
    if given.get("warningOnly"):
        if any(given.get("editors", {}).values()):
            raise RefusedError("ProtectedRange is warningOnly. Editors cannot be set on it.")
        kept.pop("editors", None)
        return kept
    editors = given.get("editors", {})
    users = [*editors.get("users", []), *({asking(), book.owner} - set(editors.get("users", [])))]
    return kept | {"editors": {name: value for name, value in (editors | {"users": users}).items() if value}}


def _add_protected_range(book: Spreadsheet, body: Body) -> Body:
    given = body.get("protectedRange", {})
    if "range" not in given and "namedRangeId" not in given:
        raise RefusedError("Must specify a range or a namedRangeId to protect.")
    if "namedRangeId" in given:
        sheet, named = _named(book, given["namedRangeId"])
        given = given | {"range": named["range"]}
    sheet = sheet_of(book, given["range"])
    if set(given["range"]) - {"sheetId"}:
        box_of(sheet, given["range"])
    elif any(set(each["range"]) <= {"sheetId"} for each in sheet.protected):
        raise RefusedError(f'Sheet "{sheet.title}" already has sheet protection.')
    id = given.get("protectedRangeId") or book.next_id()
    if any(each["protectedRangeId"] == id for sheet_ in book.sheets for each in sheet_.protected):
        raise RefusedError(f"A protected range with id {id} already exists.")
    made = {"protectedRangeId": id} | _guarded(book, given)
    sheet.protected = [*sheet.protected, made]
    return {"addProtectedRange": {"protectedRange": made | {"requestingUserCanEdit": may_edit(made)}}}


def _update_protected_range(book: Spreadsheet, body: Body) -> None:
    given = body.get("protectedRange", {})
    sheet, old = _protected(book, given.get("protectedRangeId", 0))
    if not may_edit(old):
        raise RefusedError(PROTECTED)
    new = _guarded(book, merged(old, given, mask_of(body)) | {"protectedRangeId": old["protectedRangeId"]})
    sheet.protected = [each for each in sheet.protected if each is not old]
    target = sheet_of(book, new.get("range", {}))
    target.protected = [*target.protected, new]


def _delete_protected_range(book: Spreadsheet, body: Body) -> None:
    sheet, old = _protected(book, body.get("protectedRangeId", 0))
    if not may_edit(old):
        raise RefusedError(PROTECTED)
    sheet.protected = [each for each in sheet.protected if each is not old]


# Names -----------------------------------------------------------------------------------------------------------


def _named(book: Spreadsheet, id: str) -> tuple[Sheet, Body]:
    for sheet in book.sheets:
        for each in sheet.named:
            if each["namedRangeId"] == id:
                return sheet, each
    raise RefusedError(f"No named range with id: {id}")


def _check_name(book: Spreadsheet, name: str, but: Body | None = None) -> None:
    try:
        parse_a1(name, ["\0"])
        readable = True
    except ValueError:
        readable = False
    if readable or len(name) > 250 or not re.fullmatch(r"[^\W\d]\w*", name) or name.lower() in ("true", "false"):
        raise RefusedError(f"Invalid name: {name}")
    if any(each["name"].lower() == name.lower() for sheet in book.sheets for each in sheet.named if each is not but):
        raise RefusedError(f"Cannot add named range with name {name}, a named range with that name already exists.")


def _add_named_range(book: Spreadsheet, body: Body) -> Body:
    given = body.get("namedRange", {})
    _check_name(book, given.get("name", ""))
    sheet = sheet_of(book, given.get("range", {}))
    box_of(sheet, given.get("range", {}))
    id = given.get("namedRangeId") or str(book.next_id())
    if any(each["namedRangeId"] == id for sheet_ in book.sheets for each in sheet_.named):
        raise RefusedError(f"A named range with id {id} already exists.")
    made = {"namedRangeId": id} | given
    sheet.named = [*sheet.named, made]
    return {"addNamedRange": {"namedRange": made}}


def _update_named_range(book: Spreadsheet, body: Body) -> None:
    given = body.get("namedRange", {})
    sheet, old = _named(book, given.get("namedRangeId", ""))
    new = merged(old, given, mask_of(body)) | {"namedRangeId": old["namedRangeId"]}
    _check_name(book, new.get("name", ""), old)
    sheet.named = [each for each in sheet.named if each is not old]
    target = sheet_of(book, new.get("range", {}))
    box_of(target, new.get("range", {}))
    target.named = [*target.named, new]


def _delete_named_range(book: Spreadsheet, body: Body) -> None:
    sheet, old = _named(book, body.get("namedRangeId", ""))
    sheet.named = [each for each in sheet.named if each is not old]


# Filters ---------------------------------------------------------------------------------------------------------


def _specified(given: Body) -> Body:
    """A filter with its criteria told in both forms, by column and as specs; what is empty is left out."""
    if given.get("filterSpecs"):
        criteria = {str(each.get("columnIndex", 0)): each.get("filterCriteria", {}) for each in given["filterSpecs"]}
    else:
        criteria = given.get("criteria", {})
    specs = [{"columnIndex": int(column), "filterCriteria": criteria[column]} for column in sorted(criteria, key=int)]
    found = given | {"criteria": criteria, "filterSpecs": specs}
    return {name: value for name, value in found.items() if value not in ([], {})}


def _set_basic_filter(book: Spreadsheet, body: Body) -> None:
    given = body.get("filter", {})
    sheet = sheet_of(book, given.get("range", {}))
    area = bounded(sheet, given.get("range", {}))
    sheet.marks["basicFilter"] = _specified(given) | {"range": area}
    if given.get("sortSpecs"):
        sort_lines(book, sheet, area | {"startRowIndex": area["startRowIndex"] + 1}, given["sortSpecs"])


def _clear_basic_filter(book: Spreadsheet, body: Body) -> None:
    sheet_of(book, body).marks.pop("basicFilter", None)


# Conditional formats ---------------------------------------------------------------------------------------------


def _rules(book: Spreadsheet, rule: Body, sheet_id: int | None = None) -> list[Body]:
    ranges = rule.get("ranges", [])
    if sheet_id is None and not ranges:
        raise RefusedError("ConditionalFormatRule.ranges must not be empty.")
    sheet = book.by_id(ranges[0].get("sheetId", 0) if sheet_id is None else sheet_id)
    for area in ranges:
        box_of(sheet, area)
    found: list[Body] = sheet.marks.setdefault("conditionalFormats", [])
    return found


def _place(kept: list[Body], index: int, last: int) -> int:
    if not 0 <= index <= last:
        raise RefusedError(f"No conditional format on sheet at index: {index}")
    return index


def _add_rule(book: Spreadsheet, body: Body) -> None:
    kept = _rules(book, body.get("rule", {}))
    kept.insert(_place(kept, body.get("index", 0), len(kept)), body.get("rule", {}))


def _update_rule(book: Spreadsheet, body: Body) -> Body:
    kept = _rules(book, body.get("rule", {}), body.get("sheetId") if "rule" not in body else None)
    old = kept.pop(_place(kept, body.get("index", 0), len(kept) - 1))
    answer = {"oldRule": old, "oldIndex": body.get("index", 0)}
    if "rule" in body:
        kept.insert(body.get("index", 0), body["rule"])
        return {
            "updateConditionalFormatRule": {"oldRule": old, "newRule": body["rule"], "newIndex": body.get("index", 0)}
        }
    new = _place(kept, body.get("newIndex", 0), len(kept))
    kept.insert(new, old)
    return {"updateConditionalFormatRule": answer | {"newRule": old, "newIndex": new}}


def _delete_rule(book: Spreadsheet, body: Body) -> Body:
    kept = _rules(book, {}, body.get("sheetId", 0))
    return {"deleteConditionalFormatRule": {"rule": kept.pop(_place(kept, body.get("index", 0), len(kept) - 1))}}


# Bands and filter views: kept, not played -------------------------------------------------------------------------


def _kept(kind: str, one: str, many: str, id_name: str) -> dict[str, Callable[[Spreadsheet, Body], Body | None]]:
    """Adding, updating and deleting a resource that nothing here depends on."""

    def find(book: Spreadsheet, id: int) -> tuple[list[Body], Body]:
        for sheet in book.sheets:
            for each in sheet.marks.get(many, []):
                if each[id_name] == id:
                    return sheet.marks[many], each
        raise RefusedError(f"No {kind} with id: {id}")

    def add(book: Spreadsheet, body: Body) -> Body:
        given = body.get(one, {})
        sheet = sheet_of(book, given.get("range", {}))
        area = bounded(sheet, given.get("range", {}))
        told = _specified(given) if one == "filter" else given
        made = {id_name: given.get(id_name) or book.next_id()} | told | {"range": area}
        sheet.marks.setdefault(many, []).append(made)
        return {add_name: {one: made}}

    def update(book: Spreadsheet, body: Body) -> None:
        kept, old = find(book, body.get(one, {}).get(id_name, 0))
        new = merged(old, body[one], mask_of(body)) | {id_name: old[id_name]}
        kept[kept.index(old)] = _specified(new) if one == "filter" else new

    def delete(book: Spreadsheet, body: Body) -> None:
        kept, old = find(book, body.get("filterId" if one == "filter" else id_name, 0))
        kept.remove(old)

    name = "FilterView" if one == "filter" else "Banding"
    add_name = f"add{name}"
    return {add_name: add, f"update{name}": update, f"delete{name}": delete}


ATTACHED: dict[str, Callable[[Spreadsheet, Body], Body | None]] = {
    "addConditionalFormatRule": _add_rule,
    "addNamedRange": _add_named_range,
    "addProtectedRange": _add_protected_range,
    "clearBasicFilter": _clear_basic_filter,
    "deleteConditionalFormatRule": _delete_rule,
    "deleteNamedRange": _delete_named_range,
    "deleteProtectedRange": _delete_protected_range,
    "mergeCells": _merge_cells,
    "setBasicFilter": _set_basic_filter,
    "unmergeCells": _unmerge_cells,
    "updateConditionalFormatRule": _update_rule,
    "updateNamedRange": _update_named_range,
    "updateProtectedRange": _update_protected_range,
    **_kept("filter view", "filter", "filterViews", "filterViewId"),
    **_kept("banded range", "bandedRange", "bandedRanges", "bandedRangeId"),
}
