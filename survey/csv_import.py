"""Answers from another system's CSV: each row goes the way of a tap on the kiosk, and twice the same is once.

A response's uuid follows from the source's name and the row's record id, or from the row itself and how often it stood
in the file before. So an import that was killed, or is done again, stores nothing twice.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from survey.csv_mapping import CsvMapping
from survey.instrument import Catalogue, Instrument
from survey.response import FieldProblem, InvalidResponseError, Place, Response, payload_digest, validate_response
from survey.store import Outcome, Store
from survey.store.responses import stored_digests
from survey.store.roster import list_clinicians, list_units

NAMESPACE: Final = UUID("6f1c0c7e-52a5-4d5e-9b43-0d1c1a6f3b52")
DEVICE_ID: Final = "import"
LONGEST_CELL: Final = 64 * 1024 * 1024
_BATCH: Final = 1_000


class ImportFileError(Exception):
    """A CSV file cannot be imported as it is, in one sentence."""


@dataclass(frozen=True)
class Row:
    """A row below the header: the line it begins in and its cells, or what keeps it from being read."""

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True)
class Rejection:
    """One thing wrong with one row; `column` is empty where it is the row as a whole."""

    line: int
    column: str
    problem: str


@dataclass
class ImportReport:
    """What became of a file's rows; rejected rows are told one by one to whoever asked, and counted here."""

    stored: int = 0
    already_there: int = 0
    conflicting: int = 0
    rejected: int = 0
    stopped: str | None = None

    def count(self, outcome: Outcome) -> None:
        """Count a row that was no reject."""
        self.stored += outcome is Outcome.STORED
        self.already_there += outcome is Outcome.SAME
        self.conflicting += outcome is Outcome.CONFLICT


class CsvFile:
    """The rows of a CSV file one after the other; raises ImportFileError for what is no such file."""

    def __init__(self, path: Path, mapping: CsvMapping) -> None:
        self._path = path
        self._mapping = mapping

    def rows(self) -> Iterator[Row]:
        """The header, as row 1, then every row that is not empty."""
        csv.field_size_limit(LONGEST_CELL)
        line = 1
        try:
            with self._path.open(encoding=self._mapping.encoding, newline="") as file:
                reader = csv.reader(file, delimiter=self._mapping.separator, strict=True)
                while True:
                    line = reader.line_num + 1
                    try:
                        cells = next(reader)
                    except StopIteration:
                        return
                    except csv.Error as error:
                        yield Row(line, [], f"is not CSV from here to line {reader.line_num}: {error}")
                        continue
                    if cells:
                        yield Row(line, cells)
        except OSError as error:
            raise ImportFileError(f"{self._path}: cannot be read: {error.strerror}.") from error
        except UnicodeError as error:
            name = self._mapping.encoding.removesuffix("-sig")
            raise ImportFileError(
                f"{self._path.name}: is not {name} text near line {line}: set encoding in the mapping."
            ) from error


def _positions(header: Row, mapping: CsvMapping, name: str) -> dict[str, int]:
    if header.problem:
        raise ImportFileError(f"{name}: the header {header.problem}.")
    titles = [title.strip() for title in header.cells]
    for column in dict.fromkeys(mapping.columns.values()):
        if column not in titles:
            raise ImportFileError(f"{name}: has no column {column!r}; it has {', '.join(titles)[:500]}.")
        if titles.count(column) > 1:
            raise ImportFileError(f"{name}: has {titles.count(column)} columns {column!r}: rename all but one.")
    return {title: position for position, title in enumerate(titles)}


class RowReader:
    """Turns rows into validated responses."""

    def __init__(self, mapping: CsvMapping, instrument: Instrument, catalogue: Catalogue, store: Store) -> None:
        self._mapping = mapping
        self._instrument = instrument
        self._catalogue = catalogue
        self._seen: Counter[bytes] = Counter()
        with store.reading() as connection:
            units = {unit.id: unit.program_id for unit in list_units(connection)}
            clinicians = list_clinicians(connection)
        by_program: dict[str, set[str]] = {}
        for each in clinicians:
            by_program.setdefault(units.get(each.unit_id, ""), set()).add(each.id)
        self._places = {
            unit: Place(DEVICE_ID, unit, frozenset(by_program.get(program, ()))) for unit, program in units.items()
        }

    def read(self, cells: Mapping[str, str]) -> tuple[Response, str]:
        """The response in a row's cells by column, with its payload; raises InvalidResponseError."""
        problems: list[FieldProblem] = []
        response_id = self._identity(cells, problems)
        document = self._document(cells, problems)
        unit = self._mapping.unit.read(cells.get(self._mapping.unit.column or "", ""))
        place = self._places.get(unit or "")
        if place is None:
            problems.append(FieldProblem("unit", f"{_short(unit or '')} is not a unit of the roster"))
        if problems or place is None:
            raise InvalidResponseError(problems)
        response = validate_response(
            document, response_id=response_id, catalogue=self._catalogue, place=place, now=datetime.now(UTC)
        )
        # A kiosk's unit is the device's; here it stands in the row, and a changed unit must show as a conflict.
        payload = {**document, "unit": place.unit_id}
        return replace(response, payload_sha256=payload_digest(payload)), json.dumps(payload)

    def _identity(self, cells: Mapping[str, str], problems: list[FieldProblem]) -> UUID:
        column = self._mapping.record_id
        if column is not None:
            record = cells[column].strip()
            if not record:
                problems.append(FieldProblem("record_id", "is blank"))
            return uuid5(NAMESPACE, json.dumps(["record", self._mapping.source, record]))
        content = json.dumps(["row", self._mapping.source, sorted(cells.items())])
        digest = hashlib.sha256(content.encode(errors="surrogatepass")).digest()[:16]
        self._seen[digest] += 1
        return uuid5(NAMESPACE, f"{digest.hex()} {self._seen[digest]}")

    def _document(self, cells: Mapping[str, str], problems: list[FieldProblem]) -> dict[str, Any]:
        mapping = self._mapping
        texts = {
            "respondent": mapping.respondent, "language": mapping.language, "mode": mapping.mode,
            "clinician": mapping.clinician, "comment": mapping.comment,
        }  # fmt: skip
        document: dict[str, Any] = {
            name: None if text is None else text.read(cells.get(text.column or "", "")) for name, text in texts.items()
        }
        about = {name: text.read(cells.get(text.column or "", "")) for name, text in mapping.about.items()}
        try:
            moment = mapping.time.read(cells[mapping.time.column]).isoformat()
        except (ValueError, OverflowError):
            moment = ""
            shown = _short(cells[mapping.time.column])
            problems.append(FieldProblem("finished_at", f"{shown} is no time of the form {mapping.time.format}"))
        answers = {
            item: self._answer(item, cells[each.column].strip(), problems) for item, each in mapping.items.items()
        }
        return document | {
            "instrument": mapping.instrument,
            "version": mapping.version,
            "about": {name: value for name, value in about.items() if value is not None},
            "answers": answers,
            "started_at": moment,
            "finished_at": moment,
        }

    def _answer(self, item: str, cell: str, problems: list[FieldProblem]) -> int | str:
        codes = self._mapping.codes_of(item)
        if cell in codes:
            return codes[cell]
        if not cell:
            return "skipped"
        if not codes:
            for level in self._instrument.scale.values:
                if cell == str(level):
                    return level
        problems.append(FieldProblem(f"answers.{item}", f"{_short(cell)} is not one of the codes"))
        return "skipped"


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def import_csv(
    store: Store,
    path: Path,
    mapping: CsvMapping,
    instrument: Instrument,
    *,
    dry_run: bool = False,
    on_reject: Callable[[Rejection], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Store a file's rows, in batches; a dry run counts the same and changes nothing.

    `on_reject` hears of everything that is wrong with a row, `on_progress` how many rows were done. Raises
    ImportFileError where nothing can be read; a file that cannot be read from its middle on is `stopped` in the report.
    """
    rows = CsvFile(path, mapping).rows()
    header = next(rows, None)
    if header is None:
        raise ImportFileError(f"{path.name}: is empty.")
    positions = _positions(header, mapping, path.name)
    reader = RowReader(mapping, instrument, store.catalogue, store)
    report = ImportReport()
    known: dict[UUID, str] = {}
    while True:
        batch: list[Row] = []
        try:
            for row in islice(rows, _BATCH):
                batch.append(row)
        except ImportFileError as error:
            report.stopped = str(error)
        valid = list(_read_batch(batch, positions, len(header.cells), reader, mapping, report, on_reject))
        for outcome in _judge(store, valid, known) if dry_run else _submit(store, valid):
            report.count(outcome)
        on_progress(len(batch))
        if not batch or report.stopped:
            return report


def _read_batch(
    batch: list[Row],
    positions: Mapping[str, int],
    width: int,
    reader: RowReader,
    mapping: CsvMapping,
    report: ImportReport,
    on_reject: Callable[[Rejection], None],
) -> Iterator[tuple[Response, str]]:
    columns = mapping.columns
    for row in batch:
        problem = row.problem
        if problem is None and len(row.cells) != width:
            problem = f"has {len(row.cells)} cells where the header has {width}"
        if problem is None and any("\0" in cell for cell in row.cells):
            problem = "has a NUL character"
        if problem is not None:
            report.rejected += 1
            on_reject(Rejection(row.line, "", problem))
            continue
        try:
            yield reader.read({title: row.cells[position] for title, position in positions.items()})
        except InvalidResponseError as error:
            report.rejected += 1
            for each in {(columns.get(each.field, each.field), each.problem): None for each in error.problems}:
                on_reject(Rejection(row.line, *each))


def _submit(store: Store, valid: list[tuple[Response, str]]) -> Iterator[Outcome]:
    yield from [future.result() for future in [store.submit(*each) for each in valid]]


def _judge(store: Store, valid: list[tuple[Response, str]], known: dict[UUID, str]) -> Iterator[Outcome]:
    with store.reading() as connection:
        ids = [response.id for response, _ in valid if response.id not in known]
        known |= stored_digests(connection, ids) if ids else {}
    for response, _payload in valid:
        first = known.setdefault(response.id, "")
        if not first:
            known[response.id] = response.payload_sha256
            yield Outcome.STORED
        else:
            yield Outcome.SAME if first == response.payload_sha256 else Outcome.CONFLICT
