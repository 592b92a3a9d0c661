"""A waiting room's tablets: each sends a visit a minute, as survey/kiosk does, over a connection of its own.

`python -m benchmarks.kiosk_load HOST PORT SERVER_PID MINUTES SPEED` reads tokens from its standard input, one a line,
runs that many kiosks for that many simulated minutes, `SPEED` of them in a real one, and prints as JSON: the seconds
of each intake, the errors, and the server's memory in MB after each simulated minute.
"""

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psutil

from tests.samples import document

MINUTE = 60.0
PATIENCE = 30.0


@dataclass
class Load:
    """What was seen so far."""

    intake: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def resident_mb(pid: int) -> float:
    """The memory that a process and its children really occupy, in MB, what they share counted twice."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (process, *process.children())) / 1e6


def new_visit() -> dict[str, Any]:
    """A visit as a patient might answer it, finished now."""
    finished = datetime.now(UTC)
    return document(
        clinician=None,
        answers={f"q{number}": random.randint(1, 4) for number in range(1, 6)},
        started_at=(finished - timedelta(seconds=random.uniform(20, 90))).isoformat(),
        finished_at=finished.isoformat(),
    )


class Kiosk:
    """One tablet: its token, and how it speaks to the server."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port, self._token = host, port, token

    async def visit(self, load: Load) -> None:
        """A visit is sent; then the tablet asks what the next patient is to be asked, and for a new version."""
        body = json.dumps(new_visit()).encode()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                # As a browser does: a connection that was idle for longer than the server keeps it is opened anew.
                reader, writer = await asyncio.open_connection(self._host, self._port)
                status = await self._ask(reader, writer, "PUT", f"/api/responses/{uuid4()}", body)
                load.intake.append(time.perf_counter() - started)
                others = [await self._ask(reader, writer, "GET", path) for path in ("/api/kiosk", "/kiosk/shell.json")]
                writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            load.errors.append(repr(error))
            return
        if [status, *others] != [201, 200, 200]:
            load.errors.append(f"answered {status}, {others}")

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, path: str, body: bytes = b""
    ) -> int:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])

    async def work(self, load: Load, until: float, speed: float) -> None:
        """A visit a minute, not all tablets at once and no two visits equally far apart."""
        await asyncio.sleep(random.random() * MINUTE / speed)
        while time.perf_counter() < until:
            pause = asyncio.create_task(asyncio.sleep(random.uniform(0.5, 1.5) * MINUTE / speed))
            await self.visit(load)
            await pause


async def run_kiosks(host: str, port: int, pid: int, tokens: list[str], minutes: float, speed: float) -> Load:
    """Run a kiosk for each token."""
    load = Load(memory=[resident_mb(pid)])
    until = time.perf_counter() + minutes * MINUTE / speed

    async def watch() -> None:
        while time.perf_counter() < until:
            await asyncio.sleep(MINUTE / speed)
            load.memory.append(resident_mb(pid))

    await asyncio.gather(watch(), *(Kiosk(host, port, token).work(load, until, speed) for token in tokens))
    return load


if __name__ == "__main__":
    host, port, pid, minutes, speed = sys.argv[1:]
    tokens = sys.stdin.read().split()
    found = asyncio.run(run_kiosks(host, int(port), int(pid), tokens, float(minutes), float(speed)))
    print(json.dumps(asdict(found)))
