"""The mirror with the real gspread over HTTP, on both databases."""

import contextlib
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import select

from survey.sheets.client import AccessLostError, MirrorError, SheetsClient
from survey.sheets.layout import header, mirrored_row, tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.turn import LEASE, LEASE_SECONDS, LeaseLostError, Turn
from survey.store import Store
from survey.store.erasure import erase_responses
from survey.store.lease import release_lease, take_lease
from survey.store.outbox import read_lag
from survey.store.schema import outbox
from tests.samples import response
from tests.sheets_server import Fault

TAB = tab_title("compassion-5", "2019", 2026)


def fill(store, catalogue, count, **changes):
    values = [response(catalogue, answers={"q1": 1 + number % 4}, **changes) for number in range(count)]
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    return values


def run(mirror):
    rounds = 0
    while mirror.round():
        rounds += 1
    return rounds


def lag(store):
    with store.reading() as connection:
        return read_lag(connection, 0).rows


def expected(values, catalogue):
    rows = [mirrored_row(value, catalogue.default) for value in values]
    return [header(catalogue.default), *rows]


def test_every_response_gets_its_own_row_in_order(store, catalogue, mirror, sheets):
    values = fill(store, catalogue, 1_200)
    assert run(mirror) == 3
    assert sheets.rows(TAB) == expected(values, catalogue)
    assert lag(store) == 0
    with store.reading() as connection:
        assert set(connection.execute(select(outbox.c.state, outbox.c.queued_at))) == {("delivered", None)}
    assert sheets.book.sheet(TAB).frozen_rows == 1


@pytest.mark.parametrize("delivered", [False, True])
def test_an_erased_response_is_a_tombstone_in_its_place(store, catalogue, mirror, sheets, delivered):
    values = fill(store, catalogue, 5)
    if delivered:
        run(mirror)
    gone = [values[0], values[2]]
    with store.writing() as connection:
        erase_responses(connection, [each.id for each in gone], catalogue, 0)
    run(mirror)
    rows = sheets.rows(TAB)[1:]
    assert [row[0] for row in rows] == [str(value.id) for value in values]
    for row, value in zip(rows, values, strict=True):
        if value in gone:
            assert (row[1], set(row[2:-1])) == ("erased", {""})
        else:
            assert row == mirrored_row(value, catalogue.default)


def test_at_most_four_requests_for_a_thousand_responses(store, catalogue, mirror, sheets):
    fill(store, catalogue, 10)
    run(mirror)
    sheets.log.clear()
    fill(store, catalogue, 1_000)
    run(mirror)
    assert sum(sheets.requests.values()) <= 4


def test_each_year_and_instrument_version_has_a_tab(store, catalogue, mirror, sheets):
    fill(store, catalogue, 3)
    fill(store, catalogue, 2, started_at="2025-05-05T09:00:00Z", finished_at="2025-05-05T09:01:00Z")
    run(mirror)
    assert len(sheets.rows(TAB)) == 4
    assert len(sheets.rows(tab_title("compassion-5", "2019", 2025))) == 3


def test_text_like_a_formula_stays_text_and_comments_stay_home(store, catalogue, mirror, sheets):
    formula = '=IMPORTXML("https://example.org")'
    value = replace(response(catalogue, comment=formula), clinician_id="=1+1")
    store.submit(value, "{}").result(timeout=30)
    run(mirror)
    cells = [cell["userEnteredValue"] for cell in sheets.book.sheet(TAB).cells[1] if cell]
    assert {"stringValue": "=1+1"} in cells
    assert {kind for cell in cells for kind in cell} == {"stringValue", "numberValue"}
    assert "IMPORTXML" not in str(sheets.rows(TAB))


@pytest.mark.parametrize(
    "fault", [Fault(reset="before"), Fault(reset="after"), Fault(cut="body"), Fault(cut="connection")]
)
def test_a_lost_answer_never_doubles_and_never_loses(store, catalogue, mirror, sheets, waits, fault):
    values = fill(store, catalogue, 700)
    sheets.faults.extend([None, fault] * 6)
    run(mirror)
    assert sheets.rows(TAB) == expected(values, catalogue)
    assert waits


def test_passing_troubles_are_waited_out_as_google_asks(store, catalogue, mirror, sheets, waits):
    values = fill(store, catalogue, 5)
    sheets.faults.extend([Fault(429, retry_after=17), Fault(500), Fault(503), Fault(429)])
    run(mirror)
    assert sheets.rows(TAB) == expected(values, catalogue)
    assert len(waits) == 4
    assert waits[0] >= 17


@pytest.mark.parametrize("status", [401, 403, 404])
def test_lost_access_is_not_retried_and_the_outbox_is_kept(store, catalogue, mirror, sheets, waits, status):
    values = fill(store, catalogue, 5)
    sheets.faults.append(Fault(status))
    with pytest.raises(AccessLostError):
        mirror.round()
    assert (waits, lag(store)) == ([], 5)
    run(mirror)
    assert sheets.rows(TAB) == expected(values, catalogue)


def test_endless_trouble_ends_the_round_in_words(store, catalogue, mirror, sheets):
    fill(store, catalogue, 5)
    sheets.faults.extend([Fault(500)] * 100)
    with pytest.raises(MirrorError, match="Google answers 500"):
        mirror.round()
    assert lag(store) == 5


def test_a_worker_that_died_after_writing_is_followed_without_doubling(store, catalogue, client, sheets):
    class DiesBeforeTheLedger(Mirror):
        def _write(self, *arguments):
            super()._write(*arguments)
            raise KeyboardInterrupt

    values = fill(store, catalogue, 20)
    with pytest.raises(KeyboardInterrupt):
        DiesBeforeTheLedger(store, client, "worker-1").round()
    assert lag(store) == 20
    run(Mirror(store, client, "worker-1"))
    assert sheets.rows(TAB) == expected(values, catalogue)


def test_only_one_worker_writes_at_a_time(store, catalogue, connection, sheets):
    now = [1_000.0]
    workers = [
        Mirror(store, SheetsClient(connection, wait=lambda _: None, pace_seconds=0), name, clock=lambda: now[0])
        for name in ("a", "b")
    ]
    fill(store, catalogue, 5)
    assert workers[0].round() == 5
    fill(store, catalogue, 5)
    with pytest.raises(LeaseLostError):
        workers[1].round()
    now[0] += LEASE_SECONDS
    assert workers[1].round() == 5
    fill(store, catalogue, 5)
    with pytest.raises(LeaseLostError):
        workers[0].round()
    assert len(sheets.rows(TAB)) == 11


def test_a_worker_whose_lease_was_taken_over_notes_nothing(store, catalogue, client):
    now = [1_000.0]

    class IsOvertaken(Mirror):
        def _write(self, *arguments):
            super()._write(*arguments)
            with store.writing() as transaction:
                later = int(now[0]) + LEASE_SECONDS
                assert take_lease(transaction, name=LEASE, holder="other", now=later, seconds=LEASE_SECONDS)

    fill(store, catalogue, 5)
    with pytest.raises(LeaseLostError):
        IsOvertaken(store, client, "worker-1", clock=lambda: now[0]).round()
    assert lag(store) == 5


def test_a_worker_that_lost_its_lease_while_it_waited_does_not_ask_again(store, catalogue, connection, sheets):
    now = [1_000.0]

    def wait(_seconds):
        now[0] += LEASE_SECONDS
        with store.writing() as transaction:
            assert take_lease(transaction, name=LEASE, holder="other", now=int(now[0]), seconds=LEASE_SECONDS)

    fill(store, catalogue, 5)
    worker = Mirror(store, SheetsClient(connection, wait=wait, pace_seconds=0), "worker-1", clock=lambda: now[0])
    sheets.faults.extend([None, None, Fault(503)])
    with pytest.raises(LeaseLostError):
        worker.round()
    assert [each.status for each in sheets.log] == [200, 200, 503]
    assert len(sheets.rows(TAB)) == 1


def test_a_lease_that_runs_out_during_a_round_is_kept_for_longer(store, catalogue, connection, sheets):
    now = [1_000.0]

    def wait(_seconds):
        now[0] += LEASE_SECONDS - 1

    values = fill(store, catalogue, 5)
    worker = Mirror(store, SheetsClient(connection, wait=wait, pace_seconds=0), "worker-1", clock=lambda: now[0])
    sheets.faults.extend([Fault(503)] * 3)
    assert worker.round() == 5
    assert sheets.rows(TAB) == expected(values, catalogue)


@pytest.mark.parametrize("seed", [1, 2])
def test_two_workers_that_compete_write_every_row_once(
    store, store_url, catalogue, connection, sheets, monkeypatch, seed
):
    monkeypatch.setattr("survey.sheets.mirror.ROWS_PER_ROUND", 40)
    values = fill(store, catalogue, 400)
    sheets.plan.seed(seed, share=0.25)
    other = Store(store_url, catalogue).open()
    written = {"a": 0, "b": 0}

    deadline = time.monotonic() + 60

    def work(name, its_store):
        worker = Mirror(its_store, SheetsClient(connection, wait=lambda _: None, pace_seconds=0), name)
        while lag(its_store) and time.monotonic() < deadline:
            with contextlib.suppress(MirrorError):
                written[name] += worker.round()
                with its_store.writing() as transaction:
                    release_lease(transaction, name)
            time.sleep(0.05)

    threads = [threading.Thread(target=work, args=each) for each in (("a", store), ("b", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sheets.rows(TAB) == expected(values, catalogue)
    assert min(written.values()) > 0
    assert sum(written.values()) == 400
    assert sheets.plan.counts


def test_a_worker_whose_clock_was_put_back_notices_that_its_time_is_over(store):
    now, steady = [100_000.0], [0.0]
    turn = Turn(store, "worker-1", 30, clock=lambda: now[0], steady=lambda: steady[0])
    turn.begin()
    now[0] -= 3_600
    turn.hold()
    steady[0] += LEASE_SECONDS
    with store.writing() as transaction:
        later = int(now[0]) + 3_600 + LEASE_SECONDS
        assert take_lease(transaction, name=LEASE, holder="other", now=later, seconds=LEASE_SECONDS)
    with pytest.raises(LeaseLostError):
        turn.hold()


def test_nobody_waits_for_a_lease_of_a_clock_that_ran_ahead(store):
    with store.writing() as transaction:
        years = 10 * 365 * 86_400
        ahead = take_lease(transaction, name="x", holder="a", now=years, seconds=300)
        assert take_lease(transaction, name="x", holder="b", now=years - 3_600, seconds=300) is None
        taken = take_lease(transaction, name="x", holder="b", now=1_000, seconds=300)
    assert taken.fence == ahead.fence + 1


def test_a_lease_has_a_higher_fence_with_each_new_holder(store):
    with store.writing() as transaction:
        first = take_lease(transaction, name="x", holder="a", now=0, seconds=10)
        assert take_lease(transaction, name="x", holder="b", now=5, seconds=10) is None
        kept = take_lease(transaction, name="x", holder="a", now=9, seconds=10)
        second = take_lease(transaction, name="x", holder="b", now=19, seconds=10)
    assert (first.fence, kept.fence, second.fence) == (1, 1, 2)


def test_a_tab_grows_as_it_fills(store, catalogue, mirror, sheets):
    fill(store, catalogue, 1_100)
    run(mirror)
    assert sheets.book.sheet(TAB).rows == 2_000
    assert len(sheets.rows(TAB)) == 1_101
