"""The bounded queue of events that wait to be sent."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple


class Waiting(NamedTuple):
    """An event in the queue: its number, counted from 1, and its JSON."""

    number: int
    event: bytes


class Outbox:
    """First in, first out; when it is full the oldest event is dropped and counted.

    Events stay in the queue until they are settled, so that a failed request loses nothing and the limit holds for
    events in flight too.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._last = 0
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def dropped(self) -> int:
        """How many events were dropped, because the queue was full or there was nobody to send them."""
        return self._dropped

    def drop(self) -> None:
        """Count an event that is not even queued."""
        with self._changed:
            self._dropped += 1

    def put(self, event: bytes) -> int:
        """Append an event and return how many wait now."""
        with self._changed:
            self._last += 1
            self._waiting.append(Waiting(self._last, event))
            if len(self._waiting) > self._limit:
                self._waiting.popleft()
                self._dropped += 1
                self._changed.notify_all()
            return len(self._waiting)

    def first(self, count: int, size: int) -> list[Waiting]:
        """The oldest events, at most `count` and `size` bytes in all, but one at least where any waits."""
        batch: list[Waiting] = []
        with self._changed:
            for waiting in self._waiting:
                size -= len(waiting.event)
                if len(batch) == count or (batch and size < 0):
                    break
                batch.append(waiting)
        return batch

    def settle(self, last: int) -> int:
        """Forget all events up to the number `last`; returns how many were still there."""
        settled = 0
        with self._changed:
            while self._waiting and self._waiting[0].number <= last:
                self._waiting.popleft()
                settled += 1
            self._changed.notify_all()
        return settled

    def wait_settled(self, timeout: float) -> bool:
        """Wait until every event that is here now has been settled or dropped; False where time runs out."""
        deadline = time.monotonic() + timeout
        with self._changed:
            last = self._last
            while self._waiting and self._waiting[0].number <= last:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._changed.wait(remaining)
        return True
