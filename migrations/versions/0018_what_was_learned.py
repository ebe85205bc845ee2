"""Learnings, all their versions, and an index of their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SQLITE = "create virtual table learning_words using fts5(title, body, tokenize = 'porter unicode61')"
_POSTGRES = (
    "create table learning_words (learning_id bigint primary key references learning (id), words tsvector not null)",
    "create index ix_learning_words on learning_words using gin (words)",
)


def upgrade() -> None:
    """Tables of their own, which the version before does not know."""
    op.create_table(
        "learning",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=True),
        sa.Column("status", types.String, nullable=False),
        sa.Column("version", types.SmallInt, nullable=False),
        sa.Column("learning", types.Json(), nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("updated_at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_learning_experiment_id_experiment"),
        sa.PrimaryKeyConstraint("id", name="pk_learning"),
        sqlite_strict=True,
    )
    op.create_index("ix_learning_experiment_id", "learning", ["experiment_id"], unique=True)
    op.create_table(
        "learning_version",
        sa.Column("learning_id", types.BigInt, nullable=False),
        sa.Column("version", types.SmallInt, nullable=False),
        sa.Column("learning", types.Json(), nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["learning_id"], ["learning.id"], name="fk_learning_version_learning_id_learning"),
        sa.PrimaryKeyConstraint("learning_id", "version", name="pk_learning_version"),
        sqlite_strict=True,
    )
    for statement in [_SQLITE] if op.get_bind().dialect.name == "sqlite" else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Forget what was learned."""
    op.execute("drop table learning_words")
    op.drop_table("learning_version")
    op.drop_index("ix_learning_experiment_id", "learning")
    op.drop_table("learning")
