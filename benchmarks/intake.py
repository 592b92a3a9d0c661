"""Durable intake with 1, 32 and 200 clients, beside a Streamlit form that calls gspread's `append_row` for each answer.

The form is a page of a real Streamlit server with Streamlit's defaults, driven over its websocket without a browser.
Both write to the same loopback Sheets server with 300 ms of latency; Compati's mirror does so after the answer.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.latency import Latency, summarise
from benchmarks.streamlit_session import StreamlitSession
from tests.server_process import ROOT, ServerProcess, free_port
from tests.sheets_server import LoopbackSheets

CLIENTS = (1, 32, 200)
REQUESTS = {1: 500, 32: 100, 200: 20}
FORMS = {1: 5, 32: 3, 200: 1}
SHEETS_LATENCY = 0.3
PACED_CLIENTS, PACED_RATE = 32, 500


def measure_intake(server: ServerProcess, clients: int, rate: float = 0) -> Latency:
    """Visits put by clients in a process of their own, as fast as they are answered or `rate` a second together."""
    command = [sys.executable, "-m", "benchmarks.http_load", "127.0.0.1", str(server.port), server.token]
    command += [str(clients), str(REQUESTS[clients]), str(rate)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, elapsed = json.loads(found.stdout)
    return summarise(seconds, elapsed)


def measure_form(port: int, clients: int) -> Latency:
    """Forms filled in and sent by as many people at once, each until the page has run to its end."""

    async def fill_in() -> list[float]:
        seconds = []
        async with StreamlitSession("127.0.0.1", port) as session:
            for _ in range(FORMS[clients]):
                started = time.perf_counter()
                await session.press("Send")
                seconds.append(time.perf_counter() - started)
        return seconds

    async def everybody() -> list[list[float]]:
        return await asyncio.gather(*(fill_in() for _ in range(clients)))

    started = time.perf_counter()
    seconds = [each for found in asyncio.run(everybody()) for each in found]
    return summarise(seconds, time.perf_counter() - started)


@contextmanager
def form_server(sheets: LoopbackSheets) -> Iterator[int]:
    """The form on a Streamlit server of its own; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(Path(__file__).parent / "peer_form.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    environment = {**os.environ, "PEER_SHEETS": sheets.url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until something answers at an address."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"Nothing answers at {address}.")


def run() -> str:
    """Measure both and return a section of the results as Markdown."""
    lines = [
        "| clients | what | calls | a second | p50 ms | p95 ms | p99 ms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with LoopbackSheets(latency=SHEETS_LATENCY) as sheets, tempfile.TemporaryDirectory() as folder:
        mirror = {"COMPATI_SHEETS__SPREADSHEET": "book-1", "COMPATI_SHEETS__API_BASE": sheets.url}
        server = ServerProcess(Path(folder), **mirror)
        server.prepare()
        server.start()
        try:
            measure_intake(server, 1)  # the first requests pay for imports and caches
            for clients in CLIENTS:
                ours = measure_intake(server, clients)
                with form_server(sheets) as port:
                    form = measure_form(port, clients)
                lines.append(f"| {clients} | Compati, PUT until 201 | {ours.row()} |")
                lines.append(f"| {clients} | Streamlit form + append_row | {form.row()} |")
                ratio = form.p95 / ours.p95
                lines.append(f"| {clients} | form / Compati, p95 | | | | {ratio:,.0f}× | |")
            paced = measure_intake(server, PACED_CLIENTS, PACED_RATE)
            lines.append(f"| {PACED_CLIENTS}, at {PACED_RATE} a second | Compati, PUT until 201 | {paced.row()} |")
        finally:
            server.stop()
    return "\n".join(["## Durable intake", "", (__doc__ or "").strip(), "", *lines, ""])
