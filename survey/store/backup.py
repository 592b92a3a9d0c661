"""Backups of an embedded store: a copy of its database, and a manifest beside it that says what it must be.

The copy is made by SQLite's online backup from one state of the store while the server goes on writing.
"""

import hashlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from survey.instrument import Catalogue, first_problem, load_catalogue
from survey.store.connection import BUSY_SECONDS, StoreError

_PAGES_AT_ONCE: Final = 2_048
_READ_AT_ONCE: Final = 1 << 20


class Manifest(BaseModel):
    """What a backup holds. `counts` are rows by table, `wording` the installed wording's files by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    revision: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
    counts: dict[str, int]
    wording: dict[str, str] = {}


def manifest_of(file: Path) -> Path:
    """Where a backup's manifest is: beside it, with `.json` after its name."""
    return file.parent / (file.name + ".json")


def write_backup(
    source: Path, out: Path, *, wording: Path, on_progress: Callable[[float], None] = lambda share: None
) -> Manifest:
    """Copy the store in `source` to `out`, with a manifest, both readable by their owner only.

    wording: the folder of installed wording. on_progress: gets the share that is copied, from 0 to 1. Nothing that
    exists is overwritten, and `out` is there only once all of it is on the disk. Raises StoreError.
    """
    if not out.name:
        raise StoreError("A backup needs the name of a file: --out FILE.")
    for each in (out, manifest_of(out)):
        if each.exists() or each.is_symlink():
            raise StoreError(f"{each} exists already: a backup never overwrites, give another name.")
    if not source.is_file():
        raise StoreError(f"There is no store at {source}.")
    try:
        with new_file_beside(out) as copy, new_file_beside(manifest_of(out)) as beside:
            _copy_store(source, copy, on_progress)
            manifest = _describe(copy, wording)
            beside.write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
            put_in_place(beside, manifest_of(out))
            try:
                put_in_place(copy, out)
            except OSError:
                manifest_of(out).unlink()
                raise
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{out}: the backup could not be made: {why(error)}.") from error
    return manifest


def read_manifest(file: Path) -> Manifest:
    """The manifest beside a backup; raises StoreError where there is none or it cannot be one."""
    path = manifest_of(file)
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StoreError(
            f"{path}: the manifest cannot be read ({why(error)}); with --without-manifest a copy is taken on SQLite's "
            "own check."
        ) from error
    except ValidationError as error:
        raise StoreError(f"{path}: this is no manifest of a backup: {first_problem(error)}.") from error


def copy_backup(file: Path, copy: Path, manifest: Manifest | None) -> str:
    """Copy a backup and return the copy's schema revision; raises StoreError unless it is what its manifest says."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as source, copy.open("wb") as target:
            while block := source.read(_READ_AT_ONCE):
                digest.update(block)
                target.write(block)
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {why(error)}.") from error
    if manifest is not None and digest.hexdigest() != manifest.sha256:
        raise StoreError(f"{file} is not what its manifest says (another SHA-256): take another backup.")
    try:
        with closing(sqlite3.connect(copy)) as database:
            require_whole(database, file)
            return revision_of(database)
    except sqlite3.Error as error:
        raise StoreError(f"{file} is no backup of a store: {error}.") from error


def require_whole(database: sqlite3.Connection, name: Path) -> None:
    """Raise StoreError unless SQLite finds the database in order."""
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    broken = database.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or broken is not None:
        raise StoreError(f"{name} is damaged: {found if found != 'ok' else f'{broken[0]} points to nothing'}.")


def revision_of(database: sqlite3.Connection) -> str:
    """The schema revision of a store; raises sqlite3.Error for another database."""
    row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("it has no schema")
    return str(row[0])


@contextmanager
def new_file_beside(target: Path) -> Iterator[Path]:
    """A new empty file in the same folder, for its owner only; gone at the end unless it was put in place."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield path
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def put_in_place(path: Path, target: Path) -> None:
    """Have a file on the disk under its name; raises FileExistsError rather than replace another."""
    _sync(path)
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: between the look and the change another backup could slip in, nothing else.
        if target.exists():
            raise FileExistsError(17, "File exists", str(target)) from None
        path.rename(target)
    _sync(target.parent)


def copy_database(
    source: sqlite3.Connection, target: sqlite3.Connection, on_progress: Callable[[float], None] = lambda share: None
) -> None:
    """SQLite's online backup."""

    def tell(_status: int, remaining: int, total: int) -> None:
        on_progress(1 - remaining / total if total else 1)

    source.backup(target, pages=_PAGES_AT_ONCE, progress=tell, sleep=0.05)


def why(error: OSError | sqlite3.Error) -> str:
    """An error in words."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _copy_store(source: Path, copy: Path, on_progress: Callable[[float], None]) -> None:
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as store,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        # One state of the store: within a read transaction the copy does not begin anew when the server writes.
        store.execute("BEGIN")
        revision_of(store)
        copy_database(store, target, on_progress)
        store.execute("ROLLBACK")
        # One file that is complete by itself, without a write-ahead log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
        require_whole(target, copy)


def _describe(copy: Path, wording: Path) -> Manifest:
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with closing(sqlite3.connect(f"file:{quote(str(copy.absolute()))}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return Manifest(
            made_at=datetime.now(UTC).replace(microsecond=0),
            revision=revision_of(database),
            sha256=digest,
            bytes=copy.stat().st_size,
            counts={
                name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  our own names
                for name in sorted(tables)
                if not name.startswith("sqlite_")
            },
            wording={each.name: each.read_text("utf-8") for each in sorted(wording.glob("*.json"))},
        )


def catalogue_of(manifest: Manifest | None, folder: Path) -> Catalogue:
    """The instruments with the wording that is installed in `folder` and, where it is not, the backup's."""
    with TemporaryDirectory() as both:
        for path in folder.glob("*.json"):
            shutil.copy(path, both)
        if manifest is not None:
            put_wording_back(manifest, Path(both))
        return load_catalogue(installed=Path(both))


def put_wording_back(manifest: Manifest, folder: Path) -> None:
    """Install the wording that a backup holds and this host lacks. Raises StoreError for names that are none."""
    for name, text in manifest.wording.items():
        if Path(name).name != name or not name.endswith(".json"):
            raise StoreError(f"The manifest names {name!r}, which is no file of installed wording.")
        path = folder / name
        if path.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with new_file_beside(path) as beside:
            beside.write_text(text, "utf-8")
            put_in_place(beside, path)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError:
        if not path.is_dir():  # some file systems cannot sync a folder
            raise
    finally:
        os.close(number)
