"""A store with the tallies of millions of synthetic responses, as their commits would have left them, and no rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.synthetic import CLINICIANS, MONTHS, UNITS, Columns
from survey.instrument import Instrument
from survey.respondent import ABOUT
from survey.roster import RosterRow
from survey.store import Store
from survey.store.roster import apply_roster
from survey.store.tallies import CellKey, TallyKeeper, cells_of
from survey.tally_columns import Answers, count_adjusters, count_groups

MODES = ("kiosk", "own_device")
RESPONDENTS = ("patient", "proxy", "assisted")
LANGUAGES = ("en", "es")
LEAD = "lead@example.org"
CLINICIAN = "clinician@example.org"


def month_of(place: int) -> int:
    """The month at this place, as yyyymm; the last one is December 2026."""
    index = 2026 * 12 + 12 - MONTHS + place
    return index // 12 * 100 + index % 12 + 1


def fill_store(store: Store, instrument: Instrument, parts: Iterable[Columns]) -> None:
    """Give an empty store a program of all units and clinicians, and the tallies of these responses."""
    own: dict[int, Any] = {}
    adjusters: dict[int, Any] = {}
    for columns in parts:
        answers = Answers(instrument, columns.codes.astype(np.int64))
        key = (
            (columns.clinician.astype(np.int64) * MONTHS + columns.month) * 2 + columns.mode
        ) * 3 + columns.respondent
        _add(own, key, lambda group, count, answers=answers: count_groups(answers, group, count).tallies())
        levels = {
            "mode": (columns.mode, MODES),
            "respondent": (columns.respondent, RESPONDENTS),
            "language": (columns.language, LANGUAGES),
            **{name: (getattr(columns, name), values) for name, values in ABOUT.items()},
        }
        key = columns.unit.astype(np.int64) * MONTHS + columns.month
        _add(
            adjusters,
            key,
            lambda group, count, answers=answers, levels=levels: count_adjusters(answers, group, count, levels),
        )
    with store.writing() as connection:
        apply_roster(connection, _roster())
        TallyKeeper().add(connection, _cells(instrument, own, adjusters))


def add_answer(store: Store, instrument: Instrument) -> None:
    """Count one more answer, all at the top, about the first clinician in the last month."""
    top = np.full((1, len(instrument.items)), len(instrument.scale.values) - 1)
    (tally,) = count_groups(Answers(instrument, top), np.zeros(1, np.int64), 1).tallies()
    mine, whole, _ = cells_of("u-00", "c-000", month_of(MONTHS - 1), *instrument.key, MODES[0], RESPONDENTS[0])
    with store.writing() as connection:
        TallyKeeper().add(connection, {mine: tally, whole: tally})


def _add(tallies: dict[int, Any], key: Any, count: Any) -> None:
    present, group = np.unique(key, return_inverse=True)
    for each, tally in zip(present.tolist(), count(group, len(present)), strict=True):
        tallies[each] = tallies[each] + tally if each in tallies else tally


def _cells(instrument: Instrument, own: dict[int, Any], adjusters: dict[int, Any]) -> dict[CellKey, Any]:
    cells: dict[CellKey, Any] = {}
    for key, tally in own.items():
        clinician, month, mode, respondent = key // (MONTHS * 6), key // 6 % MONTHS, key // 3 % 2, key % 3
        place = (f"u-{clinician // (CLINICIANS // UNITS):02d}", f"c-{clinician:03d}", month_of(month))
        mine, whole, _ = cells_of(*place, *instrument.key, MODES[mode], RESPONDENTS[respondent])
        cells[mine] = tally
        cells[whole] = cells[whole] + tally if whole in cells else tally
    for key, tally in adjusters.items():
        cells[cells_of(f"u-{key // MONTHS:02d}", "", month_of(key % MONTHS), *instrument.key, "", "")[2]] = tally
    return cells


def _roster() -> list[RosterRow]:
    def row(kind: str, entry: str, parent: str = "", email: str = "") -> RosterRow:
        return RosterRow(0, kind, entry, entry, parent, email, "")

    return [
        row("program", "p-1"),
        *(row("unit", f"u-{unit:02d}", "p-1") for unit in range(UNITS)),
        row("clinician", "c-000", "u-00", CLINICIAN),
        *(row("clinician", f"c-{who:03d}", f"u-{who // (CLINICIANS // UNITS):02d}") for who in range(1, CLINICIANS)),
        row("lead", "l-1", "p-1", LEAD),
    ]
