"""Readings of roll-outs, and alarms.

`roll_out_reading` keeps the guard's newest reading and every read-out of a holdback.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables of their own, which the version before does not know."""
    op.create_table(
        "roll_out_reading",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("started_at", types.Instant, nullable=False),
        sa.Column("days", types.SmallInt, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.Column("reading", types.Json, nullable=False),
        sa.CheckConstraint("days >= -1", name=op.f("ck_roll_out_reading_days")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_roll_out_reading_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_out_reading")),
        sqlite_strict=True,
    )
    op.create_index("uq_roll_out_reading", "roll_out_reading", ["experiment_id", "started_at", "days"], unique=True)
    op.create_table(
        "alarm",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=True),
        sa.Column("sentence", types.String, nullable=False),
        sa.Column("facts", types.Json, nullable=False),
        sa.Column("sent_at", types.Instant, nullable=True),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_alarm_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sqlite_strict=True,
    )
    op.create_index("ix_alarm_experiment_id", "alarm", ["experiment_id"])
    unsent = sa.text("sent_at is null")
    op.create_index("ix_alarm_unsent", "alarm", ["at"], sqlite_where=unsent, postgresql_where=unsent)


def downgrade() -> None:
    """Forget readings and alarms; the audit log still tells what was done."""
    op.drop_table("alarm")
    op.drop_table("roll_out_reading")
