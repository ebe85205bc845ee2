"""How often one key may ask for evaluations: counted per process, in memory."""

from __future__ import annotations

import math
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import request
from flask_limiter import Limiter

if TYPE_CHECKING:
    from flask import Flask

NAME = "netlift.throttle"
BLUEPRINTS = ("api-evaluate", "ofrep")


def attach(app: Flask, per_minute: int) -> None:
    """Limit the evaluating blueprints together to so many requests per key and minute; 0 limits nothing."""
    if not per_minute:
        return
    limiter = Limiter(key_func=_key, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions[NAME] = limiter
    shared = limiter.shared_limit(f"{per_minute} per minute", scope="evaluation", exempt_when=_is_preflight)
    for name in BLUEPRINTS:
        shared(app.blueprints[name])


def retry_after(app: Flask) -> str:
    """Whole seconds after which the key may ask again."""
    limiter: Limiter | None = app.extensions.get(NAME)
    current = None if limiter is None else limiter.current_limit
    return "1" if current is None else str(max(1, math.ceil(current.reset_at - time.time())))


def _key() -> str:
    """The key as it is presented; what is no key is counted as well, so that guessing is slow."""
    given = request.authorization
    in_header = None if given is None else given.token or given.username
    in_address = (request.view_args or {}).get("key") if request.blueprint == BLUEPRINTS[0] else None
    presented = in_header or request.headers.get("X-API-Key") or in_address or ""
    return sha256(presented.encode("utf-8", "replace")).hexdigest()


def _is_preflight() -> bool:
    return request.method == "OPTIONS"
