"""The list of erasures that is kept outside the store, so that a backup that is put back brings nobody's answer back.

A CSV file with a line for each erased response: its uuid, the digest of what was sent, and when it was erased. It only
ever grows; whoever reads it learns nothing of a patient.
"""

import csv
import fcntl
import io
import os
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from survey.instrument import Catalogue
from survey.store.connection import StoreError
from survey.store.erasure import Erasure, erase_responses, list_erasures

HEADER: Final = ("response_id", "payload_sha256", "erased_at")
_DIGEST: Final = re.compile(r"[0-9a-z ]{1,64}")


def erase_for_good(connection: Connection, ids: Sequence[UUID], catalogue: Catalogue, path: Path) -> int:
    """Erase responses in the caller's transaction and note them on the list; returns how many of them were stored."""
    erased = erase_responses(connection, ids, catalogue, int(time.time()))
    # Before the commit: what is gone from the store must not come back with a backup.
    add_to_erasure_list(path, list_erasures(connection))
    return erased


def read_erasure_list(path: Path) -> list[Erasure]:
    """The erasures on the list; none in an empty file. Raises StoreError naming the line that cannot be read.

    A last line without an end was cut short by a crash before its erasure was committed: it does not count.
    """
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"Erasure list {path}: cannot be read: {_why(error)}.") from error
    return _parse(path, text[: text.rfind("\n") + 1])


def add_to_erasure_list(path: Path, erasures: Iterable[Erasure]) -> int:
    """Add those that are not on the list yet and wait until they are on the disk; returns how many that were.

    Raises StoreError where the list cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            whole = file.read()
            whole = whole[: whole.rfind(b"\n") + 1]
            known = {each.response_id for each in _parse(path, whole.decode())}
            new = [each for each in erasures if each.response_id not in known]
            lines = io.StringIO()
            writer = csv.writer(lines, lineterminator="\n")
            if not whole:
                writer.writerow(HEADER)
            writer.writerows((each.response_id, each.payload_sha256, each.erased_at) for each in new)
            file.truncate(len(whole))
            file.seek(len(whole))
            file.write(lines.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"Erasure list {path}: cannot be written: {_why(error)}.") from error
    return len(new)


def _parse(path: Path, text: str) -> list[Erasure]:
    found = []
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if number == 1 and tuple(row) == HEADER:
            continue
        try:
            which, digest, erased_at = row
            if not _DIGEST.fullmatch(digest):
                raise ValueError(digest)
            found.append(Erasure(UUID(which), digest, int(erased_at)))
        except ValueError as error:
            raise StoreError(
                f"Erasure list {path}, line {number}: is not a uuid, a digest and a time. Put the line right, so that "
                "no erased answer comes back."
            ) from error
    return found


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
