from datetime import UTC, datetime

import numpy as np
import pytest

from survey.access import list_personas
from survey.demo import STAGES, create_demo, unfinished_demo
from survey.store import Store, StoreError
from survey.store.reading import Selection, demo_seed, read_tallies
from survey.store.responses import iterate_responses
from survey.store.roster import list_clinicians, list_programs, list_units
from tests.samples import NOW


@pytest.fixture(scope="module")
def demo(tmp_path_factory, request):
    catalogue = request.getfixturevalue("catalogue")
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'compati.db'}", catalogue).open()
    assert create_demo(store, seed=7, responses=6_000, now=NOW) == 6_000
    yield store
    store.close()


@pytest.fixture
def sqlite_url(tmp_path):
    return lambda name: f"sqlite:///{tmp_path / name}.db"


def mean_score(tally):
    values, counts = tally.percent_histogram()
    return float(np.average(values, weights=counts))


def test_it_is_a_believable_program(demo, catalogue):
    with demo.reading() as connection:
        clinicians = list_clinicians(connection)
        assert (len(list_programs(connection)), len(list_units(connection)), len(clinicians)) == (3, 12, 60)
        assert {each.stage for each in clinicians} == set(STAGES)
        total = read_tallies(connection, Selection(catalogue.default))[()]
        by_month = read_tallies(connection, Selection(catalogue.default), by=("month",), items=False)
        by_unit = read_tallies(connection, Selection(catalogue.default), by=("unit_id",), items=False)
    assert total.n == 6_000
    assert len(by_month) in (18, 19)
    top_share = total.levels[:, -1].sum() / total.levels.sum()
    assert 0.4 < top_share < 0.8
    assert (total.missing.sum(axis=0) > 0).all()
    means = [mean_score(tally) for tally in by_unit.values()]
    assert max(means) - min(means) > 5


def test_two_units_really_improve(demo, catalogue):
    gains = {}
    with demo.reading() as connection:
        for unit in list_units(connection):
            halves = [
                read_tallies(connection, Selection(catalogue.default, frozenset({unit.id}), months=months))[()]
                for months in ((202501, 202602), (202606, 202612))
            ]
            gains[unit.name] = mean_score(halves[1]) - mean_score(halves[0])
    best = sorted(gains, key=gains.__getitem__)[-2:]
    assert set(best) == {"Emergency", "Geriatrics"}


def test_it_is_marked_and_its_personas_are_there(demo):
    with demo.reading() as connection:
        assert demo_seed(connection) == 7
        personas = list_personas(connection)
    assert {persona.role for persona in personas} == {"lead", "administrator", "moderator", "clinician"}
    assert all(persona.email.endswith("@demo.invalid") for persona in personas)


def test_the_same_seed_makes_the_same_answers(tmp_path, catalogue):
    def answers(name):
        store = Store(f"sqlite:///{tmp_path / name}", catalogue).open()
        create_demo(store, seed=7, responses=200, now=NOW)
        with store.reading() as connection:
            found = {each.id: each.answers for each in iterate_responses(connection, catalogue)}
        store.close()
        return found

    one = answers("one.db")
    assert len(one) == 200
    assert one == answers("two.db")


def test_it_never_stands_beside_a_real_roster(sqlite_store):
    with pytest.raises(StoreError, match="not empty"):
        create_demo(sqlite_store, seed=1, responses=1, now=NOW)
    assert not sqlite_store.is_demo()


def test_a_demo_that_was_killed_is_finished_as_it_was_begun(sqlite_url, catalogue, monkeypatch):
    whole = Store(sqlite_url("whole"), catalogue).open()
    create_demo(whole, seed=3, responses=300, now=NOW)
    cut = Store(sqlite_url("cut"), catalogue).open()
    submit, left = cut.submit, iter(range(120))
    monkeypatch.setattr(cut, "submit", lambda *each: submit(*each) if next(left, None) is not None else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create_demo(cut, seed=3, responses=300, now=NOW)
    monkeypatch.undo()
    with cut.reading() as connection:
        assert unfinished_demo(connection) is not None
    create_demo(cut, seed=99, responses=5, now=datetime.now(UTC))
    both = []
    for store in (whole, cut):
        with store.reading() as connection:
            assert unfinished_demo(connection) is None
            assert demo_seed(connection) == 3
            both.append({each.id: each.answers for each in iterate_responses(connection, catalogue)})
        store.close()
    assert both[0] == both[1]
    assert len(both[0]) == 300


def test_a_demo_larger_than_the_writers_queue_is_stored_whole(sqlite_url, catalogue, monkeypatch):
    monkeypatch.setattr("survey.demo._BATCH", 50)
    monkeypatch.setattr("survey.store.writer.QUEUE_LIMIT", 60)
    store = Store(sqlite_url("large"), catalogue).open()
    assert create_demo(store, seed=3, responses=400, now=NOW) == 400
    store.close()
