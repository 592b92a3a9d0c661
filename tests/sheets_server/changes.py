"""spreadsheets.batchUpdate: all requests in order, or none of them."""

from collections.abc import Callable
from typing import Any

from tests.sheets_server.attached import ATTACHED
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.charts import CHARTS
from tests.sheets_server.contents import CONTENTS
from tests.sheets_server.dimensions import DIMENSIONS
from tests.sheets_server.discovery import unknown_field
from tests.sheets_server.masks import parse_mask
from tests.sheets_server.metadata import METADATA
from tests.sheets_server.tabs import TABS

Body = dict[str, Any]
CHANGES: dict[str, Callable[[Spreadsheet, Body], Body | None]] = {
    **ATTACHED, **CHARTS, **CONTENTS, **DIMENSIONS, **METADATA, **TABS,
}  # fmt: skip


_MASKED = {
    "appendCells": "CellData", "repeatCell": "CellData", "updateBanding": "BandedRange", "updateCells": "CellData",
    "updateDeveloperMetadata": "DeveloperMetadata", "updateDimensionGroup": "DimensionGroup",
    "updateDimensionProperties": "DimensionProperties", "updateFilterView": "FilterView",
    "updateNamedRange": "NamedRange", "updateProtectedRange": "ProtectedRange",
    "updateSheetProperties": "SheetProperties", "updateSpreadsheetProperties": "SpreadsheetProperties",
}  # fmt: skip


def apply_changes(book: Spreadsheet, requests: list[Body]) -> list[Body]:
    """All requests, in order, or none of them; returns the replies."""
    if not requests:
        raise RefusedError("Must specify at least one request.")
    with book.change():
        return [_apply(book, place, request) for place, request in enumerate(requests)]


def _apply(book: Spreadsheet, place: int, request: Body) -> Body:
    if not request:
        raise RefusedError(f"Invalid requests[{place}]: No request set.")
    ((kind, body),) = request.items()
    if kind not in CHANGES:
        raise RefusedError(f"Invalid requests[{place}].{kind}: not played by the loopback server.")
    try:
        unknown = (
            unknown_field(_MASKED[kind], parse_mask(body["fields"])) if kind in _MASKED and body.get("fields") else ""
        )
        if unknown:
            raise RefusedError(f"Invalid field: {unknown}")
        reply = CHANGES[kind](book, body) or {}
        book.check_limits()
    except RefusedError as error:
        raise RefusedError(f"Invalid requests[{place}].{kind}: {error}") from error
    return reply
