"""Devices: what answers come from, each bound to a unit by a token of which only a hash is stored.

A kiosk is a tablet. A poster is a code on the wall that any number of phones may scan. Letters are a batch of
single-use links (see `survey.store.links`); nobody has that device's own token.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, RowMapping, insert, select, update

from survey.store.connection import StoreError
from survey.store.schema import device, unit

DeviceKind = Literal["kiosk", "poster", "letters"]

_PREFIX: Final = "compati_"


@dataclass(frozen=True)
class Device:
    """A registered device. Times are seconds since 1970."""

    id: str
    name: str
    unit_id: str
    created_at: int
    revoked_at: int | None
    kind: DeviceKind = "kiosk"

    @property
    def is_own_phone(self) -> bool:
        """Whether people answer through it on their own phones."""
        return self.kind != "kiosk"


def token_digest(token: str) -> str:
    """What is stored of a token. It is 256 bits of chance, so a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_device(connection: Connection, unit_id: str, name: str, kind: DeviceKind = "kiosk") -> tuple[Device, str]:
    """Register a device and return it with its token, which cannot be had again; StoreError for an unknown unit."""
    known = connection.execute(select(unit.c.id).where(unit.c.id == unit_id, unit.c.active)).one_or_none()
    if known is None:
        raise StoreError(f"Unit {unit_id!r} is not in the roster: import it first.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise StoreError("A device's name must be 1 to 100 printable characters, such as 'Front desk'.")
    token = _PREFIX + secrets.token_urlsafe(32)
    added = Device(f"d-{secrets.token_hex(4)}", name.strip(), unit_id, int(time.time()), None, kind)
    connection.execute(insert(device).values(**vars(added), token_sha256=token_digest(token)))
    return added, token


def list_devices(connection: Connection) -> list[Device]:
    """Every device, oldest first."""
    query = select(device).order_by(device.c.created_at, device.c.id)
    return [device_from_row(row) for row in connection.execute(query).mappings()]


def revoke_device(connection: Connection, device_id: str) -> Device:
    """Take a device's right to send, at once; StoreError for an unknown one. Revoking twice changes nothing."""
    statement = update(device).where(device.c.id == device_id, device.c.revoked_at.is_(None))
    connection.execute(statement.values(revoked_at=int(time.time())))
    row = connection.execute(select(device).where(device.c.id == device_id)).mappings().one_or_none()
    if row is None:
        raise StoreError(f"Device {device_id!r} is not registered: see `python -m survey device list`.")
    return device_from_row(row)


def find_device(connection: Connection, token: str) -> Device | None:
    """The device that has this token, unless it is revoked."""
    query = select(device).where(device.c.token_sha256 == token_digest(token), device.c.revoked_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else device_from_row(row)


def device_from_row(row: RowMapping) -> Device:
    """The device in a row that has its columns."""
    return Device(**{name: row[name] for name in Device.__dataclass_fields__})
