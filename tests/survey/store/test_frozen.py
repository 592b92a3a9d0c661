import pytest

from survey.instrument import Catalogue, load_catalogue
from survey.store import FrozenInstrumentError, Store
from tests.samples import response, small_roster


def changed(catalogue, **update):
    default = catalogue.default
    return Catalogue({each.key: each for each in catalogue} | {default.key: default.model_copy(update=update)})


@pytest.fixture
def answered_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'compati.db'}"
    store = Store(url, load_catalogue()).open()
    small_roster(store)
    store.submit(response(load_catalogue()), "{}").result(timeout=30)
    store.close()
    return url


def test_a_changed_measure_stops_the_store_from_opening(answered_url, catalogue):
    items = tuple(reversed(catalogue.default.items))
    with pytest.raises(FrozenInstrumentError, match=r"compassion-5 2019 was changed \(measure\)"):
        Store(answered_url, changed(catalogue, items=items)).open()


def test_changed_words_stop_it_only_in_a_language_that_was_answered(answered_url, catalogue):
    wording = catalogue.default.wording
    spanish = wording["es"].model_copy(update={"stem": "Otra"})
    Store(answered_url, changed(catalogue, wording={**wording, "es": spanish})).open().close()
    english = wording["en"].model_copy(update={"stem": "Other"})
    with pytest.raises(FrozenInstrumentError, match=r"changed \(wording:en\)"):
        Store(answered_url, changed(catalogue, wording={**wording, "en": english})).open()


def test_a_file_that_is_gone_stops_it(answered_url, catalogue):
    rest = {each.key: each for each in catalogue if not each.default}
    with pytest.raises(FrozenInstrumentError, match="its file is gone"):
        Store(answered_url, Catalogue(rest)).open()


def test_an_instrument_without_answers_may_change(tmp_path, catalogue):
    url = f"sqlite:///{tmp_path / 'compati.db'}"
    Store(url, catalogue).open().close()
    Store(url, changed(catalogue, items=tuple(reversed(catalogue.default.items)))).open().close()
