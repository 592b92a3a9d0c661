"""A cell: what was entered, how it is rendered. A cell is a CellData that is replaced, never changed in place."""

import ast
import operator
import re
from typing import Any

CHARACTER_LIMIT = 50_000
EMPTY: dict[str, Any] = {}
Cell = dict[str, Any]  # userEnteredValue, userEnteredFormat, note

_NUMBER = re.compile(r"[+-]?(\d+(,\d{3})*|\d*)(\.\d+)?([eE][+-]?\d+)?%?")
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


class RefusedError(Exception):
    """A change that Google would refuse with 400."""


def entered(value: Any, option: str) -> dict[str, Any]:
    """The ExtendedValue that a value becomes when it is entered RAW or as a user would type it."""
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    if not isinstance(value, str):
        raise RefusedError(f"Invalid values[0][0]: {type(value).__name__}_value")
    if option == "USER_ENTERED":
        if value.startswith("="):
            return {"formulaValue": value}
        if value.startswith("'"):
            return {"stringValue": value[1:]}
        if value.upper() in ("TRUE", "FALSE"):
            return {"boolValue": value.upper() == "TRUE"}
        if re.search(r"\d", value) and _NUMBER.fullmatch(value):
            number = float(value.rstrip("%").replace(",", ""))
            return {"numberValue": number / 100 if value.endswith("%") else number}
    return {"stringValue": value}


def check_length(value: dict[str, Any]) -> None:
    """Refuse more text than a cell may hold."""
    for kind in ("stringValue", "formulaValue"):
        if len(value.get(kind, "")) > CHARACTER_LIMIT:
            raise RefusedError(
                f"Your input contains more than the maximum of {CHARACTER_LIMIT} characters in a single cell."
            )


def effective(cell: Cell) -> dict[str, Any]:
    """The cell's ExtendedValue after its formula, if it has one: sums of plain numbers are computed, no more."""
    value = cell.get("userEnteredValue", {})
    if "formulaValue" not in value:
        return value
    try:
        return {"numberValue": _compute(ast.parse(value["formulaValue"][1:].strip(), mode="eval").body)}
    except ZeroDivisionError:
        return {"errorValue": {"type": "DIVIDE_BY_ZERO", "message": "#DIV/0!"}}
    except (SyntaxError, ValueError, KeyError):
        return {"errorValue": {"type": "NAME", "message": "#NAME?"}}


def _compute(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_compute(node.left), _compute(node.right))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_compute(node.operand))
    raise ValueError("not a sum of plain numbers")


def rendered(cell: Cell, option: str) -> Any:
    """A cell as `valueRenderOption` asks for it; "" when it is empty."""
    value = cell.get("userEnteredValue", {})
    if option == "FORMULA" and "formulaValue" in value:
        return value["formulaValue"]
    for kind, found in effective(cell).items():
        if kind == "errorValue":
            return found["message"]
        if kind == "numberValue":
            whole = float(found).is_integer() and abs(found) < 1e15
            number = int(found) if whole else found
            return (str(number) if whole else f"{found:.10g}") if option == "FORMATTED_VALUE" else number
        if kind == "boolValue" and option == "FORMATTED_VALUE":
            return "TRUE" if found else "FALSE"
        return found
    return ""
