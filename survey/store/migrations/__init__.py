"""Bringing a database to the present schema, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from survey.store.connection import write_transaction

_ANY_LOCK = 7_261_084  # one number for PostgreSQL's advisory lock: two hosts that start together migrate in turn


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply every migration that is missing up to `revision`, all in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with write_transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ANY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
