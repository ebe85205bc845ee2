"""Notes and links beside opportunities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "evidence",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("subject", types.String, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("text", types.String, nullable=False),
        sa.Column("link", types.String, nullable=False, server_default=""),
        sa.Column("who", types.String, nullable=False),
        sa.Column("recorded_at", types.Instant, nullable=False),
        sa.Column("removed", types.Flag, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sqlite_strict=True,
    )
    op.create_index("ix_evidence_subject", "evidence", ["subject"])


def downgrade() -> None:
    """Forget what people noted; the audit log still tells it."""
    op.drop_index("ix_evidence_subject", "evidence")
    op.drop_table("evidence")
