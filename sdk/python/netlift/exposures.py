"""Which exposures were logged already, so that each is logged once."""

from __future__ import annotations

import threading
from collections.abc import Hashable


class ExposureMemory:
    """The most recently seen exposures; one that was forgotten is logged again, and the server drops the repeat.

    Two halves: what is seen moves to the young one, and when that is full the old one is forgotten. So nearly every
    question is one look into a set, without a lock.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._young: set[Hashable] = set()
        self._old: set[Hashable] = set()
        self._lock = threading.Lock()

    def is_new(self, exposure: Hashable) -> bool:
        """Whether this exposure was not seen lately; from now on it was."""
        if exposure in self._young:
            return False
        with self._lock:
            if exposure in self._young:  # another thread was faster
                return False
            new = exposure not in self._old
            if len(self._young) >= self._half:
                self._old, self._young = self._young, set()
            self._young.add(exposure)
        return new
