"""What a kiosk is told before each patient, on both databases."""

import time

import pytest
from sqlalchemy import insert, update

from survey.store.devices import add_device, revoke_device
from survey.store.kiosks import Kiosk
from survey.store.links import LinkGoneError, make_links, spend_link, token_digest
from survey.store.schema import clinician, store_fact, unit
from survey.store.unit_settings import UnitSettings, hash_pin, keep_unit_settings

NOW = int(time.time())


@pytest.fixture
def registered(store):
    with store.writing() as connection:
        return add_device(connection, "u-1", "Front desk")


def test_it_is_told_its_unit_and_its_clinicians_by_name(store, registered):
    device, token = registered
    people = [("c-1", "Clinician 1"), ("c-2", "Clinician 2")]
    assert store.find_kiosk(token, NOW) == Kiosk(device, "Cardiology", UnitSettings(), False, people)
    assert store.find_kiosk(token + "x", NOW) is None


def test_a_change_counts_for_the_next_patient(store, registered):
    device, token = registered
    store.find_kiosk(token, NOW)
    settings = UnitSettings(True, 90, True, {"en": "Call 1"}, hash_pin("1234"))
    with store.writing() as connection:
        keep_unit_settings(connection, "u-1", settings)
        connection.execute(update(clinician).where(clinician.c.id == "c-1").values(name="Zoe"))
        connection.execute(insert(store_fact).values(key="demo", value="7"))
    people = [("c-2", "Clinician 2"), ("c-1", "Zoe")]
    assert store.find_kiosk(token, NOW) == Kiosk(device, "Cardiology", settings, True, people)


def test_who_has_left_is_not_named_and_a_unit_that_is_closed_has_its_id_for_a_name(store, registered):
    _, token = registered
    with store.writing() as connection:
        connection.execute(update(clinician).where(clinician.c.id == "c-1").values(active=False))
        connection.execute(update(unit).where(unit.c.id == "u-1").values(active=False))
    kiosk = store.find_kiosk(token, NOW)
    assert (kiosk.unit_name, kiosk.clinicians) == ("u-1", [("c-2", "Clinician 2")])


def test_a_revoked_device_is_told_nothing(store, registered):
    device, token = registered
    with store.writing() as connection:
        revoke_device(connection, device.id)
    assert store.find_kiosk(token, NOW) is None


def test_a_link_is_told_the_same_until_it_is_used_or_over(store):
    with store.writing() as connection:
        batch, links = make_links(connection, "u-2", "Letters", count=2, days=1, now=NOW)
    assert store.find_kiosk(links[0], NOW) == Kiosk(
        batch, "Geriatrics", UnitSettings(), False, [("c-3", "Clinician 3")]
    )
    with store.writing() as connection:
        spend_link(connection, token_digest(links[0]), NOW)
    with pytest.raises(LinkGoneError, match="used"):
        store.find_kiosk(links[0], NOW)
    with pytest.raises(LinkGoneError, match="expired"):
        store.find_kiosk(links[1], NOW + 2 * 86_400)
