"""Requests of one process that wait for SQLite's one writer share a transaction: one wait for the disk serves them all.

There is no thread of its own: whoever comes to the turn writes for everybody who queues by then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from experiments.services.ingest.availability import UnavailableError
from experiments.store import engines
from experiments.store.engines import writing

Write = Callable[[Connection], int]
#: Requests of one transaction: so many that the disk is not the limit, so few that nobody else waits long.
MOST = 16


class _Job:
    """One request's write, and what came of it."""

    __slots__ = ("done", "error", "result", "write")

    def __init__(self, write: Write) -> None:
        self.write = write
        self.done = False
        self.result = 0
        self.error: Exception | None = None


class GroupWriter:
    """Writes of the threads of one process to one database."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._queue: deque[_Job] = deque()

    def run(self, engine: Engine, write: Write) -> int:
        """The result of `write`, once it is committed.

        Raises:
            UnavailableError: the turn did not come within the busy timeout. Should the write still be made by another
                thread, sending the request again finds only duplicates.
        """
        job = _Job(write)
        self._queue.append(job)
        if not self._turn.acquire(timeout=engines.BUSY_TIMEOUT_MS / 1000):
            raise UnavailableError("writers are queueing")
        try:
            while not job.done:
                _write_group(engine, [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))])
        finally:
            self._turn.release()
        if job.error is not None:
            raise job.error
        return job.result


_writers: WeakKeyDictionary[Engine, GroupWriter] = WeakKeyDictionary()


def writer_of(engine: Engine) -> GroupWriter:
    """The one writer of this process for a database."""
    return _writers.setdefault(engine, GroupWriter())


def _write_group(engine: Engine, jobs: Sequence[_Job]) -> None:
    """All in one transaction; where that fails each in its own, so that one request's fault stays its own."""
    try:
        with writing(engine) as session:
            results = [job.write(session.connection()) for job in jobs]
    except OperationalError as error:  # locked or full: it would be so for each alone, and they would wait in a row
        _end(jobs, error=error)
    except Exception as error:
        if len(jobs) == 1:
            _end(jobs, error=error)
            return
        for job in jobs:
            _write_group(engine, [job])
    except BaseException:  # the process is told to stop; nobody may wait for a write that will not come
        _end(jobs, error=UnavailableError("interrupted"))
        raise
    else:
        _end(jobs, results)


def _end(jobs: Sequence[_Job], results: Sequence[int] = (), *, error: Exception | None = None) -> None:
    for job, result in zip(jobs, results or repeat(0), strict=False):
        job.result, job.error, job.done = result, error, True
