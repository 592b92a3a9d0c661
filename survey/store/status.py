"""Counts that tell whether the store is in order."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from survey.store.outbox import DUE
from survey.store.schema import clinician, device, outbox, program, response, response_conflict, response_flag, unit
from survey.store.schema import tally_cell as cell
from survey.store.schema import tally_score as score


@dataclass(frozen=True)
class StoreStatus:
    """How much of everything is stored. `tallies_n` equals `responses` when the tallies are in order."""

    responses: int
    conflicts: int
    outbox: int
    outbox_due: int
    tallies_n: int
    programs: int
    units: int
    clinicians: int
    devices: int
    devices_revoked: int
    flagged_too_fast: int
    flagged_repeated: int


def read_status(connection: Connection) -> StoreStatus:
    """Count everything, in one query."""

    def count(column: object, *conditions: object) -> object:
        return select(func.count()).select_from(column).where(*conditions).scalar_subquery()  # type: ignore[arg-type]

    tallied = (
        select(func.coalesce(func.sum(score.c.c), 0))
        .join(cell, cell.c.id == score.c.cell_id)
        .where(cell.c.level == "unit")
    )
    row = connection.execute(
        select(
            count(response),
            count(response_conflict),
            count(outbox),
            count(outbox, outbox.c.state == DUE),
            tallied.scalar_subquery(),
            count(program, program.c.active),
            count(unit, unit.c.active),
            count(clinician, clinician.c.active),
            count(device, device.c.revoked_at.is_(None)),
            count(device, device.c.revoked_at.is_not(None)),
            count(response_flag, response_flag.c.flag == "too_fast"),
            count(response_flag, response_flag.c.flag == "repeated"),
        )  # type: ignore[call-overload]
    ).one()
    return StoreStatus(*map(int, row))
