"""The audit log only grows: the database itself refuses to change or delete what it holds.

A later migration that rebuilds the table on SQLite (batch mode) must make the triggers again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

REFUSED = "the audit log is append-only"
#: What even the erasure of a person leaves as it is.
FIXED = ("id", "at", "action", "noun")
CHANGED = " or ".join(f"new.{name} is distinct from old.{name}" for name in FIXED)
ON_UPDATE = "before update on audit when not exists (select 1 from audit_gate) or"
SQLITE = (
    f"create trigger audit_no_update {ON_UPDATE} {CHANGED.replace('is distinct from', 'is not')} "
    f"begin select raise(abort, '{REFUSED}'); end",
    f"create trigger audit_no_delete before delete on audit begin select raise(abort, '{REFUSED}'); end",
)
FUNCTION = "create function audit_append_only() returns trigger language plpgsql as"
OPEN = "exists (select 1 from audit_gate)"
POSTGRESQL = (
    f"{FUNCTION} $$ begin if tg_op = 'UPDATE' then if {OPEN} and not ({CHANGED}) then return new; end if; end if; "
    f"raise exception '{REFUSED}' using errcode = 'restrict_violation'; end $$",
    "create trigger audit_no_change before update or delete on audit for each row execute function audit_append_only()",
    "create trigger audit_no_truncate before truncate on audit for each statement execute function audit_append_only()",
)


def upgrade() -> None:
    """A gate table, and triggers; the version before only ever adds to the log."""
    op.create_table(
        "audit_gate",
        sa.Column("id", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_gate"),
        sqlite_strict=True,
    )
    for statement in POSTGRESQL if _postgresql() else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Trust the code again."""
    if _postgresql():
        op.execute("drop trigger audit_no_truncate on audit")
        op.execute("drop trigger audit_no_change on audit")
        op.execute("drop function audit_append_only()")
    else:
        op.execute("drop trigger audit_no_delete")
        op.execute("drop trigger audit_no_update")
    op.drop_table("audit_gate")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
