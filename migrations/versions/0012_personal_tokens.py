"""Tokens with which people call the API for themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "personal_token",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("user_id", types.BigInt, nullable=False),
        sa.Column("label", types.String, nullable=False),
        sa.Column("scopes", types.Json(), nullable=False),
        sa.Column("secret_hash", types.String, nullable=False),
        sa.Column("prefix", types.String, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("expires_at", types.Instant, nullable=False),
        sa.Column("last_used_at", types.Instant, nullable=True),
        sa.Column("revoked_at", types.Instant, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_personal_token_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_personal_token"),
        sa.UniqueConstraint("secret_hash", name="uq_personal_token_secret_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_personal_token_user_id", "personal_token", ["user_id"])


def downgrade() -> None:
    """Forget them; scripts that use one are refused."""
    op.drop_index("ix_personal_token_user_id", "personal_token")
    op.drop_table("personal_token")
