"""The soak of the mirror: everything goes wrong at once, and at the end each answer is in the sheet exactly once."""

import contextlib
import math
import multiprocessing
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace

from survey.instrument import Catalogue, load_catalogue
from survey.response import NotAnswered, Response
from survey.sheets.client import SheetsClient, SheetsConnection
from survey.sheets.mirror import Mirror
from survey.sheets.repair import MisalignedError
from survey.sheets.verify import Verification, verify
from survey.store import Store
from survey.store.erasure import erase_responses
from survey.store.mirror_parts import list_parts
from survey.store.outbox import read_lag
from tests.sheets_server import Fault, LoopbackSheets
from tests.sheets_server import book as sheets_book
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.faults import PASSING
from tests.soak.person import DEEDS, OWN_CELLS, OWN_TABS, Person
from tests.soak.worker import TIMEOUT_SECONDS, work

KINDS = (*PASSING, Fault(delay=TIMEOUT_SECONDS + 0.5), Fault(401), Fault(403), Fault(404))
STEPS = 16  # of the first two rounds after a start
DRAIN_SECONDS = 200
STUCK_SECONDS = 8
# A worker that dies is followed by one forked off a process that has imported all it needs.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.soak.worker"])


@dataclass(frozen=True)
class Soaked:
    """What went wrong and what came of it."""

    seed: int
    responses: int
    erased: int
    faults: Counter[str]
    kills: Counter[int]
    deeds: Counter[str]
    requests: int
    spreadsheets: int
    seconds: float
    wrong: list[str]
    found: Verification
    asked_deeds: int
    rooms_made: int

    @property
    def tried_the_steps(self) -> bool:
        """Whether a worker died at every step, amid faults, and the person did all that was asked (a short soak)."""
        return (
            set(self.kills) >= set(range(1, STEPS + 1))
            and sum(self.faults.values()) > 10
            and sum(self.deeds.values()) == self.asked_deeds
        )

    @property
    def tried_enough(self) -> bool:
        """Whether all that should go wrong did: every step, fault and deed, and a full spreadsheet."""
        return (
            self.tried_the_steps
            and len(self.faults) == len(KINDS)
            and set(self.deeds) == set(DEEDS)
            and self.spreadsheets > 1
        )

    @property
    def held(self) -> bool:
        """Whether every answer is in the sheet exactly once, unchanged, by both comparisons."""
        return self.found.clean and self.found.rows == self.responses and not self.wrong

    def __str__(self) -> str:
        return "\n".join(
            [
                f"seed {self.seed}: {self.responses} responses, {self.erased} erased, {self.requests} requests, "
                f"{self.spreadsheets} spreadsheets (each filled before the next), {self.seconds:.0f} s",
                f"faults: {sum(self.faults.values())} {dict(sorted(self.faults.items()))}",
                f"kills by step (17: later): {sum(self.kills.values())} {dict(sorted(self.kills.items()))}",
                f"a person: {sum(self.deeds.values())} {dict(sorted(self.deeds.items()))}, "
                f"tabs deleted because the mirror asked for room: {self.rooms_made}",
                f"verify: {self.found.rows} rows, {self.found.counts}",
                f"compared by itself: {len(self.wrong)} differences {self.wrong[:5]}",
                "all that should go wrong did" if self.tried_enough else "NOT all that should go wrong did",
            ]
        )


class Worker:
    """A worker's process, started again each time it died: to die at each of `steps` in turn, then now and then."""

    def __init__(self, store_url: str, sheets_url: str, name: str, steps: range, generator: random.Random) -> None:
        self._urls = store_url, sheets_url
        self._name, self._starts, self._steps, self._random = name, 0, iter(steps), generator
        self.kills: Counter[int] = Counter()
        self._start()

    def _start(self) -> None:
        self._starts += 1
        self._step = next(self._steps, None) or self._random.randint(2 * STEPS, 10 * STEPS)
        arguments = (*self._urls, f"{self._name}{self._starts}", self._step)
        self._process = PROCESSES.Process(target=work, args=arguments, daemon=True)
        self._process.start()

    def look(self) -> None:
        """Start it again if it is dead."""
        if self._process.exitcode is not None:
            if self._process.exitcode != -signal.SIGKILL:
                raise RuntimeError(f"The worker ended by itself with {self._process.exitcode}.")
            self.kills[min(self._step, STEPS + 1)] += 1
            self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def new_responses(catalogue: Catalogue, generator: random.Random, count: int) -> list[Response]:
    from tests.samples import response

    items = catalogue.default.item_ids
    values = catalogue.default.scale.values
    return [
        response(catalogue, answers={item: generator.choice([*values, "skipped"]) for item in items})
        for _ in range(count)
    ]


def soak(store_url: str, *, seed: int, responses: int, deeds: int, share: float = 0.08) -> Soaked:
    """Run it on an empty store with the small roster; see `Soaked`."""
    began, generator = time.monotonic(), random.Random(seed)
    catalogue = load_catalogue()
    store = Store(store_url, catalogue).open()
    kept: dict[str, Response] = {}
    erased: set[str] = set()
    limit = sheets_book.CELL_LIMIT
    with LoopbackSheets() as sheets, contextlib.ExitStack() as ending:
        for name in ("book-2", "book-3"):
            sheets.books[name] = Spreadsheet(name)
        own = len(OWN_TABS) * math.prod(OWN_CELLS)
        sheets_book.CELL_LIMIT = 45_000 + own + responses * 8  # the first spreadsheet is full about half-way
        ending.callback(setattr, sheets_book, "CELL_LIMIT", limit)
        person = Person(sheets.url, seed)
        sheets.plan.seed(seed, share=share, kinds=KINDS)
        first, second = range(1, STEPS + 1, 2), range(2, STEPS + 1, 2)
        workers = [
            Worker(store_url, sheets.url, name, steps, generator) for name, steps in (("a", first), ("b", second))
        ]
        for worker in workers:
            ending.callback(worker.stop)
        giving = threading.Thread(target=give, args=(store, catalogue, generator, responses, kept, erased))
        giving.start()
        wait_until_quiet(giving, store, workers, person, deeds)
        giving.join()
        for worker in workers:
            worker.stop()
        faults, requests = Counter(sheets.plan.counts), len(sheets.log)
        sheets.plan.seed(seed, share=0)
        found = settle(store, sheets.url, person)
        wrong = compare(store, sheets, catalogue, kept, erased)
        with store.reading() as connection:
            books = len({part.spreadsheet for part in list_parts(connection)})
    store.close()
    kills = sum((worker.kills for worker in workers), Counter[int]())
    seconds = time.monotonic() - began
    return Soaked(
        seed,
        responses,
        len(erased),
        faults,
        kills,
        person.deeds,
        requests,
        books,
        seconds,
        wrong,
        found,
        deeds,
        person.rooms_made,
    )


def wait_until_quiet(giving: threading.Thread, store: Store, workers: list[Worker], person: Person, deeds: int) -> None:
    """Until all is given, mirrored, died at and done; the person makes room when the mirror asks for it."""
    deadline = time.monotonic() + DRAIN_SECONDS
    lag, since = -1, time.monotonic()
    while giving.is_alive() or lag or deeds or len(set().union(*(worker.kills for worker in workers))) < STEPS:
        for worker in workers:
            worker.look()
        if deeds and person.do_something():
            deeds -= 1
        now, before = time.monotonic(), lag
        lag = lag_of(store)
        since = since if lag == before else now
        if lag and now - since > STUCK_SECONDS:
            person.make_room()
            since = now
        if now > deadline:
            break
        time.sleep(0.3)


def give(
    store: Store,
    catalogue: Catalogue,
    generator: random.Random,
    count: int,
    kept: dict[str, Response],
    erased: set[str],
) -> None:
    """Store the responses in batches while the mirror runs, and erase one of each batch."""
    for start in range(0, count, 500):
        batch = new_responses(catalogue, generator, min(500, count - start))
        batch = [replace(each, unit_id=generator.choice(["u-1", "u-2"])) for each in batch]
        kept.update((str(each.id), each) for each in batch)
        for future in [store.submit(each, "{}") for each in batch]:
            future.result(timeout=60)
        gone = generator.choice(batch)
        with store.writing() as connection:
            erase_responses(connection, [gone.id], catalogue, 0)
        erased.add(str(gone.id))
        time.sleep(0.2)


def lag_of(store: Store) -> int:
    with store.reading() as connection:
        return read_lag(connection, 0).rows


def settle(store: Store, url: str, person: Person) -> Verification:
    """What the server does by itself once it is quiet: what is due, the hourly look, and then the comparison."""
    connection = SheetsConnection("book-1", api_base=url, further=("book-2", "book-3"))
    mirror = Mirror(store, SheetsClient(connection, wait=time.sleep, pace_seconds=0), "last")
    time.sleep(4)  # the lease of whoever died last
    for _ in OWN_TABS:
        with contextlib.suppress(MisalignedError):
            look_over(mirror)
            break
        person.make_room()
    found = verify(mirror)
    mirror.turn.end()
    return found


def look_over(mirror: Mirror) -> None:
    while mirror.round():
        pass
    mirror.inspect()
    while mirror.round():
        pass


def compare(
    store: Store, sheets: LoopbackSheets, catalogue: Catalogue, kept: dict[str, Response], erased: set[str]
) -> list[str]:
    """The grid against what was given, without the mirror's own eyes."""
    with store.reading() as connection:
        parts = list_parts(connection)
    items, wrong = catalogue.default.item_ids, []
    seen: Counter[str] = Counter()
    for part in parts:
        book = sheets.books[part.spreadsheet]
        (title,) = [sheet.title for sheet in book.sheets if sheet.id == part.sheet_id]
        quoted = title.replace("'", "''")
        header, *rows = book.sheet(title).values(book.area(f"'{quoted}'"), "UNFORMATTED_VALUE")
        for row in rows:
            cells = dict(zip(header, row, strict=False))
            which = cells.get("id", "")
            seen[which] += 1
            if which not in kept:
                wrong.append(f"foreign {which!r}")
            elif which in erased:
                if cells["month"] != "erased" or any(cells.get(item, "") != "" for item in items):
                    wrong.append(f"erased {which} is readable")
            else:
                value = kept[which]
                told = (cells["unit"], cells["clinician"], cells["month"], cells["language"], cells["mode"])
                month = f"{value.day:%Y-%m}"
                if told != (value.unit_id, value.clinician_id or "", month, value.language, value.mode):
                    wrong.append(f"changed {which}: {told}")
                for item, answer in zip(items, value.answers, strict=True):
                    wanted = answer.name if isinstance(answer, NotAnswered) else answer
                    if cells.get(item) != wanted:
                        wrong.append(f"changed {which} {item}: {cells.get(item)!r} for {wanted!r}")
    wrong += [f"missing {which}" for which in kept if which not in seen]
    return wrong + [f"doubled {which}" for which, count in seen.items() if count > 1]
