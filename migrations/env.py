"""Alembic environment: the engine comes from the caller, or from the settings."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

from experiments.config import Settings
from experiments.store.engines import make_engine
from experiments.store.migrate import is_ours, render_type
from experiments.store.tables import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        render_item=render_type,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    given: Any = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    with make_engine(Settings().url).connect() as connection:
        _run(connection)
        connection.commit()


_main()
