"""Installing wording that may not be shipped: a clinic types it from its own licensed form into a CSV."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, select

from survey.instrument import InstalledWording, Instrument, InstrumentError, Wording, first_problem, wording_problem
from survey.store import Store
from survey.store.schema import instrument_part

COLUMNS: Final = ("kind", "key", "text")
_LEVEL = re.compile(r"0|-?[1-9][0-9]*")


def read_wording(path: Path, *, source: str, validated: bool) -> Wording:
    """The wording in a CSV with the columns kind (stem, level or item), key and text; InstrumentError if it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InstrumentError(f"{path.name}: the header must be {','.join(COLUMNS)}.")
            parts: dict[str, dict[str, str]] = {"stem": {}, "level": {}, "item": {}}
            for row in reader:
                _take(parts, row, f"{path.name}, row {reader.line_num}")
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InstrumentError(f"{path.name}: is not a CSV file in UTF-8: {error}.") from error
    try:
        return Wording.model_validate(
            {
                "validated": validated,
                "verified": True,
                "source": source,
                "stem": parts["stem"].get("", ""),
                "levels": parts["level"],
                "items": parts["item"],
            }
        )
    except ValidationError as error:
        raise InstrumentError(f"{path.name}: {first_problem(error)}.") from error


def _take(parts: dict[str, dict[str, str]], row: Mapping[str | None, Any], place: str) -> None:
    if None in row or any(row[column] is None for column in COLUMNS):
        raise InstrumentError(f"{place}: must have {len(COLUMNS)} columns; a text with a comma stands in quotes.")
    kind, key, text = (row[column].strip() for column in COLUMNS)
    if not key.isprintable() or not text.replace("\n", " ").isprintable():
        raise InstrumentError(f"{place}: has characters that cannot be shown; type it anew.")
    if kind == "level" and not _LEVEL.fullmatch(key):
        raise InstrumentError(f"{place}: a level's key is its number, such as 1.")
    if kind not in parts or (kind == "stem" and key):
        raise InstrumentError(f"{place}: kind must be stem (with an empty key), level or item.")
    if key in parts[kind]:
        raise InstrumentError(f"{place}: {kind} {key!r} stands twice.")
    parts[kind][key] = text


def install_wording(store: Store, folder: Path, instrument_id: str, language: str, wording: Wording) -> Path:
    """Keep the wording beside the store, once it fits; returns its file.

    Raises InstrumentError when the instrument is unknown, when items, levels or ids do not fit it, and when answers in
    this language were already collected with other words.
    """
    versions = store.catalogue.versions(instrument_id)
    if not versions:
        raise InstrumentError(f"Instrument {instrument_id!r} is not known: see `python -m survey instrument list`.")
    instrument = store.catalogue.get(instrument_id, versions[-1])
    assert instrument is not None  # noqa: S101  `versions` just named it
    problem = wording_problem(wording, instrument)
    if problem:
        raise InstrumentError(f"The wording does not fit {instrument.id} {instrument.version}: {problem}.")
    try:
        installed = InstalledWording(
            instrument=instrument.id, version=instrument.version, language=language, wording=wording
        )
    except ValidationError as error:
        raise InstrumentError(
            f"Language {language!r} is no language tag such as en: {first_problem(error)}."
        ) from error
    with store.reading() as connection:
        _refuse_change_under_answers(connection, instrument.with_wording({language: wording}), language)
    path = folder / f"{instrument.id}_{instrument.version}.{language}.json"
    partial = path.with_suffix(".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(installed.model_dump_json(indent=2), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be written: {error.strerror}.") from error
    return path


def _refuse_change_under_answers(connection: Connection, changed: Instrument, language: str) -> None:
    # The form for clinicians and leads takes its levels from the wording.
    parts = (f"wording:{language}", f"self_rating:{language}")
    query = select(instrument_part.c.part, instrument_part.c.fingerprint).where(instrument_part.c.part.in_(parts))
    stored = connection.execute(query.filter_by(instrument=changed.id, version=changed.version))
    now = changed.fingerprints()
    if any(now.get(row.part) != row.fingerprint for row in stored):
        raise InstrumentError(
            f"Answers to {changed.id} {changed.version} were collected in {language} with other words: "
            "they cannot be changed under the same version."
        )
