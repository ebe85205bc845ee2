"""Comments on a test, links that show its report to strangers, and decisions that were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables of their own, and two columns that may be empty."""
    op.create_table(
        "comment",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("text", types.String, nullable=False),
        sa.Column("changed_at", types.Instant),
        sa.Column("deleted_at", types.Instant),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_comment_experiment_id_experiment"),
        sqlite_strict=True,
    )
    op.create_index("ix_comment_experiment_id", "comment", ["experiment_id"])
    op.create_table(
        "share",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("snapshot_id", types.BigInt, nullable=False),
        sa.Column("secret_hash", types.String, nullable=False),
        sa.Column("label", types.String, nullable=False),
        sa.Column("at", types.Instant, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("expires_at", types.Instant, nullable=False),
        sa.Column("revoked_at", types.Instant),
        sa.PrimaryKeyConstraint("id", name="pk_share"),
        sa.UniqueConstraint("secret_hash", name="uq_share_secret_hash"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_share_experiment_id_experiment"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_share_snapshot_id_snapshot"),
        sqlite_strict=True,
    )
    op.create_index("ix_share_experiment_id", "share", ["experiment_id"])
    op.add_column("decision", sa.Column("undone_at", types.Instant))
    op.add_column("decision", sa.Column("undone_by", types.String))


def downgrade() -> None:
    """Comments and links are lost; the audit log still tells of them."""
    op.drop_column("decision", "undone_by")
    op.drop_column("decision", "undone_at")
    op.drop_table("share")
    op.drop_table("comment")
