"""The one place where a mirrored row is built from a response: its columns, its cells, its hash.

Months instead of days, and never a comment: who looks at a sheet must not recognise a patient.
"""

import hashlib
from typing import Final

from survey.composite import forward_level, score_composite
from survey.instrument import Instrument
from survey.respondent import ABOUT
from survey.response import NotAnswered, Response
from survey.sheets.limits import CHARACTERS_PER_CELL

_BEFORE: Final = ("id", "month", "unit", "clinician", "language", "mode", "respondent", *ABOUT)
_AFTER: Final = ("score", "hash")
_CUT: Final = " […cut]"


def tab_title(instrument: str, version: str, year: int) -> str:
    """The title of the tab for an instrument version and year."""
    return f"{instrument} {version} · {year}"


def header(instrument: Instrument) -> list[str]:
    """The column titles of an instrument's tab."""
    return [*_BEFORE, *instrument.item_ids, *_AFTER]


def mirrored_row(response: Response, instrument: Instrument) -> list[str]:
    """The cells of a response, as text: what is written RAW stays what it is."""
    forward = [
        forward_level(instrument, slot, answer)
        for slot, answer in enumerate(response.answers)
        if not isinstance(answer, NotAnswered)
    ]
    score = score_composite(instrument, len(forward), sum(forward))
    cells = [
        str(response.id),
        f"{response.month // 100}-{response.month % 100:02d}",
        response.unit_id,
        response.clinician_id or "",
        response.language,
        response.mode,
        response.respondent,
        *(response.about.get(field, "") for field in ABOUT),
        *(answer.name if isinstance(answer, NotAnswered) else str(answer) for answer in response.answers),
        "" if score is None else f"{score:g}",
    ]
    cells = [_fitting(cell) for cell in cells]
    return [*cells, row_hash(cells)]


def row_hash(cells: list[str]) -> str:
    """A short hash of a row's other cells: a cell that somebody changed is found by it."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:12]


def _fitting(text: str) -> str:
    return text if len(text) <= CHARACTERS_PER_CELL else text[: CHARACTERS_PER_CELL - len(_CUT)] + _CUT
