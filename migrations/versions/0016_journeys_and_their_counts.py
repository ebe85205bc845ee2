"""Versions and details of journeys, the channel of page views, and what the worker counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns have defaults, so that the version before goes on writing."""
    op.add_column("page_view", sa.Column("channel", types.SmallInt, nullable=False, server_default=sa.text("0")))
    op.add_column("journey", sa.Column("details", types.Json, nullable=False, server_default="{}"))
    op.add_column("journey", sa.Column("version", types.SmallInt, nullable=False, server_default=sa.text("1")))
    op.add_column("journey", sa.Column("archived", types.Flag, nullable=False, server_default=sa.false()))
    op.create_table(
        "journey_version",
        sa.Column("key", types.String, nullable=False),
        sa.Column("version", types.SmallInt, nullable=False),
        sa.Column("definition", types.Json, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("recorded_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_journey_version"),
        sqlite_strict=True,
    )
    op.create_table(
        "insight",
        sa.Column("name", types.String, nullable=False),
        sa.Column("document", types.Json, nullable=False),
        sa.Column("computed_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_insight"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget them; what was counted can be counted again."""
    op.drop_table("insight")
    op.drop_table("journey_version")
    for column in ("archived", "version", "details"):
        op.drop_column("journey", column)
    op.drop_column("page_view", "channel")
