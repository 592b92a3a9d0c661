"""Asks for every view that a viewer may have, on generated rosters and answers, and tries to solve for a small group.

Each number that a report shows is the sum of some cells (unit, clinician, month, mode, respondent) of the answers, or
follows from such sums. Whatever a viewer adds and subtracts lies in the row space of those sums: no group under the
threshold may be in it. Of a model of all clinicians the worst is assumed: that it gives away what their scores add to.
"""

import os
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.disclosure import nobody_stands_out, smallest_solvable
from analysis.estimate import Suppressed
from analysis.report import Marked, Periods, Standing, report_clinician
from analysis.report.program import look_at_program as take_look
from analysis.report.program import report_changes, report_courses, report_units
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
# More cells have too many groups to try them all.
MOST_PARTS = 14
TODAY = date(2026, 11, 23)
MONTHS = (202501, 202604, 202608, 202610, 202611)
MODES = ("kiosk", "own_device")
RESPONDENTS = ("patient", "proxy", "assisted")
CLINICIANS = {"u-1": ("c-1", "c-2", "c-3", "c-4", "c-7", ""), "u-2": ("c-5", "c-6", "")}
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
clinician,c-6,Sixth,u-2,,
clinician,c-7,Seventh,u-1,,
lead,l-1,Both,p-1,both@example.org,
lead,l-2,Lead,p-1,lead@example.org,
"""

cells = st.sampled_from(
    [
        (unit, who, month, mode, respondent)
        for unit, whos in CLINICIANS.items()
        for who in whos
        for month in MONTHS
        for mode in MODES
        for respondent in (*RESPONDENTS, "patient")
    ]
)
sizes = st.sampled_from([1, 2, 5, 10, 11, 12, 15, 30])
answers = st.dictionaries(cells, st.tuples(sizes, sizes), min_size=1, max_size=12)
WHOLE = {f"q{item}": 4 for item in range(1, 6)}
ONE = tally_response(response(CATALOGUE, answers=WHOLE), INSTRUMENT)
LESS = tally_response(response(CATALOGUE, answers={**WHOLE, "q1": 2, "q2": 3, "q3": 1}), INSTRUMENT)
WITHOUT_LAST = tally_response(response(CATALOGUE, answers={**WHOLE, "q5": "skipped"}), INSTRUMENT)


def fill(store, counts, last, roster=ROSTER):
    """Put so many answers into each cell, `last` of them with the last item, as the writer would."""
    tallies = {}
    for (unit, who, month, mode, respondent), count in counts.items():
        answered = last.get((unit, who, month, mode, respondent), 0)
        # Some answer less, so that there are differences to model.
        given = [LESS if place % 3 == 0 else ONE for place in range(answered)] + [WITHOUT_LAST] * (count - answered)
        own, whole, _ = cells_of(unit, who, month, *INSTRUMENT.key, mode, respondent)
        for key in (own, whole):
            tallies[key] = add_tallies(INSTRUMENT, given + ([tallies[key]] if key in tallies else []))
    with store.writing() as connection:
        apply_roster(connection, parse_roster(roster))
        TallyKeeper().add(connection, tallies)


def complete_or_not(counts, items):
    """The same people, those who answered the last item, and so all of them, apart from the others."""
    return {
        (*cell, complete): count
        for cell in counts
        for complete, count in ((True, items[cell]), (False, counts[cell] - items[cell]))
        if count
    }


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


def look_at_own(connection, store, viewer, sums, last, parts):
    """Every view of the viewer's own results; `parts` tells complete responses from the others."""
    who, unit = viewer.clinician_id, "u-1"
    cube = store.cube(connection, INSTRUMENT)

    def show_own(n, view, belongs=lambda _cell: True):
        for each in (sums, parts):
            each.show(n, lambda cell: cell[1] == who and belongs(cell), view)

    for place, window in enumerate(WINDOWS):
        for view in (View(INSTRUMENT, window, mode) for mode in (ALL_MODES, *MODES)):
            report = report_clinician(
                connection, cube, viewer, who, view,
                today=TODAY, threshold=THRESHOLD, marked=Marked(MONTHS[1 + place]),
            )  # fmt: skip
            if not isinstance(report.summary, Suppressed):
                show_own(report.summary.n, view)
                show_own(report.own_scores.n, view)
            for item in report.items:
                if not isinstance(item, Suppressed):
                    if item.item == "q5":
                        last.show(item.score.n, lambda cell: cell[1] == who, view)
                    else:
                        show_own(item.score.n, view)
            for point in report.course.points:
                show_own(point.summary.n, view, lambda cell, p=point: p.first <= cell[2] <= p.last)
            for mode, each in ({} if isinstance(report.modes, Suppressed) else report.modes).items():
                show_own(each.n, view, lambda cell, mode=mode: cell[3] == mode)
            if not isinstance(report.others_scores, Suppressed):
                others = report.others_scores.n
                sums.show(others, lambda cell: cell[0] == unit and cell[1] != who, view, others=True)
            ever = View(INSTRUMENT, "all", view.mode)
            for periods in (report.previous, report.since.periods if report.since else None):
                if isinstance(periods, Periods):
                    for each, (first, end) in (
                        (periods.earlier, periods.earlier_months),
                        (periods.later, periods.later_months),
                    ):
                        show_own(each.n, ever, lambda cell, first=first, end=end: first <= cell[2] <= end)
            look_at_everything(report, who, sums, last, parts)


def look_at_everything(report, who, sums, last, parts):
    """What is shown over all months and modes only."""
    ever = View(INSTRUMENT)
    respondents = {} if isinstance(report.respondents, Suppressed) else report.respondents
    for kind, each in respondents.items():
        for shown in (sums, parts):
            shown.show(each.n, lambda cell, kind=kind: cell[1] == who and cell[4] in kind, ever)
    for mode, each in report.ever_modes.items():
        for shown in (sums, parts):
            shown.show(each.n, lambda cell, mode=mode: cell[1] == who and cell[3] == mode, ever)
    if not isinstance(report.drivers, Suppressed):
        n = sum(count for cell, count in last.counts.items() if cell[1] == who)
        last.show(n, lambda cell: cell[1] == who, ever)
        parts.show(n, lambda cell: cell[1] == who and cell[5], ever)
    if isinstance(report.standing, Standing):
        sizes = Counter()
        for cell, count in sums.counts.items():
            sizes[cell[1]] += count
        known = {name for name, count in sizes.items() if name and count >= THRESHOLD}
        assert report.standing.clinicians == len(known)
        sums.show(sum(sizes[name] for name in known), lambda cell: cell[1] in known, ever, others=True)


def look_at_program(connection, store, viewer, sums, last):
    cube = store.cube(connection, INSTRUMENT)
    for view in (View(INSTRUMENT, window, mode) for window in WINDOWS for mode in (ALL_MODES, *MODES)):
        look = take_look(connection, cube, viewer, "p-1", view, today=TODAY, threshold=THRESHOLD)
        report = report_units(look)
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
        look_over_time(look, sums)


def look_over_time(look, sums):
    for course in report_courses(look):
        for point in course.points:
            sums.show(
                point.n,
                lambda cell, unit=course.unit, p=point: cell[0] == unit and p.first <= cell[2] <= p.last,
                look.view,
            )
    windows = list(WINDOWS)
    for change in report_changes(look):
        wider = View(INSTRUMENT, windows[windows.index(look.view.window) - 1], look.view.mode)
        sums.show(change.n, lambda cell, unit=change.unit: cell[0] == unit, look.view)
        sums.show(
            change.n_before,
            lambda cell, unit=change.unit, since=look.since: cell[0] == unit and cell[2] < since,
            wider,
        )


def cell(month, mode="kiosk", who="c-2", respondent="patient", unit="u-1"):
    return unit, who, month, mode, respondent


@example(
    # The few who answered the last item at the kiosk: all in half a year, without own devices in all.
    {
        cell(202608): (11, 1),
        cell(202501, who="c-1"): (1, 1),
        cell(202608, "own_device"): (10, 10),
        cell(202604, "own_device"): (1, 1),
        cell(202501): (11, 11),
    },
    VIEWERS[0],
)
@example(
    # All relatives answered in one month: the month less the relatives is one patient.
    {cell(202608, respondent="proxy"): (11, 11), cell(202608): (1, 1), cell(202610): (30, 30)},
    VIEWERS[1],
)
@example(
    # Whoever left the last item out did so in one month: its score less theirs is two people.
    {cell(202608): (12, 10), cell(202610): (30, 30), cell(202501): (15, 5)},
    VIEWERS[1],
)
@example(
    # A model of all who are known well, less the viewer and the rest of their unit: the only one of another unit.
    {
        **{cell(202610, who=f"c-{number}"): (30, 30) for number in range(1, 5)},
        cell(202610, who="c-5", unit="u-2"): (30, 30),
    },
    VIEWERS[1],
)
@example(
    # The rest of the unit less such a model: the one patient who was not sure.
    {
        **{cell(202610, who=f"c-{number}"): (30, 30) for number in (1, 2, 3, 4, 7)},
        cell(202610, who=""): (1, 1),
    },
    VIEWERS[1],
)
@example(
    {
        **{cell(202610, who=f"c-{number}"): (30, 30) for number in range(1, 5)},
        cell(202610, who=""): (1, 1),
        cell(202610, who="c-5", unit="u-2"): (30, 30),
        cell(202610, who="c-6", unit="u-2"): (30, 30),
    },
    VIEWERS[1],
)
@example(
    # Who leads the program sees its units: less such a model, the one who was not sure.
    {
        **{cell(202610, who=f"c-{number}"): (30, 30) for number in range(1, 5)},
        cell(202610, who="c-5", unit="u-2"): (30, 30),
        cell(202610, who="c-6", unit="u-2"): (30, 30),
        cell(202610, who="", unit="u-2"): (1, 1),
    },
    VIEWERS[0],
)
@settings(max_examples=1_000 if os.environ.get("COMPATI_NIGHTLY") else 60)
@given(answers, st.sampled_from(VIEWERS))
def test_nobody_can_solve_for_a_small_group(answered, email):
    counts = {cell: count for cell, (count, _) in answered.items()}
    items = {cell: min(both) for cell, both in answered.items()}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", CATALOGUE)
        store.prepare()
        fill(store, counts, items)
        sums, last, parts = Sums(counts), Sums(items), Sums(complete_or_not(counts, items))
        with store.reading() as connection:
            viewer = find_viewer(connection, email)
            if viewer.clinician_id is not None:
                look_at_own(connection, store, viewer, sums, last, parts)
            if viewer.leads:
                look_at_program(connection, store, viewer, sums, last)
        store.engine.dispose()
    for each in (sums, last, *([parts] if len(parts.cells) <= MOST_PARTS else [])):
        for group in each.solvable():
            assert sum(each.counts[cell] for cell in group) >= THRESHOLD, group
    if not viewer.leads:
        # A colleague is not to be told from the rest of the unit either.
        for group in sums.solvable():
            others = [cell for cell in group if cell[1] != viewer.clinician_id]
            people = Counter()
            for unit, who, month, mode, respondent in others:
                people[who, (month, mode)] += counts[unit, who, month, mode, respondent]
            assert not others or nobody_stands_out(people, THRESHOLD)({place for _who, place in people})


tables = st.integers(1, 4).flatmap(
    lambda kinds: st.lists(
        st.lists(st.sampled_from([0, 0, 1, 3, 11, 30]), min_size=kinds, max_size=kinds), min_size=1, max_size=4
    )
)


@settings(max_examples=2_000 if os.environ.get("COMPATI_NIGHTLY") else 200)
@given(tables)
def test_the_least_group_that_sums_of_rows_and_columns_give_away(table):
    counts = {(row, column): n for row, each in enumerate(table) for column, n in enumerate(each) if n}
    sums = Sums(counts)
    for axis, length in ((0, len(table)), (1, len(table[0]))):
        sums.rows += [[cell[axis] == at for cell in sums.cells] for at in range(length)]
    found = [sum(counts[cell] for cell in group) for group in sums.solvable()] if counts else []
    assert smallest_solvable(table) == min(found, default=None)
