"""What a kiosk is told before each patient: its device, its unit and how that asks, and whom one can name there."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, bindparam, case, select

from survey.store.devices import Device, token_digest
from survey.store.links import is_link, require_open
from survey.store.prepared import PreparedRead
from survey.store.schema import clinician, device, store_fact, unit, unit_setting, visit_link
from survey.store.unit_settings import SETTING_COLUMNS, UnitSettings, settings_of

_DEVICE_COLUMNS: Final = [device.c[name] for name in Device.__dataclass_fields__]
_SETTINGS: Final = len(_DEVICE_COLUMNS)
_OTHERS: Final = _SETTINGS + len(SETTING_COLUMNS)
_ASKING: Final = (
    select(
        *_DEVICE_COLUMNS,
        *SETTING_COLUMNS,
        case((unit.c.active, unit.c.name)).label("unit_name"),
        select(store_fact.c.value).where(store_fact.c.key == "demo").scalar_subquery().label("demo"),
    )
    .join(unit, unit.c.id == device.c.unit_id)
    .outerjoin(unit_setting, unit_setting.c.unit_id == device.c.unit_id)
    .where(device.c.revoked_at.is_(None))
)
_BY_TOKEN: Final = _ASKING.where(device.c.token_sha256 == bindparam("digest"))
_BY_LINK: Final = (
    _ASKING.add_columns(visit_link.c.answered, visit_link.c.expires_at)
    .join(visit_link, visit_link.c.device_id == device.c.id)
    .where(visit_link.c.link_sha256 == bindparam("digest"))
)
_CLINICIANS: Final = (
    select(clinician.c.id, clinician.c.name)
    .where(clinician.c.active, clinician.c.unit_id == bindparam("unit_id"))
    .order_by(clinician.c.name, clinician.c.id)
)


@dataclass(frozen=True)
class Kiosk:
    """What a kiosk is told. `clinicians` are (id, name) of its unit, by name."""

    device: Device
    unit_name: str
    settings: UnitSettings
    is_demo: bool
    clinicians: list[tuple[str, str]]


class KioskFinder:
    """Finds what the device with a token is told. It asks the store each time, so a change counts at once."""

    def __init__(self, engine: Engine) -> None:
        self._by_token = PreparedRead(engine, _BY_TOKEN)
        self._by_link = PreparedRead(engine, _BY_LINK)
        self._clinicians = PreparedRead(engine, _CLINICIANS)

    def find(self, token: str, now: int) -> Kiosk | None:
        """What the device with this token or open link is told; raises LinkGoneError for one used or expired."""
        read = self._by_link if is_link(token) else self._by_token
        for row in read.rows(digest=token_digest(token)):
            of_device, of_settings, (unit_name, demo, *link) = row[:_SETTINGS], row[_SETTINGS:_OTHERS], row[_OTHERS:]
            if link:
                answered, expires_at = link
                require_open(answered, expires_at, now)
            found = Device(*of_device)
            clinicians = [(each, name) for each, name in self._clinicians.rows(unit_id=found.unit_id)]
            return Kiosk(found, unit_name or found.unit_id, settings_of(*of_settings), demo is not None, clinicians)
        return None

    def close(self) -> None:
        """Let go of the database."""
        for read in (self._by_token, self._by_link, self._clinicians):
            read.close()
