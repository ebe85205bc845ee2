"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from experiments.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _create_event() -> None:
    """Monthly partitions on PostgreSQL are made ahead by the service; `event_default` takes what none fits."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("create sequence event_seq")
        op.execute(
            """
            create table event (
                seq bigint not null default nextval('event_seq'),
                received_at bigint not null,
                txn bigint not null,
                id uuid not null,
                source_id smallint not null,
                type smallint not null,
                name text not null,
                occurred_at bigint not null,
                sent_time bigint,
                visitor bigint,
                customer bigint,
                body text not null,
                constraint pk_event primary key (received_at, seq)
            ) partition by range (received_at)
            """
        )
        op.execute("alter sequence event_seq owned by event.seq")
        op.execute("create index ix_event_txn on event (txn, seq)")
        op.execute("create table event_default partition of event default")
        return
    op.create_table(
        "event",
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("txn", types.BigInt, nullable=False),
        sa.Column("id", types.Key128(), nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("type", types.SmallInt, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("occurred_at", types.BigInt, nullable=False),
        sa.Column("sent_time", types.BigInt, nullable=True),
        sa.Column("visitor", types.BigInt, nullable=True),
        sa.Column("customer", types.BigInt, nullable=True),
        sa.Column("body", types.String, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event"),
        sqlite_strict=True,
    )


def _drop_event() -> None:
    op.drop_table("event")


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("email", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("password_hash", types.String, nullable=False),
        sa.Column("role", types.String, nullable=False),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.Column("disabled_at", types.BigInt, nullable=True),
        sa.Column("session_epoch", types.BigInt, nullable=False),
        sa.CheckConstraint("role in ('viewer','editor','approver','admin')", name=op.f("ck_app_user_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("action", types.String, nullable=False),
        sa.Column("noun", types.String, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.Column("reason", types.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_noun_key", "audit", ["noun", "key"], unique=False)

    op.create_table(
        "cursor",
        sa.Column("name", types.String, nullable=False),
        sa.Column("position", types.BigInt, nullable=False),
        sa.Column("moved_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
        sqlite_strict=True,
    )
    _create_event()
    op.create_table(
        "event_key",
        sa.Column("id", types.Key128(), nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "experiment",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("hypothesis", types.String, nullable=False),
        sa.Column("unit", types.String, nullable=False),
        sa.Column("status", types.String, nullable=False),
        sa.Column("owner", types.String, nullable=False),
        sa.Column("imported", types.Flag(), nullable=False),
        sa.Column("metrics", types.Json(), nullable=False),
        sa.Column("plan", types.Json(), nullable=False),
        sa.Column("rollout", types.Json(), nullable=True),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.Column("launched_at", types.BigInt, nullable=True),
        sa.Column("stopped_at", types.BigInt, nullable=True),
        sa.Column("revision", types.BigInt, nullable=False),
        sa.CheckConstraint(
            "status in ('draft','testing','running','paused','stopped','decided','archived')",
            name=op.f("ck_experiment_status"),
        ),
        sa.CheckConstraint("unit in ('visitor','customer')", name=op.f("ck_experiment_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
        sa.UniqueConstraint("key", name=op.f("uq_experiment_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "exposure",
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("phase_id", types.BigInt, nullable=False),
        sa.Column("unit", types.BigInt, nullable=False),
        sa.Column("variant", types.SmallInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("channel", types.SmallInt, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_exposure")),
        sqlite_strict=True,
    )
    op.create_index("ix_exposure_phase_id_at", "exposure", ["phase_id", "at"], unique=False)
    op.create_index(
        "ix_exposure_phase_id_unit", "exposure", ["phase_id", "unit", "at", "variant", "received_at"], unique=False
    )

    op.create_table(
        "family",
        sa.Column("id", types.SmallInt, autoincrement=True, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
        sa.UniqueConstraint("key", name=op.f("uq_family_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "holding",
        sa.Column("customer", types.BigInt, nullable=False),
        sa.Column("as_of", types.BigInt, nullable=False),
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("complete", types.Flag(), nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("independent", types.Flag(), nullable=False),
        sa.Column("family_id", types.SmallInt, nullable=False),
        sa.Column("tier", types.SmallInt, nullable=False),
        sa.PrimaryKeyConstraint("customer", "as_of", "product_id", "source_id", name=op.f("pk_holding")),
        sqlite_strict=True,
    )
    op.create_table(
        "identity_link",
        sa.Column("visitor", types.BigInt, nullable=False),
        sa.Column("customer", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("verified", types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("visitor", "customer", name=op.f("pk_identity_link")),
        sqlite_strict=True,
    )
    op.create_index("ix_identity_link_customer", "identity_link", ["customer"], unique=False)

    op.create_table(
        "journey",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("steps", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey")),
        sa.UniqueConstraint("key", name=op.f("uq_journey_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "layer",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("salt", types.String, nullable=False),
        sa.Column("holdout", types.Real, nullable=False),
        sa.CheckConstraint("holdout >= 0 and holdout <= 0.5", name=op.f("ck_layer_holdout")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sa.UniqueConstraint("key", name=op.f("uq_layer_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "lease",
        sa.Column("name", types.String, nullable=False),
        sa.Column("holder", types.String, nullable=False),
        sa.Column("until", types.BigInt, nullable=False),
        sa.Column("beat_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "login_failure",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("email", types.String, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
        sqlite_strict=True,
    )
    op.create_index("ix_login_failure_email_at", "login_failure", ["email", "at"], unique=False)

    op.create_table(
        "metric",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("version", types.SmallInt, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("definition", types.Json(), nullable=False),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_metric_key_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "name",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("space", types.String, nullable=False),
        sa.Column("text", types.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name")),
        sa.UniqueConstraint("space", "text", name=op.f("uq_name_space_text")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_claim",
        sa.Column("order_key", types.BigInt, nullable=False),
        sa.Column("line", types.BigInt, nullable=False),
        sa.Column("event_id", types.Key128(), nullable=False),
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("rank", types.SmallInt, nullable=False),
        sa.Column("visitor", types.BigInt, nullable=True),
        sa.Column("customer", types.BigInt, nullable=True),
        sa.Column("channel", types.SmallInt, nullable=False),
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.Column("family_id", types.SmallInt, nullable=False),
        sa.Column("tier", types.SmallInt, nullable=False),
        sa.Column("multiple", types.Flag(), nullable=False),
        sa.Column("quantity", types.BigInt, nullable=False),
        sa.Column("revenue", types.BigInt, nullable=False),
        sa.Column("margin", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("order_key", "line", "event_id", name=op.f("pk_order_claim")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcome",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("order_key", types.BigInt, nullable=False),
        sa.Column("line", types.BigInt, nullable=False),
        sa.Column("kind", types.SmallInt, nullable=False),
        sa.Column("name_id", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("rank", types.SmallInt, nullable=False),
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("visitor", types.BigInt, nullable=True),
        sa.Column("customer", types.BigInt, nullable=True),
        sa.Column("channel", types.SmallInt, nullable=False),
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.Column("family_id", types.SmallInt, nullable=False),
        sa.Column("tier", types.SmallInt, nullable=False),
        sa.Column("multiple", types.Flag(), nullable=False),
        sa.Column("quantity", types.BigInt, nullable=False),
        sa.Column("revenue", types.BigInt, nullable=False),
        sa.Column("margin", types.BigInt, nullable=False),
        sa.Column("seconds", types.BigInt, nullable=False),
        sa.Column("number", types.Real, nullable=False),
        sa.Column("conflicts", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("order_key", "line", name=op.f("uq_outcome_order_key_line")),
        sqlite_strict=True,
    )
    op.create_index("ix_outcome_customer_at", "outcome", ["customer", "at"], unique=False)
    op.create_index("ix_outcome_visitor_at", "outcome", ["visitor", "at"], unique=False)

    op.create_table(
        "page_view",
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("visitor", types.BigInt, nullable=True),
        sa.Column("customer", types.BigInt, nullable=True),
        sa.Column("path_id", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_page_view")),
        sqlite_strict=True,
    )
    op.create_index("ix_page_view_visitor_at", "page_view", ["visitor", "at"], unique=False)

    op.create_table(
        "progress",
        sa.Column("name", types.String, nullable=False),
        sa.Column("done", types.BigInt, nullable=False),
        sa.Column("total", types.BigInt, nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("message", types.String, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_progress")),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", types.Key128(), nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.Column("field", types.String, nullable=False),
        sa.Column("message", types.String, nullable=False),
        sa.Column("first_seen", types.BigInt, nullable=False),
        sa.Column("last_seen", types.BigInt, nullable=False),
        sa.Column("count", types.BigInt, nullable=False),
        sa.Column("visitor", types.BigInt, nullable=True),
        sa.Column("customer", types.BigInt, nullable=True),
        sa.Column("body", types.String, nullable=False),
        sa.Column("replayed_at", types.BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sqlite_strict=True,
    )
    op.create_index("ix_quarantine_source_id_reason", "quarantine", ["source_id", "reason"], unique=False)

    op.create_table(
        "refund",
        sa.Column("seq", types.BigInt, nullable=False),
        sa.Column("part", types.SmallInt, nullable=False),
        sa.Column("order_key", types.BigInt, nullable=False),
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.Column("quantity", types.BigInt, nullable=False),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("received_at", types.BigInt, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("rank", types.SmallInt, nullable=False),
        sa.PrimaryKeyConstraint("seq", "part", name=op.f("pk_refund")),
        sqlite_strict=True,
    )
    op.create_index("ix_refund_order_key", "refund", ["order_key"], unique=False)

    op.create_table(
        "source",
        sa.Column("id", types.SmallInt, autoincrement=True, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("environment", types.String, nullable=False),
        sa.Column("complete", types.Flag(), nullable=False),
        sa.Column("watermark", types.BigInt, nullable=True),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.CheckConstraint("environment in ('production','test')", name=op.f("ck_source_environment")),
        sa.CheckConstraint("kind in ('client','server','import')", name=op.f("ck_source_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("key", name=op.f("uq_source_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "tally",
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.Column("count", types.BigInt, nullable=False),
        sa.Column("last_at", types.BigInt, nullable=False),
        sa.PrimaryKeyConstraint("source_id", "reason", name=op.f("pk_tally")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_key",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("label", types.String, nullable=False),
        sa.Column("source_id", types.SmallInt, nullable=False),
        sa.Column("public_key", types.String, nullable=True),
        sa.Column("secret_hash", types.String, nullable=True),
        sa.Column("prefix", types.String, nullable=False),
        sa.Column("origins", types.Json(), nullable=False),
        sa.Column("created_at", types.BigInt, nullable=False),
        sa.Column("revoked_at", types.BigInt, nullable=True),
        sa.CheckConstraint("kind in ('client','server')", name=op.f("ck_api_key_kind")),
        sa.CheckConstraint("(public_key is null) <> (secret_hash is null)", name=op.f("ck_api_key_one_form")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_api_key_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("public_key", name=op.f("uq_api_key_public_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_run",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=True),
        sa.Column("file", types.String, nullable=False),
        sa.Column("digest", types.String, nullable=False),
        sa.Column("spec", types.Json(), nullable=False),
        sa.Column("state", types.String, nullable=False),
        sa.Column("rows", types.BigInt, nullable=False),
        sa.Column("rejected", types.BigInt, nullable=False),
        sa.Column("report", types.Json(), nullable=False),
        sa.Column("started_at", types.BigInt, nullable=False),
        sa.Column("finished_at", types.BigInt, nullable=True),
        sa.CheckConstraint("state in ('running','done','failed')", name=op.f("ck_import_run_state")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_import_run_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_run_experiment_id"), "import_run", ["experiment_id"], unique=False)

    op.create_table(
        "phase",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("number", types.SmallInt, nullable=False),
        sa.Column("salt", types.String, nullable=False),
        sa.Column("enrolment", types.Real, nullable=False),
        sa.Column("audience", types.Json(), nullable=False),
        sa.Column("layer", types.Json(), nullable=True),
        sa.Column("started_at", types.BigInt, nullable=True),
        sa.Column("ended_at", types.BigInt, nullable=True),
        sa.CheckConstraint("enrolment > 0 and enrolment <= 1", name=op.f("ck_phase_enrolment")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_phase_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase")),
        sa.UniqueConstraint("experiment_id", "number", name=op.f("uq_phase_experiment_id_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "product",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("family_id", types.SmallInt, nullable=False),
        sa.Column("tier", types.SmallInt, nullable=False),
        sa.Column("multiple", types.Flag(), nullable=False),
        sa.CheckConstraint("tier >= 1", name=op.f("ck_product_tier")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_product_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("key", name=op.f("uq_product_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "snapshot",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("phase", types.SmallInt, nullable=False),
        sa.Column("kind", types.String, nullable=False),
        sa.Column("number", types.SmallInt, nullable=True),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("report", types.Json(), nullable=False),
        sa.CheckConstraint("kind in ('live','day','look','decision','share')", name=op.f("ck_snapshot_kind")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_snapshot_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sqlite_strict=True,
    )
    op.create_index("ix_snapshot_experiment_id_kind_at", "snapshot", ["experiment_id", "kind", "at"], unique=False)
    op.create_index(
        "uq_snapshot_live",
        "snapshot",
        ["experiment_id", "phase"],
        unique=True,
        sqlite_where=sa.text("kind = 'live'"),
        postgresql_where=sa.text("kind = 'live'"),
    )

    op.create_table(
        "decision",
        sa.Column("id", types.BigInt, nullable=False),
        sa.Column("experiment_id", types.BigInt, nullable=False),
        sa.Column("snapshot_id", types.BigInt, nullable=True),
        sa.Column("at", types.BigInt, nullable=False),
        sa.Column("who", types.String, nullable=False),
        sa.Column("recommended", types.String, nullable=False),
        sa.Column("decided", types.String, nullable=False),
        sa.Column("reason", types.String, nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_decision_experiment_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_decision_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_decision_experiment_id"), "decision", ["experiment_id"], unique=False)

    op.create_table(
        "import_column",
        sa.Column("import_id", types.BigInt, nullable=False),
        sa.Column("position", types.SmallInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("role", types.String, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_column_import_id")),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_import_column")),
        sa.UniqueConstraint("import_id", "key", name=op.f("uq_import_column_import_id_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_unit",
        sa.Column("import_id", types.BigInt, nullable=False),
        sa.Column("unit", types.BigInt, nullable=False),
        sa.Column("variant", types.SmallInt, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_unit_import_id")),
        sa.PrimaryKeyConstraint("import_id", "unit", name=op.f("pk_import_unit")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_value",
        sa.Column("import_id", types.BigInt, nullable=False),
        sa.Column("unit", types.BigInt, nullable=False),
        sa.Column("position", types.SmallInt, nullable=False),
        sa.Column("value", types.Real, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_value_import_id")),
        sa.PrimaryKeyConstraint("import_id", "unit", "position", name=op.f("pk_import_value")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product_price",
        sa.Column("product_id", types.BigInt, nullable=False),
        sa.Column("valid_from", types.BigInt, nullable=False),
        sa.Column("price", types.BigInt, nullable=False),
        sa.Column("margin", types.BigInt, nullable=False),
        sa.Column("months", types.SmallInt, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_price_product_id")),
        sa.PrimaryKeyConstraint("product_id", "valid_from", name=op.f("pk_product_price")),
        sqlite_strict=True,
    )
    op.create_table(
        "variant",
        sa.Column("phase_id", types.BigInt, nullable=False),
        sa.Column("position", types.SmallInt, nullable=False),
        sa.Column("key", types.String, nullable=False),
        sa.Column("name", types.String, nullable=False),
        sa.Column("weight", types.Real, nullable=False),
        sa.Column("payload", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_variant_phase_id")),
        sa.PrimaryKeyConstraint("phase_id", "position", name=op.f("pk_variant")),
        sa.UniqueConstraint("phase_id", "key", name=op.f("uq_variant_phase_id_key")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("variant")
    op.drop_table("product_price")
    op.drop_table("import_value")
    op.drop_table("import_unit")
    op.drop_table("import_column")
    op.drop_index(op.f("ix_decision_experiment_id"), table_name="decision")

    op.drop_table("decision")
    op.drop_index(
        "uq_snapshot_live",
        sqlite_where=sa.text("kind = 'live'"),
        postgresql_where=sa.text("kind = 'live'"),
        table_name="snapshot",
    )
    op.drop_index("ix_snapshot_experiment_id_kind_at", table_name="snapshot")

    op.drop_table("snapshot")
    op.drop_table("product")
    op.drop_table("phase")
    op.drop_index(op.f("ix_import_run_experiment_id"), table_name="import_run")

    op.drop_table("import_run")
    op.drop_table("api_key")
    op.drop_table("tally")
    op.drop_table("source")
    op.drop_index("ix_refund_order_key", table_name="refund")

    op.drop_table("refund")
    op.drop_index("ix_quarantine_source_id_reason", table_name="quarantine")

    op.drop_table("quarantine")
    op.drop_table("progress")
    op.drop_index("ix_page_view_visitor_at", table_name="page_view")

    op.drop_table("page_view")
    op.drop_index("ix_outcome_visitor_at", table_name="outcome")
    op.drop_index("ix_outcome_customer_at", table_name="outcome")

    op.drop_table("outcome")
    op.drop_table("order_claim")
    op.drop_table("name")
    op.drop_table("metric")
    op.drop_index("ix_login_failure_email_at", table_name="login_failure")

    op.drop_table("login_failure")
    op.drop_table("lease")
    op.drop_table("layer")
    op.drop_table("journey")
    op.drop_index("ix_identity_link_customer", table_name="identity_link")

    op.drop_table("identity_link")
    op.drop_table("holding")
    op.drop_table("family")
    op.drop_index("ix_exposure_phase_id_unit", table_name="exposure")
    op.drop_index("ix_exposure_phase_id_at", table_name="exposure")

    op.drop_table("exposure")
    op.drop_table("experiment")
    op.drop_table("event_key")
    _drop_event()
    op.drop_table("cursor")
    op.drop_index("ix_audit_noun_key", table_name="audit")

    op.drop_table("audit")
    op.drop_table("app_user")
