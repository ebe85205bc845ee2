"""Whose turn it is to write a SQLite file, where several processes write it all the time.

SQLite lets a process that finds the file locked sleep up to 100 ms, and whoever asks first when it is free gets it: the
process that has just written, again and again. Here one process stands in line and looks every half millisecond, and
nobody passes it. The kernel takes the locks back from a process that was killed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

try:
    import fcntl
except ImportError:  # Windows, where no server runs
    fcntl = None  # type: ignore[assignment]

LOOK_SECONDS = 0.0005


class NoTurnError(Exception):
    """The turn did not come in time."""


@contextmanager
def turn(database: str | None, seconds: float) -> Iterator[None]:
    """Wait in line for the file, at most so many seconds; no wait for a database that is no file.

    Raises:
        NoTurnError: the turn did not come.
    """
    if fcntl is None or not database or database == ":memory:":
        yield
        return
    until = time.monotonic() + seconds
    with ExitStack() as holding:
        with _locked(f"{database}.next", until):
            holding.enter_context(_locked(f"{database}.turn", until))
        yield


@contextmanager
def _locked(path: str, until: float) -> Iterator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(file, until)
        yield
    finally:
        os.close(file)  # which gives the lock back


def _wait(file: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise NoTurnError from None
            time.sleep(LOOK_SECONDS)
        else:
            return
