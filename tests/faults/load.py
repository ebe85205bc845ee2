"""Senders that behave like SDKs under faults: what is not acknowledged is sent again, until it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy import Engine, select

from experiments.domain.ids import message_id
from experiments.store.engines import reading
from experiments.store.tables import EventKeyRow, EventRow

#: Sends the items; True once they are acknowledged, False where nobody knows.
Send = Callable[[list[dict[str, Any]]], bool]
PATIENCE = 60.0


@dataclass
class Load:
    """What was sent and what was acknowledged."""

    send: Send
    size: int = 10
    acknowledged: set[str] = field(default_factory=set)
    refusals: int = 0
    _numbers: Any = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)
    _stop: Event = field(default_factory=Event)

    def wait_for(self, more: int) -> None:
        """Return once so many further messages were acknowledged."""
        until, wanted = time.monotonic() + PATIENCE, len(self.acknowledged) + more
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, "nothing is acknowledged any more"
            time.sleep(0.01)

    @contextmanager
    def running(self, threads: int = 4) -> Iterator[None]:
        """Senders that work until the block ends; what then is on its way is sent until it is acknowledged."""
        senders = [Thread(target=self._work) for _ in range(threads)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            self._stop.set()
            for sender in senders:
                sender.join(PATIENCE)
        assert not any(sender.is_alive() for sender in senders)

    def _work(self) -> None:
        while not self._stop.is_set():
            ids = [f"message-{next(self._numbers)}" for _ in range(self.size)]
            items = [{"type": "track", "event": "Clicked", "anonymousId": "visitor-1", "messageId": one} for one in ids]
            until = time.monotonic() + PATIENCE
            while not self.send(items):
                with self._lock:
                    self.refusals += 1
                if time.monotonic() > until:
                    return
                time.sleep(0.05)
            with self._lock:
                self.acknowledged.update(ids)


def check_each_once(engine: Engine, load: Load, source: int) -> None:
    """Every acknowledged message is stored, none twice, and no key or event stands alone."""
    with reading(engine) as session:
        stored = Counter(bytes(one) for one in session.scalars(select(EventRow.id)))
        keys = {bytes(one) for one in session.scalars(select(EventKeyRow.id))}
    acknowledged = {message_id(source, text) for text in load.acknowledged}
    assert acknowledged
    assert acknowledged - set(stored) == set()
    assert set(stored.values()) == {1}
    assert keys == set(stored)
