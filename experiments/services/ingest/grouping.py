"""Requests of one process that wait for the database share a transaction: one wait for the disk serves them all.

There is no thread of its own: whoever has the turn writes for everybody who queues by then, and gives the turn to the
first who came later. Those whose write is done go on without it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from experiments.services.ingest.availability import UnavailableError
from experiments.services.ingest.pace import Pace
from experiments.store import engines, events, quarantine
from experiments.store.engines import appending, taking_turn
from experiments.store.new_event import NewEvent
from experiments.store.quarantine import SetAside
from experiments.store.turns import NoTurnError

#: Requests and items of one transaction: so many that the disk is not the limit, so few that nobody else waits long.
MOST = 16
MOST_ITEMS = 2_000
#: A waiting thread looks for the turn so often even where nobody wakes it.
LOOK_SECONDS = 0.05


@dataclass(slots=True, eq=False)
class _Job:
    """What one request brings, and what came of it."""

    good: Sequence[NewEvent]
    bad: Sequence[SetAside]
    now: int
    stored: int = 0
    error: Exception | None = None
    done: bool = False
    #: what wakes the thread that waits; a queue, because that of the library is one system call and no Python
    told: SimpleQueue[None] = field(default_factory=SimpleQueue)

    @property
    def size(self) -> int:
        return len(self.good) + len(self.bad)


class GroupWriter:
    """Writes of the threads of one process to one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = ref(engine)
        self._turn = Lock()
        self._queue: deque[_Job] = deque()
        self.pace = Pace(MOST, MOST_ITEMS)

    def run(self, good: Sequence[NewEvent], bad: Sequence[SetAside], now: int) -> int:
        """The number of new events, once they are committed.

        Raises:
            UnavailableError: the database cannot keep up, or the turn did not come within the busy timeout. Should the
                write still be made by another thread, sending the request again finds only duplicates.
        """
        job = _Job(good, bad, now)
        with self.pace.waiting(job.size):
            self._queue.append(job)
            self._see_to(job)
        if job.error is not None:
            raise job.error
        return job.stored

    def _see_to(self, job: _Job) -> None:
        """Wait until somebody has written the job, or for the turn to do so."""
        until = time.monotonic() + engines.BUSY_TIMEOUT_MS / 1000
        while not job.done:
            if self._turn.acquire(blocking=False):
                self._lead(job)
            elif (left := until - time.monotonic()) > 0:
                with suppress(Empty):
                    job.told.get(timeout=min(left, LOOK_SECONDS))
            else:
                raise UnavailableError("writers are queueing")

    def _lead(self, job: _Job) -> None:
        try:
            while not job.done:
                self._write_next()
        finally:
            self._turn.release()
            if self._queue:  # after the release: who queues from now on finds the turn free
                with suppress(IndexError):
                    self._queue[0].told.put(None)

    def _write_next(self) -> None:
        engine = self._engine()
        if engine is None:
            raise UnavailableError("the database was closed")
        with self.pace.writing():
            try:
                with taking_turn(engine):  # first: who comes while another process writes is still taken along
                    _write_group(engine, list(self._next_group()))
            except NoTurnError:
                _end(list(self._next_group()), UnavailableError("another process is writing"))

    def _next_group(self) -> Iterator[_Job]:
        items = 0
        for _ in range(min(MOST, len(self._queue))):
            job = self._queue.popleft()
            items += job.size
            yield job
            if items >= MOST_ITEMS:
                return


_writers: WeakKeyDictionary[Engine, GroupWriter] = WeakKeyDictionary()


def writer_of(engine: Engine) -> GroupWriter:
    """The one writer of this process for a database."""
    return _writers.get(engine) or _writers.setdefault(engine, GroupWriter(engine))


def writer_pace(engine: Engine) -> Pace:
    """How this process keeps up with what it has to write to a database."""
    return writer_of(engine).pace


def _write_group(engine: Engine, jobs: Sequence[_Job]) -> None:
    """All in one transaction; where that fails each in its own, so that one request's fault stays its own."""
    try:
        with _ending(jobs):
            counts = _append(engine, jobs)
    except OperationalError as error:  # locked or full: it would be so for each alone, and they would wait in a row
        _end(jobs, error)
    except Exception as error:
        if len(jobs) == 1:
            _end(jobs, error)
            return
        for job in jobs:
            _write_group(engine, [job])
    else:
        for job, count in zip(jobs, counts, strict=True):
            job.stored, job.done = count, True
            job.told.put(None)


def _append(engine: Engine, jobs: Sequence[_Job]) -> list[int]:
    batches = [(job.good, job.now) for job in jobs]
    if not any(job.bad for job in jobs):
        return events.append_alone(engine, batches)
    with appending(engine) as connection:
        for job in jobs:
            if job.bad:
                quarantine.add(connection, job.bad, job.now)
        return events.append_each(connection, batches)


@contextmanager
def _ending(jobs: Sequence[_Job]) -> Iterator[None]:
    """Where the process is told to stop nobody may wait for a write that will not come."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        _end(jobs, UnavailableError("interrupted"))
        raise


def _end(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        job.error, job.done = error, True
        job.told.put(None)
