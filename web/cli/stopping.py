"""Waiting until somebody asks a process to end."""

from __future__ import annotations

import signal
import time

STEP_SECONDS = 0.1


class Stop:
    """Set by SIGTERM and SIGINT.

    A plain flag and short sleeps, because a handler that takes a lock can meet the very lock its thread holds.
    """

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def wait(self, seconds: float) -> bool:
        """Sleep; True as soon as the process was asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and time.monotonic() < until:
            time.sleep(STEP_SECONDS)
        return self.asked

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True
