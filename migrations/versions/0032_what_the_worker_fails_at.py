"""What the worker fails at, since when, and when it tries again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "worker_fault",
        sa.Column("step", types.String, nullable=False),
        sa.Column("item", types.String, nullable=False),
        sa.Column("since", types.Instant, nullable=False),
        sa.Column("last_at", types.Instant, nullable=False),
        sa.Column("next_try_at", types.Instant, nullable=False),
        sa.Column("tries", types.BigInt, nullable=False),
        sa.Column("error", types.String, nullable=False),
        sa.PrimaryKeyConstraint("step", "item", name="pk_worker_fault"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget what failed; what still does is found again."""
    op.drop_table("worker_fault")
