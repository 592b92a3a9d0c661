"""Nothing that was answered 2xx is ever missing, nothing is there twice: the server is killed again and again."""

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from survey.store.reading import Selection, read_tallies
from survey.store.responses import iterate_responses
from survey.store.schema import outbox
from survey.store.status import read_status
from survey.tally import add_tallies, tally_response
from tests.samples import document
from tests.server_process import ServerProcess

CLIENTS = 8
NIGHTLY = bool(os.environ.get("COMPATI_NIGHTLY"))
PUTS = 10_000 if NIGHTLY else 1_000
KILLS = 40 if NIGHTLY else 10


class Clients:
    """Devices that send their visits until each was answered, as the kiosk's queue does."""

    def __init__(self, server: ServerProcess, seed: int) -> None:
        chance = random.Random(seed)
        self.server = server
        self.visits = {UUID(int=chance.getrandbits(128), version=4): self._answers(chance) for _ in range(PUTS)}
        self.answered: Counter[int] = Counter()
        self.confirmed: list[UUID] = []
        self.resent = 0
        self._lock = threading.Lock()

    @staticmethod
    def _answers(chance: random.Random) -> dict[str, int]:
        return {f"q{item}": chance.randint(1, 4) for item in range(1, 6)}

    def send_all(self) -> None:
        shares = [list(self.visits)[client::CLIENTS] for client in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._send_share, shares))

    def _send_share(self, share: list[UUID]) -> None:
        with httpx.Client(base_url=self.server.url, timeout=20) as client:
            for uuid in share:
                while not self._send(client, uuid):
                    time.sleep(0.05)

    def _send(self, client: httpx.Client, uuid: UUID) -> bool:
        headers = {"Authorization": f"Bearer {self.server.token}"}
        body = document(answers=self.visits[uuid])
        try:
            status = client.put(f"/api/responses/{uuid}", json=body, headers=headers).status_code
        except httpx.TransportError:
            with self._lock:
                self.resent += 1
            return False
        if status not in (200, 201, 503):
            raise AssertionError(f"answered {status}")
        with self._lock:
            self.answered[status] += 1
            if status in (200, 201):
                self.confirmed.append(uuid)
        return status in (200, 201)


def kill_again_and_again(server: ServerProcess, clients: Clients, sending: threading.Thread, seed: int) -> None:
    chance = random.Random(seed + 1)
    for kill in range(1, KILLS + 1):
        # Each time when a further share of the visits is through, so that kills fall into the sending.
        while len(clients.confirmed) < PUTS * (kill - 0.5) / (KILLS + 1):
            assert sending.is_alive()
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        server.kill()
        server.start()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_2xx_is_stored_exactly_once(kind, tmp_path, catalogue, request, capsys):
    seed = int(os.environ.get("COMPATI_SEED") or time.time())
    environment = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if kind == "postgresql" else {}
    server = ServerProcess(tmp_path, **environment)
    server.prepare()
    server.start()
    clients = Clients(server, seed)
    sending = threading.Thread(target=clients.send_all)
    sending.start()
    try:
        kill_again_and_again(server, clients, sending, seed)
        sending.join(timeout=300)
        assert not sending.is_alive()
    finally:
        server.kill()
    with capsys.disabled():
        print(f"\n{kind}: seed {seed}, {KILLS} kills, answers {dict(clients.answered)}, resent {clients.resent}")

    store = server.open_store()
    with store.reading() as connection:
        responses = list(iterate_responses(connection, catalogue))
        status = read_status(connection)
        sequence = connection.execute(select(outbox.c.seq).order_by(outbox.c.seq)).scalars().all()
        tally = read_tallies(connection, Selection(catalogue.default))[()]
    store.close()
    assert clients.resent > 0, "no kill fell into a request"
    assert Counter(response.id for response in responses) == Counter(list(clients.visits))
    for response in responses:
        assert response.answers == tuple(clients.visits[response.id].values())
    assert (status.responses, status.outbox, status.tallies_n, status.conflicts) == (PUTS, PUTS, PUTS, 0)
    assert sequence == list(range(1, PUTS + 1))
    assert tally == add_tallies(catalogue.default, [tally_response(each, catalogue.default) for each in responses])
