"""Conditional formats: what the first fitting rules lay over a cell's own format."""

from typing import Any

from tests.sheets_server.access import covers
from tests.sheets_server.cell import Cell, Compute, Value
from tests.sheets_server.entry import typed
from tests.sheets_server.masks import joined
from tests.sheets_server.references import copied

Rule = dict[str, Any]


def laid_over(rules: list[Rule], row: int, column: int, value: Value, shown: str, compute: Compute) -> Cell:
    """The CellFormat that the rules give a cell; earlier rules come before later ones."""
    found: Cell = {}
    for rule in reversed(rules):
        area = next((each for each in rule.get("ranges", []) if covers(each, row, column)), None)
        condition = rule.get("booleanRule", {}).get("condition")
        if area is None or condition is None:
            continue
        step = row - area.get("startRowIndex", 0), column - area.get("startColumnIndex", 0)
        if _meets(condition, value, shown, step, compute):
            found = joined(found, rule["booleanRule"].get("format", {}))
    return found


def _meets(condition: Rule, value: Value, shown: str, step: tuple[int, int], compute: Compute) -> bool:
    kind: str = condition.get("type", "")
    words = [each.get("userEnteredValue", "") for each in condition.get("values", [])]
    if kind in ("BLANK", "NOT_BLANK"):
        return (not value) == (kind == "BLANK")
    if kind == "CUSTOM_FORMULA":
        return compute(copied(words[0], *step)).get("boolValue") is True if words else False
    if kind.startswith("TEXT_") and words:
        return _fits_text(kind, shown.lower(), words[0].lower())
    if kind.startswith("NUMBER_"):
        return _fits_number(kind, value.get("numberValue"), [_number(word, compute) for word in words])
    return False


def _fits_text(kind: str, text: str, wanted: str) -> bool:
    return {
        "TEXT_CONTAINS": wanted in text, "TEXT_NOT_CONTAINS": wanted not in text, "TEXT_EQ": text == wanted,
        "TEXT_STARTS_WITH": text.startswith(wanted), "TEXT_ENDS_WITH": text.endswith(wanted),
    }.get(kind, False)  # fmt: skip


def _number(word: str, compute: Compute) -> float | None:
    entered, _ = typed(word)
    return (compute(word) if "formulaValue" in entered else entered).get("numberValue")


def _fits_number(kind: str, number: float | None, limits: list[float | None]) -> bool:
    known = [each for each in limits if each is not None]
    if number is None or not known:
        return False
    low, high = min(known), max(known)
    return {
        "NUMBER_GREATER": number > low, "NUMBER_GREATER_THAN_EQ": number >= low, "NUMBER_LESS": number < low,
        "NUMBER_LESS_THAN_EQ": number <= low, "NUMBER_EQ": number == low, "NUMBER_NOT_EQ": number != low,
        "NUMBER_BETWEEN": low <= number <= high, "NUMBER_NOT_BETWEEN": not low <= number <= high,
    }.get(kind, False)  # fmt: skip
