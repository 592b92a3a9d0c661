"""Declines, flags of responses, units' kiosk settings and enrolment codes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "response_flag",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("flag", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("response_id", "flag", name=op.f("pk_response_flag")),
    )
    op.create_table(
        "decline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decline")),
    )
    op.create_index("ix_decline_unit", "decline", ["instrument", "version", "unit_id", "month"])
    op.create_table(
        "unit_setting",
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("keep_partial", sa.Boolean(), nullable=False),
        sa.Column("help_line", sa.Text(), nullable=True),
        sa.Column("pin_salt", sa.String(length=64), nullable=True),
        sa.Column("pin_iterations", sa.Integer(), nullable=True),
        sa.Column("pin_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_setting_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_setting")),
    )
    op.create_table(
        "enrolment",
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_enrolment_unit_id")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_enrolment")),
    )
