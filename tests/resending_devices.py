"""Devices that send their visits until each was answered, as the kiosk's queue does, and what must be stored then."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import httpx
from sqlalchemy import select

from survey.instrument import Catalogue
from survey.store import Store
from survey.store.reading import Selection, read_tallies
from survey.store.responses import iterate_responses
from survey.store.schema import outbox
from survey.store.status import read_status
from survey.tally import add_tallies, tally_response
from tests.samples import document

DEVICES = 8


class ResendingDevices:
    """Eight devices with so many visits between them; what they are depends on the seed alone."""

    def __init__(self, url: str, token: str, *, seed: int, visits: int) -> None:
        chance = random.Random(seed)
        self._url, self._headers = url, {"Authorization": f"Bearer {token}"}
        self.visits = {UUID(int=chance.getrandbits(128), version=4): self._answers(chance) for _ in range(visits)}
        self.answered: Counter[int] = Counter()
        self.resent = 0
        self._lock = threading.Lock()
        self._given_up = threading.Event()

    @staticmethod
    def _answers(chance: random.Random) -> dict[str, int]:
        return {f"q{item}": chance.randint(1, 4) for item in range(1, 6)}

    @property
    def confirmed(self) -> int:
        """How many visits were answered 2xx."""
        return self.answered[200] + self.answered[201]

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send beside the block, whose end waits until every visit was answered."""
        with ThreadPoolExecutor(DEVICES) as pool:
            shares = [list(self.visits)[device::DEVICES] for device in range(DEVICES)]
            done = [pool.submit(self._send_share, share) for share in shares]
            try:
                yield
                for each in done:
                    each.result(timeout=300)
            finally:
                self._given_up.set()

    def wait_for(self, share: float) -> None:
        """Wait until this share of the visits was answered."""
        self._wait_until(lambda: self.confirmed >= share * len(self.visits))

    def wait_for_refusal(self) -> None:
        """Wait until the server says that its store is out of reach."""
        self._wait_until(lambda: self.answered[503] > 0)

    def _wait_until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 120
        while not reached():
            assert time.monotonic() < deadline, f"{dict(self.answered)}, resent {self.resent}"
            time.sleep(0.005)

    def _send_share(self, share: list[UUID]) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=30) as client:
            for uuid in share:
                while not self._send(client, uuid):
                    if self._given_up.is_set():
                        return
                    time.sleep(0.05)

    def _send(self, client: httpx.Client, uuid: UUID) -> bool:
        body = document(answers=self.visits[uuid])
        try:
            status = client.put(f"/api/responses/{uuid}", json=body).status_code
        except httpx.TransportError:
            with self._lock:
                self.resent += 1
            return False
        if status not in (200, 201, 503):
            raise AssertionError(f"answered {status}")
        with self._lock:
            self.answered[status] += 1
        return status in (200, 201)


def assert_stored_once(store: Store, visits: dict[UUID, dict[str, int]], catalogue: Catalogue) -> None:
    """Every visit is stored once as it was given, waits once for the mirror and counts once in the tallies."""
    with store.reading() as connection:
        responses = list(iterate_responses(connection, catalogue))
        status = read_status(connection)
        sequence = connection.execute(select(outbox.c.seq).order_by(outbox.c.seq)).scalars().all()
        tally = read_tallies(connection, Selection(catalogue.default))[()]
    assert Counter(response.id for response in responses) == Counter(list(visits))
    for response in responses:
        assert response.answers == tuple(visits[response.id].values())
    assert (status.responses, status.outbox, status.tallies_n, status.conflicts) == (*[len(visits)] * 3, 0)
    assert sequence == list(range(1, len(visits) + 1))
    assert tally == add_tallies(catalogue.default, [tally_response(each, catalogue.default) for each in responses])
