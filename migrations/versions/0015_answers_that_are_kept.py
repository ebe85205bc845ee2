"""Answers to requests with an idempotency key, so that a repeated request is done once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "kept_answer",
        sa.Column("name", types.String, nullable=False),
        sa.Column("fingerprint", types.String, nullable=False),
        sa.Column("status", types.SmallInt, nullable=False),
        sa.Column("headers", types.Json, nullable=False),
        sa.Column("body", types.String, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_kept_answer"),
        sqlite_strict=True,
    )
    op.create_index("ix_kept_answer_at", "kept_answer", ["at"])


def downgrade() -> None:
    """Forget the answers: a request that is repeated then is done again."""
    op.drop_index("ix_kept_answer_at", "kept_answer")
    op.drop_table("kept_answer")
