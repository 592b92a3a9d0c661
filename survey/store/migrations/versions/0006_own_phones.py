"""Posters and single-use links: what kind a device is, and the links of a batch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Every device so far is a kiosk; create the table of links."""
    op.add_column("device", sa.Column("kind", sa.String(length=16), nullable=False, server_default="kiosk"))
    op.create_table(
        "visit_link",
        sa.Column("link_sha256", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_visit_link_device_id")),
        sa.PrimaryKeyConstraint("link_sha256", name=op.f("pk_visit_link")),
    )
    op.create_index(op.f("ix_visit_link_device_id"), "visit_link", ["device_id"])
