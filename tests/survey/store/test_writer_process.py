"""The server's writer as a process of its own: what it stores, and what is told when it is lost."""

import asyncio
import contextlib
import signal
import sys
from dataclasses import replace

import psutil
import pytest
from sqlalchemy import text

from survey.store import Outcome, Store, StoreError, StoreUnavailableError
from survey.store.status import read_status
from tests.samples import response, run_apart, small_roster


def with_process(store, work):
    """What a coroutine gives that runs while a process commits what the store takes."""

    async def run():
        await store.start_process()
        try:
            async with asyncio.timeout(60):
                return await work
        finally:
            await store.stop_process()

    return run_apart(run())


def writers():
    """The running ones: one that was killed has no command line until it is waited for."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "commit_for_parent" in " ".join(child.cmdline()):
                found.append(child)
    return found


def responses(store):
    with store.reading() as connection:
        return read_status(connection).responses


def test_it_stores_each_response_once_and_keeps_another_payload_aside(store, catalogue):
    values = [response(catalogue) for _ in range(300)]
    other = replace(response(catalogue, comment="other"), id=values[0].id)

    async def work():
        first = await asyncio.gather(*(store.take(each, "{}") for each in values))
        return first, [await store.take(each, "{}") for each in (values[0], other)], store.answers_taken

    first, again, taken = with_process(store, work())
    assert first == [Outcome.STORED] * 300
    assert again == [Outcome.SAME, Outcome.CONFLICT]
    assert (responses(store), taken) == (300, 302)
    assert not writers(), "the process ends with the server's orderly end"


def test_when_it_dies_those_it_was_at_are_refused_and_another_one_takes_over(sqlite_store, catalogue):
    async def work():
        with sqlite_store.writing():
            waiting = asyncio.create_task(sqlite_store.take(response(catalogue), "{}"))
            await asyncio.sleep(0.2)
            (writer,) = writers()
            writer.kill()
            with pytest.raises(StoreUnavailableError, match="was lost"):
                await waiting
        return await sqlite_store.take(response(catalogue), "{}")

    assert with_process(sqlite_store, work()) is Outcome.STORED
    assert responses(sqlite_store) == 1


def test_one_that_dies_while_nothing_is_to_do_is_replaced_before_the_next_answer(sqlite_store, catalogue):
    async def work():
        (first,) = writers()
        first.kill()
        while [each.pid for each in writers()] in ([], [first.pid]):
            await asyncio.sleep(0.05)
        return await sqlite_store.take(response(catalogue), "{}")

    assert with_process(sqlite_store, work()) is Outcome.STORED


def test_one_that_hangs_is_replaced(sqlite_store, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.writer_process.COMMIT_SECONDS", 1)

    async def work():
        (first,) = writers()
        first.suspend()
        with pytest.raises(StoreUnavailableError, match="was lost"):
            await sqlite_store.take(response(catalogue), "{}")
        return await sqlite_store.take(response(catalogue), "{}")

    assert with_process(sqlite_store, work()) is Outcome.STORED
    assert responses(sqlite_store) == 1


def test_at_the_end_nobody_waits_for_ever(sqlite_store, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.writer_process.STOP_SECONDS", 1)

    async def work():
        (first,) = writers()
        first.suspend()
        waiting = [asyncio.create_task(sqlite_store.take(response(catalogue), "{}")) for _ in range(3)]
        await asyncio.sleep(0.1)
        waiting.append(asyncio.create_task(sqlite_store.take(response(catalogue), "{}")))
        await asyncio.sleep(0.1)
        await sqlite_store.stop_process()
        waiting.append(asyncio.create_task(sqlite_store.take(response(catalogue), "{}")))
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(each) for each in with_process(sqlite_store, work())] == [StoreUnavailableError] * 5


def test_a_connection_that_postgresql_has_ended_is_seen_before_an_answer_is_sent(postgres_url, catalogue):
    store = Store(postgres_url, catalogue).open()
    small_roster(store)

    async def work():
        first = await store.take(response(catalogue), "{}")
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        ends = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        with store.reading() as connection:
            connection.execute(text(ends))
        return first, await store.take(response(catalogue), "{}")

    assert with_process(store, work()) == (Outcome.STORED, Outcome.STORED)
    store.close()


def test_who_stops_waiting_takes_nothing_back_and_holds_nobody_up(sqlite_store, catalogue):
    async def work():
        with sqlite_store.writing():
            gone = asyncio.create_task(sqlite_store.take(response(catalogue), "{}"))
            waiting = asyncio.create_task(sqlite_store.take(response(catalogue), "{}"))
            await asyncio.sleep(0.2)
            gone.cancel()
        return await waiting

    assert with_process(sqlite_store, work()) is Outcome.STORED
    assert responses(sqlite_store) == 2


def test_a_device_that_waits_too_long_is_told_to_send_again_and_is_stored_once(sqlite_store, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.writer_process.ANSWER_SECONDS", 0.5)
    value = response(catalogue)

    async def work():
        with sqlite_store.writing():
            with pytest.raises(StoreUnavailableError, match="commit takes too long"):
                await sqlite_store.take(value, "{}")
            monkeypatch.undo()
        return await sqlite_store.take(value, "{}")

    assert with_process(sqlite_store, work()) is Outcome.SAME
    assert responses(sqlite_store) == 1


def test_what_is_waiting_at_the_end_is_committed(sqlite_store, catalogue):
    async def work():
        tasks = [asyncio.create_task(sqlite_store.take(response(catalogue), "{}")) for _ in range(600)]
        await asyncio.sleep(0)
        assert sqlite_store.queue_depth == 600
        await sqlite_store.stop_process()
        return await asyncio.gather(*tasks)

    assert set(with_process(sqlite_store, work())) == {Outcome.STORED}
    assert responses(sqlite_store) == 600


def test_a_terminal_that_stops_everything_at_once_leaves_the_order_to_the_server(sqlite_store, catalogue):
    async def work():
        (writer,) = writers()
        for each in (signal.SIGINT, signal.SIGTERM):
            writer.send_signal(each)
        return await sqlite_store.take(response(catalogue), "{}"), writers() == [writer]

    assert with_process(sqlite_store, work()) == (Outcome.STORED, True)


def test_its_command_line_says_nothing_of_the_database(store):
    async def work():
        return " ".join(writers()[0].cmdline())

    assert store.engine.url.database not in with_process(store, work())


def test_a_full_queue_refuses_at_once(sqlite_store, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.writer_process.QUEUE_LIMIT", 3)

    async def work():
        tasks = [asyncio.create_task(sqlite_store.take(response(catalogue), "{}")) for _ in range(5)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = with_process(sqlite_store, work())
    assert outcomes[:3] == [Outcome.STORED] * 3
    assert [type(each) for each in outcomes[3:]] == [StoreUnavailableError] * 2


def test_a_process_that_cannot_start_is_told_at_the_server_start(tmp_path, catalogue, monkeypatch):
    monkeypatch.setattr("survey.store.writer_process._COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue)
    with pytest.raises(StoreError, match="did not start"):
        run_apart(store.start_process())
    store.close()
