"""Identity secrets, frozen eligibility, counts of reasons, and what contacts and back offices say of customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only; the version before does not look at them."""
    op.create_table(
        "identity_secret",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("environment", types.String, nullable=False),
        sa.Column("sealed", types.String, nullable=False),
        sa.Column("prefix", types.String, nullable=False),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.Column("retired_at", types.BigInt, nullable=True),
        sa.CheckConstraint("environment in ('production','test')", name=op.f("ck_identity_secret_environment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_secret")),
        sqlite_strict=True,
    )
    op.create_table(
        "eligibility",
        sa.Column("phase_id", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("unit", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("eligible", types.Flag(), nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("phase_id", "unit", name=op.f("pk_eligibility")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evaluation_count",
        sa.Column("experiment_id", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("phase", types.SmallInt, nullable=False, autoincrement=False),
        sa.Column("teller", types.String, nullable=False),
        sa.Column("day", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("reason", types.String, nullable=False),
        sa.Column("count", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "phase", "teller", "day", "reason", name=op.f("pk_evaluation_count")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact_fact",
        sa.Column("seq", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("customer", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("severity", types.SmallInt, nullable=True),
        sa.Column("offer_id", types.BigInt, nullable=False),
        sa.Column("answer", types.SmallInt, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_contact_fact")),
        sqlite_strict=True,
    )
    op.create_index("ix_contact_fact_customer_at", "contact_fact", ["customer", "at"])
    op.create_table(
        "qualification",
        sa.Column("customer", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("as_of", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("source_id", types.SmallInt, nullable=False, autoincrement=False),
        sa.Column("offer_id", types.BigInt, nullable=False, autoincrement=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("customer", "as_of", "source_id", "offer_id", name=op.f("pk_qualification")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget them; contacts and statements can be projected again from the events, frozen eligibility cannot."""
    op.drop_table("qualification")
    op.drop_index("ix_contact_fact_customer_at", table_name="contact_fact")
    for table in ("contact_fact", "evaluation_count", "eligibility", "identity_secret"):
        op.drop_table(table)
