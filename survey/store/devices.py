"""Devices: registered kiosks, each bound to a unit by a token of which only a hash is stored."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from survey.response import Place
from survey.store.connection import StoreError
from survey.store.schema import clinician, device, unit

_PREFIX = "compati_"


@dataclass(frozen=True)
class Device:
    """A registered kiosk. Times are seconds since 1970."""

    id: str
    name: str
    unit_id: str
    created_at: int
    revoked_at: int | None


def token_digest(token: str) -> str:
    """What is stored of a token. It is 256 bits of chance, so a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_device(connection: Connection, unit_id: str, name: str) -> tuple[Device, str]:
    """Register a device and return it with its token, which cannot be had again; StoreError for an unknown unit."""
    known = connection.execute(select(unit.c.id).where(unit.c.id == unit_id, unit.c.active)).one_or_none()
    if known is None:
        raise StoreError(f"Unit {unit_id!r} is not in the roster: import it first.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise StoreError("A device's name must be 1 to 100 printable characters, such as 'Front desk'.")
    token = _PREFIX + secrets.token_urlsafe(32)
    added = Device(f"d-{secrets.token_hex(4)}", name.strip(), unit_id, int(time.time()), None)
    connection.execute(insert(device).values(**vars(added), token_sha256=token_digest(token)))
    return added, token


def list_devices(connection: Connection) -> list[Device]:
    """Every device, oldest first."""
    query = select(device).order_by(device.c.created_at, device.c.id)
    return [_device(row) for row in connection.execute(query).mappings()]


def revoke_device(connection: Connection, device_id: str) -> Device:
    """Take a device's right to send, at once; StoreError for an unknown one. Revoking twice changes nothing."""
    statement = update(device).where(device.c.id == device_id, device.c.revoked_at.is_(None))
    connection.execute(statement.values(revoked_at=int(time.time())))
    row = connection.execute(select(device).where(device.c.id == device_id)).mappings().one_or_none()
    if row is None:
        raise StoreError(f"Device {device_id!r} is not registered: see `python -m survey device list`.")
    return _device(row)


def find_device(connection: Connection, token: str) -> Device | None:
    """The device that has this token, unless it is revoked."""
    query = select(device).where(device.c.token_sha256 == token_digest(token), device.c.revoked_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _device(row)


_home = unit.alias("home")
# Built once: putting the statement together costs more than running it, and every request of a device runs it.
_PLACE: Final = (
    select(
        device.c.id,
        device.c.unit_id,
        select(clinician.c.id)
        .join(_home, _home.c.id == clinician.c.unit_id)
        .where(clinician.c.id == bindparam("clinician_id"), _home.c.program_id == unit.c.program_id)
        .scalar_subquery()
        .label("clinician_id"),
    )
    .join(unit, unit.c.id == device.c.unit_id)
    .where(device.c.token_sha256 == bindparam("digest"), device.c.revoked_at.is_(None))
)


def find_place(connection: Connection, token: str, clinician_id: str | None) -> Place | None:
    """Where the device with this token stands, and whether the named clinician may be named there.

    A clinician counts as known in every unit of the device's program, so that an answer that waited on a tablet while
    the clinician moved to the next ward is not refused.
    """
    row = connection.execute(_PLACE, {"digest": token_digest(token), "clinician_id": clinician_id}).one_or_none()
    if row is None:
        return None
    return Place(row.id, row.unit_id, frozenset({row.clinician_id} - {None}))


def _device(row: RowMapping) -> Device:
    return Device(**{name: row[name] for name in Device.__dataclass_fields__})
