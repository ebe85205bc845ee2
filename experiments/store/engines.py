"""Engines: one place for what differs between SQLite and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from experiments.store.turns import turn

BUSY_TIMEOUT_MS = 5_000
SQLITE_CACHE_KIB = 64 * 1024
#: The aggregate query reads pages at random; mapped ones need no copy (13 % less processor time over 1M events).
SQLITE_MAPPED_BYTES = 1024**3


#: Connections of one process that are kept open; as many again may be opened for a moment.
POOL_SIZE = 10


def make_engine(url: str, *, pool_size: int = POOL_SIZE) -> Engine:
    """An engine for the URL; a SQLite file's folder is made. What events hold never stands in an error's text."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
    """A new file is for its owner alone, and so are its companions, which take its mode."""
    name = str(arguments[0])
    if name != ":memory:" and not name.startswith("file:"):
        with suppress(OSError):  # it is there already, or SQLite itself will say why it cannot be
            os.close(os.open(name, os.O_CREAT | os.O_EXCL, 0o600))


def is_sqlite(bind: Connection | Engine | Session) -> bool:
    """Whether this talks to SQLite."""
    target = bind.get_bind() if isinstance(bind, Session) else bind
    return target.dialect.name == "sqlite"


@contextmanager
def writing(engine: Engine, *, steady: bool = False) -> Iterator[Session]:
    """A session in one writing transaction: committed at the end, rolled back on an error.

    Args:
        steady: refuse to change what another transaction changed after this one began to read, instead of changing it
            as it then is; for a change that depends on what was read. On SQLite every writing transaction does.

    On SQLite the transaction is BEGIN IMMEDIATE: a transaction that reads first and writes later would fail with
    "database is locked" whatever the busy timeout, because its snapshot cannot be upgraded.
    """
    with (
        engine.connect().execution_options(netlift_write=True) as connection,
        connection.begin(),
        Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
    ):
        if steady and not is_sqlite(connection):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield session
        session.flush()


@contextmanager
def taking_turn(engine: Engine) -> Iterator[None]:
    """On SQLite, stand in line with the other processes that append to the file; elsewhere nobody has to.

    Raises:
        NoTurnError: another process wrote all the time.
    """
    with turn(engine.url.database if is_sqlite(engine) else None, BUSY_TIMEOUT_MS / 1000):
        yield


@contextmanager
def appending(engine: Engine) -> Iterator[Connection]:
    """A connection in one writing transaction, for rows that go in without a session: half the cost of one."""
    with engine.connect().execution_options(netlift_write=True) as connection, connection.begin():
        yield connection


@contextmanager
def hurrying(engine: Engine, patience_ms: int) -> Iterator[Connection]:
    """The same, giving up on a lock after so long, because somebody waits for a page."""
    with engine.connect().execution_options(netlift_write=True) as connection:
        if not is_sqlite(connection):
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience_ms:d}")
                yield connection
            return
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {patience_ms:d}")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that reads one consistent snapshot and never commits."""
    with engine.connect() as connection, connection.begin() as transaction:
        if not is_sqlite(connection):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with Session(connection, expire_on_commit=False) as session:
            yield session
        transaction.rollback()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy must not let the driver begin transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{SQLITE_CACHE_KIB}",
        f"mmap_size = {SQLITE_MAPPED_BYTES}",
        "temp_store = MEMORY",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("netlift_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
