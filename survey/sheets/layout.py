"""The one place where a mirrored row is built from a response: its columns, its cells, its hash.

Months instead of days, and never a comment: who looks at a sheet must not recognise a patient.
"""

import hashlib
from typing import Final
from uuid import UUID

from survey.composite import forward_level, score_composite
from survey.instrument import Instrument
from survey.respondent import ABOUT
from survey.response import NotAnswered, Response
from survey.sheets.limits import CHARACTERS_PER_CELL

Cell = str | int | float

_BEFORE: Final = ("id", "month", "unit", "clinician", "language", "mode", "respondent", *ABOUT)
_AFTER: Final = ("score", "hash")
_CUT: Final = " […cut]"
ERASED: Final = "erased"
REFUSED: Final = "not taken by Google"


def tab_title(instrument: str, version: str, year: int, part: int = 1) -> str:
    """The title of the tab for an instrument version and year; further parts are numbered."""
    title = f"{instrument} {version} · {year}"
    return title if part == 1 else f"{title} ({part})"


def header(instrument: Instrument) -> list[str]:
    """The column titles of an instrument's tab."""
    return [*_BEFORE, *instrument.item_ids, *_AFTER]


def mirrored_row(response: Response, instrument: Instrument) -> list[Cell]:
    """The cells of a response: text that stays text, and levels and score as numbers that a sheet can average."""
    forward = [
        forward_level(instrument, slot, answer)
        for slot, answer in enumerate(response.answers)
        if not isinstance(answer, NotAnswered)
    ]
    score = score_composite(instrument, len(forward), sum(forward))
    cells: list[Cell] = [
        str(response.id),
        f"{response.month // 100}-{response.month % 100:02d}",
        response.unit_id,
        response.clinician_id or "",
        response.language,
        response.mode,
        response.respondent,
        *(response.about.get(field, "") for field in ABOUT),
        *(answer.name if isinstance(answer, NotAnswered) else answer for answer in response.answers),
        "" if score is None else round(score, 4),
    ]
    cells = [_fitting(cell) for cell in cells]
    return [*cells, row_hash(cells)]


def row_of(
    response_id: UUID, response: Response | None, instrument: Instrument, *, refused: bool = False
) -> list[Cell]:
    """The cells that stand in a response's place; without a response it was erased."""
    if response is None:
        return tombstone(response_id, instrument)
    return refused_row(response_id, instrument) if refused else mirrored_row(response, instrument)


def tombstone(response_id: UUID, instrument: Instrument) -> list[Cell]:
    """The cells that stand where an erased response stood: its id, so that rows keep their places, and nothing else."""
    return _only_id(response_id, ERASED, instrument)


def refused_row(response_id: UUID, instrument: Instrument) -> list[Cell]:
    """The cells that stand where a response should that Google refuses to take."""
    return _only_id(response_id, REFUSED, instrument)


def _only_id(response_id: UUID, word: str, instrument: Instrument) -> list[Cell]:
    cells: list[Cell] = [str(response_id), word, *[""] * (len(header(instrument)) - 3)]
    return [*cells, row_hash(cells)]


def row_hash(cells: list[Cell]) -> str:
    """A short hash of a row's other cells: a cell that somebody changed is found by it."""
    # 4 and 4.0 are one number in a sheet, and must be one here.
    texts = [cell if isinstance(cell, str) else f"{cell:.10g}" for cell in cells]
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:12]


def _fitting(cell: Cell) -> Cell:
    if not isinstance(cell, str) or len(cell) <= CHARACTERS_PER_CELL:
        return cell
    return cell[: CHARACTERS_PER_CELL - len(_CUT)] + _CUT
