"""The key of a request, looked up at most every 30 seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import current_app
from werkzeug.exceptions import Unauthorized

from experiments.services.ingest import find_sender
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request

    from experiments.domain.key import KeyInfo

NAME = "netlift.ingest_keys"
SECONDS = 30.0
MAX_KEYS = 1_024
MAX_LENGTH = 200


class KeyCache:
    """Remembers what a key stands for, unknown ones too, so that a flood of them does not reach the database."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[str, tuple[float, KeyInfo | None]] = {}

    def find(self, presented: str, look_up: Callable[[str], KeyInfo | None]) -> KeyInfo | None:
        """What the key stands for, looked up where it was not within 30 seconds."""
        moment = self._now()
        until, key = self._known.get(presented, (moment, None))
        if moment < until:
            return key
        key = look_up(presented)
        if len(self._known) >= MAX_KEYS:
            self._known.clear()
        self._known[presented] = (moment + SECONDS, key)
        return key


def attach(app: Flask) -> None:
    """Give the app its cache."""
    app.extensions[NAME] = KeyCache()


def sender(request: Request, write_key: str | None) -> KeyInfo:
    """The key of a request: the Authorization header, else `writeKey` of the body.

    Raises:
        Unauthorized: there is none, or it is unknown or revoked.
    """
    presented = _in_header(request) or write_key or ""
    cache: KeyCache = current_app.extensions[NAME]
    key = None
    if 0 < len(presented) <= MAX_LENGTH:
        key = cache.find(presented, lambda text: find_sender(deployment().engine, text))
    if key is None:
        raise Unauthorized("The key is missing, unknown or revoked.")
    return key


def _in_header(request: Request) -> str | None:
    """Basic auth carries the key as user name, Bearer as token."""
    given = request.authorization
    return None if given is None else given.username or given.token
