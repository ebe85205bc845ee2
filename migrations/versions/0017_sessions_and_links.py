"""Sessions in the database, and links that open once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables of their own, which the version before does not know."""
    op.create_table(
        "web_session",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("user_id", types.BigInt, nullable=False),
        sa.Column("secret_hash", types.String, nullable=False),
        sa.Column("device", types.String, nullable=False),
        sa.Column("via", types.String, nullable=False),
        sa.Column("started_at", types.Instant, nullable=False),
        sa.Column("seen_at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_web_session_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
        sa.UniqueConstraint("secret_hash", name="uq_web_session_secret_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])
    op.create_table(
        "access_link",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("purpose", types.String, nullable=False),
        sa.Column("email", types.String, nullable=False),
        sa.Column("role", types.String, nullable=True),
        sa.Column("secret_hash", types.String, nullable=False),
        sa.Column("created_by", types.String, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("expires_at", types.Instant, nullable=False),
        sa.Column("used_at", types.Instant, nullable=True),
        sa.Column("revoked_at", types.Instant, nullable=True),
        sa.CheckConstraint("purpose in ('invite','reset')", name="ck_access_link_purpose"),
        sa.PrimaryKeyConstraint("id", name="pk_access_link"),
        sa.UniqueConstraint("secret_hash", name="uq_access_link_secret_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_access_link_email", "access_link", ["email"])


def downgrade() -> None:
    """Everybody signs in anew; open invitations are gone."""
    op.drop_index("ix_access_link_email", "access_link")
    op.drop_table("access_link")
    op.drop_index("ix_web_session_user_id", "web_session")
    op.drop_table("web_session")
