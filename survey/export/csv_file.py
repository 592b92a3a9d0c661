"""Responses as a CSV file that a spreadsheet can open without running anything."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from survey.export.answers_file import COLUMNS, COMMENT, answers_of, facts_of, neutralise_formula, whole_file
from survey.instrument import Instrument
from survey.response import NotAnswered, Response


def write_csv(path: Path, responses: Iterable[Response], instruments: Sequence[Instrument], *, comments: bool) -> int:
    """Write one row a response, answers in columns named by item, ways of not answering by their names.

    Items of several instruments share a column where they share an id; the instrument stands in each row. Returns the
    number of rows; raises ExportError when the file cannot be written.
    """
    items = list(dict.fromkeys(item for instrument in instruments for item in instrument.item_ids))
    items.sort(key=lambda item: (len(item), item))
    by_key = {each.key: each for each in instruments}
    count = 0
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *items, *([COMMENT] if comments else [])])
        writer.writeheader()
        for response in responses:
            answers = answers_of(response, by_key[response.instrument, response.version])
            row = {
                **facts_of(response, comments=comments),
                **{item: each.name if isinstance(each, NotAnswered) else each for item, each in answers.items()},
            }
            writer.writerow(
                {column: neutralise_formula(cell) if isinstance(cell, str) else cell for column, cell in row.items()}
            )
            count += 1
    return count
