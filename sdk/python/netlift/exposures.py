"""Which exposures were logged already, so that each is logged once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable


class ExposureMemory:
    """The most recently seen exposures; one that was forgotten is logged again, and the server drops the repeat."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[Hashable, None] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, exposure: Hashable) -> bool:
        """Whether this exposure was not seen lately; from now on it was."""
        with self._lock:
            if exposure in self._seen:
                self._seen.move_to_end(exposure)
                return False
            self._seen[exposure] = None
            if len(self._seen) > self._limit:
                self._seen.popitem(last=False)
            return True
