"""Marked traffic, people who asked to be forgotten, frozen unit tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only: the version before does not know them and goes on writing."""
    op.create_table(
        "unit_mark",
        sa.Column("kind", types.SmallInt, nullable=False),
        sa.Column("unit", types.BigInt, nullable=False),
        sa.Column("reason", types.SmallInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("most", types.BigInt, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("kind", "unit", "reason", name=op.f("pk_unit_mark")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "erased",
        sa.Column("kind", types.SmallInt, nullable=False),
        sa.Column("unit", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("done_at", types.BigInt, nullable=True),
        sa.PrimaryKeyConstraint("kind", "unit", name=op.f("pk_erased")),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "unit_table",
        sa.Column("experiment_id", types.BigInt, sa.ForeignKey("experiment.id"), nullable=False),
        sa.Column("phase", types.SmallInt, nullable=False),
        sa.Column("file", types.String, nullable=False),
        sa.Column("sha256", types.String, nullable=False),
        sa.Column("rows", types.BigInt, nullable=False),
        sa.Column("frozen_at", types.BigInt, nullable=False),
        sa.Column("erased", types.BigInt, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("experiment_id", "phase", name=op.f("pk_unit_table")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget them; the files of unit tables stay where they are."""
    op.drop_table("unit_table")
    op.drop_table("erased")
    op.drop_table("unit_mark")
