"""Tallies of adjusters, the revision of each cell, and the uuids of erased responses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables; the store fills those of tallies when it next opens."""
    op.create_table(
        "erasure",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_erasure")),
    )
    op.create_table(
        "tally_pair",
        sa.Column("cell_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("one", sa.String(length=64), nullable=False),
        sa.Column("other", sa.String(length=64), nullable=False),
        sa.Column("c", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cell_id", "one", "other", name=op.f("pk_tally_pair")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally_stratum",
        sa.Column("cell_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stratum", sa.String(length=64), nullable=False),
        sa.Column("answered", sa.SmallInteger(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("c", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cell_id", "stratum", "answered", "total", name=op.f("pk_tally_stratum")),
        sqlite_with_rowid=False,
    )
    op.add_column("tally_cell", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(op.f("ix_tally_cell_revision"), "tally_cell", ["revision"])
    state = op.create_table(
        "tally_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_state")),
    )
    op.bulk_insert(state, [{"id": 1, "revision": 1, "generation": 1}])
