"""Nothing that was answered 2xx is ever missing, nothing is there twice: each part in turn is killed or fails."""

import os
import random
import resource
import time
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest

from tests.postgresql import PostgresProcess
from tests.resending_devices import DEVICES, ResendingDevices, assert_stored_once
from tests.server_process import ServerProcess

NIGHTLY = bool(os.environ.get("COMPATI_NIGHTLY"))
VISITS = 10_000 if NIGHTLY else 1_000
KILLS = 40 if NIGHTLY else 10
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def new_seed() -> int:
    return int(os.environ.get("COMPATI_SEED") or time.time())


def database_of(kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The setting for a server on this kind of database."""
    return {"DATABASE_URL": request.getfixturevalue("postgres_url")} if kind == "postgresql" else {}


def tell(capsys: pytest.CaptureFixture[str], what: str, seed: int, *all_devices: ResendingDevices) -> None:
    with capsys.disabled():
        for devices in all_devices:
            print(f"\n{what}: seed {seed}, answers {dict(devices.answered)}, resent {devices.resent}", end="")


def send_through_kills(server: ServerProcess, seed: int, kill: Callable[[], None]) -> ResendingDevices:
    """Visits sent to a new server while `kill` is called again and again; every one was answered at the end."""
    server.prepare()
    server.start()
    devices = ResendingDevices(server.url, server.token, seed=seed, visits=VISITS)
    chance = random.Random(seed + 1)
    try:
        with devices.sending():
            for number in range(1, KILLS + 1):
                # Each time when a further share of the visits is through, so that kills fall into the sending.
                devices.wait_for((number - 0.5) / (KILLS + 1))
                time.sleep(chance.uniform(0, 0.05))
                kill()
    finally:
        server.kill()
    return devices


@BOTH
def test_every_2xx_is_stored_exactly_once_when_the_server_is_killed(kind, tmp_path, catalogue, request, capsys):
    seed = new_seed()
    server = ServerProcess(tmp_path, **database_of(kind, request))

    def kill():
        server.kill()
        server.start()

    devices = send_through_kills(server, seed, kill)
    tell(capsys, f"{kind}, {KILLS} kills", seed, devices)

    assert devices.resent > 0, "no kill fell into a request"
    with closing(server.open_store()) as store:
        assert_stored_once(store, devices.visits, catalogue)


@BOTH
def test_every_2xx_is_stored_exactly_once_when_the_writer_is_killed(kind, tmp_path, catalogue, request, capsys):
    seed = new_seed()
    server = ServerProcess(tmp_path, **database_of(kind, request))
    devices = send_through_kills(server, seed, lambda: server.writer.kill())
    tell(capsys, f"{kind}, the writer killed {KILLS} times", seed, devices)

    assert devices.answered[503] > 0, "no kill fell into a commit"
    assert devices.resent == 0, "the server itself goes on answering"
    with closing(server.open_store()) as store:
        assert_stored_once(store, devices.visits, catalogue)


def test_the_writer_ends_with_its_server(server):
    for end in (server.kill, server.stop):
        writer = server.writer
        assert not writer.net_connections(), "it would keep the port of a server that was killed"
        end()
        writer.wait(timeout=20)
        server.start()


def test_every_2xx_is_stored_exactly_once_when_postgresql_is_killed(tmp_path, catalogue, capsys):
    seed = new_seed()
    database = PostgresProcess()
    try:
        server = ServerProcess(tmp_path, DATABASE_URL=database.url)
        server.prepare()
        server.start()
        devices = ResendingDevices(server.url, server.token, seed=seed, visits=VISITS)
        chance = random.Random(seed + 1)
        try:
            with devices.sending():
                for kill in range(1, 5):
                    devices.wait_for(kill / 5)
                    time.sleep(chance.uniform(0, 0.05))
                    database.kill()
                    time.sleep(chance.uniform(0, 0.5))
                    database.start()
        finally:
            server.kill()
        tell(capsys, "PostgreSQL killed 4 times", seed, devices)

        assert devices.answered[503] > 0, "no kill fell into a request"
        assert devices.resent == 0, "the server itself goes on answering"
        with closing(server.open_store()) as store:
            assert_stored_once(store, devices.visits, catalogue)
    finally:
        database.stop()


@BOTH
def test_two_servers_on_one_store_take_the_same_visits_once(kind, tmp_path, catalogue, request, capsys):
    seed = new_seed()
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = ServerProcess(tmp_path / "first", **database_of(kind, request))
    first.prepare()
    second = ServerProcess(tmp_path / "second", DATABASE_URL=first.store_url)
    first.start()
    second.start()
    ways = [ResendingDevices(each.url, first.token, seed=seed, visits=VISITS) for each in (first, second)]
    try:
        with ways[0].sending(), ways[1].sending():
            ways[1].wait_for(0.4)
            second.kill()
            second.start()
    finally:
        first.kill()
        second.kill()
    tell(capsys, f"two servers, {kind}", seed, *ways)

    stored = sum(way.answered[201] for way in ways)
    assert VISITS - ways[1].resent <= stored <= VISITS, "a 201 is missing only where a kill swallowed it"
    with closing(first.open_store()) as store:
        assert_stored_once(store, ways[0].visits, catalogue)


def test_a_full_disk_is_told_and_is_over_when_there_is_room(tmp_path, catalogue, capsys):
    """A limit on the size of the writer's files stands for the full disk."""
    seed = new_seed()
    server = ServerProcess(tmp_path)
    server.prepare()
    server.start()
    devices = ResendingDevices(server.url, server.token, seed=seed, visits=200)
    try:
        with devices.sending():
            devices.wait_for(0.3)
            _, most = resource.prlimit(server.writer.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            devices.wait_for_refusal()
            confirmed = devices.confirmed
            time.sleep(1)
            assert devices.confirmed <= confirmed + DEVICES, "nothing is called stored that is not"
            assert httpx.get(f"{server.url}/healthz", timeout=20).status_code == 200, "it reads on"
            resource.prlimit(server.writer.pid, resource.RLIMIT_FSIZE, (most, most))
    finally:
        server.kill()
    tell(capsys, "full disk", seed, devices)

    with closing(server.open_store()) as store:
        assert_stored_once(store, devices.visits, catalogue)
