"""The moving parts of a client in one process: threads, queue, connections and counts."""

from __future__ import annotations

import threading
import time

from netlift.evaluator import Evaluator
from netlift.exposures import ExposureMemory
from netlift.notices import Notices
from netlift.options import Options
from netlift.outbox import Outbox
from netlift.sender import Sender
from netlift.source import ConfigSource
from netlift.spool import Spool
from netlift.tally import Tally
from netlift.worker import Worker


class Runtime:
    """Everything of a client that a forked process must not share with its parent.

    A fork copies locks as they happen to be, events that the parent will send, and connections that two processes
    would write to; so the child gets a new runtime, made from the settings and the config of the old one.
    """

    def __init__(self, options: Options, notices: Notices, parent: Runtime | None = None) -> None:
        self._options = options
        self._notices = notices
        self._lock = threading.Lock()
        self.started = False
        self.closed = False
        self.tally = Tally()
        self.exposures = ExposureMemory(options.exposure_memory)
        self.spool = _spool_of(options, notices)
        self.outbox = Outbox(
            options.max_queue, options.when_full, options.block_timeout, lambda: self._sending.wake(), self.spool
        )
        self.sender = Sender(options, self.outbox, self.tally, notices)
        self.evaluator = Evaluator(options, notices)
        self.source: ConfigSource = ConfigSource(options, options.key, notices, parent.source if parent else None)
        self._polling = Worker("netlift-config", self.source.turn, notices)
        self._sending = Worker("netlift-events", self._send, notices, finish=self.sender.finish)
        # Pages are public: where our key is a server key, what goes into them is the config of another key.
        self.pages: ConfigSource = self.source
        self._polling_pages: Worker | None = None
        if options.page_key and options.page_key != options.key:
            self.pages = ConfigSource(options, options.page_key, notices, parent.pages if parent else None)
            self._polling_pages = Worker("netlift-page-config", self.pages.turn, notices)
        self._refused = 0

    def start(self) -> None:
        """Start the threads, once; a client without a server has none."""
        with self._lock:
            if self.started or self.closed:
                return
            self.started = True
        if not self._options.usable:
            return
        try:
            for worker in self.workers:
                worker.start()
        except RuntimeError:
            # The interpreter is shutting down; `close` sends what waits from the calling thread.
            self._notices.once("threads", "Netlift: no thread can be started any more.")

    def put(self, event: bytes) -> None:
        """Queue an event; one that comes after the close, or has no server to go to, is counted and dropped."""
        if self.closed or not self._options.usable:
            self.outbox.drop()
            return
        # Only the event that completes a batch wakes the sender: during an outage every later one would do so too.
        if self.outbox.put(event) == self._options.batch_size:
            self._sending.wake()

    def refuse(self) -> None:
        """Count an event that could not be made."""
        with self._lock:
            self._refused += 1

    @property
    def refused(self) -> int:
        """How many events could not be made."""
        return self._refused

    def flush(self, timeout: float) -> bool:
        """Send now and wait until all that is queued has been settled; False where time runs out."""
        if len(self.outbox) == 0:
            return True
        self.sender.hurry()
        self._sending.wake()
        return self.outbox.wait_settled(timeout)

    def close(self, timeout: float) -> None:
        """Send what waits, stop the threads and close the connections, in `timeout` seconds where possible."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
        if not self._options.usable:
            return
        deadline = time.monotonic() + timeout
        self.sender.patience = max(0.01, min(self.sender.patience, timeout))
        self.evaluator.close()
        for worker in self.workers[:-1]:
            worker.stop()
        self._finish_sending(timeout)
        self._sending.stop()
        self._sending.join(max(0.0, deadline - time.monotonic()))
        self.sender.stopping = True
        for worker in self.workers[:-1]:
            worker.join(max(0.0, deadline - time.monotonic()))
        if self.spool is not None:
            self.spool.close()

    def abandon(self) -> None:
        """In a forked process, let go of the parent's connections; takes no lock, the parent may have held it."""
        self.source.abandon()
        self.pages.abandon()
        self.sender.abandon()
        self.evaluator.abandon()
        if self.spool is not None:
            self.spool.abandon()

    @property
    def workers(self) -> list[Worker]:
        """The background threads; the one that sends is the last."""
        pages = [] if self._polling_pages is None else [self._polling_pages]
        return [self._polling, *pages, self._sending]

    def _send(self) -> float:
        if self.spool is not None:
            self.spool.restore(self.outbox)
        return self.sender.turn()

    def _finish_sending(self, timeout: float) -> None:
        self.sender.hurry()
        self.sender.report_now()
        if not self._sending.alive:
            self.sender.finish()
            return
        self._sending.wake()
        # What could not be sent in time is given up, so no further turn is taken.
        self.sender.stopping = not self.outbox.wait_settled(timeout)


def _spool_of(options: Options, notices: Notices) -> Spool | None:
    if options.spool is None or not options.usable:
        return None
    return Spool(options.spool, options.spool_size, f"{options.key} {options.host}", notices)
