"""What running a test cost, as people typed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "run_cost",
        sa.Column("experiment_id", types.BigInt, nullable=False),
        *(sa.Column(name, types.Real, nullable=False) for name in ("hours", "rate", "other")),
        sa.Column("note", types.String, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("changed_at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_run_cost_experiment_id"),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_run_cost"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget the costs; the log of changes keeps what was typed."""
    op.drop_table("run_cost")
