"""Dates as people write them: in ISO form, or in another that only one calendar day fits."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from analysis.csv_file import printable
from analysis.estimate import UnusableDataError

FULL: Final = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))(?:[T ]\d{1,2}:\d{2}.*)?", re.ASCII)
# Months as spreadsheets and other programs write them.
YEAR_MONTH: Final = re.compile(r"(?P<year>\d{4})[-/._ ](?P<month>\d{1,2})", re.ASCII)
MONTH_YEAR: Final = re.compile(r"(?P<month>\d{1,2})[-/._ ](?P<year>\d{4})", re.ASCII)
QUARTER: Final = re.compile(r"(\d{4})[-/._ ]?Q([1-4])", re.ASCII | re.IGNORECASE)
PERIOD: Final = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|W(?:0[1-9]|[1-4]\d|5[0-3])))?", re.ASCII)
YEAR_LAST: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,? \d{1,2}:\d{2}.*)?", re.ASCII)
NUMBERED: Final = re.compile(r"\d{1,7}", re.ASCII)
ADVICE: Final = "write dates as 2024-03-31, or months as 2024-03"


def read_dates(texts: Sequence[str], column: str) -> list[str]:
    """Each text's date in ISO form, of one length, so that they sort as text; times of day are left off.

    Understood are 2024-03-31, 2024/3/31 and 20240331, the periods 2024-03 (also 2024/3, 3/2024, 03_2024), 2024-Q1,
    2024-W13 and 2024, and 31.3.2024, where the day comes first. A column of running numbers 1, 2, … is taken as it is:
    shorter ones come before longer. Of 31/3/2024 and 3/31/2024 the column's other dates must say which is meant: some
    number above 12 stands always first or always second. Raises UnusableDataError for anything else, for days no
    calendar has, and for a mixture of days and periods.
    """
    if all(NUMBERED.fullmatch(text) for text in texts):
        return [str(int(text)) for text in texts]
    year_last = [found for text in texts if (found := YEAR_LAST.fullmatch(text))]
    day_first = _day_first(year_last, column) if year_last else True
    dates = [_read_date(text, column, day_first) for text in texts]
    if len({re.sub(r"\d", "0", each) for each in dates}) > 1:
        shown = sorted({re.sub(r"\d", "0", each): each for each in dates}.values())
        raise UnusableDataError(
            f"Column {column!r} mixes days and periods, such as {shown[0]} and {shown[1]}: {ADVICE}."
        )
    return dates


def _day_first(found: Sequence[re.Match[str]], column: str) -> bool:
    dotted = any(each[2] == "." for each in found)
    first = dotted or any(int(each[1]) > 12 for each in found)
    second = any(int(each[3]) > 12 for each in found)
    if first == second:
        what = "has dates of both orders" if first else "has dates that may be day/month or month/day"
        raise UnusableDataError(f"Column {column!r} {what}, such as {found[0][0]!r}: {ADVICE}.")
    return first


def _read_date(text: str, column: str, day_first: bool) -> str:
    if PERIOD.fullmatch(text):
        return text
    if found := QUARTER.fullmatch(text):
        return f"{found[1]}-Q{found[2]}"
    if (found := YEAR_MONTH.fullmatch(text) or MONTH_YEAR.fullmatch(text)) and 1 <= int(found["month"]) <= 12:
        return f"{found['year']}-{int(found['month']):02}"
    if found := FULL.fullmatch(text):
        parts = found[1], found[3] or found[5], found[4] or found[6]
    elif found := YEAR_LAST.fullmatch(text):
        parts = (found[4], found[3], found[1]) if day_first else (found[4], found[1], found[3])
    else:
        raise UnusableDataError(f"Column {column!r} has {printable(text)!r} instead of a date: {ADVICE}.")
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError as error:
        raise UnusableDataError(f"Column {column!r} has {printable(text)!r}, a day that no calendar has.") from error
