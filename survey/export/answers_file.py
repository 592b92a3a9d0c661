"""What every exported file has in common: columns, the cells of a response, and that it appears whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from survey.instrument import Instrument
from survey.respondent import ABOUT
from survey.response import Answer, Response

Cell = str | int
COLUMNS: Final = (
    "id", "instrument", "version", "day", "seconds", "unit", "clinician", "device", "language", "mode", "respondent",
    *ABOUT, "flags",
)  # fmt: skip
COMMENT: Final = "comment"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class ExportError(Exception):
    """A file cannot be written."""


def neutralise_formula(text: str) -> str:
    """Text that a spreadsheet would run as a formula, made plain with a leading apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def facts_of(response: Response, *, comments: bool) -> dict[str, Cell]:
    """The cells of a response beside its answers; the comment only when asked for."""
    facts: dict[str, Cell] = {
        "id": str(response.id),
        "instrument": response.instrument,
        "version": response.version,
        "day": response.day.isoformat(),
        "seconds": response.seconds,
        "unit": response.unit_id,
        "clinician": response.clinician_id or "",
        "device": response.device_id,
        "language": response.language,
        "mode": response.mode,
        "respondent": response.respondent,
        **response.about,
        "flags": " ".join(response.flags),
    }
    return facts | ({COMMENT: response.comment or ""} if comments else {})


def answers_of(response: Response, instrument: Instrument) -> dict[str, Answer]:
    """A response's answers by item."""
    return dict(zip(instrument.item_ids, response.answers, strict=True))


def levels_of(instrument: Instrument) -> dict[int, str]:
    """The names of the levels: in English where the instrument has that wording, else their keys."""
    wording = instrument.wording.get("en")
    return dict(sorted((wording.levels if wording else instrument.scale.levels).items()))


def questions_of(instrument: Instrument) -> dict[str, str]:
    """What each item asks: in English where the instrument has that wording, else its topic."""
    wording = instrument.wording.get("en")
    return {item.id: wording.items[item.id] if wording else item.topic for item in instrument.items}


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write; what was written there gets the file's name when the block ends well.

    A half-written file must not look like a whole one. Raises ExportError when it cannot be written.
    """
    if not path.name or (path.exists() and not path.is_file()):
        raise ExportError(f"{str(path)!r} is no file to write to: name one, such as answers.csv.")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.touch()
        yield partial
        partial.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
