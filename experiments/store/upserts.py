"""INSERT … ON CONFLICT: both databases know it, SQLAlchemy has one class for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from experiments.store.engines import is_sqlite
from experiments.store.tables import Base


def dialect_insert(connection: Connection, table: type[Base]) -> Any:
    """An insert into the table that knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite(connection) else postgresql.insert(table)
