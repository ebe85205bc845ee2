"""What belongs to a test before launch: answers typed into the builder, pictures of variants, the A/A check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables of their own, which the version before does not know."""
    op.create_table(
        "draft_answer",
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("revision", types.BigInt, nullable=False),
        sa.Column("answers", types.Json, nullable=False),
        sa.Column("saved_by", types.String, nullable=False),
        sa.Column("saved_at", types.Instant, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_draft_answer_experiment_id_experiment"),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_draft_answer"),
        sqlite_strict=True,
    )
    op.create_table(
        "screenshot",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("variant", types.String, nullable=False),
        sa.Column("alt", types.String, nullable=False),
        sa.Column("media_type", types.String, nullable=False),
        sa.Column("width", types.BigInt, nullable=False),
        sa.Column("height", types.BigInt, nullable=False),
        sa.Column("digest", types.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("added_by", types.String, nullable=False),
        sa.Column("added_at", types.Instant, nullable=False),
        sa.CheckConstraint("media_type in ('image/png','image/jpeg','image/webp')", name="ck_screenshot_media_type"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_screenshot_experiment_id_experiment"),
        sa.PrimaryKeyConstraint("id", name="pk_screenshot"),
        sa.UniqueConstraint("experiment_id", "variant", name="uq_screenshot_experiment_id_variant"),
        sqlite_strict=True,
    )
    op.create_table(
        "aa_check",
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("design", types.String, nullable=False),
        sa.Column("done", types.BigInt, nullable=False),
        sa.Column("total", types.BigInt, nullable=False),
        sa.Column("result", types.Json, nullable=True),
        sa.Column("asked_by", types.String, nullable=False),
        sa.Column("asked_at", types.Instant, nullable=False),
        sa.Column("finished_at", types.Instant, nullable=True),
        sa.CheckConstraint("state in ('waiting','running','done','failed')", name="ck_aa_check_state"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name="fk_aa_check_experiment_id_experiment"),
        sa.PrimaryKeyConstraint("experiment_id", name="pk_aa_check"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget what was typed and shown; tests keep their definitions."""
    for name in ("aa_check", "screenshot", "draft_answer"):
        op.drop_table(name)
