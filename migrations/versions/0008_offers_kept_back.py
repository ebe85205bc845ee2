"""Exposures of units from which a fact that came later keeps the offer back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """With a default, so that the version before goes on writing."""
    column = sa.Column("suppressed", types.Flag(), nullable=False, server_default=sa.false())
    op.add_column("exposure", column)


def downgrade() -> None:
    """Forget it; the events say it still."""
    op.drop_column("exposure", "suppressed")
