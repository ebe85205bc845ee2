"""Messages to people and machines, and who gets them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables of their own, which the version before does not know."""
    op.create_table(
        "webhook",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("url", types.String, nullable=False),
        sa.Column("label", types.String, nullable=False),
        sa.Column("topics", types.Json, nullable=False),
        sa.Column("sealed", types.String, nullable=False),
        sa.Column("prefix", types.String, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("stopped_at", types.Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sqlite_strict=True,
    )
    op.create_table(
        "subscription",
        sa.Column("user_id", types.BigInt, autoincrement=False, nullable=False),
        sa.Column("alarms", types.Flag, nullable=False),
        sa.Column("digest", types.Flag, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_subscription_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_subscription"),
        sqlite_strict=True,
    )
    op.create_table(
        "message",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("topic", types.String, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("webhook_id", types.BigInt, nullable=True),
        sa.Column("user_id", types.BigInt, nullable=True),
        sa.Column("document", types.Json, nullable=False),
        sa.Column("made_at", types.Instant, nullable=False),
        sa.Column("next_try_at", types.Instant, nullable=True),
        sa.Column("tries", types.SmallInt, nullable=False),
        sa.Column("sent_at", types.Instant, nullable=True),
        sa.Column("error", types.String, nullable=False),
        sa.CheckConstraint("topic in ('alarm','digest','test')", name="ck_message_topic"),
        sa.CheckConstraint("(webhook_id is null) <> (user_id is null)", name="ck_message_one_receiver"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_message_user_id"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_message_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("key", "webhook_id", name="uq_message_key_webhook_id"),
        sa.UniqueConstraint("key", "user_id", name="uq_message_key_user_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_message_next_try_at",
        "message",
        ["next_try_at"],
        sqlite_where=sa.text("next_try_at is not null"),
        postgresql_where=sa.text("next_try_at is not null"),
    )


def downgrade() -> None:
    """Nobody is told any more; what was told is forgotten."""
    op.drop_index("ix_message_next_try_at", "message")
    op.drop_table("message")
    op.drop_table("subscription")
    op.drop_table("webhook")
