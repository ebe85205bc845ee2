"""An index on the order lines about which sources disagree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DISAGREED = sa.text("conflicts > 0")


def upgrade() -> None:
    """Small, because few lines are in it; the version before does not need it."""
    op.create_index(
        "ix_outcome_conflicts",
        "outcome",
        ["received_at"],
        sqlite_where=DISAGREED,
        postgresql_where=DISAGREED,
    )


def downgrade() -> None:
    """Without it such lines are searched for among all."""
    op.drop_index("ix_outcome_conflicts", table_name="outcome")
