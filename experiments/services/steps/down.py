"""Whether an error says that the database cannot do its work at all, so that no step could."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

#: SQLite's primary codes of a file that is locked, full, unreadable, away or may not be written.
_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)
#: PostgreSQL's classes: no connection, out of disk, memory or connections, ended or restarted by an operator, broken.
_POSTGRES = ("08", "53", "57P", "58")


def is_down(error: BaseException) -> bool:
    """True for a database that is away, locked, full or read-only; False for a statement that it refuses."""
    if isinstance(error, PoolTimeoutError):  # no connection of the pool became free
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return sqlite_code(error) in _SQLITE
    state = getattr(error.orig, "sqlstate", None)
    return _is_of_driver(error) if state is None else str(state).startswith(_POSTGRES)


def sqlite_code(error: SQLAlchemyError) -> int:
    """The primary code of an error of SQLite; 0 where it says none."""
    return int(getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) or 0) & 0xFF


def _is_of_driver(error: DBAPIError) -> bool:
    """An error without a state is one of the driver: it could not connect, or the connection broke."""
    return type(error.orig).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
