"""What became of the events of this process: for Prometheus, and of the last minutes for the health pages."""

from __future__ import annotations

import time
from collections import Counter, deque
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import current_app

from experiments.services.ingest import UnavailableError, writer_pace
from web.meters.counters import ACCEPTED, DUPLICATE, QUEUE, REASON_CLASS, REJECTED, UNAVAILABLE, WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Engine

    from experiments.services.ingest import Accepted

NAME = "netlift.ingest_recent"
MINUTES = 10


class Recent:
    """Items taken and refused by this process within the last ten minutes.

    Args:
        now: seconds on a clock that is never put back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._minutes: deque[tuple[int, list[int]]] = deque(maxlen=MINUTES)

    def add(self, taken: int, refused: int) -> None:
        """Count the items of one request."""
        minute = int(self._now() // 60)
        with self._lock:
            if not self._minutes or self._minutes[-1][0] != minute:
                self._minutes.append((minute, [0, 0]))
            counts = self._minutes[-1][1]
            counts[0] += taken
            counts[1] += refused

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `rejected_share` is None where nothing came."""
        oldest = int(self._now() // 60) - MINUTES
        with self._lock:
            counted = [counts for minute, counts in self._minutes if minute > oldest]
        taken, refused = sum(counts[0] for counts in counted), sum(counts[1] for counts in counted)
        share = round(refused / (taken + refused), 4) if taken + refused else None
        return {"minutes": MINUTES, "taken": taken, "rejected": refused, "rejected_share": share}


def attach(app: Flask) -> None:
    """Give the app its count."""
    app.extensions[NAME] = Recent()


def recent() -> dict[str, Any]:
    """What this process took and refused lately."""
    counted: Recent = current_app.extensions[NAME]
    return counted.to_dict()


def count(answer: Accepted) -> None:
    """Count what became of one request's items."""
    ACCEPTED.inc(answer.accepted)
    DUPLICATE.inc(answer.duplicates)
    classes = Counter(REASON_CLASS.get(item.reason, "other") for item in answer.rejected)
    for name, items in classes.items():
        REJECTED.labels(name).inc(items)
    counted: Recent = current_app.extensions[NAME]
    counted.add(answer.accepted + answer.duplicates, len(answer.rejected))


@contextmanager
def watching(engine: Engine) -> Iterator[None]:
    """Note how the store keeps up after a request, and that it could not take it."""
    pace = writer_pace(engine)
    try:
        yield
    except UnavailableError:
        UNAVAILABLE.inc()
        raise
    finally:
        QUEUE.set(pace.queued_items)
        WAIT.set(pace.wait())
