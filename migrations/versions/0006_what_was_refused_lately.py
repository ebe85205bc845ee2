"""Refused items by the time they came last, for the page that watches what arrives."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index only: the version before goes on as it is."""
    op.create_index("ix_quarantine_last_seen", "quarantine", ["last_seen"], unique=False)


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_quarantine_last_seen", table_name="quarantine")
