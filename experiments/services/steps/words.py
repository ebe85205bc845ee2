"""Errors in plain words, for pages: what failed, and nothing that an event or a person said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from experiments.domain.errors import DomainError
from experiments.services.steps.down import is_down, sqlite_code

_SQLITE = {
    sqlite3.SQLITE_BUSY: "The database is locked by another process",
    sqlite3.SQLITE_LOCKED: "The database is locked by another process",
    sqlite3.SQLITE_FULL: "The disk of the database is full",
    sqlite3.SQLITE_IOERR: "The disk of the database cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "The file of the database cannot be opened",
    sqlite3.SQLITE_READONLY: "The file of the database may not be written",
    sqlite3.SQLITE_CORRUPT: "The file of the database is damaged",
    sqlite3.SQLITE_NOTADB: "The file of the database is damaged",
    sqlite3.SQLITE_INTERRUPT: "The database needed too long",
}
_POSTGRES = {
    "53100": "The disk of the database is full",
    "53200": "The database has no memory left",
    "53300": "The database takes no more connections",
    "57014": "The database needed too long",
    "55P03": "A row of the database is locked by another process",
}


def words_of(error: BaseException) -> str:
    """A sentence."""
    if isinstance(error, DomainError):
        return error.message
    if isinstance(error, SQLAlchemyError):
        return f"{_of_database(error)}."
    if isinstance(error, OSError) and error.strerror:
        name = f" ({Path(str(error.filename)).name})" if error.filename else ""
        return f"{error.strerror}{name}."
    return f"Something unexpected: {type(error).__name__} in {_place(error)}; the log of the worker says more."


def _of_database(error: SQLAlchemyError) -> str:
    if not isinstance(error, DBAPIError):
        return f"What is stored cannot be read or written: {type(error).__name__}"
    if isinstance(error.orig, sqlite3.Error):
        known = _SQLITE.get(sqlite_code(error))
    else:
        known = _POSTGRES.get(str(getattr(error.orig, "sqlstate", "")))
    if known:
        return known
    return "The database does not answer" if is_down(error) else f"The database refused: {type(error.orig).__name__}"


def _place(error: BaseException) -> str:
    """The innermost module and line of ours."""
    trace, found = error.__traceback__, "a library"
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("experiments."):
            found = f"{module.removeprefix('experiments.')}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
