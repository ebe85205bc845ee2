"""A connection that a process keeps for one kind of statement, past the pool.

Where a statement is asked all the time the pool's journey (take, ask whether it lives, begin, reset, give back) costs
as much as the statement.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event


class Kept:
    """The driver's connection of this process to one database; whoever uses it holds `lock`."""

    def __init__(self, engine: Engine) -> None:
        self.lock = Lock()
        self._connection: Any = None
        self._process = 0
        event.listen(engine, "engine_disposed", self._close)

    def connection(self, engine: Engine) -> Any:
        """Opened where there is none: at first, after `drop`, and in a child, as the parent's belongs to the parent."""
        if self._connection is None or self._process != os.getpid():
            taken = engine.raw_connection()
            self._connection, self._process = taken.driver_connection, os.getpid()
            taken.detach()
        return self._connection

    def drop(self) -> None:
        """Close it, which rolls back what was begun on it; the next use opens another."""
        if self._connection is not None and self._process == os.getpid():
            with suppress(Exception):
                self._connection.close()
        self._connection = None

    def _close(self, _engine: Engine) -> None:
        self.drop()


_kept: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()


def kept_for(engine: Engine) -> Kept:
    """The one of this process for a database."""
    return _kept.get(engine) or _kept.setdefault(engine, Kept(engine))
