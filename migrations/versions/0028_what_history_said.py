"""What history said of some metrics and an audience, measured by the worker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "look_back",
        sa.Column("name", types.String, nullable=False),
        sa.Column("question_id", types.String, nullable=False),
        sa.Column("question", types.Json, nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("done", types.SmallInt, nullable=False),
        sa.Column("result", types.Json, nullable=True),
        *(sa.Column(name, types.String, nullable=False) for name in ("field", "reason", "asked_by")),
        sa.Column("asked_at", types.Instant, nullable=False),
        *(sa.Column(name, types.Instant, nullable=True) for name in ("started_at", "finished_at")),
        sa.CheckConstraint("state in ('waiting','running','done','failed')", name="ck_look_back_state"),
        sa.PrimaryKeyConstraint("name", name="pk_look_back"),
        sqlite_strict=True,
    )
    op.create_index("ix_look_back_question_id", "look_back", ["question_id"])
    op.create_index("ix_look_back_state", "look_back", ["state"])


def downgrade() -> None:
    """Forget what was measured; plans keep the numbers that were taken from it."""
    op.drop_table("look_back")
