"""Bringing a database to the present schema, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from survey.store.connection import StoreError, write_transaction

_ANY_LOCK = 7_261_084  # one number for PostgreSQL's advisory lock: two hosts that start together migrate in turn


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply every migration that is missing up to `revision`, all in one transaction; StoreError where it cannot be."""
    config = _config()
    with write_transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ANY_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise StoreError(f"The store was made by another version of Compati: use that one. ({error})") from error
        except ProgrammingError as error:
            raise StoreError(f"The store's tables cannot be made: {error.orig}") from error


def require_known_revision(revision: str) -> None:
    """Raise StoreError for a store's revision that this version does not know: it was made by a newer one."""
    known = {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise StoreError(f"The backup was made by a newer version of Compati (schema {revision}): install that first.")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
