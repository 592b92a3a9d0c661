from dataclasses import replace

import pytest

from analysis.unit_months import HEADER, list_unit_months
from survey.roster import parse_roster
from survey.store.roster import apply_roster
from tests.samples import ROSTER, response


def lines_of(store, catalogue, threshold=11):
    with store.reading() as connection:
        return list_unit_months(connection, store.cube(connection, catalogue.default), threshold)


def fill(store, catalogue, unit, counts, clinician="c-1"):
    """So many responses in each month of 2026, scored 100."""
    for month, count in counts.items():
        times = {"started_at": f"2026-{month:02d}-05T09:00:00Z", "finished_at": f"2026-{month:02d}-05T09:01:00Z"}
        some = [
            response(catalogue, clinician=clinician, answers=dict.fromkeys(catalogue.default.item_ids, 4), **times)
            for _ in range(count)
        ]
        for future in [store.submit(replace(each, unit_id=unit), "{}") for each in some]:
            future.result(timeout=30)


@pytest.fixture
def filled(sqlite_store, catalogue):
    fill(sqlite_store, catalogue, "u-1", {1: 20, 2: 4, 3: 9, 4: 40, 5: 3})
    fill(sqlite_store, catalogue, "u-2", {1: 10})
    return sqlite_store


def test_months_are_joined_until_enough_people_answered(filled, catalogue):
    lines = [line for line in lines_of(filled, catalogue) if line[4] != ""]
    assert all(len(line) == len(HEADER) for line in lines)
    assert [line[2:5] for line in lines] == [
        ["2026-01", "2026-01", 20], ["2026-02", "2026-03", 13], ["2026-04", "2026-05", 43],
    ]  # fmt: skip
    assert {line[5] for line in lines} == {100.0}
    assert all(line[6] < 100 == line[7] for line in lines)
    assert {line[8] for line in lines} == {100.0}


def test_a_unit_with_few_answers_is_listed_without_numbers(filled, catalogue):
    (hidden,) = [line for line in lines_of(filled, catalogue) if line[4] == ""]
    assert hidden[-1] == "hidden: fewer than 11 responses"
    assert set(hidden[2:-1]) == {""}
    assert [line[4] for line in lines_of(filled, catalogue, threshold=10) if line[0] == hidden[0]] == [10]


def test_few_answers_are_provisional(filled, catalogue):
    lines = {line[4]: line[-1] for line in lines_of(filled, catalogue)}
    assert lines[20].startswith("provisional")
    assert lines[43] == ""


def test_a_clinician_who_leads_cannot_take_their_own_results_off(sqlite_store, catalogue):
    """c-1 had 11 of the 16 in February: the tab and their own results would subtract to five of c-2's patients."""
    for clinician, counts in {"c-1": {1: 11, 2: 11, 4: 1}, "c-2": {1: 11, 2: 5, 3: 8, 4: 3, 5: 14}}.items():
        fill(sqlite_store, catalogue, "u-1", counts, clinician)
    shown = [line[2:5] for line in lines_of(sqlite_store, catalogue)]
    assert shown == [
        ["2026-01", "2026-01", 22], ["2026-02", "2026-02", 16], ["2026-03", "2026-04", 12], ["2026-05", "2026-05", 14],
    ]  # fmt: skip
    lead = "lead,l-9,Clinician 1,p-1,c1@example.org,\n"
    with sqlite_store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER + lead))
    # February to March would be enough besides c-1's; but any lead sees February alone, and would be left with eight.
    shown = [line[2:5] for line in lines_of(sqlite_store, catalogue)]
    assert shown == [["2026-01", "2026-01", 22], ["2026-02", "2026-05", 42]]


def test_a_unit_of_a_lead_alone_is_hidden_and_does_not_claim_few_responses(sqlite_store, catalogue):
    fill(sqlite_store, catalogue, "u-1", {1: 20}, "c-1")
    fill(sqlite_store, catalogue, "u-1", {2: 5}, "c-2")
    with sqlite_store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER + "lead,l-9,Clinician 1,p-1,c1@example.org,\n"))
    (line,) = lines_of(sqlite_store, catalogue)
    assert set(line[2:-1]) == {""} and line[-1] == "hidden: fewer than 11 responses that can be told apart safely"
