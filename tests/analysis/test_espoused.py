"""What clinicians and leads expect beside what patients felt, and the rounds that keep one person's answer unseen."""

from collections import defaultdict
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.charts.espoused import draw_agreement, draw_expectation, draw_gaps
from analysis.estimate import Suppressed
from analysis.gap_wording import say_gaps
from analysis.report import report_clinician
from analysis.report.espoused import report_expectation
from analysis.report.program import RoundGaps, look_at_program, report_espoused
from analysis.report.rounds import close_rounds
from analysis.view import View
from survey.access import AccessDeniedError, Viewer, find_viewer
from survey.roster import parse_roster
from survey.store.roster import apply_roster
from survey.store.self_ratings import Rater, SelfRating, keep_self_rating
from tests.samples import response

THRESHOLD = 11
MAY, JUNE, JULY = date(2026, 5, 20), date(2026, 6, 20), date(2026, 7, 20)
ALWAYS, MIXED = (4, 4, 4, 4, 4), (4, 3, 3, 2, None)


def give(store, count, levels=(4, 4, 3, 3, 2), **changes):
    for number in range(count):
        answers = {f"q{item}": level if number % 3 else 4 for item, level in enumerate(levels, start=1)}
        store.submit(response(store.catalogue, answers=answers, **changes), "{}").result(timeout=30)


def rate(store, person, levels=ALWAYS, day=MAY, role="clinician", program="p-1"):
    with store.writing() as connection:
        keep_self_rating(connection, store.catalogue.default, Rater(role, person, program), levels, "en", day)


def look(store, today, email="lead@example.org"):
    instrument = store.catalogue.default
    with store.reading() as connection:
        found = look_at_program(
            connection, store.cube(connection, instrument), find_viewer(connection, email), "p-1", View(instrument),
            today=today, threshold=THRESHOLD,
        )  # fmt: skip
        return report_espoused(connection, found)


def said(report):
    return [(each.item, each.said.value, each.said.n) for each in report.clinicians.items]


def test_ten_people_are_hidden_and_eleven_are_shown_once_their_month_is_over(sqlite_store):
    give(sqlite_store, 60)
    for person in range(10):
        rate(sqlite_store, f"c-{person}", (*MIXED[:4], 4))
    assert look(sqlite_store, JUNE).clinicians == Suppressed("small_group")
    rate(sqlite_store, "c-10", ALWAYS)
    assert look(sqlite_store, MAY).clinicians == Suppressed("small_group")
    found = look(sqlite_store, JUNE)
    assert isinstance(found.clinicians, RoundGaps)
    assert (found.clinicians.first, found.clinicians.last, found.clinicians.people) == (202605, 202605, 11)
    assert said(found)[1] == ("q2", pytest.approx((10 * 200 / 3 + 100) / 11), 11)
    gap = found.clinicians.items[1]
    assert gap.gap.value == pytest.approx(gap.said.value - gap.felt.value)
    # Patients felt q2 always: those asked expect less, and the words say so without a direction of their own.
    assert gap.p_adjusted < 0.001
    assert "Felt more than said: whole person" in say_gaps(
        found.clinicians, "clinician", sqlite_store.catalogue.default
    )
    assert found.leads == Suppressed("small_group")
    assert found.own is None


def test_one_more_rater_changes_nothing_that_was_shown(sqlite_store):
    give(sqlite_store, 60)
    for person in range(11):
        rate(sqlite_store, f"c-{person}", MIXED)
    before = look(sqlite_store, JUNE).clinicians
    rate(sqlite_store, "c-20", ALWAYS, JUNE)
    rate(sqlite_store, "c-0", ALWAYS, JUNE)
    assert look(sqlite_store, JUNE).clinicians == before
    assert look(sqlite_store, JULY).clinicians == before
    # The next eleven make a round of their own, of which c-0 is one and what they said in May is none.
    for person in range(21, 30):
        rate(sqlite_store, f"c-{person}", ALWAYS, JUNE)
    after = look(sqlite_store, JULY).clinicians
    assert (after.first, after.last, after.people) == (202606, 202606, 11)
    assert {each.said.value for each in after.items} == {100}


def test_an_item_that_few_answered_is_hidden_and_the_others_are_not(sqlite_store):
    give(sqlite_store, 60)
    for person in range(11):
        rate(sqlite_store, f"c-{person}", (None, *ALWAYS[1:]) if person == 3 else ALWAYS)
    items = look(sqlite_store, JUNE).clinicians.items
    assert items[0] == Suppressed("small_group")
    assert [each.said.n for each in items[1:]] == [11] * 4


def test_who_rated_too_needs_eleven_others(sqlite_store):
    give(sqlite_store, 60)
    leads = "kind,id,name,parent,email,stage\nlead,l-9,Clinician 2,p-1,c2@example.org,\n"
    with sqlite_store.writing() as connection:
        apply_roster(connection, parse_roster(leads))
    for person in range(11):
        rate(sqlite_store, f"c-{person}", MIXED)
    assert look(sqlite_store, JUNE, "c2@example.org").clinicians == Suppressed("small_group")
    assert isinstance(look(sqlite_store, JUNE).clinicians, RoundGaps)
    rate(sqlite_store, "c-11", MIXED)
    assert look(sqlite_store, JUNE, "c2@example.org").clinicians.people == 12
    rate(sqlite_store, "c-11", (None, *MIXED[1:]))
    items = look(sqlite_store, JUNE, "c2@example.org").clinicians.items
    assert items[0] == Suppressed("small_group")


def test_leads_are_counted_apart_and_each_sees_their_own(sqlite_store):
    give(sqlite_store, 60)
    for person in range(10):
        rate(sqlite_store, f"l-{person + 5}", MIXED, role="lead")
    rate(sqlite_store, "l-1", (2, None, 4, 4, 4), role="lead")
    for person in range(11):
        rate(sqlite_store, f"c-{person}")
    found = look(sqlite_store, JUNE)
    # Ten others are too few beside oneself; and clinicians are none of them.
    assert found.leads == Suppressed("small_group")
    assert found.clinicians.people == 11
    assert found.own.items[0].expected == pytest.approx(100 / 3)
    assert [each.item for each in found.own.items] == ["q1", "q3", "q4", "q5"]
    assert found.own.items[0].gap.value < 0
    assert found.own.items[0].clear
    rate(sqlite_store, "l-20", MIXED, role="lead")
    assert look(sqlite_store, JUNE).leads.people == 12


def test_a_retired_person_stays_in_what_was_shown(sqlite_store):
    give(sqlite_store, 60)
    for person in range(11):
        rate(sqlite_store, f"c-{person}", MIXED)
    before = look(sqlite_store, JUNE).clinicians
    with sqlite_store.writing() as connection:
        gone = "kind,id,name,parent,email,stage\nprogram,p-1,Medicine,,,\nunit,u-1,Cardiology,p-1,,\n"
        lead = "lead,l-1,Lead 1,p-1,lead@example.org,\n"
        apply_roster(connection, parse_roster(gone + lead), replace=True)
    assert look(sqlite_store, JUNE).clinicians == before


def expectation(store, email="c1@example.org"):
    instrument = store.catalogue.default
    with store.reading() as connection:
        viewer = find_viewer(connection, email)
        report = report_clinician(
            connection, store.cube(connection, instrument), viewer, viewer.clinician_id, View(instrument),
            today=JUNE, threshold=THRESHOLD,
        )  # fmt: skip
        return report, report_expectation(connection, viewer, report)


def test_a_clinicians_expectation_stands_beside_the_items_of_their_own_report(sqlite_store):
    give(sqlite_store, 60)
    assert expectation(sqlite_store)[1] is None
    rate(sqlite_store, "c-1", (3, 4, 3, 4, None))
    report, found = expectation(sqlite_store)
    assert found.month == 202605
    assert [each.felt for each in found.items] == [each.score for each in report.items[:4]]
    assert [each.gap.value for each in found.items] == pytest.approx(
        [200 / 3 - 100, 0, 200 / 3 - 700 / 9, 100 - 700 / 9]
    )
    # Felt always, expected usually: another answer would have been nearer. Felt 78, expected 67 or 100: of the four
    # answers usually is the nearest, always is not, but its distance may be chance and the scale's.
    assert [each.clear for each in found.items] == [True, False, False, True]
    assert expectation(sqlite_store, "c2@example.org")[1] is None


def test_few_answers_say_nothing_and_provisional_ones_no_verdict(sqlite_store):
    rate(sqlite_store, "c-1")
    give(sqlite_store, 10)
    assert expectation(sqlite_store)[1].items == ()
    give(sqlite_store, 2, levels=(1, 1, 1, 1, 1))
    found = expectation(sqlite_store)[1]
    assert len(found.items) == 5
    assert {each.clear for each in found.items} == {None}
    assert "Provisional" in draw_expectation(found, sqlite_store.catalogue.default).summary


def test_nobody_else_gets_a_persons_expectation_or_a_programs_round(sqlite_store):
    give(sqlite_store, 60)
    rate(sqlite_store, "c-1")
    report, _ = expectation(sqlite_store)
    with sqlite_store.reading() as connection:
        stranger = Viewer("lead@example.org", "Lead 1", leads=frozenset({"p-1"}))
        with pytest.raises(AccessDeniedError):
            report_expectation(connection, stranger, report)
    with pytest.raises(AccessDeniedError):
        look(sqlite_store, JUNE, "c1@example.org")


def test_the_figures_say_their_numbers(sqlite_store):
    give(sqlite_store, 60)
    for person in range(12):
        rate(sqlite_store, f"c-{person}", (*MIXED[:4], 3 + person % 2))
    found, instrument = look(sqlite_store, JUNE).clinicians, sqlite_store.catalogue.default
    gaps, agreement = draw_gaps(found, "clinician", instrument), draw_agreement(found, instrument)
    assert [row["who said"] for row in gaps.table] == [12] * 5
    assert [row["item"] for row in agreement.table] == [row["item"] for row in gaps.table]
    assert "said 33" in agreement.summary
    for figure in (gaps, agreement):
        assert "chance" in figure.summary or figure.reading


people = st.integers(0, 15)
months = st.lists(st.lists(people, max_size=9), min_size=1, max_size=7)


@example([[*range(11)], [11]])
@example([[*range(10)], [10], [0, 1], [*range(11)]])
@settings(max_examples=300)
@given(months)
def test_no_two_looks_differ_by_few_people(history):
    """A lead looks after every single rating. Two rounds are the same or have no rating in common, and none is small:
    so what follows from any sums of them is a sum of whole rounds."""
    kept = {}
    seen = set()
    for month, raters in enumerate(history, start=202601):
        for number, person in enumerate([None, *raters]):
            if person is not None:
                kept[person, month] = (number,)
            ratings = [SelfRating(str(who), when, levels) for (who, when), levels in kept.items()]
            for day in (date(2026, month % 100, 28), date(2026, month % 100 + 1, 1)):
                if day.month == month % 100 or number == len(raters):
                    seen |= {
                        frozenset((each.person_id, each.month, each.levels) for each in every.ratings)
                        for every in close_rounds(ratings, day, 5)
                    }
    owners = defaultdict(set)
    for place, each in enumerate(seen):
        assert len({person for person, _, _ in each}) == len(each) >= 5
        for rating in each:
            owners[rating].add(place)
    assert all(len(places) == 1 for places in owners.values())
