"""Asks for every view that a viewer may have, on generated rosters and answers, and tries to solve for a small group.

Each number that a report shows is the sum of some cells (unit, clinician, month, mode) of the answers. Whatever a
viewer adds and subtracts lies in the row space of those sums: no group under the threshold may be in it.
"""

import os
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.disclosure import nobody_stands_out
from analysis.estimate import Suppressed
from analysis.report import report_clinician, report_program
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.access import find_viewer
from survey.instrument import load_catalogue
from survey.roster import parse_roster
from survey.store import Store
from survey.store.roster import apply_roster
from survey.store.tallies import TallyKeeper, cells_of
from survey.tally import add_tallies, tally_response
from tests.samples import response

CATALOGUE = load_catalogue()
INSTRUMENT = CATALOGUE.default
THRESHOLD = 11
TODAY = date(2026, 11, 23)
MONTHS = (202501, 202604, 202608, 202610, 202611)
MODES = ("kiosk", "own_device")
CLINICIANS = {"u-1": ("c-1", "c-2", "c-3", "c-4", ""), "u-2": ("c-5", "")}
# c-1 is a clinician of u-1 and leads the program as well; c-2 is a clinician only; the last one leads only.
VIEWERS = ("both@example.org", "own@example.org", "lead@example.org")
ROSTER = """kind,id,name,parent,email,stage
program,p-1,Medicine,,,
unit,u-1,One,p-1,,
unit,u-2,Two,p-1,,
clinician,c-1,Both,u-1,both@example.org,
clinician,c-2,Own,u-1,own@example.org,
clinician,c-3,Third,u-1,,
clinician,c-4,Fourth,u-1,,
clinician,c-5,Fifth,u-2,,
lead,l-1,Both,p-1,both@example.org,
lead,l-2,Lead,p-1,lead@example.org,
"""

cells = st.sampled_from(
    [
        (unit, who, month, mode)
        for unit, whos in CLINICIANS.items()
        for who in whos
        for month in MONTHS
        for mode in MODES
    ]
)
sizes = st.sampled_from([1, 2, 5, 10, 11, 12, 15, 30])
answers = st.dictionaries(cells, st.tuples(sizes, sizes), min_size=1, max_size=12)
WHOLE = {f"q{item}": 4 for item in range(1, 6)}
ONE = tally_response(response(CATALOGUE, answers=WHOLE), INSTRUMENT)
WITHOUT_LAST = tally_response(response(CATALOGUE, answers={**WHOLE, "q5": "skipped"}), INSTRUMENT)


def fill(store, counts, last):
    """Put so many answers into each cell, `last` of them with the last item, as the writer would."""
    tallies = {}
    for (unit, who, month, mode), count in counts.items():
        answered = last.get((unit, who, month, mode), 0)
        given = [ONE] * answered + [WITHOUT_LAST] * (count - answered)
        own, whole, _ = cells_of(unit, who, month, *INSTRUMENT.key, mode, "patient")
        for key in (own, whole):
            tallies[key] = add_tallies(INSTRUMENT, given + ([tallies[key]] if key in tallies else []))
    with store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER))
        TallyKeeper().add(connection, tallies)


class Sums:
    """What a viewer has been shown: which cells each number is the sum of."""

    def __init__(self, counts):
        self.counts = counts
        self.cells = list(counts)
        self.rows = []
        self.others = []

    def show(self, n, belongs, view=None, others=False):
        since = first_month(view.window, TODAY)
        row = [belongs(cell) and cell[2] >= since and view.mode in (ALL_MODES, cell[3]) for cell in self.cells]
        assert n == sum(self.counts[cell] for cell, bit in zip(self.cells, row, strict=True) if bit)
        (self.others if others else self.rows).append(row)

    def solvable(self):
        """Every group of cells whose total follows from what was shown."""
        rows = np.array(self.rows + self.others, dtype=float)
        if not len(rows):
            return
        _, singular, basis = np.linalg.svd(rows, full_matrices=False)
        basis = basis[singular > 1e-9]
        groups = (np.arange(1, 2 ** len(self.cells))[:, None] >> np.arange(len(self.cells))) & 1
        for group in groups[np.abs(groups - groups @ basis.T @ basis).max(axis=1) < 1e-9]:
            yield [cell for cell, bit in zip(self.cells, group, strict=True) if bit]


def look_at_own(connection, viewer, sums, last):
    who, unit = viewer.clinician_id, "u-1"
    for view in (View(INSTRUMENT, window, mode) for window in WINDOWS for mode in (ALL_MODES, *MODES)):
        report = report_clinician(connection, viewer, who, view, today=TODAY, threshold=THRESHOLD)
        if not isinstance(report.summary, Suppressed):
            sums.show(report.summary.n, lambda cell: cell[1] == who, view)
            sums.show(report.own_scores.n, lambda cell: cell[1] == who, view)
        for item in report.items:
            if not isinstance(item, Suppressed):
                (last if item.item == "q5" else sums).show(item.score.n, lambda cell: cell[1] == who, view)
        for point in report.trend:
            sums.show(point.summary.n, lambda cell, p=point: cell[1] == who and p.first <= cell[2] <= p.last, view)
        for mode, count in ({} if isinstance(report.modes, Suppressed) else report.modes).items():
            sums.show(count, lambda cell, mode=mode: cell[1] == who and cell[3] == mode, view)
        if not isinstance(report.others_scores, Suppressed):
            sums.show(report.others_scores.n, lambda cell: cell[0] == unit and cell[1] != who, view, others=True)


def look_at_program(connection, store, viewer, sums, last):
    cube = store.cube(connection, INSTRUMENT)
    for view in (View(INSTRUMENT, window, mode) for window in WINDOWS for mode in (ALL_MODES, *MODES)):
        report = report_program(connection, cube, viewer, "p-1", view, today=TODAY, threshold=THRESHOLD)
        shown = [unit for unit in report.units if not isinstance(unit.summary, Suppressed)]
        for unit in shown:
            sums.show(unit.summary.n, lambda cell, unit=unit: cell[0] == unit.id, view)
            for item in unit.items:
                if not isinstance(item, Suppressed):
                    shown_by = last if item.item == "q5" else sums
                    shown_by.show(item.score.n, lambda cell, unit=unit: cell[0] == unit.id, view)
        if shown:
            ids = {unit.id for unit in shown}
            sums.show(report.total.n, lambda cell, ids=ids: cell[0] in ids, view)


@example(
    # The few who answered the last item at the kiosk: all in half a year, without own devices in all.
    {
        ("u-1", "c-2", 202608, "kiosk"): (11, 1),
        ("u-1", "c-1", 202501, "kiosk"): (1, 1),
        ("u-1", "c-2", 202608, "own_device"): (10, 10),
        ("u-1", "c-2", 202604, "own_device"): (1, 1),
        ("u-1", "c-2", 202501, "kiosk"): (11, 11),
    },
    VIEWERS[0],
)
@settings(max_examples=1_000 if os.environ.get("COMPATI_NIGHTLY") else 60, deadline=None)
@given(answers, st.sampled_from(VIEWERS))
def test_nobody_can_solve_for_a_small_group(answered, email):
    counts = {cell: count for cell, (count, _) in answered.items()}
    items = {cell: min(both) for cell, both in answered.items()}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", CATALOGUE)
        store.prepare()
        fill(store, counts, items)
        sums, last = Sums(counts), Sums(items)
        with store.reading() as connection:
            viewer = find_viewer(connection, email)
            if viewer.clinician_id is not None:
                look_at_own(connection, viewer, sums, last)
            if viewer.leads:
                look_at_program(connection, store, viewer, sums, last)
        store.engine.dispose()
    for each in (sums, last):
        for group in each.solvable():
            assert sum(each.counts[cell] for cell in group) >= THRESHOLD, group
    if not viewer.leads:
        # A colleague is not to be told from the rest of the unit either.
        for group in sums.solvable():
            others = [cell for cell in group if cell[1] != viewer.clinician_id]
            people = {(who, (month, mode)): counts[unit, who, month, mode] for unit, who, month, mode in others}
            assert not others or nobody_stands_out(people, THRESHOLD)({cell for _who, cell in people})
