"""The relation that a sender states with a sale: kept, never used, and compared with the computed one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

COLUMNS = (("order_claim", "stated_relation"), ("outcome", "stated_relation"), ("outcome", "stated_by"))
STATED = sa.text("stated_relation <> 0")


def upgrade() -> None:
    """Columns that say nothing by themselves, so that the version before goes on writing; what the worker counts."""
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, types.SmallInt, nullable=False, server_default=sa.text("0")))
    op.create_index("ix_outcome_stated_relation", "outcome", ["at"], sqlite_where=STATED, postgresql_where=STATED)
    op.create_table(
        "stated_relation",
        sa.Column("day", types.Instant, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("stated", types.SmallInt, nullable=False),
        sa.Column("computed", types.SmallInt, nullable=False),
        sa.Column("sales", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("day", "source_id", "stated", "computed", name="pk_stated_relation"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget them; the events still tell."""
    op.drop_table("stated_relation")
    op.drop_index("ix_outcome_stated_relation", "outcome")
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
