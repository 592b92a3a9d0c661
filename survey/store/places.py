"""Where an answer comes from: the device or link behind a token, its unit, and who can be named there."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from survey.respondent import Mode
from survey.response import Place
from survey.store.devices import token_digest
from survey.store.links import is_link
from survey.store.schema import clinician, device, unit, visit_link

_home = unit.alias("home")
# Built once: putting the statement together costs more than running it, and every request of a device runs it.
_DEVICE: Final = (
    select(
        device.c.id,
        device.c.unit_id,
        device.c.kind,
        select(clinician.c.id)
        .join(_home, _home.c.id == clinician.c.unit_id)
        .where(clinician.c.id == bindparam("clinician_id"), _home.c.program_id == unit.c.program_id)
        .scalar_subquery()
        .label("clinician_id"),
    )
    .join(unit, unit.c.id == device.c.unit_id)
    .where(device.c.revoked_at.is_(None))
)
_BY_TOKEN: Final = _DEVICE.where(device.c.token_sha256 == bindparam("digest"))
_BY_LINK: Final = _DEVICE.join(visit_link, visit_link.c.device_id == device.c.id).where(
    visit_link.c.link_sha256 == bindparam("digest")
)


def find_place(connection: Connection, token: str, clinician_id: str | None) -> Place | None:
    """Where the device with this token or link stands, and whether the named clinician may be named there.

    A clinician counts as known in every unit of the device's program, so that an answer that waited on a tablet while
    the clinician moved to the next ward is not refused. A link that was used is found as well: the writer decides,
    since what it let in may be sent again.
    """
    link = is_link(token)
    digest = token_digest(token)
    asked = {"digest": digest, "clinician_id": clinician_id}
    row = connection.execute(_BY_LINK if link else _BY_TOKEN, asked).one_or_none()
    if row is None:
        return None
    mode: Mode | None = None if row.kind == "kiosk" else "own_device"
    return Place(row.id, row.unit_id, frozenset({row.clinician_id} - {None}), mode, digest if link else None)
