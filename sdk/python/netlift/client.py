"""The client of a shop's server: decide locally, log the exposure when the variant is read, never raise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from netlift import lifecycle
from netlift.deciding import Deciding
from netlift.recording import Recording


class Client(Deciding, Recording):
    """One per process, made at its start and shared by all threads.

    It fetches the published config in the background and decides without a network call. No method raises: bad
    arguments and troubles go to the log named `netlift`, each once, and the caller gets the default. Before the first
    config arrives every variant is the default and nothing is an exposure; `wait_ready` waits for it.

    Args:
        key: the key of the environment; `NETLIFT_SDK_KEY` is read where it is None.
        host: address of the Netlift server; `NETLIFT_SDK_HOST` is read where it is None.
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
        batch_size: int = 100,
        timeout: float = 0.8,
        send_timeout: float = 10.0,
        poll_interval: float = 30.0,
        retry_interval: float = 0.5,
        report_interval: float = 60.0,
        exit_timeout: float = 2.0,
        exposure_memory: int = 10_000,
        forced: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__({name: value for name, value in locals().items() if name not in ("self", "__class__")})
        lifecycle.watch(self)
        self._runtime.start()

    def wait_ready(self, timeout: float = 2.0) -> bool:
        """Wait for the first config, at most `timeout` seconds; whether it is there."""
        return self._wait(lambda: self._options.usable and self._running().source.wait(timeout))

    def flush(self, timeout: float = 5.0) -> bool:
        """Send what is queued, at most `timeout` seconds; whether all of it was settled."""
        return self._wait(lambda: self._running().flush(timeout))

    def close(self, timeout: float | None = None) -> None:
        """Send what is queued, at most `timeout` seconds (`exit_timeout` where it is None), and stop.

        Called by itself when the process ends. Variants are still decided afterwards, with the last config, but
        nothing more is logged.
        """
        lifecycle.unwatch(self)
        patience = timeout if isinstance(timeout, (int, float)) else self._options.exit_timeout
        self._wait(lambda: self._runtime.close(patience))

    def stats(self) -> dict[str, Any]:
        """Counts of this process since its start or its fork, and the state of the config; times in seconds.

        Events are `queued`, `sent`, `rejected` by the server, `dropped` (queue full, or client closed or without a
        server) or `refused` (could not be sent as they were).
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
        }

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, work: Callable[[], bool | None]) -> bool:
        try:
            return bool(work())
        except Exception as error:
            self._notices.once(f"wait {type(error).__name__}", "Netlift: a wait failed: %s", error, trace=True)
            return False
