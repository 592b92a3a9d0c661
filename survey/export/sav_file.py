"""Responses to one instrument as an SPSS file with labels for its variables and values."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyreadstat

from survey.export.answers_file import COLUMNS, COMMENT, answers_of, facts_of, levels_of, questions_of, whole_file
from survey.instrument import Instrument
from survey.response import NotAnswered, Response

# Levels are never below 0, so these cannot be taken for one.
CODES: Final = {way: -1 - way for way in NotAnswered}
_LABELS: Final = {
    "id": "Response",
    "day": "Day of the encounter",
    "seconds": "Seconds from start to end",
    "respondent": "Who answered",
    "age_band": "Age",
    "self_rated_health": "Health, self-rated",
    "education": "Highest education",
    "flags": "Doubts about its quality",
}


def write_sav(path: Path, responses: Iterable[Response], instrument: Instrument, *, comments: bool) -> int:
    """Write one case a response to this instrument; ways of not answering are user-missing values -1 to -4.

    Returns the number of cases; raises ExportError when the file cannot be written.
    """
    with whole_file(path) as partial:
        table = _table_of(responses, instrument, comments=comments)
        missing = {code: way.name.replace("_", " ") for way, code in CODES.items()}
        labels: dict[int | float, str] = {
            code: name for each in (levels_of(instrument), missing) for code, name in each.items()
        }
        questions = questions_of(instrument)
        pyreadstat.write_sav(
            table,
            str(partial),
            file_label=f"{instrument.title}, version {instrument.version}"[:64],
            column_labels=[questions.get(column, _LABELS.get(column, column))[:255] for column in table.columns],
            variable_value_labels=dict.fromkeys(instrument.item_ids, labels),
            missing_ranges={
                item: [{"lo": min(CODES.values()), "hi": max(CODES.values())}] for item in instrument.item_ids
            },
            variable_measure={
                column: "ordinal" if column in instrument.item_ids else "scale" if column == "seconds" else "nominal"
                for column in table.columns
            },
        )
    return len(table)


def _table_of(responses: Iterable[Response], instrument: Instrument, *, comments: bool) -> pd.DataFrame:
    facts: dict[str, list[str | int]] = {column: [] for column in (*COLUMNS, *([COMMENT] if comments else []))}
    answers: dict[str, list[int]] = {item: [] for item in instrument.item_ids}
    for response in responses:
        told = facts_of(response, comments=comments)
        for column, values in facts.items():
            values.append(told.get(column, ""))
        for item, answer in answers_of(response, instrument).items():
            answers[item].append(CODES[answer] if isinstance(answer, NotAnswered) else answer)
    return pd.DataFrame({**facts, **{item: np.array(codes, dtype=np.int32) for item, codes in answers.items()}})
