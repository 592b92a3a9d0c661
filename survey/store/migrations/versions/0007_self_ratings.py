"""What clinicians and leads expect their patients to answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table, and the index that finds a program's."""
    op.create_table(
        "self_rating",
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("program_id", sa.String(length=64), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        *(sa.Column(f"q{slot:02d}", sa.SmallInteger(), nullable=True) for slot in range(1, 21)),
        sa.PrimaryKeyConstraint(
            "role", "person_id", "program_id", "instrument", "version", "month", name=op.f("pk_self_rating")
        ),
    )
    op.create_index("ix_self_rating_program", "self_rating", ["program_id", "instrument", "version", "role"])
