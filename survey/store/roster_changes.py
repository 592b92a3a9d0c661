"""What a roster would change: the entries before and after, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from survey.roster import RosterRow
from survey.store.roster import apply_roster
from survey.store.schema import clinician, program, staff, unit

Key = tuple[str, str, str]  # kind, id, and of a lead the program
Entry = Mapping[str, str]


@dataclass(frozen=True)
class EntryChange:
    """One entry that is added, changed or retired; `changes` has the fields that differ, (before, after)."""

    what: Literal["added", "changed", "retired"]
    kind: str
    id: str
    changes: dict[str, tuple[str, str]]


def try_roster(connection: Connection, rows: Sequence[RosterRow], *, replace: bool = False) -> list[EntryChange]:
    """Apply a roster within the caller's transaction and tell what it changed; raises as `apply_roster` does."""
    before = read_entries(connection)
    apply_roster(connection, rows, replace=replace)
    return compare_entries(before, read_entries(connection))


def read_entries(connection: Connection) -> dict[Key, Entry]:
    """Every active entry of the roster, with the columns of a roster's file."""
    entries: dict[Key, Entry] = {}
    for row in connection.execute(select(program).where(program.c.active)):
        entries["program", row.id, ""] = {"name": row.name}
    for row in connection.execute(select(unit).where(unit.c.active)):
        entries["unit", row.id, ""] = {"name": row.name, "parent": row.program_id}
    for row in connection.execute(select(clinician).where(clinician.c.active)):
        entries["clinician", row.id, ""] = {
            "name": row.name, "parent": row.unit_id, "email": row.email or "", "stage": row.stage or "",
        }  # fmt: skip
    for row in connection.execute(select(staff).where(staff.c.active)):
        entries[row.role, row.id, row.program_id] = {"name": row.name, "email": row.email}
    return entries


def compare_entries(before: Mapping[Key, Entry], after: Mapping[Key, Entry]) -> list[EntryChange]:
    """The differences, by kind and id."""
    changes = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        differing = {
            name: (old.get(name, ""), new.get(name, ""))
            for name in (*old, *(name for name in new if name not in old))
            if old.get(name, "") != new.get(name, "")
        }
        what: Literal["added", "changed", "retired"] = (
            "added" if key not in before else "retired" if key not in after else "changed"
        )
        if differing or what != "changed":
            changes.append(EntryChange(what, key[0], key[1], differing))
    return changes
