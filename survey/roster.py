"""The roster: programs, units, clinicians and staff, as a person keeps them in a table with one row each."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = ("kind", "id", "name", "parent", "email", "stage")
KINDS: Final = ("program", "unit", "clinician", "lead", "moderator", "administrator")
STAFF_KINDS: Final = ("lead", "moderator", "administrator")
# What a row's parent must be: the kind named, or nothing at all.
PARENT_KIND: Final = {"unit": "program", "clinician": "unit", "lead": "program"}

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST_EMAIL: Final = 254  # as SMTP takes it


class RosterError(Exception):
    """A roster cannot be taken as it is; `problems` has one sentence for each bad row, with its row number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class RosterRow:
    """One row of a roster; `number` is its line in the file, the header being line 1."""

    number: int
    kind: str
    id: str
    name: str
    parent: str
    email: str
    stage: str


def read_roster(path: Path) -> list[RosterRow]:
    """The rows of a roster's CSV file; raises RosterError for a file that is no such CSV."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RosterError([f"{path}: cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise RosterError([f"{path.name}: is not UTF-8 text: save it as CSV UTF-8."]) from error
    return parse_roster(text)


def parse_roster(text: str) -> list[RosterRow]:
    """The rows of a roster's CSV text; raises RosterError with every problem that a row shows by itself."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RosterError([f"Row 1: the header must be {','.join(COLUMNS)}."])
        rows = [_row(reader.line_num, record) for record in reader]
    except csv.Error as error:
        raise RosterError([f"Row {reader.line_num + 1}: is not CSV: {error}."]) from error
    if not rows:
        raise RosterError(["The roster has no rows below its header."])
    problems = [problem for row in rows for problem in _row_problems(row)]
    problems += _doubled(rows)
    if problems:
        raise RosterError(problems)
    return rows


def _row(number: int, record: Mapping[str | None, object]) -> RosterRow:
    if None in record or any(value is None for value in record.values()):
        raise RosterError([f"Row {number}: has not {len(COLUMNS)} columns."])
    cells = {column: str(record[column]).strip() for column in COLUMNS}
    return RosterRow(number, **cells | {"email": cells["email"].lower()})


def _row_problems(row: RosterRow) -> Iterable[str]:
    if row.kind not in KINDS:
        yield f"Row {row.number}: kind {row.kind!r} is not one of {', '.join(KINDS)}."
        return
    if not _ID.fullmatch(row.id):
        yield f"Row {row.number}: id {row.id!r} must be 1 to 64 letters, digits, dots, dashes or underscores."
    if not row.name or len(row.name) > 200 or not row.name.isprintable():
        yield f"Row {row.number}: name must be 1 to 200 printable characters."
    if row.kind in PARENT_KIND and not row.parent:
        yield f"Row {row.number}: a {row.kind} needs the {PARENT_KIND[row.kind]} it belongs to in parent."
    if row.kind not in PARENT_KIND and row.parent:
        yield f"Row {row.number}: a {row.kind} has no parent; leave it empty."
    if row.kind in STAFF_KINDS and not row.email:
        yield f"Row {row.number}: a {row.kind} needs an e-mail address to sign in with."
    usable = _EMAIL.fullmatch(row.email) and row.email.isprintable() and len(row.email) <= _LONGEST_EMAIL
    if row.email and not usable:
        yield f"Row {row.number}: {row.email!r} is no e-mail address."
    if len(row.stage) > 40 or not row.stage.isprintable():
        yield f"Row {row.number}: stage must be at most 40 printable characters."
    elif row.stage and row.kind != "clinician":
        yield f"Row {row.number}: only a clinician has a stage of training."


def _doubled(rows: Iterable[RosterRow]) -> Iterable[str]:
    # A lead may stand once for each program; everyone else once.
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        keys: list[tuple[str, ...]] = [(row.kind, row.id, row.parent if row.kind == "lead" else "")]
        if row.kind == "clinician" and row.email:
            keys.append(("e-mail", row.email))
        for key in keys:
            if key in seen:
                yield f"Row {row.number}: {key[0]} {key[1]!r} is also in row {seen[key]}."
            seen.setdefault(key, row.number)
