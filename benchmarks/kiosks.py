"""A thousand kiosks with a visit a minute each against one server process, beside the same survey in Streamlit widgets.

Compati's kiosks keep a visit in the browser: the server hears of it once, when it is finished, and a tap costs no round
trip. They run at their real pace first, then faster, so that half an hour fits into a few minutes. The peer holds a
websocket and a session for each kiosk, and each answer is a rerun: driven without a browser, each session also with a
visit a minute, so with an answer each 7.5 s; once with Streamlit's defaults and once without the full garbage
collection that follows each run by default (Compati switches it off too). An answer still awaited at the end counts
with the time it had waited. Sessions count as held when nine in ten of the answers due were given and none broke.

Run it alone from the repository's root: `python -m benchmarks.kiosks [--kiosks 1000] [--minutes 30] [--speed 10]`;
`--speed 1` takes the half hour as it is.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.intake import wait_for
from benchmarks.kiosk_load import Load, resident_mb
from benchmarks.latency import Latency, summarise
from benchmarks.streamlit_session import StreamlitSession
from survey.store.devices import add_device
from tests.server_process import ROOT, ServerProcess, free_port

KIOSKS, MINUTES, SPEED, REAL_MINUTES = 1_000, 30.0, 10.0, 2.0
PEER_SESSIONS = (50, 200, 1_000)
PEER_SECONDS = 60.0
SCREENS = 8
BETWEEN_ANSWERS = 60 / SCREENS
HELD_SHARE = 0.9
OPENED_TOGETHER = 10


def enrol(server: ServerProcess, kiosks: int) -> list[str]:
    """The tokens of this many new devices, spread over the units."""
    store = server.open_store()
    try:
        with store.writing() as connection:
            return [add_device(connection, f"u-{number % 3 + 1}", f"Kiosk {number}")[1] for number in range(kiosks)]
    finally:
        store.close()


def run_load(server: ServerProcess, tokens: list[str], minutes: float, speed: float) -> Load:
    """The kiosks' load, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.kiosk_load", "127.0.0.1", str(server.port), str(server.pid)]
    command += [str(minutes), str(speed)]
    found = subprocess.run(command, input="\n".join(tokens), capture_output=True, text=True, check=True, cwd=ROOT)
    return Load(**json.loads(found.stdout))


def kiosk_row(name: str, kiosks: int, load: Load, seconds: float) -> str:
    """A row of the table about kiosks."""
    if load.errors:
        print(f"{name}: {load.errors[:3]}", file=sys.stderr)
    return f"| {kiosks:,} | {name} | {summarise(load.intake, seconds).row()} | {len(load.errors)} |"


def memory_line(memory: list[float]) -> str:
    """How the server's memory went, and the slope of its second half, when caches are full."""
    later = memory[len(memory) // 2 :]
    slope = float(np.polyfit(np.arange(len(later)), later, 1)[0])
    steps = range(0, len(memory), max(1, len(memory) // 6))
    course = ", ".join(f"{memory[step]:,.0f}" for step in steps)
    return (
        f"Memory of Compati's server, MB, every {steps.step} simulated minutes from the start: {course}. "
        f"Slope of the second half: {slope:+.2f} MB a minute."
    )


@dataclass
class Answers:
    """What the peer's sessions saw: seconds from an answer to the next screen, and what went wrong."""

    due: int = 0
    seconds: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def answer_on(
    port: int, door: asyncio.Semaphore, everybody_there: asyncio.Barrier, seen: Answers, end: list[float]
) -> None:
    """One kiosk of the peer: opens the page, then answers at its pace until the end."""
    session = StreamlitSession("127.0.0.1", port)
    try:
        async with contextlib.AsyncExitStack() as stack:
            async with door:
                await stack.enter_async_context(session)
            await everybody_there.wait()
            end[0] = end[0] or time.perf_counter() + PEER_SECONDS
            next_answer = time.perf_counter() + random.random() * BETWEEN_ANSWERS
            seen.due += math.ceil((end[0] - next_answer) / BETWEEN_ANSWERS)
            while next_answer < end[0]:
                await asyncio.sleep(max(0.0, next_answer - time.perf_counter()))
                started = time.perf_counter()
                try:
                    async with asyncio.timeout(max(0.001, end[0] - started)):
                        await session.submit("Next", random.randrange(3))
                except TimeoutError:
                    seen.waiting.append(max(0.0, time.perf_counter() - started))
                    return
                seen.seconds.append(time.perf_counter() - started)
                next_answer += BETWEEN_ANSWERS
    except asyncio.BrokenBarrierError:
        return
    except Exception as error:
        seen.errors.append(repr(error))
        await everybody_there.abort()


@contextmanager
def peer_server(folder: Path, settings: dict[str, str]) -> Iterator[tuple[int, int]]:
    """The peer on a Streamlit server of its own; gives its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(Path(__file__).parent / "peer_survey.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    environment = {**os.environ, **settings, "PEER_STORE": str(folder / "peer.db"), "PYTHONPATH": str(ROOT)}
    # Not from the repository's root: there Streamlit would find Compati's own configuration.
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield port, process.pid
    finally:
        process.kill()
        process.wait(timeout=30)


def run_peer(sessions: int, settings: dict[str, str]) -> tuple[Latency, Answers, float]:
    """So many sessions of the peer; the quantiles of an answer's time, what was seen, and a session's MB."""

    async def everybody(port: int, pid: int) -> tuple[Answers, float]:
        async with StreamlitSession("127.0.0.1", port) as first:
            await first.submit("Next")
        before = resident_mb(pid)
        # Opened a few at a time, as tablets are switched on; measured once all are there.
        seen, end, door, barrier = Answers(), [0.0], asyncio.Semaphore(OPENED_TOGETHER), asyncio.Barrier(sessions)
        await asyncio.gather(*(answer_on(port, door, barrier, seen, end) for _ in range(sessions)))
        return seen, (resident_mb(pid) - before) / sessions

    with tempfile.TemporaryDirectory() as folder, peer_server(Path(folder), settings) as (port, pid):
        seen, memory = asyncio.run(everybody(port, pid))
    return summarise([*seen.seconds, *seen.waiting] or [PEER_SECONDS], PEER_SECONDS), seen, memory


def peer_rows(settings: dict[str, str], name: str, intake_p95: float) -> list[str]:
    """The rows of the table about the peer."""
    rows = []
    for sessions in PEER_SESSIONS:
        found, seen, memory = run_peer(sessions, settings)
        if seen.errors:
            print(f"{sessions} sessions: {seen.errors[:3]}", file=sys.stderr)
        given = len(seen.seconds) / max(seen.due, 1)
        held = "yes" if given >= HELD_SHARE and not seen.errors else "no"
        rows.append(
            f"| {sessions:,} | {name} | {held} | {given:.0%} | {found.p50:,.0f} | {found.p95:,.0f} "
            f"| {found.p95 / intake_p95:,.1f}× | {memory:.2f} | {len(seen.errors)} |"
        )
    return rows


def run(kiosks: int = KIOSKS, minutes: float = MINUTES, speed: float = SPEED) -> str:
    """Measure both and return a section of the results as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder))
        server.prepare()
        tokens = enrol(server, kiosks)
        server.start()
        try:
            real = run_load(server, tokens, REAL_MINUTES, 1)
            fast = run_load(server, tokens, minutes, speed)
            memory = resident_mb(server.pid)
            store_mb = sum(path.stat().st_size for path in (server.folder / "var").glob("compati.db*")) / 1e6
        finally:
            server.stop()
    lines = [
        "| kiosks | pace | visits | a second | p50 ms | p95 ms | p99 ms | errors |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        kiosk_row(f"a visit a minute, {REAL_MINUTES:.0f} minutes", kiosks, real, REAL_MINUTES * 60),
        kiosk_row(f"{minutes:.0f} minutes, {speed:.0f}× as fast", kiosks, fast, minutes * 60 / speed),
        "",
        memory_line(fast.memory),
        f"At the end that is {memory:,.0f} MB in all for a store of {store_mb:,.0f} MB, of which SQLite caches up to "
        "8 MB a connection; a kiosk holds no session.",
        "",
        "| sessions | Streamlit widgets | held | answers given | p50 ms an answer | p95 ms | p95 / Compati's intake "
        "| MB a session | errors |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    intake_p95 = float(np.percentile(np.array(real.intake) * 1_000, 95))
    lines += peer_rows({}, "defaults", intake_p95)
    lines += peer_rows({"STREAMLIT_RUNNER_POST_SCRIPT_GC": "false"}, "without a collection after each run", intake_p95)
    about = (__doc__ or "").split("\n\nRun it alone")[0].strip()
    return "\n".join(["## Kiosks", "", about, "", *lines, ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A thousand kiosks against one server process.")
    parser.add_argument("--kiosks", type=int, default=KIOSKS)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="simulated minutes")
    parser.add_argument("--speed", type=float, default=SPEED, help="simulated minutes in a real one")
    given = parser.parse_args()
    print(run(given.kiosks, given.minutes, given.speed))
