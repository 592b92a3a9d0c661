"""The real server, `streamlit run streamlit_app.py`, as a process that a test may kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from survey.instrument import load_catalogue
from survey.store import Store
from survey.store.devices import add_device
from tests.samples import small_roster

ROOT = Path(__file__).parent.parent
START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class ServerProcess:
    """One installation in a folder of its own. `environment` adds settings; the port stays over restarts."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = ""
        self.device_id = ""
        self._environment = {
            **os.environ,
            "COMPATI_DATA": str(folder / "var"),
            "COMPATI_SECRETS": str(folder / "secrets.toml"),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"

    @property
    def store_url(self) -> str:
        return self._environment.get("DATABASE_URL") or f"sqlite:///{self.folder / 'var' / 'compati.db'}"

    @property
    def pid(self) -> int:
        """The running server's process id."""
        if self._process is None:
            raise RuntimeError("The server is not running.")
        return self._process.pid

    @property
    def writer(self) -> psutil.Process:
        """The process that commits for the running server."""
        (writer,) = psutil.Process(self.pid).children()
        return writer

    def open_store(self) -> Store:
        """The server's store, opened beside it; the caller closes it."""
        return Store(self.store_url, load_catalogue()).open()

    def prepare(self) -> None:
        """Import the small roster and register one device at unit u-1."""
        store = self.open_store()
        small_roster(store)
        with store.writing() as connection:
            device, self.token = add_device(connection, "u-1", "Front desk")
        self.device_id = device.id
        store.close()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m survey …` on this installation."""
        command = [sys.executable, "-m", "survey", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "127.0.0.1"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--server.port", str(self.port)],
                cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"The server ended at once:\n{self.log.read_text()}")
            try:
                if "status" in httpx.get(f"{self.url}/healthz", timeout=5).json():
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not answer in {START_SECONDS} s:\n{self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the server to end, and return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(timeout=30)
        self._process = None
        return code
