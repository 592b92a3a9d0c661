"""How much the mirror asks of Google, measured at the server, on a clock that is turned by waiting."""

import os

import pytest

from survey.sheets.client import SheetsClient, SheetsConnection
from survey.sheets.limits import PACE_SECONDS, ROWS_PER_ROUND, WRITES_PER_MINUTE
from survey.sheets.mirror import Mirror
from tests.samples import response
from tests.sheets_server import LoopbackSheets


class Clock:
    """Time that passes only while somebody waits, and a little with every request."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


def fill(store, catalogue, count):
    for start in range(0, count, 1_000):
        some = [response(catalogue) for _ in range(min(1_000, count - start))]
        for future in [store.submit(each, "{}") for each in some]:
            future.result(timeout=60)


def drain(store, sheets, clock):
    connection = SheetsConnection("book-1", api_base=sheets.url, timeout_seconds=30)
    mirror = Mirror(store, SheetsClient(connection, wait=clock.wait, clock=clock), "worker-1", clock=clock)
    while mirror.round():
        pass


def test_workers_that_take_turns_stay_within_the_quota_together(sqlite_store, catalogue):
    clock = Clock()
    with LoopbackSheets(clock=clock, per_minute=WRITES_PER_MINUTE) as sheets:
        connection = SheetsConnection("book-1", api_base=sheets.url, timeout_seconds=30)
        workers = [
            Mirror(sqlite_store, SheetsClient(connection, wait=clock.wait, clock=clock), name, clock=clock)
            for name in "abc"
        ]
        for number in range(90):
            fill(sqlite_store, catalogue, 1)
            workers[number % 3].round()
            workers[number % 3].turn.end()
        assert {each.status for each in sheets.log} == {200}
        assert most_in_a_minute([each.at for each in sheets.log if each.kind == "write"]) <= WRITES_PER_MINUTE


def most_in_a_minute(times):
    return max(sum(start <= at < start + 60 for at in times) for start in times)


def test_a_thousand_responses_take_at_most_six_requests_even_at_first(sqlite_store, catalogue):
    fill(sqlite_store, catalogue, 1_000)
    clock = Clock()
    with LoopbackSheets(clock=clock) as sheets:
        drain(sqlite_store, sheets, clock)
        assert sum(sheets.requests.values()) <= 6


@pytest.mark.parametrize("responses", [5_000, *([100_000] if os.environ.get("COMPATI_NIGHTLY") else [])])
def test_a_backlog_drains_within_the_quota_and_as_fast_as_that_allows(sqlite_store, catalogue, responses):
    fill(sqlite_store, catalogue, responses)
    clock = Clock()
    with LoopbackSheets(clock=clock, per_minute=WRITES_PER_MINUTE) as sheets:
        drain(sqlite_store, sheets, clock)
        writes = [each.at for each in sheets.log if each.kind == "write"]
        assert {each.status for each in sheets.log} == {200}
    assert most_in_a_minute(writes) <= WRITES_PER_MINUTE
    rounds = responses / ROWS_PER_ROUND
    assert clock.now - 1_000_000 <= (rounds + 3) * PACE_SECONDS
