"""Imports of files, saved mappings, names of products elsewhere, and giving up on quarantined items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATES = "'uploaded', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone'"


def upgrade() -> None:
    """Four tables and two columns."""
    _file_import()
    _file_mapping()
    op.create_table(
        "product_alias",
        sa.Column("alias", types.String, nullable=False),
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_product_alias_product_id"),
        sa.PrimaryKeyConstraint("alias", name="pk_product_alias"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_alias_product_id", "product_alias", ["product_id"])
    op.add_column("quarantine", sa.Column("discarded_at", types.Instant, nullable=True))
    op.add_column("quarantine", sa.Column("discarded_why", types.String, nullable=False, server_default=""))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("quarantine", "discarded_why")
    op.drop_column("quarantine", "discarded_at")
    op.drop_index("ix_product_alias_product_id", table_name="product_alias")
    for table in ("product_alias", "file_mapping", "file_import_error"):
        op.drop_table(table)
    op.drop_index("ix_file_import_state", table_name="file_import")
    op.drop_table("file_import")


def _file_import() -> None:
    op.create_table(
        "file_import",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("holds", types.String, nullable=False),
        sa.Column("source_key", types.String, nullable=False),
        sa.Column("origin", types.String, nullable=False),
        sa.Column("file", types.String, nullable=False),
        sa.Column("stored", types.String, nullable=False),
        sa.Column("digest", types.String, nullable=False),
        sa.Column("spec", types.Json(), nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("dry", types.Flag(), nullable=False),
        sa.Column("done", types.BigInt, nullable=False),
        sa.Column("position", types.BigInt, nullable=False),
        sa.Column("size", types.BigInt, nullable=False),
        sa.Column("report", types.Json(), nullable=False),
        sa.Column("error", types.String, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("created_at", types.Instant, nullable=False),
        sa.Column("finished_at", types.Instant, nullable=True),
        sa.CheckConstraint(f"state in ({STATES})", name="ck_file_import_state"),
        sa.PrimaryKeyConstraint("id", name="pk_file_import"),
        sqlite_strict=True,
    )
    op.create_index("ix_file_import_state", "file_import", ["state"])
    op.create_table(
        "file_import_error",
        sa.Column("import_id", types.BigInt, nullable=False),
        sa.Column("place", types.BigInt, nullable=False),
        sa.Column("row", types.BigInt, nullable=False),
        sa.Column("field", types.String, nullable=False),
        sa.Column("value", types.String, nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["file_import.id"], name="fk_file_import_error_import_id"),
        sa.PrimaryKeyConstraint("import_id", "place", name="pk_file_import_error"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _file_mapping() -> None:
    op.create_table(
        "file_mapping",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("holds", types.String, nullable=False),
        sa.Column("spec", types.Json(), nullable=False),
        sa.Column("picked_up", types.Flag(), nullable=False),
        sa.Column("changed_at", types.Instant, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_mapping"),
        sa.UniqueConstraint("name", name="uq_file_mapping_name"),
        sqlite_strict=True,
    )
