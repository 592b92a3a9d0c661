"""Posters and single-use links, as somebody's own phone meets them, on both databases."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from survey.store import Outcome, Store, StoreError
from survey.store.declines import read_declines
from survey.store.devices import add_device, revoke_device, token_digest
from survey.store.links import GRACE_SECONDS, count_links, make_links, spend_link
from survey.store.schema import response, visit_link
from survey.store.unit_settings import UnitSettings, hash_pin, keep_unit_settings
from tests.samples import document
from tests.samples import response as sample
from tests.survey.test_intake import Api
from tests.survey.test_kiosk_routes import decline

DAY = 86_400


@pytest.fixture
def api(store):
    return Api(store)


def add_links(store, count=1, days=30):
    with store.writing() as connection:
        return make_links(connection, "u-1", "Letters", count=count, days=days, now=int(time.time()))


@pytest.fixture
def link(api):
    """The device's view of the server through a link."""
    api.batch, [api.token] = add_links(api.store)
    return api


def expire(store, seconds_ago):
    with store.writing() as connection:
        connection.execute(update(visit_link).values(expires_at=int(time.time()) - seconds_ago))


def own(**changes):
    return document(mode="own_device", **changes)


def test_a_link_lets_one_visit_in_and_takes_that_one_again(link):
    found = link.get_kiosk().json()
    assert (found["mode"], found["device"]["unit"]["id"]) == ("own_device", "u-1")
    uuid = uuid4()
    answers = [link.put(own(), uuid), link.put(own(), uuid), link.put(own(), uuid4()), link.put(own(comment="x"), uuid)]
    assert [each.status_code for each in answers] == [201, 200, 410, 409]
    assert link.status().responses == link.status().tallies_n == 1
    gone = link.get_kiosk()
    assert (gone.status_code, gone.json()["reason"]) == (410, "used")


def test_of_many_who_use_a_link_at_once_one_gets_in(link):
    calls = [
        ("PUT", f"/api/responses/{uuid4()}", {"json": own(), "headers": {"Authorization": f"Bearer {link.token}"}})
        for _ in range(8)
    ]
    assert sorted(each.status_code for each in link.call_all(calls)) == [201] + [410] * 7
    assert link.status().responses == 1


def test_one_whose_link_is_gone_holds_up_no_other_of_the_same_commit(api, catalogue):
    _batch, [link] = add_links(api.store)
    digest = token_digest(link)
    sent = [api.store.submit(sample(catalogue), "{}", digest) for _ in range(3)]
    sent += [api.store.submit(sample(catalogue), "{}") for _ in range(3)]
    outcomes = [each.result(timeout=30) for each in sent]
    assert outcomes == [Outcome.STORED, Outcome.LINK_GONE, Outcome.LINK_GONE, *[Outcome.STORED] * 3]
    assert api.status().responses == api.status().tallies_n == 4


def test_two_servers_on_one_store_let_one_visit_in(store, catalogue):
    _batch, links = add_links(store, count=12)
    other = Store(store.engine.url, catalogue).open()
    try:

        def use(turn):
            place, digest = (store, other)[turn % 2], token_digest(links[turn // 2])
            return place.submit(sample(catalogue), "{}", digest).result(timeout=30)

        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(use, range(24)))
    finally:
        other.close()
    assert (outcomes.count(Outcome.STORED), outcomes.count(Outcome.LINK_GONE)) == (12, 12)


def test_a_commit_that_fails_leaves_the_link_open(link):
    digest = token_digest(link.token)
    with pytest.raises(ZeroDivisionError), link.store.writing() as connection:
        assert spend_link(connection, digest, int(time.time()))
        raise ZeroDivisionError
    assert link.put(own()).status_code == 201


def test_who_opened_a_link_in_time_may_finish_and_send_again_later(link):
    expire(link.store, 60)
    gone = link.get_kiosk()
    assert (gone.status_code, gone.json()["reason"]) == (410, "expired")
    uuid = uuid4()
    assert link.put(own(), uuid).status_code == 201
    expire(link.store, GRACE_SECONDS + 60)
    assert link.put(own(), uuid).status_code == 200


def test_long_after_it_expired_a_link_lets_nothing_in(link):
    expire(link.store, GRACE_SECONDS + 60)
    assert link.put(own()).status_code == 410
    assert link.status().responses == 0


def test_a_batch_is_revoked_at_once(link):
    with link.store.writing() as connection:
        revoke_device(connection, link.batch.id)
    assert link.get_kiosk().status_code == 401
    assert link.put(own()).status_code == 401


def test_who_declines_is_counted_once_and_may_change_their_mind(link):
    assert [decline(link, mode="own_device").json()["outcome"] for _ in range(2)] == ["stored", "same"]
    assert link.put(own()).status_code == 201
    with link.store.reading() as connection:
        assert read_declines(connection, "compassion-5", "2019") == {("u-1", 202611, "own_device"): 1}
        assert vars(count_links(connection)[link.batch.id]) == {"made": 1, "answered": 1, "declined": 1}
    assert decline(link, mode="own_device").status_code == 410


def test_nothing_in_the_store_says_which_link_an_answer_came_by(link):
    add_links(link.store, count=3)
    link.put(own())
    with link.store.reading() as connection:
        [stored] = connection.execute(select(response)).mappings()
        rows = connection.execute(select(visit_link)).mappings().all()
    assert stored["device_id"] == link.batch.id
    for row in rows:
        assert set(row) == {"link_sha256", "device_id", "expires_at", "answered", "declined"}
        assert str(stored["id"]) not in str(dict(row))


@pytest.mark.parametrize("kind", ["poster", "link"])
def test_a_phone_answers_as_a_phone_and_is_not_told_the_pin(api, kind):
    with api.store.writing() as connection:
        keep_unit_settings(connection, "u-1", UnitSettings(pin=hash_pin("2468"), help_line={"en": "Call"}))
        _poster, api.token = add_device(connection, "u-1", "Door", "poster")
    if kind == "link":
        _batch, [api.token] = add_links(api.store)
    found = api.get_kiosk().json()
    assert (found["mode"], found["settings"]["pin"]) == ("own_device", None)
    assert found["settings"]["help_line"] == {"en": "Call"}
    refused = api.put(document(mode="kiosk"))
    assert [each["field"] for each in refused.json()["problems"]] == ["mode"]
    assert decline(api, mode="kiosk").status_code == 422


def test_a_poster_lets_many_in_and_is_revoked_at_once(api):
    with api.store.writing() as connection:
        poster, api.token = add_device(connection, "u-1", "Door", "poster")
    assert [api.put(own(comment=str(number))).status_code for number in range(4)] == [201] * 4
    with api.store.writing() as connection:
        revoke_device(connection, poster.id)
    assert api.put(own()).status_code == 401


@pytest.mark.parametrize(("count", "days"), [(0, 30), (5_001, 30), (1, 0), (1, 366)])
def test_a_batch_that_cannot_be_is_refused(sqlite_store, count, days):
    with pytest.raises(StoreError, match="1 to"):
        add_links(sqlite_store, count, days)


def test_links_are_forgotten_long_after_they_expired(sqlite_store):
    batch, _links = add_links(sqlite_store, count=2)
    expire(sqlite_store, 91 * DAY)
    later, _links = add_links(sqlite_store)
    with sqlite_store.reading() as connection:
        assert set(count_links(connection)) == {later.id} != {batch.id}
