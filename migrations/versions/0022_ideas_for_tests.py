"""Ideas for tests, and the days on which none may run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables of their own, which the version before does not know."""
    op.create_table(
        "idea",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("status", types.String, nullable=False),
        sa.Column("revision", types.SmallInt, nullable=False),
        sa.Column("idea", types.Json(), nullable=False),
        sa.Column("place", types.SmallInt, nullable=True),
        sa.Column("place_reason", types.String, server_default="", nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=True),
        sa.Column("who", types.String, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("updated_at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_idea_experiment_id_experiment"),
        sa.PrimaryKeyConstraint("id", name="pk_idea"),
        sqlite_strict=True,
    )
    op.create_table(
        "season",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("starts_on", types.String, nullable=False),
        sa.Column("ends_on", types.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_season"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the ideas; the audit log still tells them."""
    op.drop_table("season")
    op.drop_table("idea")
