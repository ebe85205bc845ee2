"""The settings of a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from netlift.outbox import WhenFull

# Server keys are secret: they stay out of addresses, which proxies and servers write into their logs, and out of pages.
SERVER_KEY = "sk_"
CLIENT_KEY = "pk_"


@dataclass(frozen=True)
class Options:
    """Settings of a client; durations in seconds.

    Args:
        key: the key of the environment, sent with every event.
        host: address of the Netlift server, such as `https://netlift.example.com`, with a path prefix if it has one.
        flush_interval: how long an event may wait for others before it is sent.
        max_queue: how many events may wait.
        when_full: what happens to an event when as many wait already: `drop_oldest` drops the oldest one, `drop_newest`
            the new one, and `block` makes the caller wait for room, but not where an event loop would stand still. All
            that is dropped is counted.
        block_timeout: how long `block` waits before it drops the new event after all.
        spool: folder in which waiting events are written down too, so that a process that is killed loses none: the
            next one sends them. Many processes may share it. None = in memory only.
        spool_size: most bytes of the file of one process; events beyond wait in memory only and are counted.
        batch_size: most events in one request.
        timeout: patience with one request for the config; it doubles after each failure, up to `send_timeout`.
        send_timeout: patience with one request that carries events.
        poll_interval: time between two looks at the config.
        retry_interval: first pause after a failed request; it doubles after each failure, up to 30 s.
        report_interval: how often the counts of reasons are sent.
        exit_timeout: how long the end of the process may wait for events to be sent.
        exposure_memory: how many exposures are remembered so as not to be logged again.
        forced: variants to show by experiment key, for trying things out; never an exposure.
        page_key: client key whose config goes into pages, where `key` is a server key: its config holds private rules.
        clock: says when the events happen that state no time of their own, for replays and tests; the real time
            where it is None. The time of sending is always the real one.
    """

    key: str = ""
    host: str = ""
    flush_interval: float = 1.0
    max_queue: int = 10_000
    when_full: WhenFull = "drop_oldest"
    block_timeout: float = 0.1
    spool: Path | None = None
    spool_size: int = 16 * 1024 * 1024
    batch_size: int = 100
    timeout: float = 0.8
    send_timeout: float = 10.0
    poll_interval: float = 30.0
    retry_interval: float = 0.5
    report_interval: float = 60.0
    exit_timeout: float = 2.0
    exposure_memory: int = 10_000
    forced: Mapping[str, str] = field(default_factory=dict)
    page_key: str = ""
    clock: Callable[[], datetime] | None = None

    @property
    def usable(self) -> bool:
        """Whether there is a server to talk to."""
        return bool(self.key and self.host)
