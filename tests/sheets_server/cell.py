"""A cell: what was entered, how it is rendered. A cell is a CellData that is replaced, never changed in place."""

import re
from collections.abc import Callable
from typing import Any

from tests.sheets_server.number_formats import DATES, general, shown

CHARACTER_LIMIT = 50_000
EMPTY: dict[str, Any] = {}
Cell = dict[str, Any]  # userEnteredValue, userEnteredFormat, note, dataValidation
Value = dict[str, Any]  # an ExtendedValue
Compute = Callable[[str], Value]  # a formula's value where it stands
_ERRORS = {
    "ERROR": "#ERROR!", "NULL_VALUE": "#NULL!", "DIVIDE_BY_ZERO": "#DIV/0!", "VALUE": "#VALUE!", "REF": "#REF!",
    "NAME": "#NAME?", "NUM": "#NUM!", "N_A": "#N/A",
}  # fmt: skip
_MOMENT = re.compile(r"=\s*(TODAY|NOW|DATE|TIME)\s*\([^()]*\)\s*([+-]\s*\d+\s*)?", re.IGNORECASE)
_MOMENTS = {
    "TODAY": {"type": "DATE", "pattern": "m/d/yyyy"}, "DATE": {"type": "DATE", "pattern": "m/d/yyyy"},
    "NOW": {"type": "DATE_TIME", "pattern": "m/d/yyyy h:mm:ss"}, "TIME": {"type": "TIME", "pattern": "h:mm:ss am/pm"},
}  # fmt: skip


class RefusedError(Exception):
    """A change that Google would refuse with 400."""


def check_length(value: Value) -> None:
    """Refuse more text than a cell may hold."""
    for kind in ("stringValue", "formulaValue"):
        if len(value.get(kind, "")) > CHARACTER_LIMIT:
            raise RefusedError(
                f"Your input contains more than the maximum of {CHARACTER_LIMIT} characters in a single cell."
            )


def effective(cell: Cell, compute: Compute | None = None) -> Value:
    """The cell's ExtendedValue after its formula, if it has one and there is a way to compute it."""
    value: Value = cell.get("userEnteredValue", EMPTY)
    if "formulaValue" in value and compute:
        return compute(value["formulaValue"])
    return value


def number_format(cell: Cell) -> dict[str, str]:
    """The NumberFormat that the cell shows its numbers in; empty for none. A date from a function is shown as one."""
    found: dict[str, str] = cell.get("userEnteredFormat", EMPTY).get("numberFormat", EMPTY)
    if found:
        return found
    moment = _MOMENT.fullmatch(cell.get("userEnteredValue", EMPTY).get("formulaValue", ""))
    return _MOMENTS[moment[1].upper()] if moment else EMPTY


def rendered(cell: Cell, option: str, dates: str = "SERIAL_NUMBER", compute: Compute | None = None) -> Any:
    """A cell as `valueRenderOption` and `dateTimeRenderOption` ask for it; "" when it is empty."""
    value: Value = cell.get("userEnteredValue", EMPTY)
    if not value:
        return ""
    if option == "FORMULA" and "formulaValue" in value:
        return value["formulaValue"]
    ((kind, found),) = effective(cell, compute).items() or [("stringValue", "")]
    if kind == "errorValue":
        return _ERRORS.get(found["type"], "#ERROR!")
    if kind == "numberValue":
        style = number_format(cell)
        if option == "FORMATTED_VALUE":
            return shown(found, style.get("type", ""), style.get("pattern", "")) if style else general(found)
        if dates == "FORMATTED_STRING" and style.get("type") in DATES:
            return shown(found, style["type"], style.get("pattern", ""))
        return int(found) if float(found).is_integer() and abs(found) < 1e15 else found
    if kind == "boolValue" and option == "FORMATTED_VALUE":
        return "TRUE" if found else "FALSE"
    return found
