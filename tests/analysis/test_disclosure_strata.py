"""Tries to solve for the few in a unit who have one age, language or health, from all that a lead is shown.

The levels of an adjuster cut a unit's responses, as months do. A lead knows neither how many of a month have a level
nor that nobody has, so no cell is taken for empty here; what they know as a clinician they know by level too.
"""

import os
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.estimate import Suppressed
from analysis.report.program import CaseMixReport, look_at_program, report_case_mix, report_fairness
from analysis.view import WINDOWS, View, first_month
from survey.access import find_viewer
from survey.roster import parse_roster
from survey.store import Store
from survey.store.roster import apply_roster
from survey.store.tallies import TallyKeeper, cells_of
from survey.tally import AdjusterTally, add_tallies
from tests.analysis.test_disclosure_reports import CATALOGUE, INSTRUMENT, ONE, ROSTER, THRESHOLD, TODAY

MONTHS = (202501, 202608, 202611)
LEVELS = ("en", "es", None)
WHO = {"u-1": ("c-1", "c-2"), "u-2": ("c-5",)}
VIEWERS = ("both@example.org", "lead@example.org")
KEYS = [(unit, who, month, level) for unit, whos in WHO.items() for who in whos for month in MONTHS for level in LEVELS]

counts_of = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, 5, 10, 11, 12, 21, 30]), min_size=1, max_size=14)


def fill(store, counts):
    """Put so many answers into each cell, all at the top, with their language where they said it."""
    tallies = {}

    def add(key, tally):
        tallies[key] = tallies[key] + tally if key in tallies else tally

    for (unit, who, month, level), count in counts.items():
        own, whole, adjusters = cells_of(unit, who, month, *INSTRUMENT.key, "kiosk", "patient")
        for key in (own, whole):
            add(key, add_tallies(INSTRUMENT, [ONE] * count))
        strata = {} if level is None else {(f"language={level}", 5, 20): count}
        add(adjusters, AdjusterTally(INSTRUMENT, strata, {}))
    with store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER))
        TallyKeeper().add(connection, tallies)


def looks(counts, email):
    """The viewer's look in each window, on a store with these answers."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", CATALOGUE)
        store.prepare()
        fill(store, counts)
        with store.reading() as connection:
            viewer = find_viewer(connection, email)
            cube = store.cube(connection, INSTRUMENT)
            for window in WINDOWS:
                view = View(INSTRUMENT, window)
                yield look_at_program(connection, cube, viewer, "p-1", view, today=TODAY, threshold=THRESHOLD)
        store.engine.dispose()


def shown_sums(counts, email):
    """For each unit what a viewer is shown: the months and levels of each number, with the number checked."""
    rows = {unit: [] for unit in WHO}
    for look in looks(counts, email):
        since = first_month(look.view.window, TODAY)

        def show(unit, belongs, n):
            found = sum(count for key, count in counts.items() if key[0] == unit and belongs(key[2], key[3]))
            assert found == n
            rows[unit].append(belongs)

        for unit in look.visible:
            for run in look.groups[unit].blocks.runs:
                n = sum(count for key, count in counts.items() if key[0] == unit and key[2] in run)
                show(unit, lambda month, level, run=run: month in run, n)
        if look.visible:
            assert not isinstance(look.strata, Suppressed)
            for at, unit in enumerate(look.strata.units):
                for place, (_, name) in enumerate(look.strata.columns):
                    if look.strata.shown[at, place]:
                        show(
                            unit,
                            lambda month, level, since=since, name=name: month >= since and level == name,
                            look.strata.moments[at, place, 0],
                        )
                show(unit, lambda month, level, since=since: month >= since, look.strata.scored[at])
        case_mix = report_case_mix(look)
        if isinstance(case_mix, CaseMixReport):
            # Whatever is told of a level in the program is the sum of what may be told of it in the units.
            for effect in case_mix.effects:
                column = look.strata.columns.index((effect.adjuster, effect.level))
                assert effect.n == look.strata.moments[:, column, 0].sum()
    return rows


def solvable(columns, rows):
    """Every group of columns whose total follows from the rows, as lists of columns; alike ones stay together."""
    matrix = np.array([[bool(belongs(column)) for column in columns] for belongs in rows], float)
    kinds, place = np.unique(matrix, axis=1, return_inverse=True)
    _, singular, basis = np.linalg.svd(kinds, full_matrices=False)
    basis = basis[singular > 1e-9]
    groups = (np.arange(1, 2 ** kinds.shape[1])[:, None] >> np.arange(kinds.shape[1])) & 1
    for group in groups[np.abs(groups - groups @ basis.T @ basis).max(axis=1) < 1e-9]:
        yield [column for column, kind in zip(columns, place.ravel().tolist(), strict=True) if group[kind]]


@example({("u-1", "c-2", 202611, "en"): 30, ("u-1", "c-2", 202611, "es"): 5}, VIEWERS[1])
@example(
    {("u-1", "c-2", 202611, "en"): 30, ("u-1", "c-1", 202611, "es"): 12, ("u-1", "c-2", 202611, "es"): 10}, VIEWERS[0]
)
@example(
    {
        ("u-1", "c-2", 202608, "en"): 30,
        ("u-1", "c-2", 202608, "es"): 11,
        ("u-1", "c-2", 202611, "en"): 30,
        ("u-1", "c-2", 202611, "es"): 10,
    },
    VIEWERS[1],
)
@settings(max_examples=1_000 if os.environ.get("COMPATI_NIGHTLY") else 60)
@given(counts_of, st.sampled_from(VIEWERS))
def test_nobody_can_solve_for_the_few_with_one_level(counts, email):
    own = "c-1" if email == VIEWERS[0] else None
    for unit, rows in shown_sums(counts, email).items():
        people = ("own", "others") if own in WHO[unit] else ("others",)
        columns = list(product(people, MONTHS, LEVELS))
        known = [lambda column, key=key: column == key for key in columns if key[0] == "own"]
        shown = [lambda column, belongs=belongs: belongs(column[1], column[2]) for belongs in rows]
        if not shown:
            continue
        for group in solvable(columns, shown + known):
            others = sum(
                count
                for (place, who, month, level), count in counts.items()
                if place == unit and who != own and ("others", month, level) in group
            )
            assert others == 0 or others >= THRESHOLD, (unit, group)


def test_a_unit_with_enough_of_each_level_is_adjusted_by_it():
    counts = {
        (unit, who, 202611, level): 40 for unit, who in (("u-1", "c-2"), ("u-2", "c-5")) for level in ("en", "es")
    }
    look = next(iter(looks(counts, VIEWERS[1])))
    assert look.strata.levels == {"language": ("en", "es")}
    assert look.strata.shown.all()


def test_a_level_that_nobody_has_in_the_view_is_no_group_there():
    people = [("u-1", "c-2"), ("u-2", "c-5")]
    counts = {(*each, 202501, level): 40 for each in people for level in ("en", "es")}
    counts |= {(*each, 202611, "en"): 40 for each in people}
    found = [report_fairness(look) for look in looks(counts, VIEWERS[1])]
    assert [[(each.level, each.n) for each in report.levels] for report in found] == [
        [("en", 160), ("es", 80)], [], [], []
    ]  # fmt: skip
