"""Settings that administrators change, and requests for a second person's word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables of their own, which the version before does not know."""
    op.create_table(
        "deployment_setting",
        sa.Column("name", types.String, nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_deployment_setting"),
        sqlite_strict=True,
    )
    op.create_table(
        "approval",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("deed", types.String, nullable=False),
        sa.Column("revision", types.BigInt, nullable=False),
        sa.Column("rollout", types.Json(), nullable=True),
        sa.Column("asked_by", types.String, nullable=False),
        sa.Column("asked_at", types.Instant, nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("answered_by", types.String, nullable=True),
        sa.Column("answered_at", types.Instant, nullable=True),
        sa.Column("answer", types.String, nullable=False),
        sa.CheckConstraint("deed in ('launch','ship')", name="ck_approval_deed"),
        sa.CheckConstraint("state in ('open','approved','declined','withdrawn','void')", name="ck_approval_state"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_approval_experiment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sqlite_strict=True,
    )
    op.create_index("ix_approval_experiment_id", "approval", ["experiment_id"])
    op.create_index("ix_approval_state", "approval", ["state"])


def downgrade() -> None:
    """One person suffices again; the audit log still tells who asked and who agreed."""
    op.drop_index("ix_approval_state", "approval")
    op.drop_index("ix_approval_experiment_id", "approval")
    op.drop_table("approval")
    op.drop_table("deployment_setting")
