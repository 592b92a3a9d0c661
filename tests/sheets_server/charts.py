"""Requests about charts: kept with the fonts that Google fills in, and found again; nothing is drawn."""

from typing import Any

from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.grids import mask_of, sheet_of
from tests.sheets_server.masks import merged
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
_FONT = "Roboto"


def _found(book: Spreadsheet, id: int) -> tuple[Sheet, Body]:
    for sheet in book.sheets:
        for each in sheet.marks.get("charts", []):
            if each["chartId"] == id:
                return sheet, each
    raise RefusedError(f"No embedded object with id: {id}")


def _dressed(spec: Body) -> Body:
    style = {"fontFamily": _FONT} | spec.get("titleTextFormat", {})
    filled = {"fontName": _FONT, "hiddenDimensionStrategy": "SKIP_HIDDEN_ROWS_AND_COLUMNS"} | spec
    return filled | {"titleTextFormat": style}


def _add(book: Spreadsheet, body: Body) -> Body:
    given = body.get("chart", {})
    overlay = given.get("position", {}).get("overlayPosition")
    if overlay is None:
        raise RefusedError("chart.position: only charts that lie over cells are played by the loopback server.")
    sheet = sheet_of(book, overlay.get("anchorCell", {}))
    id = given.get("chartId") or book.next_id()
    if any(each["chartId"] == id for other in book.sheets for each in other.marks.get("charts", [])):
        raise RefusedError(f"A chart with id {id} already exists.")
    made = {"chartId": id} | given | {"spec": _dressed(given.get("spec", {}))}
    sheet.marks.setdefault("charts", []).append(made)
    return {"addChart": {"chart": made}}


def _update_spec(book: Spreadsheet, body: Body) -> None:
    _, chart = _found(book, body.get("chartId", 0))
    chart["spec"] = _dressed(body.get("spec", {}))


def _move(book: Spreadsheet, body: Body) -> Body:
    sheet, chart = _found(book, body.get("objectId", 0))
    chart["position"] = merged(chart["position"], body.get("newPosition", {}), mask_of(body))
    target = sheet_of(book, chart["position"].get("overlayPosition", {}).get("anchorCell", {"sheetId": sheet.id}))
    if target is not sheet:
        sheet.marks["charts"].remove(chart)
        target.marks.setdefault("charts", []).append(chart)
    return {"updateEmbeddedObjectPosition": {"position": chart["position"]}}


def _delete(book: Spreadsheet, body: Body) -> None:
    sheet, chart = _found(book, body.get("objectId", 0))
    sheet.marks["charts"].remove(chart)


CHARTS = {
    "addChart": _add,
    "deleteEmbeddedObject": _delete,
    "updateChartSpec": _update_spec,
    "updateEmbeddedObjectPosition": _move,
}
