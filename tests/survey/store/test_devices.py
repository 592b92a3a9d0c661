import pytest
from sqlalchemy import text

from survey.store import StoreError
from survey.store.devices import add_device, find_device, list_devices, revoke_device


def test_a_device_is_known_by_its_token_of_which_only_a_hash_is_stored(store):
    with store.writing() as connection:
        device, token = add_device(connection, "u-1", " Front desk ")
    with store.reading() as connection:
        assert find_device(connection, token) == device
        assert find_device(connection, token + "x") is None
        assert list_devices(connection) == [device]
        stored = connection.execute(text("SELECT * FROM device")).one()
    assert device.name == "Front desk"
    assert token not in map(str, stored)


def test_a_revoked_device_is_unknown_at_once(store):
    with store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk")
    assert store.find_place(token, None).unit_id == "u-1"
    with store.writing() as connection:
        revoke_device(connection, device.id)
    assert store.find_place(token, None) is None
    with store.reading() as connection:
        assert find_device(connection, token) is None
        first = list_devices(connection)[0].revoked_at
    with store.writing() as connection:
        assert revoke_device(connection, device.id).revoked_at == first


def test_unknown_units_devices_and_empty_names_are_refused(store):
    with store.writing() as connection:
        with pytest.raises(StoreError, match="Unit 'u-404' is not in the roster"):
            add_device(connection, "u-404", "x")
        with pytest.raises(StoreError, match="1 to 100 printable"):
            add_device(connection, "u-1", " ")
        with pytest.raises(StoreError, match="'d-404' is not registered"):
            revoke_device(connection, "d-404")


def test_a_clinician_may_be_named_in_every_unit_of_the_program_and_no_further(store):
    with store.writing() as connection:
        _device, token = add_device(connection, "u-1", "Front desk")
    named = {who: store.find_place(token, who).clinician_ids for who in ("c-1", "c-3", "c-9", "c-404")}
    assert named == {
        "c-1": frozenset({"c-1"}), "c-3": frozenset({"c-3"}), "c-9": frozenset(), "c-404": frozenset(),
    }  # fmt: skip
