"""Ask the server for what it must decide itself, within a time that no page notices."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Union

from netlift import __version__
from netlift.address import keyed
from netlift.backoff import Backoff, retry_after
from netlift.notices import Notices
from netlift.options import Options
from netlift.transport import Failure, Reply, Transport
from netlift.troubles import failure, refusal

# Questions that may be on their way at once; more of them wait, within their timeout.
_THREADS = 16
# After this many failures in a row the server is left alone for a while, so that pages stop waiting for it.
_PATIENCE = 3
# The fault of one question, which says nothing about the next.
_OUR_FAULT = 400
_TROUBLE = "remote evaluation"

# A reply, or what the question failed with: nobody may be there any more to be raised at.
Answer = Union[Reply, Exception]


class Evaluator:
    """Sends questions from threads of its own, so that the caller's patience is exact: nothing bounds a look-up of a
    host name, and a socket's timeout starts anew with every byte.

    `begin` a question, wait for the future as long as you like, and hand it to `end`.
    """

    def __init__(self, options: Options, notices: Notices) -> None:
        self._options = options
        self._notices = notices
        self._path, self._login = keyed("evaluate", options.key)
        self._backoff = Backoff(options.retry_interval)
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._transports: list[Transport] = []
        self._idle: deque[Transport] = deque()
        self._not_before = 0.0
        self._closed = False
        self.failures = 0

    def begin(self, question: bytes) -> Future[Answer] | None:
        """Send a question; None where the server is left alone now."""
        with self._lock:
            if self._closed or not self._options.usable or time.monotonic() < self._not_before:
                return None
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="netlift-remote")
            try:
                return self._threads.submit(self._ask, question)
            except RuntimeError:  # the interpreter is shutting down
                return None

    def end(self, future: Future[Answer] | None) -> bytes | None:
        """The answer; None where there is none now, or it is no good one."""
        if future is None:
            return None
        if not future.done():
            future.cancel()
            self._failed(f"no answer within {self._options.timeout} s")
            return None
        reply = future.result()
        if not isinstance(reply, Reply):
            self._failed(failure(reply))
            return None
        if reply.status != 200:
            self._failed(refusal(reply), retry_after(reply.headers), counts=reply.status != _OUR_FAULT)
            return None
        with self._lock:
            self._backoff.succeeded()
        self._notices.settled(_TROUBLE)
        return reply.body

    def close(self) -> None:
        """Ask no more."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, None
            idle = [self._idle.pop() for _ in range(len(self._idle))]
        if threads is not None:
            threads.shutdown(wait=False)
        for transport in idle:
            transport.close()

    def abandon(self) -> None:
        """In a forked process, let go of the parent's connections; takes no lock."""
        for transport in tuple(self._transports):
            transport.abandon()

    def _ask(self, question: bytes) -> Answer:
        transport = self._connection()
        headers = {"Content-Type": "application/json", "User-Agent": f"netlift-python/{__version__}", **self._login}
        try:
            return transport.request("POST", self._path, headers, question, timeout=self._options.timeout)
        except Failure as error:
            return error
        finally:
            self._idle.append(transport)
            if self._closed:
                transport.close()

    def _connection(self) -> Transport:
        try:
            return self._idle.pop()
        except IndexError:
            transport = Transport(self._options.host)
            self._transports.append(transport)
            return transport

    def _failed(self, trouble: str, asked: float | None = None, *, counts: bool = True) -> None:
        self._notices.once(_TROUBLE, "Netlift: asking %s failed: %s.", self._options.host, trouble)
        with self._lock:
            self.failures += 1
            if not counts:
                return
            pause = self._backoff.failed()
            if asked is not None:
                self._not_before = time.monotonic() + max(pause, asked)
            elif self._backoff.failures >= _PATIENCE:
                self._not_before = time.monotonic() + pause
