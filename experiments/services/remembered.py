"""Values made from stored reports, remembered by one process: reading a report's JSON costs more than showing it.

What is remembered is found by the id of the report and the instant it was stored, so that a live report that was
overwritten is read anew. The database stays the only truth; forgetting everything costs time and nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Remembered:
    """The values used last, at most so many; safe among threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not remembered; two threads may make it twice, and either one stays."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: T = self._values[key]
                return found
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made


class PerOwner:
    """Remembered values of each database (or whatever owns them), gone with it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._owners: WeakKeyDictionary[Any, Remembered] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, owner: Any) -> Remembered:
        """What is remembered for this owner."""
        with self._lock:
            return self._owners.setdefault(owner, Remembered(self._most))
