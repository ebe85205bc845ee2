"""Which tests came from an opportunity, and how large its gap was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, which the version before does not know."""
    op.create_table(
        "opportunity_test",
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("gap", types.Real, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_opportunity_test_experiment_id"),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_opportunity_test"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget where tests came from."""
    op.drop_table("opportunity_test")
