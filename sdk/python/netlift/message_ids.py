"""Ids of messages: UUIDs of version 7 whose first half stays the same for the events of a few seconds.

The server keeps the id of every message, to store each once. Ids of one sender that lie together in its index cost it
one written page for many events; random ones cost a page for each.
"""

from __future__ import annotations

import os
import time

RUN_SECONDS = 10.0
_VERSION = 7 << 12


class MessageIds:
    """Gives ids; safe in threads and after a fork, because the second half of every id is drawn anew."""

    def __init__(self) -> None:
        self._run: tuple[float, str] = (0.0, "")

    def __call__(self) -> str:
        """A new id."""
        began, head = self._run
        now = time.time()
        if not began <= now < began + RUN_SECONDS:
            head = _head(now)
            self._run = (now, head)
        tail = (int.from_bytes(os.urandom(8), "big") & (2**62 - 1)) | (2 << 62)
        digits = f"{tail:016x}"
        return f"{head}-{digits[:4]}-{digits[4:]}"


def _head(now: float) -> str:
    """Milliseconds, the version, and 12 bits that tell senders of one moment apart."""
    random = int.from_bytes(os.urandom(2), "big") & 0xFFF
    digits = f"{int(now * 1000) & (2**48 - 1):012x}{_VERSION | random:04x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:]}"


new_message_id = MessageIds()
