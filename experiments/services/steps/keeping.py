"""Signs of life while one piece of work goes on, so that no other worker takes this one for dead and begins it too."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

#: Seconds between two signs of life.
BEAT_SECONDS = 10.0
#: Seconds after which a piece of work that has not ended is taken to hang: from then on another worker may begin.
LONGEST_SECONDS = 6 * 3_600.0
#: Name of the thread.
NAME = "netlift-lease"


class Keeper:
    """Calls `beat` from a thread of its own for as long as it is entered.

    Args:
        beat: shows life; raises what the database raises where it is locked or away, and is then called again.
    """

    def __init__(self, beat: Callable[[], object]) -> None:
        self._beat, self._over = beat, Event()
        self._thread = Thread(target=self._run, name=NAME, daemon=True)
        self._since = time.monotonic()

    def next_piece(self) -> None:
        """Another piece of work begins."""
        self._since = time.monotonic()

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """After this there is no beat any more: the lease may be given back."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT_SECONDS) and time.monotonic() - self._since < LONGEST_SECONDS:
            with suppress(SQLAlchemyError):
                self._beat()
