"""A load of PUT requests from many clients, each with a connection of its own, light enough not to be the bottleneck.

`python -m benchmarks.http_load HOST PORT TOKEN CLIENTS REQUESTS RATE` prints each request's
seconds and the whole time as JSON.
"""

import asyncio
import json
import random
import sys
import time
from uuid import uuid4

from tests.samples import document


async def run_client(host: str, port: int, token: str, requests: int, pause: float, seconds: list[float]) -> None:
    """Send visits one after the other and note how long each took until its 201.

    With a `pause` in seconds each visit is due that long after the one before was due, the first at a random moment,
    and is timed from when it was due. Counted from when it was sent, a late one would push back all that follow, and
    clients that were held up together would go on together, for ever.
    """
    reader, writer = await asyncio.open_connection(host, port)
    body = json.dumps(document()).encode()
    due = time.perf_counter() + random.random() * pause
    for _ in range(requests):
        head = (
            f"PUT /api/responses/{uuid4()} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        if pause:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
        started = due if pause else time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - started)
        if b" 201 " not in answer.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"Answered {answer!r}")
        due += pause
    writer.close()


async def run_clients(
    host: str, port: int, token: str, clients: int, requests: int, rate: float
) -> tuple[list[float], float]:
    """Run all clients at once, `rate` requests a second together or as fast as they are answered (0).

    Returns each request's seconds and the whole time.
    """
    seconds: list[float] = []
    pause = clients / rate if rate else 0.0
    started = time.perf_counter()
    await asyncio.gather(*(run_client(host, port, token, requests, pause, seconds) for _ in range(clients)))
    return seconds, time.perf_counter() - started


if __name__ == "__main__":
    host, port, token, clients, requests, rate = sys.argv[1:]
    print(json.dumps(asyncio.run(run_clients(host, int(port), token, int(clients), int(requests), float(rate)))))
