"""Counts of the contact centre by period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables of their own, which the version before does not know."""
    key = [sa.Column(name, types.SmallInt, nullable=False) for name in ("days", "part", "measure", "channel", "bucket")]
    op.create_table(
        "contact_centre",
        *key,
        sa.Column("people", types.BigInt, nullable=False),
        *(sa.Column(name, types.Real, nullable=False) for name in ("n", "x", "nn", "nx", "xx")),
        sa.PrimaryKeyConstraint("days", "part", "measure", "channel", "bucket", name="pk_contact_centre"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact_centre_count",
        sa.Column("days", types.SmallInt, nullable=False),
        sa.Column("part", types.SmallInt, nullable=False),
        sa.Column("starts", types.Instant, nullable=False),
        sa.Column("ends", types.Instant, nullable=False),
        sa.Column("counted_at", types.Instant, nullable=False),
        sa.PrimaryKeyConstraint("days", "part", name="pk_contact_centre_count"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget the counts; they can be made again."""
    op.drop_table("contact_centre_count")
    op.drop_table("contact_centre")
