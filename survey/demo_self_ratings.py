"""What the demo's invented clinicians and leads expect: mostly a little more than their invented patients feel."""

import random
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import numpy as np
from sqlalchemy import select

from survey.instrument import Instrument
from survey.store import Store
from survey.store.reading import Selection, read_tallies
from survey.store.roster import list_clinicians, list_units
from survey.store.schema import staff
from survey.store.self_ratings import Rater, keep_self_rating
from survey.tally import Tally, add_tallies

_SHARE: Final = 0.9  # of the clinicians say what they expect
_MONTHS_AGO: Final = 3
# On the levels' own scale: how much is expected above what is felt, and how people scatter around that.
_ABOVE: Final = 0.45
_SCATTER: Final = 0.35
_SKIPPED: Final = 0.03


def rate_demo(store: Store, seed: int, now: datetime) -> None:
    """Let most clinicians and all leads say what they expect, in a month that is over; again, the same."""
    instrument = store.catalogue.default
    chance = random.Random(f"self-ratings {seed}")  # noqa: S311  synthetic data, not secrets
    index = now.year * 12 + now.month - 1 - _MONTHS_AGO
    day = date(index // 12, index % 12 + 1, 15)
    with store.writing() as connection:
        units = {unit.id: unit.program_id for unit in list_units(connection)}
        clinicians = sorted(list_clinicians(connection), key=lambda each: each.id)
        felt = read_tallies(connection, Selection(instrument), by=("clinician_id",))
        raters = [Rater("clinician", each.id, units[each.unit_id]) for each in clinicians]
        by_program: dict[str, list[Tally]] = {program_id: [] for program_id in units.values()}
        for rater in raters:
            if (rater.person_id,) in felt:
                by_program[rater.program_id].append(felt[rater.person_id,])
        posts = connection.execute(select(staff.c.id, staff.c.program_id).where(staff.c.role == "lead"))
        leads = [Rater("lead", *row) for row in posts.all()]
        for rater in [*raters, *sorted(leads, key=lambda each: each.person_id)]:
            own = add_tallies(instrument, by_program[rater.program_id])
            if rater.role == "clinician":
                own = felt.get((rater.person_id,), own)
            levels = list(_expect(chance, instrument, own))
            if any(levels) and (rater.role == "lead" or chance.random() < _SHARE):
                keep_self_rating(connection, instrument, rater, levels, "en", day)


def _expect(chance: random.Random, instrument: Instrument, felt: Tally) -> Iterator[int | None]:
    values = np.array(instrument.scale.values)
    for counts in felt.levels:
        n = int(counts.sum())
        wanted = (float(counts @ values) / n if n else float(values.mean())) + chance.gauss(_ABOVE, _SCATTER)
        yield None if chance.random() < _SKIPPED else min(max(round(wanted), int(values[0])), int(values[-1]))
