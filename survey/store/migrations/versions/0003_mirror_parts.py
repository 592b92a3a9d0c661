"""Where the parts of the mirror's tabs are, and how often a row became due."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table and the column; the mirror finds the tabs it wrote before by their titles."""
    op.create_table(
        "mirror_part",
        sa.Column("tab_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("spreadsheet", sa.Text(), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("repairs", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["tab_id"], ["mirror_tab.id"], name=op.f("fk_mirror_part_tab_id")),
        sa.PrimaryKeyConstraint("tab_id", "number", name=op.f("pk_mirror_part")),
    )
    op.add_column("outbox", sa.Column("turn", sa.Integer(), server_default="0", nullable=False))
