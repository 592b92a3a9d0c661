"""The functions that formulas can call. A range comes as a list of rows, an empty cell as None."""

import math
import re
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from fnmatch import translate
from typing import Any

from tests.sheets_server.entry import EPOCH
from tests.sheets_server.number_formats import general


class FormulaError(Exception):
    """A value that cannot be computed; `kind` is an ErrorValue's type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def number(value: Any) -> float:
    """A value where a number is needed; FormulaError for a text that is none."""
    value = _single(value)
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise FormulaError(
                "VALUE",
                f"Function parameter expects number values. But '{value}' is a text and cannot be coerced to a number.",
            ) from None
    return value if isinstance(value, int | float) else 0


def wording(value: Any) -> str:
    """A value where a text is needed."""
    value = _single(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else value if isinstance(value, str) else general(value)


def truth(value: Any) -> bool:
    """A value where a yes or no is needed."""
    value = _single(value)
    if isinstance(value, str) and value.upper() in ("TRUE", "FALSE"):
        return value.upper() == "TRUE"
    return bool(number(value))


def _single(value: Any) -> Any:
    if isinstance(value, list):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, FormulaError):
        raise value
    return value


def _cells(arguments: tuple[Any, ...]) -> Iterator[Any]:
    for argument in arguments:
        if isinstance(argument, list):
            for row in argument:
                for value in row:
                    yield _single(value)
        else:
            yield _single(argument)


def _numbers(arguments: tuple[Any, ...]) -> list[float]:
    """The numbers among the arguments; texts in ranges are passed over, texts given as such are read."""
    direct = [number(each) for each in arguments if not isinstance(each, list)]
    ranged = tuple(each for each in arguments if isinstance(each, list))
    return direct + [each for each in _cells(ranged) if isinstance(each, int | float) and not isinstance(each, bool)]


def _average(*values: Any) -> float:
    found = _numbers(values)
    if not found:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function AVERAGE caused a divide by zero error.")
    return math.fsum(found) / len(found)


def _sum(*values: Any) -> float:
    found = _numbers(values)
    return sum(found) if all(isinstance(each, int) for each in found) else math.fsum(found)


def _count(*values: Any) -> int:
    return sum(isinstance(each, int | float) and not isinstance(each, bool) for each in _cells(values))


def _counta(*values: Any) -> int:
    return sum(each is not None and each != "" for each in _cells(values))


def _countblank(*values: Any) -> int:
    return sum(each is None or each == "" for each in _cells(values))


def _meets(criterion: Any) -> Callable[[Any], bool]:
    match = re.fullmatch(r"(<>|<=|>=|<|>|=)?(.*)", wording(criterion), re.S)
    sign, wanted = (match[1] or "=", match[2]) if match else ("=", "")
    try:
        limit = float(wanted)
    except ValueError:
        pattern = re.compile(translate(wanted), re.IGNORECASE)
        return lambda value: bool(pattern.fullmatch(wording(value))) != (sign == "<>")
    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda n: n == limit, "<>": lambda n: n != limit, "<": lambda n: n < limit,
        ">": lambda n: n > limit, "<=": lambda n: n <= limit, ">=": lambda n: n >= limit,
    }  # fmt: skip
    plain = tests[sign]
    return lambda value: (
        plain(value) if isinstance(value, int | float) and not isinstance(value, bool) else sign == "<>"
    )


def _countif(values: Any, criterion: Any) -> int:
    meets = _meets(criterion)
    return sum(meets(each) for each in _cells((values,)) if each is not None)


def _sumif(values: Any, criterion: Any, summed: Any = None) -> float:
    meets = _meets(criterion)
    pairs = zip(_cells((values,)), _cells((values if summed is None else summed,)), strict=False)
    return math.fsum(number(other) for each, other in pairs if meets(each) and not isinstance(other, str))


def _if(condition: Any, then: Any, other: Any = False) -> Any:
    return _single(then) if truth(condition) else _single(other)


def _iferror(value: Any, other: Any = "") -> Any:
    found = value[0][0] if isinstance(value, list) and value and value[0] else value
    return other if isinstance(found, FormulaError) else found


def _round(value: Any, places: Any = 0) -> float:
    scale = 10 ** int(number(places))
    exact = number(value) * scale
    rounded = math.copysign(math.floor(abs(exact) + 0.5), exact) / scale
    return int(rounded) if rounded.is_integer() else rounded


def _sqrt(value: Any) -> float:
    if number(value) < 0:
        raise FormulaError(
            "NUM", "Function SQRT parameter 1 value is negative. It should be greater than or equal to 0."
        )
    return math.sqrt(number(value))


def _mod(value: Any, by: Any) -> float:
    if number(by) == 0:
        raise FormulaError("DIVIDE_BY_ZERO", "Function MOD parameter 2 cannot be zero.")
    return number(value) % number(by)


def _now() -> float:
    at = datetime.now(UTC)
    return at.toordinal() - EPOCH + (at.hour * 3_600 + at.minute * 60 + at.second) / 86_400


def _min(*values: Any) -> float:
    return min(_numbers(values), default=0)


def _max(*values: Any) -> float:
    return max(_numbers(values), default=0)


def _not_available() -> float:
    raise FormulaError("N_A", "Value not available.")


def _median(*values: Any) -> float:
    found = _numbers(values)
    if not found:
        raise FormulaError("NUM", "MEDIAN has no valid input data.")
    return statistics.median(found)


def _stdev(*values: Any) -> float:
    found = _numbers(values)
    if len(found) < 2:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function STDEV caused a divide by zero error.")
    return statistics.stdev(found)


def _vlookup(key: Any, table: Any, index: Any, is_sorted: Any = True) -> Any:
    wanted, column = wording(key).lower(), int(number(index)) - 1
    rows = [row for row in table if row] if isinstance(table, list) else []
    if truth(is_sorted):  # the last one that is not above the key
        fitting = [row for row in rows if isinstance(row[0], int | float) and row[0] <= number(key)]
    else:
        fitting = [row for row in rows if wording(row[0]).lower() == wanted][:1]
    if not fitting:
        raise FormulaError("N_A", f"Did not find value '{wording(key)}' in VLOOKUP evaluation.")
    return _single(fitting[-1][column]) if column < len(fitting[-1]) else None


def _date(year: Any, month: Any, day: Any) -> int:
    months = int(number(year)) * 12 + int(number(month)) - 1
    return date(months // 12, months % 12 + 1, 1).toordinal() - EPOCH + int(number(day)) - 1


def _seconds(hour: Any, minute: Any, second: Any) -> int:
    return int(number(hour)) * 3_600 + int(number(minute)) * 60 + int(number(second))


def _day(value: Any) -> date:
    return date.fromordinal(int(number(value)) + EPOCH)


def _is_kind(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def meets(value: Any) -> bool:
        if isinstance(value, list):
            value = value[0][0] if value and value[0] else None
        return kind(value)

    return meets


def _left(text: Any, length: Any = 1) -> str:
    return wording(text)[: int(number(length))]


def _right(text: Any, length: Any = 1) -> str:
    return wording(text)[-int(number(length)) :] if number(length) else ""


FUNCTIONS: dict[str, Any] = {
    "ABS": lambda value: abs(number(value)),
    "AND": lambda *values: all(truth(each) for each in _cells(values) if each is not None),
    "AVERAGE": _average,
    "CEILING": lambda value: math.ceil(number(value)),
    "CONCAT": lambda one, other: wording(one) + wording(other),
    "CONCATENATE": lambda *values: "".join(map(wording, _cells(values))),
    "COUNT": _count,
    "COUNTA": _counta,
    "COUNTBLANK": _countblank,
    "COUNTIF": _countif,
    "DATE": _date,
    "DAY": lambda value: _day(value).day,
    "EXP": lambda value: math.exp(number(value)),
    "FLOOR": lambda value: math.floor(number(value)),
    "HYPERLINK": lambda url, label=None: wording(url if label is None else label),
    "IF": _if,
    "IFERROR": _iferror,
    "ISBLANK": _is_kind(lambda value: value is None),
    "ISNUMBER": _is_kind(lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "ISTEXT": _is_kind(lambda value: isinstance(value, str)),
    "INT": lambda value: math.floor(number(value)),
    "LEFT": _left,
    "LEN": lambda value: len(wording(value)),
    "LOWER": lambda value: wording(value).lower(),
    "MAX": _max,
    "MEDIAN": _median,
    "MID": lambda text, start, length: wording(text)[int(number(start)) - 1 :][: int(number(length))],
    "MIN": _min,
    "MOD": _mod,
    "MONTH": lambda value: _day(value).month,
    "NA": _not_available,
    "NOT": lambda value: not truth(value),
    "NOW": _now,
    "OR": lambda *values: any(truth(each) for each in _cells(values) if each is not None),
    "PI": lambda: math.pi,
    "POWER": lambda base, power: number(base) ** number(power),
    "PRODUCT": lambda *values: math.prod(_numbers(values)),
    "REPT": lambda text, times: wording(text) * int(number(times)),
    "RIGHT": _right,
    "ROUND": _round,
    "SQRT": _sqrt,
    "STDEV": _stdev,
    "SUBSTITUTE": lambda text, old, new: wording(text).replace(wording(old), wording(new)),
    "SUM": _sum,
    "SUMIF": _sumif,
    "TIME": lambda hour, minute, second: _seconds(hour, minute, second) / 86_400 % 1,
    "TODAY": lambda: datetime.now(UTC).toordinal() - EPOCH,
    "TRIM": lambda value: " ".join(wording(value).split()),
    "UPPER": lambda value: wording(value).upper(),
    "VALUE": lambda value: number(value),
    "VLOOKUP": _vlookup,
    "YEAR": lambda value: _day(value).year,
}
