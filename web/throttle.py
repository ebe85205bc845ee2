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
EVALUATE, OFREP = "api-evaluate", "ofrep"
#: In place of a key in the address of an evaluation: it is in the header.
IN_HEADER = "server"


def attach(app: Flask, per_minute: int) -> None:
    """Limit the evaluating blueprints together to so many requests per key and minute; 0 limits nothing."""
    if not per_minute:
        return
    limiter = Limiter(key_func=_key, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions[NAME] = limiter
    shared = limiter.shared_limit(f"{per_minute} per minute", scope="evaluation", exempt_when=_is_preflight)
    for name in (EVALUATE, OFREP):
        shared(app.blueprints[name])


def retry_after(app: Flask) -> str:
    """Whole seconds after which the key may ask again."""
    limiter: Limiter | None = app.extensions.get(NAME)
    current = None if limiter is None else limiter.current_limit
    return "1" if current is None else str(max(1, math.ceil(current.reset_at - time.time())))


def _key() -> str:
    """The key that will be asked for, found as the routes find it; what is no key counts too, so guessing is slow."""
    given = request.authorization
    in_header = "" if given is None else given.token or given.username or ""
    in_address = (request.view_args or {}).get("key", "")
    if request.blueprint == OFREP:
        presented = in_header or request.headers.get("X-API-Key", "")
    else:
        presented = in_header if in_address == IN_HEADER else in_address
    return sha256(presented.encode("utf-8", "replace")).hexdigest()


def _is_preflight() -> bool:
    return request.method == "OPTIONS"
