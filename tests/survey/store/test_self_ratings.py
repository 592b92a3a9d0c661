from datetime import date

import pytest
from sqlalchemy import func, select

from survey.access import AccessDeniedError, clinician_as_rater, find_viewer, lead_as_rater
from survey.instrument import Catalogue
from survey.roster import parse_roster
from survey.store import FrozenInstrumentError, Store, StoreError
from survey.store.roster import apply_roster
from survey.store.schema import self_rating
from survey.store.self_ratings import SelfRating, find_self_rating, keep_self_rating, list_self_ratings
from tests.samples import small_roster

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 1)
OWN = (4, 3, None, 4, 2)


def rate(store, who, levels, day=MAY, language="en", program="p-1"):
    """Rate as the person with this address: a clinician, or the lead of the program."""
    with store.writing() as connection:
        viewer = find_viewer(connection, f"{who}@example.org")
        rater = lead_as_rater(connection, viewer, program) if viewer.leads else clinician_as_rater(connection, viewer)
        keep_self_rating(connection, store.catalogue.default, rater, levels, language, day)


def own(store, who):
    with store.reading() as connection:
        rater = clinician_as_rater(connection, find_viewer(connection, f"{who}@example.org"))
        return find_self_rating(connection, store.catalogue.default, rater)


def everybodys(store, role="clinician", program="p-1"):
    with store.reading() as connection:
        return list_self_ratings(connection, store.catalogue.default, role, program)


def test_a_person_rates_once_a_month_and_the_later_one_stands(store):
    rate(store, "c1", (1, 1, 1, 1, 1))
    rate(store, "c1", OWN)
    assert own(store, "c1") == SelfRating("c-1", 202605, OWN)
    rate(store, "c1", (4, 4, 4, 4, 4), JUNE)
    assert own(store, "c1").month == 202606
    assert [each.month for each in everybodys(store)] == [202605, 202606]
    assert own(store, "c2") is None


def test_clinicians_leads_and_programs_are_kept_apart(store):
    for who, program in (("c1", ""), ("c3", ""), ("c9", ""), ("lead", "p-1")):
        rate(store, who, OWN, program=program)
    assert {each.person_id for each in everybodys(store)} == {"c-1", "c-3"}
    assert {each.person_id for each in everybodys(store, program="p-2")} == {"c-9"}
    assert {each.person_id for each in everybodys(store, "lead")} == {"l-1"}


def test_a_rating_stays_with_the_program_that_its_person_was_of(store):
    rate(store, "c1", OWN)
    with store.writing() as connection:
        moved = "kind,id,name,parent,email,stage\nclinician,c-1,Clinician 1,u-3,c1@example.org,\n"
        apply_roster(connection, parse_roster(moved))
    assert {each.person_id for each in everybodys(store)} == {"c-1"}
    # One rating a month, wherever they work in it; and what they see is their own, from before the move too.
    assert own(store, "c1").levels == OWN
    rate(store, "c1", (1, 1, 1, 1, 1))
    assert everybodys(store) == []
    assert [each.levels for each in everybodys(store, program="p-2")] == [(1, 1, 1, 1, 1)]
    rate(store, "c1", OWN, JUNE)
    with store.writing() as connection:
        apply_roster(connection, parse_roster(moved.replace("c1@example.org", "")), replace=False)
    assert len(everybodys(store, program="p-2")) == 2


@pytest.mark.parametrize(
    ("levels", "language", "complaint"),
    [
        ((4, 4, 4, 4), "en", "each item"),
        ((4, 4, 4, 4, 5), "en", "each item"),
        ((None,) * 5, "en", "at least one"),
        (OWN, "fr", "no form for clinicians and leads in fr"),
    ],
)
def test_what_is_no_rating_is_refused(sqlite_store, levels, language, complaint):
    with pytest.raises(StoreError, match=complaint):
        rate(sqlite_store, "c1", levels, language=language)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(self_rating)).scalar_one() == 0


def test_nobody_rates_as_somebody_they_are_not(sqlite_store):
    with sqlite_store.reading() as connection:
        lead, clinician = (find_viewer(connection, f"{who}@example.org") for who in ("lead", "c1"))
        for refused in (
            lambda: clinician_as_rater(connection, lead),
            lambda: lead_as_rater(connection, lead, "p-2"),
            lambda: lead_as_rater(connection, clinician, "p-1"),
        ):
            with pytest.raises(AccessDeniedError):
                refused()


def test_the_form_is_frozen_once_somebody_rated_by_it(store_url, catalogue):
    store = Store(store_url, catalogue).open()
    small_roster(store)
    rate(store, "c1", OWN)
    store.close()
    default = catalogue.default

    def reopen(language, **update):
        form = default.self_rating[language].model_copy(update=update)
        changed = default.model_copy(update={"self_rating": {**default.self_rating, language: form}})
        Store(store_url, Catalogue({each.key: each for each in catalogue} | {default.key: changed})).open().close()

    reopen("es", clinician_stem="Otra")
    reopen("en", source="Compati's own, not validated")
    with pytest.raises(FrozenInstrumentError, match=r"compassion-5 2019 was changed \(self_rating:en\)"):
        reopen("en", lead_stem="Another")
    items = default.model_copy(update={"items": tuple(reversed(default.items))})
    with pytest.raises(FrozenInstrumentError, match=r"\(measure\)"):
        Store(store_url, Catalogue({each.key: each for each in catalogue} | {default.key: items})).open()
