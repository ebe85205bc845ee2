"""What each source delivered of each day, as the worker counted it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COUNTS = ("sales", "sales_matched", "refunds", "contacts", "others", "matched", "refused", "waiting")


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "reconciliation",
        sa.Column("day", types.Instant, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        *(sa.Column(name, types.BigInt, nullable=False) for name in COUNTS),
        sa.Column("counted_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("day", "source_id", name="pk_reconciliation"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget it; it can be counted again."""
    op.drop_table("reconciliation")
