"""Developer metadata, and the data filters that find ranges by it, by A1 notation or by indices."""

import math
from collections.abc import Iterator
from typing import Any

from tests.sheets_server.a1 import Area
from tests.sheets_server.book import Spreadsheet, grid_area
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.grids import mask_of, sheet_of
from tests.sheets_server.masks import merged

Body = dict[str, Any]
_LOOKED_AT = ("metadataId", "metadataKey", "metadataValue", "visibility")


def _all(book: Spreadsheet) -> Iterator[tuple[list[Body], Body]]:
    for marks in [book.marks, *(sheet.marks for sheet in book.sheets)]:
        kept = marks.get("developerMetadata", [])
        for each in list(kept):
            yield kept, each


def _located(location: Body) -> Body:
    kind = "SPREADSHEET"
    if "sheetId" in location:
        kind = "SHEET"
    elif "dimensionRange" in location:
        kind = {"ROWS": "ROW", "COLUMNS": "COLUMN"}.get(location["dimensionRange"].get("dimension", ""), "")
        span = location["dimensionRange"]
        if span.get("endIndex", 0) - span.get("startIndex", 0) != 1:
            raise RefusedError("developerMetadata.location.dimensionRange must be a single row or column.")
    elif not location.get("spreadsheet"):
        raise RefusedError("developerMetadata.location must be specified.")
    return location | {"locationType": kind}


def _create(book: Spreadsheet, body: Body) -> Body:
    given = body.get("developerMetadata", {})
    if not given.get("metadataKey") or given.get("visibility") not in ("DOCUMENT", "PROJECT"):
        raise RefusedError("developerMetadata must have a metadataKey and a visibility.")
    location = _located(given.get("location", {}))
    made = {"metadataId": given.get("metadataId") or book.next_id()} | given | {"location": location}
    if any(each["metadataId"] == made["metadataId"] for _, each in _all(book)):
        raise RefusedError(f"Developer metadata with id {made['metadataId']} already exists.")
    _keep(book, made)
    return {"createDeveloperMetadata": {"developerMetadata": made}}


def _keep(book: Spreadsheet, made: Body) -> None:
    """Put a metadata where its location is."""
    marks, location = book.marks, made["location"]
    if "sheetId" in location or "dimensionRange" in location:
        marks = sheet_of(book, location.get("dimensionRange", location)).marks
    marks.setdefault("developerMetadata", []).append(made)


def _update(book: Spreadsheet, body: Body) -> Body:
    changed, mask = [], mask_of(body)
    for kept, each in matching(book, body.get("dataFilters", [])):
        new = merged(each, body.get("developerMetadata", {}), mask) | {"metadataId": each["metadataId"]}
        new["location"] = _located(new.get("location", {}))
        kept.remove(each)
        _keep(book, new)
        changed.append(new)
    return {"updateDeveloperMetadata": {"developerMetadata": changed} if changed else {}}


def _delete(book: Spreadsheet, body: Body) -> Body:
    gone = []
    for kept, each in matching(book, [body.get("dataFilter", {})]):
        kept.remove(each)
        gone.append(each)
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": gone} if gone else {}}


def matching(book: Spreadsheet, filters: list[Body]) -> list[tuple[list[Body], Body]]:
    """The metadata that one of the filters finds, each with the list that it is kept in."""
    return [(kept, each) for kept, each in _all(book) if any(_selects(book, one, each) for one in filters)]


def _selects(book: Spreadsheet, one: Body, each: Body) -> bool:
    """Whether a DataFilter selects a metadata: by a lookup, or as a region that meets its location."""
    if "developerMetadataLookup" in one:
        return _meets(each, one["developerMetadataLookup"])
    if not one:
        return False
    return any(_intersect(each["location"], _grid_range(book, area)) for area in areas(book, one))


def _meets(each: Body, lookup: Body) -> bool:
    if any(name in lookup and each.get(name) != lookup[name] for name in _LOOKED_AT):
        return False
    place, location = lookup.get("metadataLocation"), each["location"]
    if place is not None:
        exact = lookup.get("locationMatchingStrategy") == "EXACT_LOCATION"
        if not (_located(place) == location if exact else _intersect(location, place)):
            return False
    return lookup.get("locationType") in (None, location["locationType"])


def _grid_range(book: Spreadsheet, area: Area) -> Body:
    ends = {"endRowIndex": area.end_row, "endColumnIndex": area.end_column}
    starts = {"startRowIndex": area.row, "startColumnIndex": area.column, "sheetId": book.sheet(area.title).id}
    return starts | {name: end for name, end in ends.items() if end is not None}


def _intersect(one: Body, other: Body) -> bool:
    """Whether two places have a cell in common: the spreadsheet, a tab, a row or column, or a GridRange."""
    if one.get("spreadsheet") or other.get("spreadsheet"):
        return True
    first, second = (each.get("dimensionRange", each) for each in (one, other))
    if first.get("sheetId", 0) != second.get("sheetId", 0):
        return False
    for dimension, name in (("ROWS", "Row"), ("COLUMNS", "Column")):
        (start, end), (begin, stop) = (_ends(each, dimension, name) for each in (first, second))
        if start >= stop or begin >= end:
            return False
    return True


def _ends(place: Body, dimension: str, name: str) -> tuple[float, float]:
    if place.get("dimension") == dimension:
        return place.get("startIndex", 0), place.get("endIndex", math.inf)
    return place.get(f"start{name}Index", 0), place.get(f"end{name}Index", math.inf)


def get(book: Spreadsheet, id: int) -> Body | None:
    """developerMetadata.get; None where there is none with this id."""
    return next((each for _, each in _all(book) if each["metadataId"] == id), None)


def search(book: Spreadsheet, filters: list[Body]) -> Body:
    """developerMetadata.search."""
    found = [
        {"developerMetadata": each, "dataFilters": [one for one in filters if each in _found(book, one)]}
        for _, each in matching(book, filters)
    ]
    return {"matchedDeveloperMetadata": found} if found else {}


def _found(book: Spreadsheet, one: Body) -> list[Body]:
    return [each for _, each in _all(book) if _selects(book, one, each)]


def areas(book: Spreadsheet, one: Body) -> list[Area]:
    """The areas that a DataFilter finds."""
    if "a1Range" in one:
        return [book.area(one["a1Range"])]
    if "gridRange" in one:
        return [grid_area(sheet_of(book, one["gridRange"]), one["gridRange"])]
    if "developerMetadataLookup" not in one:
        raise RefusedError("Must specify a data filter.")
    found = []
    for each in _found(book, one):
        location = each["location"]
        if "sheetId" in location:
            found.append(Area(book.by_id(location["sheetId"]).title))
        elif "dimensionRange" in location:
            span = location["dimensionRange"]
            title, start = sheet_of(book, span).title, span.get("startIndex", 0)
            rows = span["dimension"] == "ROWS"
            found.append(Area(title, start, 0, start + 1) if rows else Area(title, 0, start, None, start + 1))
    return found


METADATA = {
    "createDeveloperMetadata": _create,
    "deleteDeveloperMetadata": _delete,
    "updateDeveloperMetadata": _update,
}
