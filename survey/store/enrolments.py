"""One-time codes that register a device: typed or scanned, so that no token is ever in an address or a log."""

import hashlib
import secrets
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from survey.store.connection import StoreError
from survey.store.devices import Device, add_device
from survey.store.schema import enrolment, unit

MINUTES: Final = 15
# Without letters and digits that look alike. Eight of 30 are 39 bits: with the limit on tries nobody guesses in time.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 8
_KEPT_SECONDS: Final = 86_400


class UnknownCodeError(StoreError):
    """There is no such code."""


class SpentCodeError(StoreError):
    """This code was used, or its time is over."""


def make_code(connection: Connection, unit_id: str, name: str, now: int) -> str:
    """A new code such as 7K3M-Q9TD for one device of a unit; StoreError for an unknown unit or a bad name."""
    if connection.execute(select(unit.c.id).where(unit.c.id == unit_id, unit.c.active)).one_or_none() is None:
        raise StoreError(f"Unit {unit_id!r} is not in the roster: import it first.")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise StoreError("A device's name must be 1 to 100 printable characters, such as 'Front desk'.")
    connection.execute(delete(enrolment).where(enrolment.c.expires_at < now - _KEPT_SECONDS))
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    values = {"unit_id": unit_id, "name": name.strip(), "expires_at": now + MINUTES * 60, "used_at": None}
    connection.execute(insert(enrolment).values(code_sha256=_digest(code), **values))
    return f"{code[:4]}-{code[4:]}"


def redeem_code(connection: Connection, code: str, now: int) -> tuple[Device, str]:
    """Register the device that a code was made for; returns it with its token. A code works once, for one of many.

    Raises UnknownCodeError and SpentCodeError.
    """
    mine = enrolment.c.code_sha256 == _digest(code)
    taken = connection.execute(
        update(enrolment)
        .where(mine, enrolment.c.used_at.is_(None), enrolment.c.expires_at >= now)
        .values(used_at=now)
        .returning(enrolment.c.unit_id, enrolment.c.name)
    ).one_or_none()
    if taken is not None:
        return add_device(connection, taken.unit_id, taken.name)
    if connection.execute(select(enrolment.c.used_at).where(mine)).one_or_none() is None:
        raise UnknownCodeError("This code is not known.")
    raise SpentCodeError("This code was used, or its time is over: make a new one.")


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").strip().upper().encode()).hexdigest()
