"""Ranges that move with the rows and columns they stand on: merges, names, protections, filters, groups, formats."""

from collections.abc import Callable, Iterable
from typing import Any

Span = tuple[int, int | None]  # start, end excluded; an open end is None
Move = Callable[[Span], Span | None]  # None: the span is gone
_NAMES = {"ROWS": ("startRowIndex", "endRowIndex"), "COLUMNS": ("startColumnIndex", "endColumnIndex")}


def inserted(start: int, count: int) -> Move:
    """`count` rows or columns come before `start`."""

    def move(span: Span) -> Span:
        first, end = span
        if end is None and first == 0:
            return span  # a whole column stays whole
        return first + count * (first >= start), None if end is None else end + count * (end > start)

    return move


def deleted(start: int, stop: int) -> Move:
    """The rows or columns from `start` to before `stop` go."""

    def place(index: int) -> int:
        return index - max(0, min(index, stop) - start)

    def move(span: Span) -> Span | None:
        first, end = span
        if end is None:
            return place(first), None
        return (place(first), place(end)) if place(end) > place(first) else None

    return move


def moved(start: int, stop: int, destination: int) -> Move:
    """The rows or columns from `start` to before `stop` go to before `destination`, as counted before the move."""
    count = stop - start
    target = destination - count if destination > start else destination

    def place(index: int) -> int:
        if start <= index < stop:
            return index - start + target
        if start < destination:
            return index - count if stop <= index < destination else index
        return index + count if destination <= index < start else index

    def move(span: Span) -> Span:
        first, end = span
        if end is None or end - first > 10_000:
            return span
        places = [place(index) for index in range(first, end)]
        return (min(places), max(places) + 1) if places else span

    return move


def shift_grid_range(area: dict[str, Any], dimension: str, move: Move) -> dict[str, Any] | None:
    """A GridRange after the move; None when it is gone."""
    start, end = _NAMES[dimension]
    found = move((area.get(start, 0), area.get(end)))
    if found is None:
        return None
    kept = {name: value for name, value in area.items() if name not in (start, end)}
    if found[0] or start in area:
        kept[start] = found[0]
    return kept if found[1] is None else kept | {end: found[1]}


def shift_span(span: dict[str, Any], dimension: str, move: Move) -> dict[str, Any] | None:
    """A DimensionRange after the move; None when it is gone."""
    if span.get("dimension") != dimension:
        return span
    found = move((span.get("startIndex", 0), span.get("endIndex")))
    if found is None:
        return None
    return span | {"startIndex": found[0]} | ({} if found[1] is None else {"endIndex": found[1]})


def shift_ranged(kept: Iterable[dict[str, Any]], dimension: str, move: Move) -> list[dict[str, Any]]:
    """Resources with a `range`, such as protected and named ranges; those whose range is gone are left out."""
    found = []
    for each in kept:
        if "range" not in each:
            found.append(each)
            continue
        shift = shift_span if "dimension" in each["range"] else shift_grid_range
        area = shift(each["range"], dimension, move)
        if area is not None:
            found.append(each | {"range": area})
    return found


def shift_marks(marks: dict[str, Any], dimension: str, move: Move) -> dict[str, Any]:
    """What is attached to a tab, under the names of a Sheet resource."""
    found: dict[str, Any] = {}
    for name, kept in marks.items():
        if name == "merges":
            areas = [shift_grid_range(area, dimension, move) for area in kept]
            found[name] = [area for area in areas if area and not _is_cell(area)]
        elif name == "conditionalFormats":
            rules = [
                rule
                | {"ranges": [area for each in rule["ranges"] if (area := shift_grid_range(each, dimension, move))]}
                for rule in kept
            ]
            found[name] = [rule for rule in rules if rule["ranges"]]
        elif name == "developerMetadata":
            found[name] = _shift_metadata(kept, dimension, move)
        elif name == "basicFilter":
            found |= dict.fromkeys([name], shifted[0]) if (shifted := shift_ranged([kept], dimension, move)) else {}
        else:
            found[name] = shift_ranged(kept, dimension, move)
    return found


def _shift_metadata(kept: list[dict[str, Any]], dimension: str, move: Move) -> list[dict[str, Any]]:
    found = []
    for each in kept:
        span = each["location"].get("dimensionRange")
        shifted = shift_span(span, dimension, move) if span else None
        if span is None:
            found.append(each)
        elif shifted is not None:
            found.append(each | {"location": each["location"] | {"dimensionRange": shifted}})
    return found


def _is_cell(area: dict[str, Any]) -> bool:
    return (
        area.get("endRowIndex", 0) - area.get("startRowIndex", 0) == 1
        and area.get("endColumnIndex", 0) - area.get("startColumnIndex", 0) == 1
    )


def shift_sizes(
    sizes: dict[tuple[str, int], dict[str, Any]], dimension: str, move: Move
) -> dict[tuple[str, int], dict[str, Any]]:
    """The properties of single rows and columns."""
    found = {}
    for (kind, place), properties in sizes.items():
        span = move((place, place + 1)) if kind == dimension else (place, None)
        if span is not None:
            found[kind, span[0]] = properties
    return found
