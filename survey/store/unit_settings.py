"""How a unit's kiosks ask: paused or not, how long they wait, whom to call, and the PIN of the staff menu."""

import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select

from survey.store.connection import StoreError, upsert
from survey.store.schema import unit, unit_setting

SETTING_COLUMNS: Final = [column for column in unit_setting.c if not column.primary_key]
PIN_ITERATIONS: Final = 600_000  # PBKDF2-HMAC-SHA256, as OWASP's password storage advice of 2023 has it
_PIN: Final = re.compile(r"\d{4,12}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]+)?")


@dataclass(frozen=True)
class Pin:
    """What is stored of a PIN; a kiosk checks it without the server."""

    salt: str
    iterations: int
    sha256: str


@dataclass(frozen=True)
class UnitSettings:
    """A unit's settings. `help_line` says, by language, whom to call for help now."""

    paused: bool = False
    idle_seconds: int = 60
    keep_partial: bool = False
    help_line: dict[str, str] = field(default_factory=dict)
    pin: Pin | None = None

    def document(self) -> dict[str, Any]:
        """The settings as a kiosk is told them."""
        return asdict(self) | {"help_line": self.help_line or None}


def hash_pin(pin: str) -> Pin:
    """What is stored of a PIN of 4 to 12 digits; StoreError for anything else."""
    if not _PIN.fullmatch(pin):
        raise StoreError("A PIN is 4 to 12 digits.")
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, PIN_ITERATIONS)
    return Pin(salt.hex(), PIN_ITERATIONS, digest.hex())


def read_unit_settings(connection: Connection, unit_id: str) -> UnitSettings:
    """A unit's settings; the defaults where none were made."""
    row = connection.execute(select(*SETTING_COLUMNS).where(unit_setting.c.unit_id == unit_id)).one_or_none()
    return UnitSettings() if row is None else settings_of(*row)


def settings_of(*row: Any) -> UnitSettings:
    """The settings in a row of SETTING_COLUMNS; the defaults where it is empty."""
    paused, idle_seconds, keep_partial, help_line, salt, iterations, sha256 = row
    if paused is None:
        return UnitSettings()
    pin = None if sha256 is None else Pin(salt, iterations, sha256)
    return UnitSettings(paused, idle_seconds, keep_partial, json.loads(help_line or "{}"), pin)


def keep_unit_settings(connection: Connection, unit_id: str, settings: UnitSettings) -> None:
    """Store a unit's settings; StoreError for an unknown unit or a value that cannot be."""
    if connection.execute(select(unit.c.id).where(unit.c.id == unit_id, unit.c.active)).one_or_none() is None:
        raise StoreError(f"Unit {unit_id!r} is not in the roster: import it first.")
    if not 15 <= settings.idle_seconds <= 600:
        raise StoreError("The idle time must be 15 to 600 seconds.")
    for language, text in settings.help_line.items():
        if not _LANGUAGE.fullmatch(language) or not 0 < len(text) <= 300 or not text.isprintable():
            raise StoreError("A help line is 1 to 300 printable characters for a language such as en.")
    pin = settings.pin
    values = {
        "paused": settings.paused,
        "idle_seconds": settings.idle_seconds,
        "keep_partial": settings.keep_partial,
        "help_line": json.dumps(settings.help_line, ensure_ascii=False) if settings.help_line else None,
        "pin_salt": pin and pin.salt,
        "pin_iterations": pin and pin.iterations,
        "pin_sha256": pin and pin.sha256,
    }
    statement = upsert(connection, unit_setting).values(unit_id=unit_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["unit_id"], set_=values))
