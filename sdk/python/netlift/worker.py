"""One background thread that takes a turn again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from netlift.notices import Notices

# A turn that fails unexpectedly is taken again after this many seconds.
_AFTER_FAULT = 5.0


class Worker:
    """A daemon thread: each turn returns the seconds until the next one, and `wake` cuts the wait short.

    After the last turn the thread calls `finish`.
    """

    def __init__(
        self, name: str, turn: Callable[[], float], notices: Notices, finish: Callable[[], None] | None = None
    ) -> None:
        self._turn = turn
        self._finish = finish
        self._notices = notices
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread; RuntimeError where the interpreter is shutting down."""
        self._thread.start()

    def wake(self) -> None:
        """Take the next turn now."""
        self._wake.set()

    def stop(self) -> None:
        """Let the current turn end and take no further one."""
        self._stopping = True
        self._wake.set()

    def join(self, timeout: float) -> None:
        """Wait for the end of the thread, at most `timeout` seconds."""
        if self.alive:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._take_turn())
            self._wake.clear()
        if self._finish is not None:
            self._finish()

    def _take_turn(self) -> float:
        try:
            return self._turn()
        except Exception as error:
            self._notices.once(f"turn {type(error).__name__}", "Netlift: a background turn failed.", trace=True)
            return _AFTER_FAULT
