"""Which agent of the contact centre handled a contact or a sale, and tests that draw agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("event", "quarantine", "order_claim", "outcome")
TWO = "unit in ('visitor','customer')"
THREE = "unit in ('visitor','customer','agent')"


def upgrade() -> None:
    """Columns without a value, so that the version before goes on writing; a partitioned table hands them on."""
    for table in TABLES:
        op.add_column(table, sa.Column("agent", types.UnitHash, nullable=True))
    named = sa.text("agent is not null")
    op.create_index("ix_outcome_agent_at", "outcome", ["agent", "at"], sqlite_where=named, postgresql_where=named)
    _units(TWO, THREE)


def downgrade() -> None:
    """Forget who handled what.

    Raises:
        RuntimeError: there are tests that draw agents; the version before knows no such unit.
    """
    if op.get_bind().scalar(sa.text("select count(*) from experiment where unit = 'agent'")):
        raise RuntimeError("There are tests that draw agents, which the version before cannot read: keep this version.")
    _units(THREE, TWO)
    op.drop_index("ix_outcome_agent_at", "outcome")
    for table in reversed(TABLES):
        op.drop_column(table, "agent")


def _units(before: str, after: str) -> None:
    """Another rule for `experiment.unit`.

    SQLite can change a rule only by making the table anew, which the tables that refer to it forbid; it documents
    changing the text of the table instead (sqlite.org/lang_altertable.html, section 7). No row is touched.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_experiment_unit"), "experiment", type_="check")
        op.create_check_constraint(op.f("ck_experiment_unit"), "experiment", after)
        return
    version = connection.scalar(sa.text("pragma schema_version"))
    connection.execute(sa.text("pragma writable_schema = on"))
    text = "update sqlite_schema set sql = replace(sql, :before, :after) where type = 'table' and name = 'experiment'"
    connection.execute(sa.text(text), {"before": before, "after": after})
    connection.execute(sa.text(f"pragma schema_version = {version + 1:d}"))
    connection.execute(sa.text("pragma writable_schema = off"))
