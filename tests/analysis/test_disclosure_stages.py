"""Tries to tell a clinician, or a small group, from the stages of training beside everything else a lead is shown."""

import os
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.disclosure import nobody_stands_out
from analysis.estimate import Suppressed
from analysis.report.program import look_at_program, report_stages
from analysis.view import WINDOWS, View
from survey.access import find_viewer
from survey.store import Store
from tests.analysis.test_disclosure_reports import (
    CATALOGUE,
    INSTRUMENT,
    THRESHOLD,
    TODAY,
    Sums,
    fill,
)
from tests.analysis.test_disclosure_reports import (
    look_at_program as look_at_all,
)

STAGES = {
    "c-1": "resident", "c-2": "resident", "c-3": "resident", "c-4": "fellow", "c-5": "fellow", "c-6": "fellow",
    "c-7": "resident", "c-8": "fellow", "c-9": "",
}  # fmt: skip
UNIT_OF = dict.fromkeys(("c-1", "c-2", "c-3", "c-4"), "u-1") | dict.fromkeys(("c-5", "c-6", "c-7", "c-8", "c-9"), "u-2")
ROSTER = "kind,id,name,parent,email,stage\nprogram,p-1,Medicine,,,\nunit,u-1,One,p-1,,\nunit,u-2,Two,p-1,,\n"
ROSTER += "".join(
    f"clinician,{who},{who},{UNIT_OF[who]},{'both@example.org' if who == 'c-1' else ''},{stage}\n"
    for who, stage in STAGES.items()
)
ROSTER += "lead,l-1,Both,p-1,both@example.org,\nlead,l-2,Lead,p-1,lead@example.org,\n"
VIEWERS = ("both@example.org", "lead@example.org")
MONTHS = (202501, 202611)
KEYS = [(unit, who, month, "kiosk", "patient") for who, unit in UNIT_OF.items() for month in MONTHS]
counts_of = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, 5, 11, 12, 30, 60]), min_size=6, max_size=13)


def numbers_shown(counts, email, tried):
    """Everything a lead is shown of these answers, without and with the stages."""
    plain, with_stages = Sums(counts), Sums(counts)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", CATALOGUE)
        store.prepare()
        fill(store, counts, counts, roster=ROSTER)
        with store.reading() as connection:
            viewer = find_viewer(connection, email)
            for sums in (plain, with_stages):
                look_at_all(connection, store, viewer, sums, Sums(counts))
            cube = store.cube(connection, INSTRUMENT)
            for window in WINDOWS:
                view = View(INSTRUMENT, window)
                look = look_at_program(connection, cube, viewer, "p-1", view, today=TODAY, threshold=THRESHOLD)
                report = report_stages(look)
                units = {unit for unit, group in look.groups.items() if group.blocks.runs}
                if isinstance(report, Suppressed):
                    continue
                tried.append(window)
                for stage in report.stages:
                    with_stages.show(
                        stage.n,
                        lambda cell, stage=stage.stage, units=units: STAGES.get(cell[1]) == stage and cell[0] in units,
                        View(INSTRUMENT),
                    )
        store.engine.dispose()
    return plain, with_stages


@example(
    # All residents but one are in one unit: their total less that unit's would be the one's.
    {
        ("u-1", "c-1", 202611, "kiosk", "patient"): 30,
        ("u-1", "c-2", 202611, "kiosk", "patient"): 30,
        ("u-1", "c-3", 202611, "kiosk", "patient"): 30,
        ("u-2", "c-7", 202611, "kiosk", "patient"): 30,
        ("u-2", "c-5", 202611, "kiosk", "patient"): 30,
        ("u-2", "c-6", 202611, "kiosk", "patient"): 30,
        ("u-2", "c-8", 202611, "kiosk", "patient"): 30,
    },
    VIEWERS[1],
)
@settings(max_examples=500 if os.environ.get("COMPATI_NIGHTLY") else 40)
@given(counts_of, st.sampled_from(VIEWERS))
def test_nobody_can_solve_for_a_clinician_by_the_stages(counts, email):
    plain, with_stages = numbers_shown(counts, email, [])
    if len(plain.rows) == len(with_stages.rows):
        return
    own = "c-1" if email == VIEWERS[0] else None
    for at, cell in enumerate(with_stages.cells):
        if cell[1] == own:
            for sums in (plain, with_stages):
                sums.rows.append([place == at for place in range(len(sums.cells))])
    before = {frozenset(group) for group in plain.solvable()}
    for group in with_stages.solvable():
        if frozenset(group) in before:
            continue
        others = [cell for cell in group if cell[1] != own]
        people = {(cell[1], cell): counts[cell] for cell in others}
        assert not others or nobody_stands_out(people, THRESHOLD)(others), group


def test_stages_spread_over_units_are_shown():
    shown = []
    counts = {key: 20 for key in KEYS if key[2] == 202611 and key[1] != "c-9"}
    numbers_shown(counts, VIEWERS[1], shown)
    assert shown == list(WINDOWS)
    # With c-9, who has no stage, the rest would be that one's answers alone.
    numbers_shown({key: 20 for key in KEYS if key[2] == 202611}, VIEWERS[1], shown)
    assert shown == list(WINDOWS)
