"""Tries to tell somebody who is not shown, or a small group, from a unit's clinicians beside all else a lead sees."""

import os
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.disclosure import nobody_stands_out
from analysis.estimate import NotEstimable, Suppressed
from analysis.report.program import look_at_program, report_clinicians, report_stages
from analysis.view import View
from survey.access import find_viewer
from survey.roster import parse_roster
from survey.store import Store
from survey.store.roster import apply_roster
from survey.store.tallies import TallyKeeper, cells_of
from survey.tally import add_tallies
from tests.analysis.test_disclosure_reports import CATALOGUE, INSTRUMENT, LESS, ONE, THRESHOLD, TODAY, Sums
from tests.analysis.test_disclosure_reports import look_at_program as look_at_all
from tests.analysis.test_disclosure_stages import ROSTER, STAGES, UNIT_OF

LEAD, BOTH = "lead@example.org", "both@example.org"
MONTHS = (202501, 202610, 202611)
KEYS = [(unit, who, month, "kiosk", "patient") for who, unit in UNIT_OF.items() for month in MONTHS]
KEYS += [(unit, "", 202611, "kiosk", "patient") for unit in ("u-1", "u-2")]
counts_of = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, 5, 11, 12, 30, 60]), min_size=5, max_size=13)


def cell(who, month=202611, unit=None):
    return unit or UNIT_OF[who], who, month, "kiosk", "patient"


def fill(store, counts):
    """Put so many answers into each cell; every second clinician's patients felt less."""
    tallies = {}
    for (unit, who, month, mode, respondent), count in counts.items():
        usual = LESS if who and int(who[-1]) % 2 else ONE
        given = [usual] * (count - count // 4) + [LESS if usual is ONE else ONE] * (count // 4)
        own, whole, _ = cells_of(unit, who, month, *INSTRUMENT.key, mode, respondent)
        for key in (own, whole):
            tallies[key] = add_tallies(INSTRUMENT, given + ([tallies[key]] if key in tallies else []))
    with store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER))
        TallyKeeper().add(connection, tallies)


def numbers_shown(counts, email, told):
    """Everything a lead is shown of these answers, without and with single clinicians, whose ids go into `told`."""
    plain, with_clinicians = Sums(counts), Sums(counts)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'compati.db'}", CATALOGUE)
        store.prepare()
        fill(store, counts)
        with store.reading() as connection:
            viewer = find_viewer(connection, email)
            cube = store.cube(connection, INSTRUMENT)
            for sums in (plain, with_clinicians):
                look_at_all(connection, store, viewer, sums, Sums(counts))
            look = look_at_program(connection, cube, viewer, "p-1", View(INSTRUMENT), today=TODAY, threshold=THRESHOLD)
            stages = report_stages(look)
            for stage in () if isinstance(stages, Suppressed) else stages.stages:
                for sums in (plain, with_clinicians):
                    sums.show(
                        stage.n,
                        lambda cell, stage=stage.stage: STAGES.get(cell[1]) == stage and cell[0] in look.visible,
                        View(INSTRUMENT),
                    )
            reports = report_clinicians(look)
            for unit, report in () if isinstance(reports, Suppressed | NotEstimable) else reports.items():
                for each in report.shown:
                    told.add(each.id)
                    with_clinicians.show(
                        each.n, lambda cell, unit=unit, who=each.id: cell[:2] == (unit, who), View(INSTRUMENT)
                    )
        store.engine.dispose()
    return plain, with_clinicians


@example({cell(who): 30 for who in UNIT_OF if who != "c-9"}, LEAD)
@example(
    # The unit less all who are reliable would be the one who is not.
    {**{cell(who): 30 for who in ("c-1", "c-2", "c-3")}, cell("c-4"): 9},
    LEAD,
)
@example(
    # All of c-1's older answers stand in a block of their own with c-2's few.
    {cell("c-1", 202501): 30, cell("c-2", 202501): 5, cell("c-2"): 30, cell("c-3"): 30},
    LEAD,
)
@example(
    # The residents less those of the unit that is told would be the only one of the other unit.
    {
        **{cell(who): 30 for who in ("c-1", "c-2", "c-3", "c-4")},
        **{cell(who): 30 for who in ("c-5", "c-6")},
        cell("c-7"): 12,
        cell("", unit="u-2"): 12,
    },
    LEAD,
)
@example(
    # All who are told are residents but one, who is not told: the residents less those told.
    {**{cell(who): 30 for who in ("c-2", "c-3", "c-5", "c-6", "c-7", "c-8")}, cell("c-1"): 9, cell("c-4"): 9},
    LEAD,
)
@example(
    # A block of u-2 that was told before, and u-1's answers about nobody known, which follow now.
    {
        cell("c-5", 202501): 1,
        cell("c-6", 202501): 11,
        cell("c-1", 202501): 11,
        cell("", unit="u-1"): 11,
        cell("c-3"): 11,
    },
    LEAD,
)
@settings(max_examples=400 if os.environ.get("COMPATI_NIGHTLY") else 40)
@given(counts_of, st.sampled_from((LEAD, BOTH)))
def test_nobody_who_is_not_shown_can_be_solved_for(counts, email):
    told: set[str] = set()
    plain, with_clinicians = numbers_shown(counts, email, told)
    if email == BOTH:
        assert not told
    if not told:
        return
    before = {frozenset(group) for group in plain.solvable()}
    for group in with_clinicians.solvable():
        # With a group that was solvable before, the rest of a new one is solvable as well, and is tried by itself.
        if any(known <= frozenset(group) for known in before):
            continue
        assert sum(counts[each] for each in group) >= THRESHOLD, group
        if not any(each[1] in told for each in group) and any(each[1] for each in group):
            assert nobody_stands_out({(each[1], each): counts[each] for each in group}, THRESHOLD)(group), group


def test_clinicians_with_enough_answers_are_shown_by_name_and_others_are_only_named():
    told: set[str] = set()
    everybody = {cell(who): 30 for who in UNIT_OF if who != "c-9"}
    numbers_shown(everybody, LEAD, told)
    assert told == set(UNIT_OF) - {"c-9"}
    # c-4 is the only fellow of the unit and has too few: the unit less the others would be theirs, and so would all
    # fellows less those of the other unit.
    told.clear()
    numbers_shown(everybody | {cell("c-4"): 9}, LEAD, told)
    assert not told
