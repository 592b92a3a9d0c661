"""A believable program of synthetic data: seeded, labelled, and put through the same validation as real answers.

Units and clinicians differ, most answers are at the ceiling, some are missing, and two units really improve.
Nobody in it exists.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from survey.demo_comments import invent_comment, moderate_demo
from survey.demo_self_ratings import rate_demo
from survey.instrument import Catalogue
from survey.respondent import ABOUT, PREFER_NOT
from survey.response import Place, Response, validate_response
from survey.roster import RosterRow
from survey.store import Store, StoreError
from survey.store.declines import Decline, add_declines
from survey.store.devices import add_device, list_devices
from survey.store.reading import Selection, read_tallies
from survey.store.roster import apply_roster
from survey.store.schema import program, response, store_fact

MONTHS: Final = 18
STAGES: Final = ("student", "intern", "resident", "fellow", "attending")
UNITS: Final = {
    "Medicine": ("Cardiology", "General medicine", "Geriatrics", "Oncology"),
    "Acute care": ("Emergency", "Intensive care", "Surgery", "Orthopaedics"),
    "Community": ("Family practice", "Paediatrics", "Women's health", "Mental health"),
}
IMPROVING: Final = ("Emergency", "Geriatrics")
CLINICIANS_PER_UNIT: Final = 5
# How willingly each item is answered at a high level, and the steps between levels, on the latent scale.
_EASE: Final = (-0.25, 0.0, 0.1, 0.15, 0.2)
_STEPS: Final = (-2.6, -1.6, -0.35)
_DAYS: Final = 30 * MONTHS
_BATCH: Final = 5_000
_UNFINISHED: Final = "demo_unfinished"


@dataclass(frozen=True)
class DemoPlan:
    """What a demo is made from: the same plan makes the same answers."""

    seed: int
    responses: int
    now: datetime


@dataclass(frozen=True)
class _Clinician:
    id: str
    unit_id: str
    warmth: float
    weight: float


@dataclass(frozen=True)
class _Unit:
    id: str
    name: str
    program_id: str
    warmth: float
    weight: float
    device_id: str = ""


def create_demo(store: Store, *, seed: int, responses: int, now: datetime) -> int:
    """Fill an empty store with `responses` synthetic responses ending at `now`; returns how many were stored.

    A demo that was killed on the way is finished as it was begun. Raises StoreError when the store has a roster or
    responses of its own: demo data never stand beside real ones.
    """
    with store.writing() as connection:
        plan = unfinished_demo(connection)
        if plan is None:
            _require_empty(connection)
            plan = DemoPlan(seed, responses, now)
            _note_plan(connection, plan)
    chance = random.Random(plan.seed)  # noqa: S311  synthetic data, not secrets
    units, clinicians = _people(chance)
    with store.writing() as connection:
        apply_roster(connection, _roster(units, clinicians))
        devices = {each.unit_id: each.id for each in list_devices(connection)}
        for unit in units:
            if unit.id not in devices:
                devices[unit.id] = add_device(connection, unit.id, f"{unit.name} tablet")[0].id
    made = _responses(chance, units, clinicians, devices, store.catalogue, plan.responses, plan.now)
    stored = 0
    # Few at a time: the writer's queue is not endless.
    while batch := [store.submit(each, "") for each in islice(made, _BATCH)]:
        stored += len([outcome.result() for outcome in batch])
    moderate_demo(store, plan.now)
    rate_demo(store, plan.seed, plan.now)
    with store.writing() as connection:
        add_declines(connection, _declines(store, units, plan))
        connection.execute(delete(store_fact).where(store_fact.c.key == _UNFINISHED))
    return stored


def _declines(store: Store, units: Sequence[_Unit], plan: DemoPlan) -> list[Decline]:
    """Who said no: about as many for each answer on a tablet as the unit has of them, in each month."""
    chance = random.Random(f"declines {plan.seed}")  # noqa: S311
    default = store.catalogue.default
    with store.reading() as connection:
        answered = read_tallies(
            connection, Selection(default, modes=frozenset({"kiosk"})), by=("unit_id", "month"), items=False
        )
    found = []
    for unit in units:
        share = chance.uniform(0.1, 0.5)
        for month, n in sorted((month, tally.n) for (unit_id, month), tally in answered.items() if unit_id == unit.id):
            for _ in range(sum(chance.random() < share for _ in range(n))):
                uuid = UUID(int=chance.getrandbits(128), version=4)
                found.append(Decline(uuid, unit.id, default.id, default.version, "en", "kiosk", month))
    return found


def unfinished_demo(connection: Connection) -> DemoPlan | None:
    """The plan of a demo that was begun and not finished, or None."""
    query = select(store_fact.c.value).where(store_fact.c.key == _UNFINISHED)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        return None
    seed, responses, now = text.split()
    return DemoPlan(int(seed), int(responses), datetime.fromisoformat(now))


def _note_plan(connection: Connection, plan: DemoPlan) -> None:
    text = f"{plan.seed} {plan.responses} {plan.now.isoformat()}"
    facts = {"demo": str(plan.seed), _UNFINISHED: text}
    connection.execute(insert(store_fact), [{"key": key, "value": value} for key, value in facts.items()])


def _require_empty(connection: Connection) -> None:
    for table in (response, program):
        if connection.execute(select(table.c.id).limit(1)).first() is not None:
            raise StoreError("The store is not empty: demo data go into a store of their own, see DATABASE_URL.")


def _people(chance: random.Random) -> tuple[list[_Unit], list[_Clinician]]:
    units: list[_Unit] = []
    clinicians: list[_Clinician] = []
    for program_id, names in zip(("p-1", "p-2", "p-3"), UNITS.values(), strict=True):
        for name in names:
            unit = _Unit(
                f"u-{len(units) + 1:02d}", name, program_id, chance.gauss(0, 0.25), chance.lognormvariate(0, 0.6)
            )
            units.append(unit)
            for _ in range(CLINICIANS_PER_UNIT):
                number = len(clinicians) + 1
                clinicians.append(
                    _Clinician(f"c-{number:04d}", unit.id, chance.gauss(0, 0.3), chance.lognormvariate(0, 0.9))
                )
    return units, clinicians


def _roster(units: Sequence[_Unit], clinicians: Sequence[_Clinician]) -> list[RosterRow]:
    def row(kind: str, entry: str, name: str, parent: str = "", email: str = "", stage: str = "") -> RosterRow:
        return RosterRow(0, kind, entry, name, parent, email, stage)

    programs = [row("program", f"p-{place}", name) for place, name in enumerate(UNITS, start=1)]
    leads = [
        row("lead", f"l-{place}", f"Lead of {name}", f"p-{place}", f"lead-{place}@demo.invalid")
        for place, name in enumerate(UNITS, start=1)
    ]
    others = [
        row("administrator", "a-1", "Administrator", email="administrator@demo.invalid"),
        row("moderator", "m-1", "Moderator", email="moderator@demo.invalid"),
    ]
    people = [
        row(
            "clinician", each.id, f"Clinician {each.id[-2:]}", each.unit_id,
            f"clinician-{each.id[-2:]}@demo.invalid", STAGES[place % len(STAGES)],
        )
        for place, each in enumerate(clinicians)
    ]  # fmt: skip
    return [*programs, *(row("unit", unit.id, unit.name, unit.program_id) for unit in units), *leads, *others, *people]


def _responses(
    chance: random.Random,
    units: Sequence[_Unit],
    clinicians: Sequence[_Clinician],
    devices: dict[str, str],
    catalogue: Catalogue,
    count: int,
    now: datetime,
) -> Iterator[Response]:
    known = frozenset(each.id for each in clinicians)
    # A chance of their own, so that answers are the same with comments and without.
    talk = random.Random(f"comments {count}")  # noqa: S311
    by_id = {unit.id: unit for unit in units}
    weights = [each.weight * by_id[each.unit_id].weight for each in clinicians]
    for clinician in chance.choices(clinicians, weights, k=count):
        unit = by_id[clinician.unit_id]
        age = chance.uniform(0, _DAYS)
        # An improvement that starts in the middle and is complete six months later.
        gain = 0.7 * min(max((_DAYS / 2 - age) / 180, 0), 1) if unit.name in IMPROVING else 0.0
        trait = 0.35 + unit.warmth + clinician.warmth + gain + chance.gauss(0, 0.9)
        document = _document(chance, clinician, trait, now - timedelta(days=age))
        document["comment"] = invent_comment(talk, trait, document["language"])
        yield validate_response(
            document,
            response_id=UUID(int=chance.getrandbits(128), version=4),
            catalogue=catalogue,
            place=Place(devices[unit.id], unit.id, known),
            now=now,
        )


def _document(chance: random.Random, clinician: _Clinician, trait: float, finished: datetime) -> dict[str, Any]:
    seconds = min(max(chance.lognormvariate(4.1, 0.5), 12), 1_200)
    about = {
        field: PREFER_NOT if chance.random() < 0.08 else chance.choice(values)
        for field, values in ABOUT.items()
        if chance.random() < 0.7
    }
    return {
        "instrument": "compassion-5",
        "version": "2019",
        "language": "es" if chance.random() < 0.15 else "en",
        "mode": "own_device" if chance.random() < 0.2 else "kiosk",
        "respondent": chance.choices(("patient", "proxy", "assisted"), (86, 8, 6))[0],
        "clinician": None if chance.random() < 0.06 else clinician.id,
        "answers": _answers(chance, trait),
        "comment": None,
        "about": about,
        "started_at": (finished - timedelta(seconds=seconds)).astimezone(UTC).isoformat(),
        "finished_at": finished.astimezone(UTC).isoformat(),
    }


def _answers(chance: random.Random, trait: float) -> dict[str, int | str]:
    reached = len(_EASE) if chance.random() > 0.03 else chance.randint(1, len(_EASE) - 1)
    answers: dict[str, int | str] = {}
    for slot, ease in enumerate(_EASE):
        draw = chance.random()
        if slot >= reached:
            answer: int | str = "not_reached"
        elif draw < 0.02:
            answer = "skipped"
        elif draw < (0.07 if slot in (0, 2) else 0.03):
            answer = "not_applicable"
        elif draw < 0.035:
            answer = "prefer_not"
        else:
            latent = trait + ease + chance.gauss(0, 0.75)
            answer = 1 + sum(latent > step for step in _STEPS)
        answers[f"q{slot + 1}"] = answer
    return answers
