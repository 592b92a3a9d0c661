"""Where an answer comes from: the device or link behind a token, its unit, and who can be named there."""

from typing import Final

from sqlalchemy import Engine, bindparam, select

from survey.respondent import Mode
from survey.response import Place
from survey.store.devices import token_digest
from survey.store.links import is_link
from survey.store.prepared import PreparedRead
from survey.store.schema import clinician, device, unit, visit_link

_home = unit.alias("home")
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


class PlaceFinder:
    """Finds where answers come from. It asks the store each time: a device that is revoked is refused at once."""

    def __init__(self, engine: Engine) -> None:
        self._by_token = PreparedRead(engine, _BY_TOKEN)
        self._by_link = PreparedRead(engine, _BY_LINK)

    def find(self, token: str, clinician_id: str | None) -> Place | None:
        """Where the device with this token or link stands, and whether the named clinician may be named there.

        A clinician counts as known in every unit of the device's program, so that an answer that waited on a tablet
        while the clinician moved to the next ward is not refused. A link that was used is found as well: the writer
        decides, since what it let in may be sent again.
        """
        link = is_link(token)
        digest = token_digest(token)
        read = self._by_link if link else self._by_token
        for device_id, unit_id, kind, known_id in read.rows(digest=digest, clinician_id=clinician_id):
            mode: Mode | None = None if kind == "kiosk" else "own_device"
            return Place(device_id, unit_id, frozenset({known_id} - {None}), mode, digest if link else None)
        return None

    def close(self) -> None:
        """Let go of the database."""
        self._by_token.close()
        self._by_link.close()
