"""Counts per day for the overview, and an index that finds the outcomes of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables of their own, which the version before does not know, and the index."""
    op.create_table(
        "overview_day",
        sa.Column("day", types.Instant, nullable=False),
        sa.Column("part", types.SmallInt, nullable=False),
        sa.Column("measure", types.SmallInt, nullable=False),
        sa.Column("journey", types.BigInt, nullable=False),
        sa.Column("channel", types.SmallInt, nullable=False),
        sa.Column("segment", types.BigInt, nullable=False),
        sa.Column("n", types.BigInt, nullable=False),
        sa.Column("total", types.Real, nullable=False),
        sa.Column("squares", types.Real, nullable=False),
        sa.PrimaryKeyConstraint("day", "part", "measure", "journey", "channel", "segment", name="pk_overview_day"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "overview_count",
        sa.Column("day", types.Instant, nullable=False),
        sa.Column("part", types.SmallInt, nullable=False),
        sa.Column("until", types.Instant, nullable=False),
        sa.Column("counted_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("day", "part", name="pk_overview_count"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outcome_at", "outcome", ["at"])


def downgrade() -> None:
    """Forget the counts; they can be made again."""
    op.drop_index("ix_outcome_at", "outcome")
    op.drop_table("overview_count")
    op.drop_table("overview_day")
