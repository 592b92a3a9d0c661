"""The Spreadsheet resource: what spreadsheets.get answers, with and without the cells."""

from typing import Any

from tests.sheets_server.a1 import Area
from tests.sheets_server.access import may_edit
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import Cell, effective, number_format, rendered
from tests.sheets_server.colours import single_precision
from tests.sheets_server.conditional import laid_over
from tests.sheets_server.masks import joined
from tests.sheets_server.sheet import Sheet

ROW_PIXELS, COLUMN_PIXELS = 21, 100
_WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: dict[str, Any] = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}
_ALIGNED = {"stringValue": "LEFT", "numberValue": "RIGHT"}
_THEME = {"TEXT": 0x000000, "BACKGROUND": 0xFFFFFF, "ACCENT1": 0x4285F4, "ACCENT2": 0xEA4335, "ACCENT3": 0xFBBC04,
          "ACCENT4": 0x34A853, "ACCENT5": 0xFF6D01, "ACCENT6": 0x46BDC6, "LINK": 0x1155CC}  # fmt: skip


def document(book: Spreadsheet, *, areas: list[Area] | None = None, grid_data: bool = False) -> dict[str, Any]:
    """The Spreadsheet resource; with areas, only the tabs that these are in."""
    bounded = [(area, book.inside(area)) for area in areas or []]
    sheets = []
    for index, sheet in enumerate(book.sheets):
        wanted = [area for _, area in bounded if area.title == sheet.title]
        if areas and not wanted:
            continue
        entry: dict[str, Any] = {"properties": sheet.properties(index)}
        if grid_data:
            entry["data"] = [_grid_data(book, sheet, area) for area in wanted or [book.inside(Area(sheet.title))]]
        entry |= {name: kept for name, kept in sheet.marks.items() if kept}
        if sheet.protected:
            entry["protectedRanges"] = [each | {"requestingUserCanEdit": may_edit(each)} for each in sheet.protected]
        sheets.append(entry)
    answer: dict[str, Any] = {"spreadsheetId": book.id, "properties": properties(book), "sheets": sheets}
    named = [each for sheet in book.sheets for each in sheet.named]
    if named:
        answer["namedRanges"] = named
    answer["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    return answer | {name: kept for name, kept in book.marks.items() if kept}


def properties(book: Spreadsheet) -> dict[str, Any]:
    """SpreadsheetProperties with the format and the colours that every new spreadsheet has."""
    theme = {
        "primaryFontFamily": "Arial",
        "themeColors": [{"colorType": kind, "color": {"rgbColor": _rgb(shade)}} for kind, shade in _THEME.items()],
    }
    return {"defaultFormat": DEFAULT_FORMAT, "spreadsheetTheme": theme} | book.properties


def _rgb(shade: int) -> dict[str, float]:
    parts = {"red": shade >> 16 & 255, "green": shade >> 8 & 255, "blue": shade & 255}
    return {name: single_precision(part / 255) for name, part in parts.items() if part}


def _grid_data(book: Spreadsheet, sheet: Sheet, area: Area) -> dict[str, Any]:
    compute = book.computer(sheet)
    rules = sheet.marks.get("conditionalFormats", [])
    lines = []
    for row, line in enumerate(sheet.cells[area.row : area.end_row], area.row):
        values = []
        for column, cell in enumerate(line[area.column : area.end_column], area.column):
            data = _cell_data(cell, compute)
            if rules and "effectiveFormat" in data:
                value, shown = data.get("effectiveValue", {}), data.get("formattedValue", "")
                over = laid_over(rules, row, column, value, shown, compute)
                data["effectiveFormat"] = joined(data["effectiveFormat"], over)
            values.append(data)
        lines.append({"values": values} if values else {})
    while lines and not lines[-1]:
        lines.pop()
    start = {"startRow": area.row, "startColumn": area.column}
    found = {name: place for name, place in start.items() if place} | ({"rowData": lines} if lines else {})
    for name, kind, pixels, places in (
        ("rowMetadata", "ROWS", ROW_PIXELS, range(area.row, area.end_row or 0)),
        ("columnMetadata", "COLUMNS", COLUMN_PIXELS, range(area.column, area.end_column or 0)),
    ):
        found[name] = [{"pixelSize": pixels} | sheet.sizes.get((kind, place), {}) for place in places]
    return found


def _cell_data(cell: Cell, compute: Any) -> Cell:
    if not cell:
        return cell
    found = dict(cell)
    if "userEnteredValue" in cell:
        found["effectiveValue"] = effective(cell, compute)
        found["formattedValue"] = rendered(cell, "FORMATTED_VALUE", compute=compute)
    if "userEnteredValue" in cell or "userEnteredFormat" in cell:
        kind = next(iter(found.get("effectiveValue", {"stringValue": ""})), "stringValue")
        shown = DEFAULT_FORMAT | {
            "horizontalAlignment": _ALIGNED.get(kind, "CENTER"),
            "hyperlinkDisplayType": "PLAIN_TEXT",
        }
        numbers = {"numberFormat": style} if (style := number_format(cell)) else {}
        found["effectiveFormat"] = joined(shown | numbers, cell.get("userEnteredFormat", {}))
    return found


def told(value: Any) -> Any:
    """A resource as it is sent: no empty lists, and the number 0 of the first tab is left out of ranges.

    So is every zero of Google's, but where it says which of several fields is meant, as in a metadata's location.
    """
    if isinstance(value, list):
        return [told(each) for each in value]
    if isinstance(value, dict):
        first = value.get("sheetId") == 0 and "title" not in value and "locationType" not in value
        return {name: told(each) for name, each in value.items() if each != [] and not (first and name == "sheetId")}
    return value
