"""Stored responses as a CSV file that a spreadsheet can open without running anything."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from survey.instrument import Instrument
from survey.respondent import ABOUT
from survey.response import NotAnswered, Response

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS: Final = (
    "id", "instrument", "version", "day", "seconds", "unit", "clinician", "device", "language", "mode", "respondent",
    *ABOUT,
)  # fmt: skip


class ExportError(Exception):
    """A file cannot be written."""


def neutralise_formula(text: str) -> str:
    """Text that a spreadsheet would run as a formula, made plain with a leading apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(path: Path, responses: Iterable[Response], instruments: Sequence[Instrument], *, comments: bool) -> int:
    """Write one row a response, answers in columns named by item, ways of not answering by their names.

    `instruments` are those that the responses answer. Items of several share a column where they share an id; the
    instrument stands in each row. Comments are written only when asked for. Returns the number of rows; raises
    ExportError when the file cannot be written.
    """
    items = list(dict.fromkeys(item for instrument in instruments for item in instrument.item_ids))
    items.sort(key=lambda item: (len(item), item))
    header = [*_COLUMNS, *items, *(["comment"] if comments else [])]
    count = 0
    if not path.name or (path.exists() and not path.is_file()):
        raise ExportError(f"{str(path)!r} is no file to write to: name one, such as answers.csv.")
    # A half-written file must not look like a whole one: it gets its name when it is complete.
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, header, extrasaction="ignore")
            writer.writeheader()
            for row in _rows(responses, {each.key: each.item_ids for each in instruments}):
                writer.writerow({column: neutralise_formula(value) for column, value in row.items()})
                count += 1
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExportError(f"{path}: cannot be written: {error.strerror}.") from error
    return count


def _rows(responses: Iterable[Response], items: Mapping[tuple[str, str], tuple[str, ...]]) -> Iterator[dict[str, str]]:
    for response in responses:
        row = {
            "id": str(response.id),
            "instrument": response.instrument,
            "version": response.version,
            "day": response.day.isoformat(),
            "seconds": str(response.seconds),
            "unit": response.unit_id,
            "clinician": response.clinician_id or "",
            "device": response.device_id,
            "language": response.language,
            "mode": response.mode,
            "respondent": response.respondent,
            "comment": response.comment or "",
            **response.about,
        }
        for item, answer in zip(items[response.instrument, response.version], response.answers, strict=True):
            row[item] = answer.name if isinstance(answer, NotAnswered) else str(answer)
        yield row
