"""Tallies that are kept equal tallies made anew, after any order of inserts, late answers and erasures."""

import tempfile
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from survey.instrument import load_catalogue
from survey.respondent import ABOUT, PREFER_NOT
from survey.response import NotAnswered
from survey.store import Outcome, Store
from survey.store.erasure import erase_responses
from survey.store.outbox import due_entries, due_tabs, mark_delivered
from survey.store.reading import Selection, read_adjusters, read_tallies
from survey.store.rebuild import check_tallies, kept_counts, rebuild_tallies
from survey.store.responses import iterate_responses
from survey.store.schema import store_fact, tally_score
from survey.store.tallies import COUNTED, group_tallies
from tests.samples import response, small_roster

CATALOGUE = load_catalogue()

answers = st.fixed_dictionaries(
    {f"q{item}": st.integers(1, 4) | st.sampled_from([way.name for way in NotAnswered]) for item in range(1, 6)}
)
about = st.fixed_dictionaries(
    {}, optional={field: st.sampled_from((*levels[:3], PREFER_NOT)) for field, levels in ABOUT.items()}
)
documents = st.fixed_dictionaries(
    {
        "answers": answers,
        "about": about,
        "language": st.sampled_from(["en", "es"]),
        "mode": st.sampled_from(["kiosk", "own_device"]),
        "respondent": st.sampled_from(["patient", "proxy"]),
        "clinician": st.sampled_from([None, "c-1", "c-2"]),
        "unit": st.sampled_from(["u-1", "u-2"]),
        "finished_at": st.sampled_from(["2026-10-03T09:01:00Z", "2026-11-03T09:01:00Z"]),
    }
)


def responses_of(drawn):
    return [
        response(CATALOGUE, uuid=UUID(int=number + 1), started_at=each["finished_at"], **each)
        for number, each in enumerate(drawn)
    ]


def counts(store):
    """Every count of the store, with the cells' keys for their ids."""
    with store.reading() as connection:
        return {table.name: sorted(kept_counts(connection, table)) for table in COUNTED}


def put_all(store, values):
    futures = [store.submit(each, "{}") for each in values]
    return [future.result(timeout=30) for future in futures]


def erase(store, values):
    with store.writing() as connection:
        return erase_responses(connection, [each.id for each in values], store.catalogue, 1)


@settings(max_examples=25)
@given(st.lists(documents, max_size=25), st.data())
def test_any_order_of_inserts_late_answers_and_erasures_leaves_the_counts_of_what_remains(drawn, data):
    values = responses_of(drawn)
    order = data.draw(st.permutations(values))
    late = data.draw(st.integers(0, len(values)))
    erased = data.draw(st.lists(st.sampled_from(values), unique_by=id, max_size=10)) if values else []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'one.db'}", CATALOGUE).open()
        small_roster(store)
        put_all(store, order[:late])
        first = [each for each in erased if each in order[:late]]
        assert erase(store, first) == len(first)
        put_all(store, order[late:])
        erase(store, erased)
        with store.reading() as connection:
            assert check_tallies(connection, CATALOGUE) == []
        kept = counts(store)
        with store.writing() as connection:
            rebuild_tallies(connection, CATALOGUE)
        assert counts(store) == kept
        store.close()
        other = Store(f"sqlite:///{Path(folder) / 'two.db'}", CATALOGUE).open()
        small_roster(other)
        put_all(other, [each for each in values if each not in erased])
        assert counts(other) == kept
        other.close()


def many(catalogue):
    return [
        response(
            catalogue,
            answers={f"q{item}": 1 + (number * item) % 4 for item in range(1, 2 + number % 5)},
            about={"age_band": "45-54"} if number % 3 else {},
            clinician=["c-1", "c-2", None][number % 3],
            mode=["kiosk", "own_device"][number % 2],
        )
        for number in range(60)
    ]


def test_a_store_counts_the_same_anew_on_both_databases(store, catalogue):
    values = many(catalogue)
    put_all(store, values)
    erase(store, values[:7])
    kept = counts(store)
    assert sum(row[-1] for row in kept["tally_pair"]) > 0
    with store.writing() as connection:
        assert check_tallies(connection, catalogue) == []
        rebuild_tallies(connection, catalogue)
    assert counts(store) == kept
    assert put_all(store, many(catalogue)[:5]) == [Outcome.STORED] * 5
    with store.reading() as connection:
        assert check_tallies(connection, catalogue) == []


def test_adjusters_are_read_by_unit(store, catalogue):
    values = many(catalogue)
    put_all(store, values)
    instruments = {instrument.key: instrument for instrument in catalogue}
    (expected,) = [tally for key, tally in group_tallies(values, instruments).items() if key.level == "adjusters"]
    with store.reading() as connection:
        everything = read_adjusters(connection, Selection(catalogue.default))
        assert everything == {"u-1": expected}
        assert read_adjusters(connection, Selection(catalogue.default, months=(202501, 202502))) == {}


def test_a_wrong_count_is_found(store, catalogue):
    put_all(store, many(catalogue))
    with store.writing() as connection:
        connection.execute(update(tally_score).where(tally_score.c.c == 1).values(c=2))
        wrong = check_tallies(connection, catalogue)
    assert wrong
    assert {cell.instrument for cell in wrong} == {"compassion-5"}


def test_a_store_of_an_older_version_is_counted_anew_when_it_opens(store_url, store, catalogue):
    put_all(store, many(catalogue))
    kept = counts(store)
    with store.writing() as connection:
        connection.execute(delete(store_fact).where(store_fact.c.key == "tally_layout"))
        connection.execute(text("DELETE FROM tally_pair"))
    again = Store(store_url, catalogue).open()
    assert counts(again) == kept
    again.close()


def test_an_erased_response_is_gone_and_does_not_come_back(store, catalogue):
    kept, gone = response(catalogue), response(catalogue)
    put_all(store, [kept, gone])
    assert erase(store, [gone]) == 1
    assert erase(store, [gone]) == 0
    assert put_all(store, [gone]) == [Outcome.SAME]
    with store.reading() as connection:
        assert [each.id for each in iterate_responses(connection, catalogue)] == [kept.id]
        assert read_tallies(connection, Selection(catalogue.default))[()].n == 1


@pytest.mark.parametrize("delivered", [False, True])
def test_the_place_of_an_erased_response_in_the_mirror_is_due_again(store, catalogue, delivered):
    values = [response(catalogue) for _ in range(3)]
    put_all(store, values)
    with store.writing() as connection:
        (tab,) = due_tabs(connection)
        if delivered:
            mark_delivered(connection, tab, due_entries(connection, tab, 5, limit=10, reach=10))
    erase(store, [values[1]])
    with store.reading() as connection:
        due = {entry.response_id: entry.response for entry in due_entries(connection, tab, 5, limit=10, reach=10)}
    assert due[values[1].id] is None
    assert len(due) == (1 if delivered else 3)
