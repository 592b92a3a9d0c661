"""The routes as a device calls them, on both databases."""

import asyncio
import json
import os
from contextlib import contextmanager
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, select, text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response

from survey.device_request import MAX_BODY
from survey.health import health_routes
from survey.intake import AnswersFirst, intake_routes
from survey.kiosk_routes import kiosk_upkeep_routes
from survey.roster import parse_roster
from survey.store import Store
from survey.store.devices import add_device, revoke_device
from survey.store.responses import iterate_responses
from survey.store.roster import apply_roster
from survey.store.schema import response_conflict
from survey.store.status import read_status
from tests.samples import ROSTER, document, run_apart, small_roster


class Api:
    """A device's view of the server: each call is one request to the real routes."""

    def __init__(self, store):
        self.store = store
        with store.writing() as connection:
            self.device, self.token = add_device(connection, "u-1", "Front desk")
        mirror = lambda: {"state": "off", "lag_rows": 0}  # noqa: E731
        self.serve(Starlette(routes=[*intake_routes(store), *health_routes(store, mirror)]))

    def serve(self, app):
        self._app = app

    def call(self, method, path, **arguments):
        return self.call_all([(method, path, arguments)])[0]

    def call_all(self, calls):
        async def run():
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await asyncio.gather(*(client.request(m, p, **arguments) for m, p, arguments in calls))

        return run_apart(run())

    def put(self, body, uuid=None, token=None, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"} | headers
        return self.call("PUT", f"/api/responses/{uuid or uuid4()}", content=content, headers=headers)

    def get_kiosk(self):
        return self.call("GET", "/api/kiosk", headers={"Authorization": f"Bearer {self.token}"})

    def status(self):
        with self.store.reading() as connection:
            return read_status(connection)


@pytest.fixture
def api(store):
    return Api(store)


@pytest.fixture
def sqlite_api(sqlite_store):
    return Api(sqlite_store)


def test_201_then_200_then_409_and_the_first_stands(api, catalogue):
    uuid = uuid4()
    answers = [api.put(document(), uuid), api.put(document(), uuid), api.put(document(comment="other"), uuid)]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert [answer.json()["outcome"] for answer in answers] == ["stored", "same", "conflict"]
    with api.store.reading() as connection:
        (stored,) = iterate_responses(connection, catalogue)
        (kept,) = connection.execute(select(response_conflict.c.payload)).scalars()
    assert (stored.id, stored.comment, stored.unit_id, stored.device_id) == (uuid, None, "u-1", api.device.id)
    assert json.loads(kept)["comment"] == "other"
    assert api.status().tallies_n == 1


def test_the_same_payload_spelled_differently_is_the_same(api):
    uuid = uuid4()
    assert api.put(document(), uuid).status_code == 201
    spelled = json.dumps(dict(reversed(list(document().items()))), indent=2).encode()
    assert api.put(spelled, str(uuid).upper()).status_code == 200


def test_a_response_is_let_in_before_any_middleware_and_nothing_else_is(sqlite_api):
    async def refuse(scope, receive, send):
        await Response("refused", 418)(scope, receive, send)

    routes = intake_routes(sqlite_api.store)
    gates = [Middleware(AnswersFirst, routes=routes), Middleware(lambda app: refuse)]
    sqlite_api.serve(Starlette(routes=routes, middleware=gates))
    assert [sqlite_api.put(document()).status_code, sqlite_api.put(b"{").status_code] == [201, 422]
    one = f"/api/responses/{uuid4()}"
    others = [("GET", one), ("OPTIONS", one), ("PUT", f"{one}/y"), ("PUT", "/api/responses/"), ("GET", "/api/kiosk")]
    assert {sqlite_api.call(*each).status_code for each in others} == {418}


def test_many_at_once_under_one_uuid_store_it_once(api):
    uuid = uuid4()
    call = (
        "PUT",
        f"/api/responses/{uuid}",
        {"json": document(), "headers": {"Authorization": f"Bearer {api.token}"}},
    )
    statuses = sorted(answer.status_code for answer in api.call_all([call] * 20))
    assert statuses == [200] * 19 + [201]
    assert api.status().responses == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc", "Bearer " + "x" * 300])
def test_an_unknown_device_is_401(sqlite_api, header):
    answer = sqlite_api.call("PUT", f"/api/responses/{uuid4()}", json=document(), headers={"Authorization": header})
    assert answer.status_code == 401
    assert sqlite_api.status().responses == 0


def test_a_revoked_device_is_401_at_once_even_for_bad_input(sqlite_api):
    assert sqlite_api.put(document()).status_code == 201
    with sqlite_api.store.writing() as connection:
        revoke_device(connection, sqlite_api.device.id)
    assert sqlite_api.put(document()).status_code == 401
    assert sqlite_api.put(b"{").status_code == 401
    assert (
        sqlite_api.call("GET", "/api/kiosk", headers={"Authorization": f"Bearer {sqlite_api.token}"}).status_code == 401
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"\xff", "body"),
        (document(instrument="nonsense"), "instrument"),
        (document(answers={"q9": 1}), "answers.q9"),
        (document(clinician="c-9"), "clinician"),
        (document(comment="\ud800"), "body"),
        (document(comment="\x00"), "comment"),
    ],
)
def test_a_bad_body_is_422_with_the_field_and_changes_nothing(sqlite_api, body, field):
    answer = sqlite_api.put(body)
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert set(problem) == {"field", "problem"}
    assert problem["field"] == field
    assert sqlite_api.status().responses == 0


@pytest.mark.parametrize(
    "uuid", ["1", "not-a-uuid", "{3f2504e0-4f89-41d3-9a0c-0305e82c3301}", "3f2504e04f8941d39a0c0305e82c3301"]
)
def test_a_wrong_uuid_is_422(sqlite_api, uuid):
    answer = sqlite_api.put(document(), uuid)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["problems"]] == ["uuid"]


@pytest.mark.parametrize("clinician", ["\ud800", "\x00", "c-1\x00"])
def test_a_clinician_that_no_database_can_hold_is_422(api, clinician):
    assert api.put(document(clinician=clinician)).status_code == 422


def test_413_over_64_kib_and_not_below(sqlite_api):
    body = json.dumps(document()).encode()
    assert sqlite_api.put(body + b" " * (MAX_BODY - len(body))).status_code == 201
    assert sqlite_api.put(body + b" " * (MAX_BODY - len(body) + 1)).status_code == 413


def test_another_content_type_is_415(sqlite_api):
    assert sqlite_api.put(document(), **{"Content-Type": "text/plain"}).status_code == 415
    assert sqlite_api.put(document(), **{"Content-Type": ""}).status_code == 415
    assert sqlite_api.put(document(), **{"Content-Type": "application/json; charset=utf-8"}).status_code == 201


def test_503_with_retry_after_when_the_store_is_out_of_reach(sqlite_api):
    with sqlite_api.store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE device RENAME TO gone")
    answer = sqlite_api.put(document())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    health = sqlite_api.call("GET", "/healthz")
    assert health.status_code == 200
    with sqlite_api.store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO device")
    assert sqlite_api.put(document()).status_code == 201


@contextmanager
def read_only(store):
    """The database takes no writes, as a standby or a disk that was mounted anew."""
    name = store.engine.url.database
    if store.is_embedded:
        switch = lambda on: lambda connection, *_: connection.execute(f"PRAGMA query_only={on}")  # noqa: E731
        on, off = switch(1), switch(0)
        event.listen(store.engine, "checkout", on)
        yield
        event.remove(store.engine, "checkout", on)
        event.listen(store.engine, "checkout", off)
        return
    for change in (f"ALTER DATABASE {name} SET default_transaction_read_only = on", f"ALTER DATABASE {name} RESET ALL"):
        admin = create_engine(store.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(change))
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        admin.dispose()
        if change.endswith("on"):
            yield


def test_503_while_the_store_is_read_only_and_nothing_is_lost(api, caplog):
    uuid = uuid4()
    decline = {"instrument": "compassion-5", "version": "2019", "language": "en", "mode": "kiosk"}
    ways = [
        lambda: api.put(document(), uuid),
        lambda: api.call(
            "PUT",
            f"/api/declines/{uuid}",
            content=json.dumps(decline | {"at": document()["finished_at"]}).encode(),
            headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
        ),
    ]
    api.serve(Starlette(routes=[*intake_routes(api.store), *kiosk_upkeep_routes(api.store)]))
    with read_only(api.store):
        for way in [*ways, *ways]:
            answer = way()
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert api.get_kiosk().status_code == 200, "it reads on"
    assert not [each for each in caplog.records if each.exc_info], "no traceback for each answer that comes meanwhile"
    # The first takes a connection that was cut.
    statuses = [[way().status_code for _ in range(3)] for way in ways]
    assert all(201 in each and each[-1] in (200, 201) for each in statuses), statuses
    assert api.status().responses == 1


def test_503_when_postgresql_keeps_a_read_waiting(postgres_url, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.waiting.READ_SECONDS", 0.5)
    store = Store(postgres_url, catalogue).open()
    small_roster(store)
    api = Api(store)
    with store.writing() as connection:
        connection.execute(text("LOCK TABLE device IN ACCESS EXCLUSIVE MODE"))
        answer = api.put(document())
        assert (answer.status_code, api.get_kiosk().status_code) == (503, 503)
        assert answer.headers["Retry-After"]
    assert api.put(document()).status_code == 201
    store.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/responses/x", 405),
        ("POST", "/api/kiosk", 405),
        ("GET", "/api/", 404),
        ("OPTIONS", "/api/", 404),
        ("GET", "/api", 404),
        ("PUT", "/api/answers/x", 404),
    ],
)
def test_what_is_no_address_of_the_api_is_said_so_in_json(sqlite_api, method, path, status):
    answer = sqlite_api.call(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_what_was_stored_stays_known_when_the_clinician_has_left_for_another_program(sqlite_api):
    uuid = uuid4()
    assert sqlite_api.put(document(), uuid).status_code == 201
    with sqlite_api.store.writing() as connection:
        apply_roster(
            connection, parse_roster(ROSTER.replace("clinician,c-1,Clinician 1,u-1", "clinician,c-1,Clinician 1,u-3"))
        )
    assert sqlite_api.put(document(), uuid).status_code == 200
    assert sqlite_api.put(document()).status_code == 422


def test_a_kiosk_is_told_its_unit_its_clinicians_and_the_words(sqlite_api):
    answer = sqlite_api.get_kiosk()
    kiosk = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert kiosk["device"] == {
        "id": sqlite_api.device.id,
        "name": "Front desk",
        "unit": {"id": "u-1", "name": "Cardiology"},
    }
    assert [each["id"] for each in kiosk["clinicians"]] == ["c-1", "c-2"]
    assert kiosk["instrument"]["items"] == ["q1", "q2", "q3", "q4", "q5"]
    assert kiosk["instrument"]["wording"]["es"]["validated"] is False
    assert kiosk["synthetic"] is False


def test_health_and_metrics_tell_the_state(sqlite_api):
    sqlite_api.put(document())
    health = sqlite_api.call("GET", "/healthz")
    assert health.json() == {"status": "ok", "store": "ok", "queue": 0, "mirror": {"state": "off", "lag_rows": 0}}
    metrics = sqlite_api.call("GET", "/metrics").text
    assert 'compati_intake_requests_total{status="201"}' in metrics
    assert "compati_store_queue_depth 0.0" in metrics


def test_each_answer_is_counted_and_timed(sqlite_api):
    def counted() -> tuple[float, float, float]:
        lines = sqlite_api.call("GET", "/metrics").text.splitlines()
        found = dict(line.rsplit(" ", 1) for line in lines if line.startswith("compati_intake"))
        names = ('requests_total{status="201"}', 'requests_total{status="415"}', "seconds_count")
        stored, refused, timed = (float(found.get(f"compati_intake_{name}", 0)) for name in names)
        return stored, refused, timed

    before = counted()
    sqlite_api.put(document())
    sqlite_api.put(document(), **{"Content-Type": "text/plain"})
    assert [after - was for after, was in zip(counted(), before, strict=True)] == [1, 1, 2]


@pytest.mark.parametrize("kind", ["gone", "damaged"])
def test_a_store_that_cannot_be_reached_is_told_by_healthz(kind, request, tmp_path, catalogue):
    if kind == "gone":
        url = request.getfixturevalue("postgres_url").replace("/compati_", "/never_")
    else:
        (tmp_path / "damaged.db").write_bytes(b"no database" * 1_000)
        url = f"sqlite:///{tmp_path / 'damaged.db'}"
    store = Store(url, catalogue)
    mirror = lambda: {"state": "off", "lag_rows": 0}  # noqa: E731
    app = Starlette(routes=[*intake_routes(store), *health_routes(store, mirror)])

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            put = await client.put(f"/api/responses/{uuid4()}", json=document(), headers={"Authorization": "Bearer x"})
            kiosk = await client.get("/api/kiosk", headers={"Authorization": "Bearer x"})
            return put, kiosk, await client.get("/healthz")

    put, kiosk, health = run_apart(run())
    assert (put.status_code, kiosk.status_code, health.status_code) == (503, 503, 503)
    assert health.json()["status"] == "down"
    assert put.headers["Retry-After"]


hostile_text = st.text(max_size=40) | st.sampled_from(
    ["\x00", "a\x00b", "\ud800", "\U0001f9e1", "\u202e", "1e400", "c-1"]
)
hostile_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=6,
)
hostile_fields = dict.fromkeys(document(), hostile_values) | {
    "answers": st.dictionaries(st.sampled_from(["q1", "q2", "q6", ""]), hostile_values),
    "comment": hostile_text,
    "about": st.dictionaries(st.sampled_from(["age_band", "education", ""]), hostile_values),
}
# Mostly one field is wrong: where several are, the first that is looked at hides the others.
changed_fields = st.sampled_from(sorted(hostile_fields)).flatmap(
    lambda name: st.fixed_dictionaries({name: hostile_fields[name]})
) | st.fixed_dictionaries({}, optional=hostile_fields)
hostile_bodies = changed_fields.map(lambda changed: json.dumps(document() | changed).encode()) | st.binary(max_size=99)
uuids = st.uuids().map(str)
no_uuids = hostile_text.filter(lambda text: text and "/" not in text)  # with a slash it is another address


@settings(
    max_examples=1_000 if os.environ.get("COMPATI_NIGHTLY") else 80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=hostile_bodies, name=uuids | uuids | uuids | no_uuids)
def test_whatever_comes_is_stored_or_refused_with_a_reason(api, body, name):
    answer = api.call(
        "PUT",
        f"/api/responses/{quote(name.encode('utf-8', 'replace'), safe='')}",
        content=body,
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
    )
    assert answer.status_code in (200, 201, 404, 405, 409, 422), answer.text
    assert answer.json()
    if answer.status_code == 422:
        assert all(each["field"] and each["problem"] for each in answer.json()["problems"])
