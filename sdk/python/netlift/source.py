"""Fetch the published config and keep it fresh."""

from __future__ import annotations

import json
import threading
import time

from netlift import __version__
from netlift.address import keyed
from netlift.backoff import Backoff, retry_after
from netlift.config import Config, parse_config
from netlift.notices import Notices
from netlift.options import Options
from netlift.reading import ConfigError
from netlift.transport import Failure, Reply, Transport
from netlift.troubles import NO_NETLIFT, failure, refusal

_TROUBLE = "fetching the config"
_NOT_MODIFIED = 304


class ConfigSource:
    """Takes turns on one background thread; `config` is the newest readable config, None before the first, and `body`
    the JSON it was read from.

    A fetch that fails in any way keeps the config there is. `confirmed` is the monotonic time at which the server last
    confirmed it.
    """

    def __init__(self, options: Options, key: str, notices: Notices, parent: ConfigSource | None = None) -> None:
        self._options = options
        self._key = key
        self._notices = notices
        self._transport = Transport(options.host)
        self._backoff = Backoff(options.retry_interval, options.poll_interval)
        self._ready = threading.Event()
        self.config: Config | None = parent.config if parent else None
        self.body: bytes = parent.body if parent else b""
        self.etag: str = parent.etag if parent else ""
        self.confirmed: float | None = None
        self.failures = 0
        if self.config is not None:
            self._ready.set()

    def turn(self) -> float:
        """Look for a newer config; returns the seconds until the next look."""
        try:
            reply = self._get()
            self._accept(reply)
        except (*Failure, ConfigError) as error:
            return self._failed(failure(error), None)
        if reply.status not in (200, _NOT_MODIFIED):
            return self._failed(refusal(reply), retry_after(reply.headers))
        self._backoff.succeeded()
        self._notices.settled(_TROUBLE)
        self.confirmed = time.monotonic()
        return self._options.poll_interval

    def wait(self, timeout: float) -> bool:
        """Wait for the first config; False where time runs out."""
        return self._ready.wait(timeout)

    def abandon(self) -> None:
        """Let go of the parent's connection in a forked process."""
        self._transport.abandon()

    def _get(self) -> Reply:
        # The next look is far away, so no connection is kept for it.
        headers = {"Accept": "application/json", "Connection": "close", "User-Agent": f"netlift-python/{__version__}"}
        path, login = keyed("config", self._key)
        headers.update(login)
        if self.etag:
            headers["If-None-Match"] = self.etag
        patience = self._options.timeout * 2.0 ** min(self._backoff.failures, 10)
        try:
            return self._transport.request(
                "GET", path, headers, timeout=min(patience, max(self._options.send_timeout, self._options.timeout))
            )
        finally:
            self._transport.close()

    def _accept(self, reply: Reply) -> None:
        if reply.status != 200:
            return
        try:
            document = json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"the config is no JSON ({error}); {NO_NETLIFT}") from error
        config = parse_config(document)
        for problem in config.problems:
            self._notices.once(f"config {problem}", "Netlift: left out of the config: %s", problem)
        self.config = config
        self.body = reply.body
        self.etag = reply.headers.get("etag", "")
        self._ready.set()

    def _failed(self, trouble: str, asked: float | None) -> float:
        self.failures += 1
        self._notices.once(_TROUBLE, "Netlift: fetching the config from %s failed: %s", self._options.host, trouble)
        pause = self._backoff.failed()
        return pause if asked is None else max(pause, asked)
