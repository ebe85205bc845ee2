"""What was agreed about metrics: margins, targets, by whom, why, and when they are looked at again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "goal",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("metric", types.String, nullable=False),
        sa.Column("agreement", types.Json, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("recorded_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_goal"),
        sqlite_strict=True,
    )
    op.create_index("ix_goal_metric", "goal", ["metric"])


def downgrade() -> None:
    """Forget what was agreed; the audit log still tells it."""
    op.drop_index("ix_goal_metric", "goal")
    op.drop_table("goal")
