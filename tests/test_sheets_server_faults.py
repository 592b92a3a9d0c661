"""The loopback server fails as planned, keeps the quotas, and notes every request."""

import subprocess
import sys

import gspread
import pytest
import requests
from gspread.exceptions import APIError

from tests.sheets_server import Fault, LoopbackSheets, loopback_client
from tests.sheets_server.faults import PASSING


@pytest.fixture
def sheets(loopback):
    return loopback


@pytest.fixture
def sheet(sheets) -> gspread.Worksheet:
    return loopback_client(sheets.url).open_by_key("book-1").sheet1


def test_a_planned_status_changes_nothing_and_comes_once(sheet, sheets):
    sheets.faults.extend([Fault(429, retry_after=3), None, Fault(503)])
    with pytest.raises(APIError) as caught:
        sheet.append_row(["first"])
    assert caught.value.response.headers["Retry-After"] == "3"
    assert caught.value.response.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    sheet.append_row(["second"])
    with pytest.raises(APIError):
        sheet.append_row(["third"])
    assert sheets.rows("Sheet1") == [["second"]]
    assert sheets.plan.counts == {"429 with Retry-After": 1, "503": 1}


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        (Fault(reset="before"), False),
        (Fault(reset="after"), True),
        (Fault(cut="body"), True),
        (Fault(cut="connection"), True),
        (Fault(delay=5), True),
    ],
)
def test_a_lost_answer_leaves_the_change_applied_or_not(sheets, fault, applied):
    sheet = loopback_client(sheets.url, timeout=0.5).open_by_key("book-1").sheet1
    sheets.faults.append(fault)
    with pytest.raises(requests.RequestException):
        sheet.append_row(["x"])
    assert sheets.rows("Sheet1") == ([["x"]] if applied else [])
    assert sheets.plan.counts == {fault.name: 1}


def run_seeded(seed):
    with LoopbackSheets() as sheets:
        sheets.plan.seed(seed, share=0.5)
        session = requests.Session()
        for number in range(40):
            try:
                session.get(f"{sheets.url}/v4/spreadsheets/book-1", params={"quotaUser": str(number)}, timeout=5)
            except requests.RequestException:
                session = requests.Session()
        return [each.fault for each in sheets.log]


def test_the_same_seed_fails_the_same_requests():
    first = run_seeded(7)
    assert first == run_seeded(7)
    assert first != run_seeded(8)
    assert 8 < sum(map(bool, first)) < 32
    assert set(first) <= {"", *(fault.name for fault in PASSING)}


def test_the_quotas_are_kept_by_user_and_project_and_refill():
    now = [0.0]
    with LoopbackSheets(per_minute=2, clock=lambda: now[0]) as sheets:

        def ask(user, method="get"):
            where = "" if method == "get" else "/values:batchClear"
            url = f"{sheets.url}/v4/spreadsheets/book-1{where}"
            return requests.request(method, url, params={"quotaUser": user}, json={}, timeout=5)

        assert [ask("a").status_code for _ in range(3)] == [200, 200, 429]
        assert "Read requests per minute per user" in ask("a").json()["error"]["message"]
        assert ask("a", "post").status_code == 200
        assert [ask(user).status_code for user in "bbccddeeff"] == [200] * 8 + [429] * 2
        now[0] = 60
        assert ask("a").status_code == 200


def test_every_request_is_noted(sheet, sheets):
    sheets.log.clear()
    sheet.append_row(["x"])
    sheet.get_all_values()
    write, read = sheets.log
    assert (write.kind, write.method, write.status, read.kind, read.status) == ("write", "POST", 200, "read", 200)
    assert write.received > 10
    assert write.sent > 100
    assert sheets.requests == {"read": 1, "write": 1}


def test_it_runs_as_a_process_and_prints_its_address():
    command = [sys.executable, "-m", "tests.sheets_server", "--port", "0", "--latency-ms", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            assert loopback_client(url).open_by_key("book-1").sheet1.title == "Sheet1"
        finally:
            process.terminate()
