"""What a value becomes when it is entered: RAW as it is, USER_ENTERED as if typed into an American spreadsheet."""

import math
import re
from datetime import UTC, date, datetime, time
from typing import Any

NumberFormat = dict[str, str]  # type and pattern, as in a CellFormat

EPOCH = date(1899, 12, 30).toordinal()
_NUMBER = re.compile(
    r"(?P<sign>[+-])?(?P<currency>\$)?(?P<sign2>[+-])?"
    r"(?P<digits>\d{1,3}(,\d{3})+|\d+|(?=\.\d))(?P<fraction>\.\d*)?(?P<power>[eE][+-]?\d+)?\s?(?P<percent>%)?"
)
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(:(?P<second>\d\d(\.\d{1,3})?))?(\s?(?P<half>[AaPp][Mm]))?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december", "sept")  # fmt: skip
_DURATION = re.compile(r"(\d{2,5}):([0-5]\d)(?::([0-5]\d))?")
_DATES = (
    (re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"), "yyyy-mm-dd"),
    (re.compile(r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})"), "yyyy/mm/dd"),
    (re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)"), "m/d/yyyy"),
    (re.compile(r"(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<year>\d{4}|\d\d)"), "m-d-yyyy"),
    (re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})"), "m/d"),
    (re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"), "mmm d, yyyy"),
    (re.compile(r"(?P<day>\d{1,2}) (?P<name>[A-Za-z]{3,9}) (?P<year>\d{4})"), "d mmm yyyy"),
    (re.compile(r"(?P<day>\d{1,2})-(?P<name>[A-Za-z]{3,9})-(?P<year>\d{4})"), "d-mmm-yyyy"),
    (re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<year>\d{4})"), "mmm yyyy"),
    (re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})"), "mmm d"),
    (re.compile(r"(?P<day>\d{1,2})-(?P<name>[A-Za-z]{3,9})"), "d-mmm"),
)


class EntryError(Exception):
    """A value of a kind that no cell can hold; says which, in the words of a protocol buffer."""


def entered(value: Any, option: str) -> tuple[dict[str, Any], NumberFormat | None]:
    """The ExtendedValue of an entered value, and the number format that it suggests; EntryError."""
    if value is None or value == "":
        return {}, None
    if isinstance(value, bool):
        return {"boolValue": value}, None
    if isinstance(value, int | float):
        return {"numberValue": value}, None
    if not isinstance(value, str):
        raise EntryError(_as_protobuf(value))
    return typed(value) if option == "USER_ENTERED" else ({"stringValue": value}, None)


def typed(text: str) -> tuple[dict[str, Any], NumberFormat | None]:
    """A text as the program reads it from the keyboard."""
    if text.startswith("=") and len(text) > 1:
        return {"formulaValue": text}, None
    if text.startswith("'"):
        return {"stringValue": text[1:]}, None
    stripped = text.strip()
    if stripped.upper() in ("TRUE", "FALSE"):
        return {"boolValue": stripped.upper() == "TRUE"}, None
    found = _number(stripped) or _moment(stripped)
    return found or ({"stringValue": text}, None)


def _number(text: str) -> tuple[dict[str, Any], NumberFormat | None] | None:
    match = _NUMBER.fullmatch(text)
    if not match or (match["sign"] and match["sign2"]):
        return None
    number = float((match["digits"] or "0").replace(",", "") + (match["fraction"] or "") + (match["power"] or ""))
    if math.isinf(number):
        return None
    if "-" in (match["sign"], match["sign2"]):
        number = -number
    if match["percent"]:
        number = float(f"{number / 100:.15g}")
    value = {"numberValue": int(number) if number.is_integer() and abs(number) < 2**53 else number}
    decimals = ".00" if match["fraction"] else ""
    if match["percent"]:
        return value, {"type": "PERCENT", "pattern": f"0{decimals}%"}
    if match["currency"]:
        return value, {"type": "CURRENCY", "pattern": f'"$"#,##0{decimals}'}
    if match["power"]:
        return value, {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    return value, {"type": "NUMBER", "pattern": f"#,##0{decimals}"} if "," in match["digits"] else None


def _moment(text: str) -> tuple[dict[str, Any], NumberFormat | None] | None:
    lasting = _DURATION.fullmatch(text)
    if lasting and int(lasting[1]) > 23:
        seconds = int(lasting[1]) * 3_600 + int(lasting[2]) * 60 + int(lasting[3] or 0)
        return {"numberValue": seconds / 86_400}, {"type": "TIME", "pattern": "[h]:mm:ss"}
    clock = re.search(rf"(^|\s){_TIME}$", text)
    day = text[: clock.start()].strip() if clock else text
    days, day_pattern = _date(day) if day else (0, "")
    seconds, clock_pattern = _time(clock) if clock else (0.0, "")
    if days is None or seconds is None or (not day and not clock):
        return None
    if not clock:
        return {"numberValue": days}, {"type": "DATE", "pattern": day_pattern}
    part = seconds / 86_400
    if not day:
        return {"numberValue": part}, {"type": "TIME", "pattern": clock_pattern}
    number = days + part
    return {"numberValue": int(number) if number.is_integer() else number}, {
        "type": "DATE_TIME",
        "pattern": f"{day_pattern} h:mm:ss",
    }


def _date(text: str) -> tuple[int | None, str]:
    for pattern, shown in _DATES:
        match = pattern.fullmatch(text)
        if not match:
            continue
        parts = match.groupdict()
        name = parts.get("name", "").lower()
        if name and name not in _MONTHS and name not in _LONG_MONTHS:
            return None, ""
        month = _MONTHS.index(name[:3]) + 1 if name else int(parts["month"])
        if name not in ("", *_MONTHS):
            shown = shown.replace("mmm", "mmmm")
        year = int(parts.get("year", datetime.now(UTC).year))
        if len(parts.get("year", "")) == 2:
            year += 2000 if year < 70 else 1900
        try:
            return date(year, month, int(parts.get("day", 1))).toordinal() - EPOCH, shown
        except ValueError:
            return None, ""
    return None, ""


def _time(match: re.Match[str]) -> tuple[float | None, str]:
    hour, second, half = int(match["hour"]), float(match["second"] or 0), (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None, ""
    if half:
        hour = hour % 12 + 12 * (half == "pm")
    try:
        time(hour, int(match["minute"]), int(second))
    except ValueError:
        return None, ""
    pattern = "h:mm" + (":ss" if match["second"] else "") + (" am/pm" if half else "")
    return hour * 3_600 + int(match["minute"]) * 60 + second, pattern


def _as_protobuf(value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(
            f'  fields {{\n    key: "{name}"\n    value {{\n      {_scalar(each)}\n    }}\n  }}\n'
            for name, each in value.items()
        )
        return f"struct_value {{\n{inner}}}\n"
    inner = "".join(f"  values {{\n    {_scalar(each)}\n  }}\n" for each in value)
    return f"list_value {{\n{inner}}}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return f"bool_value: {str(value).lower()}"
    if isinstance(value, int | float):
        return f"number_value: {value}"
    return f'string_value: "{value}"' if isinstance(value, str) else "null_value: NULL_VALUE"
