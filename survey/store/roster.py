"""The roster as stored: applied whole or not at all, and read back for kiosks and reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select, tuple_, update

from survey.roster import PARENT_KIND, STAFF_KINDS, RosterError, RosterRow
from survey.store.connection import upsert
from survey.store.schema import clinician, program, staff, unit

_TABLES = {"program": program, "unit": unit, "clinician": clinician}


@dataclass(frozen=True)
class Program:
    """A program: what a lead leads."""

    id: str
    name: str


@dataclass(frozen=True)
class Unit:
    """A unit of a program: where devices stand."""

    id: str
    name: str
    program_id: str


@dataclass(frozen=True)
class Clinician:
    """A clinician of a unit, with the stage of training where one was given."""

    id: str
    name: str
    unit_id: str
    stage: str | None


@dataclass(frozen=True)
class RosterChange:
    """How many entries of each kind a roster brought, and how many were set aside as no longer in it."""

    taken: dict[str, int]
    retired: int


def apply_roster(connection: Connection, rows: Sequence[RosterRow], *, replace: bool = False) -> RosterChange:
    """Add or change what the rows name; with `replace`, retire what they do not name. Nothing is ever deleted.

    Raises RosterError, naming rows, when a parent is neither in the rows nor, unless they replace everything, active in
    the store; the caller's transaction then rolls back, so a bad roster changes nothing.
    """
    retired = _retire_others(connection, rows) if replace else 0
    _check_parents(connection, rows)
    _check_emails(connection, rows)
    for kind, table in _TABLES.items():
        _put(connection, table, [_entity(row) for row in rows if row.kind == kind])
    _put(connection, staff, [_staff(row) for row in rows if row.kind in STAFF_KINDS])
    taken = {kind: sum(row.kind == kind for row in rows) for kind in (*_TABLES, *STAFF_KINDS)}
    return RosterChange(taken, retired)


def _check_parents(connection: Connection, rows: Sequence[RosterRow]) -> None:
    problems = []
    for parent_kind in sorted(set(PARENT_KIND.values())):
        table = _TABLES[parent_kind]
        known = set(connection.execute(select(table.c.id).where(table.c.active)).scalars())
        known |= {row.id for row in rows if row.kind == parent_kind}
        problems += [
            f"Row {row.number}: {parent_kind} {row.parent!r} of {row.kind} {row.id!r} is unknown or retired."
            for row in rows
            if PARENT_KIND.get(row.kind) == parent_kind and row.parent not in known
        ]
    if problems:
        raise RosterError(problems)


def _check_emails(connection: Connection, rows: Sequence[RosterRow]) -> None:
    changed = [row.id for row in rows if row.kind == "clinician"]
    query = select(clinician.c.email, clinician.c.id).where(
        clinician.c.email.is_not(None), clinician.c.active, clinician.c.id.not_in(changed)
    )
    owners = {row.email: row.id for row in connection.execute(query)}
    problems = [
        f"Row {row.number}: {row.email!r} already signs in clinician {owners[row.email]!r}."
        for row in rows
        if row.kind == "clinician" and row.email in owners and owners[row.email] != row.id
    ]
    if problems:
        raise RosterError(problems)


def _retire_others(connection: Connection, rows: Sequence[RosterRow]) -> int:
    retired = 0
    for kind, table in _TABLES.items():
        named = [row.id for row in rows if row.kind == kind]
        retired += connection.execute(
            update(table).where(table.c.active, table.c.id.not_in(named)).values(active=False)
        ).rowcount
    posts = [(row.kind, row.id, row.parent) for row in rows if row.kind in STAFF_KINDS]
    others = tuple_(staff.c.role, staff.c.id, staff.c.program_id).not_in(posts)
    return retired + connection.execute(update(staff).where(staff.c.active, others).values(active=False)).rowcount


def _entity(row: RosterRow) -> dict[str, object]:
    values: dict[str, object] = {"id": row.id, "name": row.name, "active": True}
    if row.kind == "unit":
        values["program_id"] = row.parent
    if row.kind == "clinician":
        values |= {"unit_id": row.parent, "email": row.email or None, "stage": row.stage or None}
    return values


def _staff(row: RosterRow) -> dict[str, object]:
    return {
        "role": row.kind, "id": row.id, "program_id": row.parent, "name": row.name, "email": row.email, "active": True,
    }  # fmt: skip


def _put(connection: Connection, table: Table, values: Iterable[dict[str, object]]) -> None:
    rows = list(values)
    if not rows:
        return
    statement = upsert(connection, table)
    key = {column.name for column in table.primary_key}
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), rows)


def list_programs(connection: Connection) -> list[Program]:
    """Active programs by name."""
    query = select(program.c.id, program.c.name).where(program.c.active).order_by(program.c.name, program.c.id)
    return [Program(*row) for row in connection.execute(query)]


def list_units(connection: Connection, program_ids: Iterable[str] | None = None) -> list[Unit]:
    """Active units by name, of these programs or of all."""
    query = select(unit.c.id, unit.c.name, unit.c.program_id).where(unit.c.active).order_by(unit.c.name, unit.c.id)
    if program_ids is not None:
        query = query.where(unit.c.program_id.in_(list(program_ids)))
    return [Unit(*row) for row in connection.execute(query)]


def list_clinicians(connection: Connection, unit_ids: Iterable[str] | None = None) -> list[Clinician]:
    """Active clinicians by name, of these units or of all."""
    columns = (clinician.c.id, clinician.c.name, clinician.c.unit_id, clinician.c.stage)
    query = select(*columns).where(clinician.c.active).order_by(clinician.c.name, clinician.c.id)
    if unit_ids is not None:
        query = query.where(clinician.c.unit_id.in_(list(unit_ids)))
    return [Clinician(*row) for row in connection.execute(query)]


def find_clinician(connection: Connection, clinician_id: str) -> Clinician | None:
    """The clinician with this id, retired ones included, or None."""
    columns = (clinician.c.id, clinician.c.name, clinician.c.unit_id, clinician.c.stage)
    row = connection.execute(select(*columns).where(clinician.c.id == clinician_id)).one_or_none()
    return None if row is None else Clinician(*row)
