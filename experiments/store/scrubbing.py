"""Deleted rows leave their bytes behind until they are written over."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.store.engines import is_sqlite


def overwrite_deleted(engine: Engine) -> None:
    """On SQLite take what was deleted out of the write-ahead log; pages are zeroed as they are freed (`secure_delete`).

    PostgreSQL frees the space with its own vacuum. Beside a busy reader the log stays until the next checkpoint.
    """
    if not is_sqlite(engine):
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
