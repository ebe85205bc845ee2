"""The browser of an exposure, and whether the visitor's id was new to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """With a default, so that the version before goes on writing."""
    column = sa.Column("browser", types.SmallInt, nullable=False, server_default=sa.text("0"))
    op.add_column("exposure", column)


def downgrade() -> None:
    """Forget it; the events say it still."""
    op.drop_column("exposure", "browser")
