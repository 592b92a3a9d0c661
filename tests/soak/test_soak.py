"""The soak's short form; ten seeds of the long one with COMPATI_NIGHTLY=1."""

import os

import pytest

from survey.instrument import load_catalogue
from survey.store import Store
from tests.samples import small_roster
from tests.soak.run import STEPS, soak

NIGHTLY = bool(os.environ.get("COMPATI_NIGHTLY"))


@pytest.mark.parametrize("seed", range(1, 11) if NIGHTLY else [1])
def test_each_answer_stands_in_the_sheet_exactly_once_whatever_happens(postgres_url, seed):
    store = Store(postgres_url, load_catalogue()).open()
    small_roster(store)
    store.close()
    done = soak(postgres_url, seed=seed, responses=20_000 if NIGHTLY else 2_000, deeds=40 if NIGHTLY else 12)
    print(done)
    assert done.held, str(done)
    assert done.tried_enough or not NIGHTLY, str(done)
    assert set(done.kills) >= set(range(1, STEPS + 1))
    assert sum(done.faults.values()) > 10
    assert sum(done.deeds.values()) == done.asked_deeds
