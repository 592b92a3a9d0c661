"""Who may see what. Every staff page and every report asks here, and nothing else decides.

Roles: device (a kiosk, see `survey.store.devices`), clinician (own results), lead (units of own programs), moderator
(comments), administrator (set-up, never individual comments by default). A person may have several.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from survey.store.schema import clinician, program, staff, store_fact, unit
from survey.store.self_ratings import Rater

Role = Literal["clinician", "lead", "moderator", "administrator"]


class AccessDeniedError(Exception):
    """This viewer may not see or do this."""


@dataclass(frozen=True)
class Viewer:
    """A signed-in person and what the roster says of them. A viewer without roles sees nothing."""

    email: str
    name: str
    clinician_id: str | None = None
    leads: frozenset[str] = frozenset()
    moderates: bool = False
    administers: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles this viewer has."""
        held: dict[Role, bool] = {
            "clinician": self.clinician_id is not None,
            "lead": bool(self.leads),
            "moderator": self.moderates,
            "administrator": self.administers,
        }
        return frozenset(role for role, has in held.items() if has)


def find_viewer(connection: Connection, email: str) -> Viewer:
    """The viewer behind a verified e-mail address, by the active roster; without roles when it is not in there."""
    address = email.strip().lower()
    own = connection.execute(
        select(clinician.c.id, clinician.c.name).where(clinician.c.email == address, clinician.c.active)
    ).first()
    query = select(staff).where(staff.c.email == address, staff.c.active)
    posts = connection.execute(query).all()
    names = [row.name for row in (own, *posts) if row is not None]
    return Viewer(
        email=address,
        name=names[0] if names else address,
        clinician_id=own.id if own is not None else None,
        leads=frozenset(post.program_id for post in posts if post.role == "lead"),
        moderates=any(post.role == "moderator" for post in posts),
        administers=any(post.role == "administrator" for post in posts),
    )


def find_clinicians_with_posts(connection: Connection) -> frozenset[str]:
    """The clinicians who lead, moderate or administer as well, and see their own results beside what the post shows."""
    query = select(clinician.c.id).join(staff, staff.c.email == clinician.c.email)
    return frozenset(connection.execute(query.where(clinician.c.active, staff.c.active)).scalars())


def require_role(viewer: Viewer, *roles: Role) -> None:
    """Raise AccessDeniedError unless the viewer has one of these roles."""
    if not viewer.roles.intersection(roles):
        raise AccessDeniedError(f"This needs the role {' or '.join(roles)}; ask an administrator for it.")


def require_own_results(viewer: Viewer, clinician_id: str) -> None:
    """Raise AccessDeniedError unless these are the viewer's own results."""
    if viewer.clinician_id is None or viewer.clinician_id != clinician_id:
        raise AccessDeniedError("A clinician's results are shown to that clinician only.")


def require_program(viewer: Viewer, program_id: str) -> None:
    """Raise AccessDeniedError unless the viewer leads this program."""
    if program_id not in viewer.leads:
        raise AccessDeniedError(f"Units of program {program_id!r} are shown to its leads only.")


def clinician_as_rater(connection: Connection, viewer: Viewer) -> Rater:
    """The viewer as who says what their own patients feel; raises AccessDeniedError unless they are a clinician.

    A rating is written and read back through its rater only, so that nobody has another person's.
    """
    if viewer.clinician_id is None:
        raise AccessDeniedError("What patients of one's own feel is said by clinicians.")
    query = select(unit.c.program_id).join(clinician, clinician.c.unit_id == unit.c.id)
    program_id = connection.execute(query.where(clinician.c.id == viewer.clinician_id)).scalar_one()
    return Rater("clinician", viewer.clinician_id, program_id)


def lead_as_rater(connection: Connection, viewer: Viewer, program_id: str) -> Rater:
    """The viewer as who says what a program's patients feel; raises AccessDeniedError unless they lead it."""
    require_program(viewer, program_id)
    mine = (staff.c.email == viewer.email, staff.c.active, staff.c.role == "lead", staff.c.program_id == program_id)
    # Whoever is in the roster twice is one person all the same.
    query = select(staff.c.id).where(*mine).order_by(staff.c.id).limit(1)
    return Rater("lead", connection.execute(query).scalar_one(), program_id)


@dataclass(frozen=True)
class Persona:
    """Someone in a demo store whom a visitor may be for a while."""

    email: str
    name: str
    role: Role
    place: str


def list_personas(connection: Connection) -> list[Persona]:
    """The personas of a demo store, staff first; raises AccessDeniedError in any other store."""
    if connection.execute(select(store_fact.c.value).where(store_fact.c.key == "demo")).first() is None:
        raise AccessDeniedError("Personas exist in a demo store only.")
    posts = select(staff.c.email, staff.c.name, staff.c.role, program.c.name).outerjoin(
        program, program.c.id == staff.c.program_id
    )
    people = select(clinician.c.email, clinician.c.name, unit.c.name).join(unit, unit.c.id == clinician.c.unit_id)
    personas = [
        Persona(row[0], row[1], row[2], row[3] or "")
        for row in connection.execute(posts.where(staff.c.active).order_by(staff.c.role, staff.c.id))
    ]
    shown = people.where(clinician.c.active, clinician.c.email.is_not(None)).order_by(clinician.c.id)
    return personas + [Persona(row[0], row[1], "clinician", row[2]) for row in connection.execute(shown)]
