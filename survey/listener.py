"""The server's listening socket: small answers must leave at once.

Streamlit 1.67 makes its socket without naming TCP, so asyncio does not switch Nagle's algorithm off for the connections
it accepts: an answer's body then waits for the client to acknowledge its head, 40 ms on Linux (measured: 44 ms for a
request that takes 1 ms). An accepted connection inherits the option from the listening socket.
"""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path


def send_at_once() -> int:
    """Switch Nagle's algorithm off on this process's listening TCP sockets; returns how many there were.

    Where the system does not list open files (Windows), nothing happens and answers stay correct, only slower.
    """
    listening = 0
    for entry in list(Path("/dev/fd").iterdir()) if Path("/dev/fd").is_dir() else ():
        number = int(entry.name)
        # What is closed by now, or never was a socket, is not ours to look at.
        if not _is_socket(number):
            continue
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as found:
            is_tcp = found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM
            if is_tcp and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                listening += 1
    return listening


def _is_socket(number: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
