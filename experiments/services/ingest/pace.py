"""Whether the database keeps up: how much waits for it, how fast it takes it, and when to send senders away.

A sender that is told at once to come back later costs nothing; one that waits costs a thread, which pages need too.
Nothing here is a guess: the wait follows from what stands in the queue and from how long the last writes took.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from experiments.services.ingest.availability import UnavailableError

#: Seconds a request may have to wait for its write; one that would wait longer is sent away.
MOST_SECONDS = 2.0
#: Items that may wait whatever the speed is: the memory they take (about 1 kB each) is bounded.
MOST_WAITING = 50_000
#: Weight of the newest transaction in the time one takes.
NEWEST = 0.2


class Pace:
    """What waits and how long a transaction takes, for the threads of one process.

    Args:
        requests: most requests of one transaction.
        items: most items of one transaction.
        now: seconds on a clock that is never put back.
    """

    def __init__(self, requests: int, items: int, now: Callable[[], float] = time.monotonic) -> None:
        self._requests, self._items, self._now = requests, items, now
        self._lock = Lock()
        self._began: float | None = None
        self._seconds = 0.0
        self.queued_requests = self.queued_items = 0

    @contextmanager
    def waiting(self, items: int) -> Iterator[None]:
        """Count a request's items as waiting.

        Raises:
            UnavailableError: they would wait too long; says after how many seconds to try again.
        """
        with self._lock:
            wait = self.wait()
            if self.queued_items and (wait > MOST_SECONDS or self.queued_items + items > MOST_WAITING):
                raise UnavailableError("the database cannot keep up", retry_seconds=max(1, math.ceil(wait)))
            self.queued_requests += 1
            self.queued_items += items
        try:
            yield
        finally:
            with self._lock:
                self.queued_requests -= 1
                self.queued_items -= items

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Time one transaction; only the thread whose turn it is comes here."""
        self._began = began = self._now()
        try:
            yield
        finally:
            self._began = None
            self._seconds += NEWEST * (self._now() - began - self._seconds)

    def wait(self) -> float:
        """Seconds until what comes now would be stored: the transactions before it, or how long the current hangs."""
        hanging = 0.0 if self._began is None else self._now() - self._began
        ahead = math.ceil(max(self.queued_requests / self._requests, self.queued_items / self._items))
        return max(hanging, ahead * self._seconds)
