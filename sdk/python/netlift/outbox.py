"""The bounded queue of events that wait to be sent."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

WhenFull = Literal["drop_oldest", "drop_newest", "block"]
WHEN_FULL: tuple[WhenFull, ...] = ("drop_oldest", "drop_newest", "block")


class Waiting(NamedTuple):
    """An event in the queue: its number, counted from 1, and its JSON."""

    number: int
    event: bytes


class Journal(Protocol):
    """Where the queue is written down as it changes; called under the lock of the queue, so in its order."""

    def added(self, waiting: Waiting) -> None:
        """This event is in the queue now."""

    def gone(self, last: int) -> None:
        """Every event up to the number `last` has left the queue."""


class Outbox:
    """First in, first out, and never longer than `limit`; what happens to an event that finds it full is a policy.

    `drop_oldest` makes room for it, `drop_newest` drops the event itself, and `block` waits for room, `patience`
    seconds at most, and then drops the event. Whatever is dropped is counted. A thread that runs an event loop is
    never made to wait: there, `block` drops the event at once.

    Events stay in the queue until they are settled, so that a failed request loses nothing and the limit holds for
    events in flight too.

    Args:
        limit: how many events may wait.
        when_full: the policy.
        patience: seconds that `block` waits.
        hurry: called before a wait for room, so that somebody makes room.
        journal: where the queue is written down.
    """

    def __init__(
        self,
        limit: int,
        when_full: WhenFull = "drop_oldest",
        patience: float = 0.0,
        hurry: Callable[[], None] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._limit = limit
        self._when_full = when_full
        self._patience = patience
        self._hurry = hurry
        self._journal = journal
        self._waiting: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._last = 0
        self._dropped = 0
        self.blocked = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def dropped(self) -> int:
        """How many events were dropped, because the queue was full or there was nobody to send them."""
        return self._dropped

    @property
    def room(self) -> int:
        """How many events fit before the queue is full."""
        return self._limit - len(self._waiting)

    def drop(self) -> None:
        """Count an event that is not even queued."""
        with self._changed:
            self._dropped += 1

    def put(self, event: bytes, *, patient: bool = True) -> int:
        """Append an event, if the policy lets it in, and return how many wait now; `patient=False` never blocks."""
        with self._changed:
            if len(self._waiting) >= self._limit and not self._make_room(patient):
                self._dropped += 1
                return len(self._waiting)
            self._last += 1
            self._waiting.append(Waiting(self._last, event))
            if self._journal is not None:
                self._journal.added(self._waiting[-1])
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
        with self._changed:
            return self._forget(last)

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

    def _make_room(self, patient: bool) -> bool:
        """Whether there is room for one more event now."""
        if self._when_full == "drop_oldest":
            self._dropped += self._forget(self._waiting[0].number)
        elif self._when_full == "block" and patient and not _in_event_loop():
            self._wait_for_room()
        return len(self._waiting) < self._limit

    def _wait_for_room(self) -> None:
        self.blocked += 1
        if self._hurry is not None:
            self._hurry()
        self._changed.wait_for(lambda: len(self._waiting) < self._limit, self._patience)

    def _forget(self, last: int) -> int:
        count = 0
        while self._waiting and self._waiting[0].number <= last:
            self._waiting.popleft()
            count += 1
        if count and self._journal is not None:
            self._journal.gone(last)
        self._changed.notify_all()
        return count


def _in_event_loop() -> bool:
    """Whether this thread runs an event loop; asks nothing of programs that never imported asyncio."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
