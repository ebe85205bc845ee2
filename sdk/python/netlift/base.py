"""What both kinds of client have in common: everything but the waiting."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from netlift import lifecycle
from netlift.asking import Asking
from netlift.outbox import WhenFull
from netlift.paging import Paging
from netlift.recording import Recording


class Base(Asking, Paging, Recording):
    """Makes a client; see `Client` and `AsyncClient`, which differ in how they wait.

    Args:
        key: the key of the environment; `NETLIFT_SDK_KEY` is read where it is None.
        host: address of the Netlift server; `NETLIFT_SDK_HOST` is read where it is None.
        spool: folder in which waiting events survive a crash; None = in memory only.
        when_full: what happens to an event when `max_queue` wait already: `drop_oldest`, `drop_newest` or `block`.
        page_key: client key whose config goes into pages, where `key` is a server key.
        forced: variants to show by experiment key, for trying things out; `NETLIFT_SDK_FORCED` where it is None.
        clock: says when events happen, for replays and tests; never when they are sent.

    The other settings are those of `netlift.options.Options`.
    """

    def __init__(
        self,
        key: str | None = None,
        host: str | None = None,
        *,
        flush_interval: float = 1.0,
        max_queue: int = 10_000,
        when_full: WhenFull = "drop_oldest",
        block_timeout: float = 0.1,
        spool: str | os.PathLike[str] | None = None,
        spool_size: int = 16 * 1024 * 1024,
        batch_size: int = 100,
        timeout: float = 0.8,
        send_timeout: float = 10.0,
        poll_interval: float = 30.0,
        retry_interval: float = 0.5,
        report_interval: float = 60.0,
        exit_timeout: float = 2.0,
        exposure_memory: int = 10_000,
        forced: Mapping[str, str] | None = None,
        page_key: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__({name: value for name, value in locals().items() if name not in ("self", "__class__")})
        lifecycle.watch(self)
        self._runtime.start()

    def stats(self) -> dict[str, Any]:
        """Counts of this process since its start or its fork, and the state of the config; times in seconds.

        Events are `queued`, `sent`, `rejected` by the server, `dropped` (queue full, or client closed or without a
        server) or `refused` (could not be sent as they were). `blocked` tells how often a caller waited for room,
        `restored` how many events of dead processes were taken over from the spool, and `unspooled` how many wait in
        memory only because the spool is full or cannot be written.
        """
        runtime = self._runtime
        source, sender = runtime.source, runtime.sender
        return {
            "ready": source.config is not None,
            "config_version": source.config.version if source.config is not None else None,
            "config_age": time.monotonic() - source.confirmed if source.confirmed is not None else None,
            "config_failures": source.failures,
            "evaluations": runtime.tally.totals(),
            "queued": len(runtime.outbox),
            "sent": sender.sent,
            "retries": sender.retries,
            "rejected": sender.rejected,
            "dropped": runtime.outbox.dropped,
            "refused": runtime.refused,
            "blocked": runtime.outbox.blocked,
            "restored": 0 if runtime.spool is None else runtime.spool.restored,
            "unspooled": 0 if runtime.spool is None else runtime.spool.unspooled,
            "remote_failures": runtime.evaluator.failures,
        }

    def at_exit(self) -> None:
        """Send what is queued, within `exit_timeout`, and stop; called by itself when the process ends."""
        self._close(None)

    def _close(self, timeout: float | None) -> None:
        lifecycle.unwatch(self)
        patience = timeout if isinstance(timeout, (int, float)) else self._options.exit_timeout
        self._wait(lambda: self._runtime.close(patience))

    def _wait(self, work: Callable[[], bool | None]) -> bool:
        try:
            return bool(work())
        except Exception as error:
            self._notices.once(f"wait {type(error).__name__}", "Netlift: a wait failed: %s", error, trace=True)
            return False
