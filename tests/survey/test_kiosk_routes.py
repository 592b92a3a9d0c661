"""Declines, registering by a code, and a unit's settings, as a kiosk meets them on both databases."""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import select

from survey.flags import flags_of, mentions_harm
from survey.kiosk_routes import WRONG_TRIES
from survey.store import Store, StoreError
from survey.store.comments import list_waiting_comments
from survey.store.declines import read_declines
from survey.store.enrolments import MINUTES, SpentCodeError, UnknownCodeError, make_code, redeem_code
from survey.store.erasure import erase_responses
from survey.store.schema import response as response_table
from survey.store.schema import response_flag
from survey.store.unit_settings import UnitSettings, hash_pin, keep_unit_settings
from tests.samples import response, small_roster
from tests.survey.test_intake import Api

FAR = 10**10
DECLINE = {
    "instrument": "compassion-5", "version": "2019", "language": "en", "mode": "kiosk", "at": "2026-11-20T09:00:00Z",
}  # fmt: skip


@pytest.fixture
def api(store):
    return Api(store)


def decline(api, uuid=None, token=None, **changes):
    headers = {"Authorization": f"Bearer {token or api.token}"}
    return api.call("PUT", f"/api/declines/{uuid or uuid4()}", json=DECLINE | changes, headers=headers)


def enrol(api, code):
    return api.call("POST", "/api/enrolments", json={"code": code})


def test_a_decline_is_counted_once_however_often_it_is_sent(api):
    uuid = uuid4()
    answers = [decline(api, uuid), decline(api, uuid), decline(api, mode="own_device")]
    assert [(each.status_code, each.json()["outcome"]) for each in answers] == [
        (201, "stored"), (200, "same"), (201, "stored")
    ]  # fmt: skip
    with api.store.reading() as connection:
        counts = read_declines(connection, "compassion-5", "2019")
    assert counts == {("u-1", 202611, "kiosk"): 1, ("u-1", 202611, "own_device"): 1}
    assert api.status().responses == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instrument": "nothing"}, "instrument"), ({"mode": "fax"}, "mode"), ({"at": "2099-01-01T00:00:00Z"}, "at"),
        ({"at": 12}, "at"), ({"comment": "x"}, "comment"), ({"language": "english!"}, "language"),
    ],
)  # fmt: skip
def test_a_bad_decline_is_told_by_its_field(api, changes, field):
    answer = decline(api, **changes)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["problems"]] == [field]


def test_a_decline_needs_a_device_and_a_uuid(api):
    assert decline(api, token="unknown").status_code == 401
    assert decline(api, uuid="seven").status_code == 422
    assert api.call("GET", "/api/declines/x").status_code == 405


def test_a_code_registers_one_device_once(api):
    with api.store.writing() as connection:
        code = make_code(connection, "u-2", "Ward door", FAR)
    answer = enrol(api, code.replace("-", "").lower())
    assert answer.status_code == 201
    api.token = answer.json()["token"]
    assert api.get_kiosk().json()["device"]["unit"]["id"] == "u-2"
    assert enrol(api, code).status_code == 410
    assert enrol(api, "AAAA-AAAA").status_code == 404
    assert enrol(api, "").status_code == 422


def test_a_code_ends_after_its_minutes_and_only_one_of_many_gets_it(store):
    with store.writing() as connection:
        late, good = (make_code(connection, "u-1", "Desk", 1_000) for _ in range(2))
        with pytest.raises(StoreError, match="not in the roster"):
            make_code(connection, "u-x", "Desk", 1_000)

    def redeem(_):
        try:
            with store.writing() as connection:
                return redeem_code(connection, good, 1_001)[1]
        except SpentCodeError:
            return None

    with ThreadPoolExecutor(6) as threads:
        assert len([token for token in threads.map(redeem, range(6)) if token]) == 1
    with store.writing() as connection:
        with pytest.raises(SpentCodeError):
            redeem_code(connection, late, 1_001 + MINUTES * 60)
        with pytest.raises(UnknownCodeError):
            redeem_code(connection, "nothing", 1_001)


def test_codes_cannot_be_guessed(api):
    answers = [enrol(api, f"AAAA-{number:04}").status_code for number in range(WRONG_TRIES)]
    assert set(answers) == {404}
    with api.store.writing() as connection:
        code = make_code(connection, "u-1", "Desk", FAR)
    refused = enrol(api, code)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


def test_a_kiosk_is_told_its_units_settings(api):
    plain = api.get_kiosk().json()
    assert plain["mode"] == "kiosk"
    assert plain["settings"] == {
        "paused": False, "idle_seconds": 60, "keep_partial": False, "help_line": None, "pin": None
    }  # fmt: skip
    chosen = UnitSettings(True, 120, True, {"en": "Call 555 0100", "ar": "اتصل"}, hash_pin("2468"))
    with api.store.writing() as connection:
        keep_unit_settings(connection, "u-1", chosen)
        keep_unit_settings(connection, "u-1", chosen)
    found = api.get_kiosk().json()["settings"]
    assert (found["paused"], found["idle_seconds"], found["help_line"]["ar"]) == (True, 120, "اتصل")
    pin = found["pin"]
    digest = hashlib.pbkdf2_hmac("sha256", b"2468", bytes.fromhex(pin["salt"]), pin["iterations"])
    assert digest.hex() == pin["sha256"]


@pytest.mark.parametrize(
    "settings",
    [UnitSettings(idle_seconds=5), UnitSettings(help_line={"English": "x"}), UnitSettings(help_line={"en": ""})],
)
def test_settings_that_cannot_be_are_refused(sqlite_store, settings):
    with sqlite_store.writing() as connection, pytest.raises(StoreError):
        keep_unit_settings(connection, "u-1", settings)


@pytest.mark.parametrize("pin", ["12", "abcd", "1" * 13])
def test_a_pin_is_4_to_12_digits(pin):
    with pytest.raises(StoreError, match="4 to 12 digits"):
        hash_pin(pin)


@pytest.mark.parametrize(
    ("comment", "harm"),
    [
        ("I want to DIE and nobody listens", True), ("She hit me", True), ("The whit men", False),
        ("grape juice", False), ("me  golpeó", True), ("أريد أن أموت", True), ("我不想活了", True),
        ("They were kind", False), ("", False),
    ],
)  # fmt: skip
def test_a_comment_that_mentions_harm_is_found_in_every_language(comment, harm):
    assert mentions_harm(comment) is harm


def test_flags_are_kept_with_the_response_come_first_in_moderation_and_go_with_it(store, catalogue):
    times = {"started_at": "2026-11-20T09:00:00Z", "finished_at": "2026-11-20T09:00:02Z"}
    quick = response(catalogue, comment="fine", answers=dict.fromkeys(catalogue.default.item_ids, 4), **times)
    harm = response(catalogue, comment="He hit me")
    assert (flags_of(quick), flags_of(harm)) == (["too_fast"], ["harm"])
    for each in (quick, harm):
        store.submit(each, "{}").result(timeout=30)
    with store.reading() as connection:
        assert list_waiting_comments(connection)[0].response_id == harm.id
        assert len(list(connection.execute(select(response_flag)))) == 2
    with store.writing() as connection:
        erase_responses(connection, [harm.id], catalogue, 0)
        assert [row.flag for row in connection.execute(select(response_flag))] == ["too_fast"]


def flagged_as_repeated(store):
    with store.reading() as connection:
        return set(
            connection.execute(select(response_flag.c.response_id).where(response_flag.c.flag == "repeated")).scalars()
        )


def test_a_third_identical_visit_within_a_minute_is_stored_with_a_flag(store, catalogue):
    def visit(second, **changes):
        times = {
            "started_at": "2026-11-20T08:00:00Z",
            "finished_at": f"2026-11-20T09:{second // 60:02}:{second % 60:02}Z",
        }
        return response(catalogue, **times, **changes)

    alike = [visit(second) for second in (0, 20, 40)]
    # The next ones are another answer, another minute, and the same visits sent once more.
    for each in [*alike, visit(45, comment="Kind"), visit(300), visit(330), visit(391), *alike, alike[0]]:
        store.submit(each, "{}").result(timeout=30)
    assert flagged_as_repeated(store) == {alike[2].id}
    with store.reading() as connection:
        assert len(connection.execute(select(response_table.c.id)).all()) == 7


def test_the_commands_make_a_code_and_set_a_unit(tmp_path, catalogue, monkeypatch):
    monkeypatch.setenv("COMPATI_DATA", str(tmp_path))
    monkeypatch.setenv("COMPATI_SECRETS", str(tmp_path / "none.toml"))
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
    small_roster(store)
    store.close()

    def command(*arguments):
        full = [sys.executable, "-m", "survey", *arguments, "--json"]
        done = subprocess.run(full, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr
        return done

    assert len(json.loads(command("device", "code", "--unit", "u-1", "--name", "Desk").stdout)["code"]) == 9
    shown = json.loads(command("unit", "set", "--unit", "u-1", "--pause", "--help-line", "en=Call").stdout)
    assert (shown["paused"], shown["help_line"], shown["pin"]) == (True, {"en": "Call"}, False)
    shown = json.loads(command("unit", "set", "--unit", "u-1", "--help-line", "en=").stdout)
    assert (shown["paused"], shown["help_line"]) == (True, None)
    assert command("unit", "set", "--unit", "u-9", "--pause").returncode != 0
    assert command("unit", "set", "--unit", "u-1", "--idle", "5").returncode != 0
