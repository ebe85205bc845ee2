"""How often one key may ask, for evaluations and of the management API: counted per process, in memory."""

from __future__ import annotations

import math
import time
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from flask import current_app, request
from flask_limiter import Limiter

if TYPE_CHECKING:
    from flask import Blueprint, Flask, Response

NAME = "netlift.throttle"
EVALUATE, OFREP = "api-evaluate", "ofrep"
#: In place of a key in the address of an evaluation: it is in the header.
IN_HEADER = "server"
SESSION = "netlift_session"


def attach(app: Flask, per_minute: int, api_per_minute: int, documented: frozenset[str]) -> None:
    """Limit requests per key and minute; 0 limits nothing.

    Args:
        per_minute: of the evaluating blueprints together.
        api_per_minute: of the management API.
        documented: names of the blueprints of the management API.
    """
    if not (per_minute or api_per_minute):
        return
    limiter = Limiter(key_func=_key, app=app, storage_uri="memory://", strategy="moving-window")
    app.extensions[NAME] = limiter
    for most, scope, names in ((per_minute, "evaluation", {EVALUATE, OFREP}), (api_per_minute, "api", documented)):
        if most:
            shared = limiter.shared_limit(f"{most} per minute", scope=scope, exempt_when=_is_preflight)
            for name in sorted(names):
                shared(cast("Blueprint", app.blueprints[name]))  # an application of Flask holds no others
    app.after_request(_tell)


def retry_after(app: Flask) -> str:
    """Whole seconds after which the key may ask again."""
    limiter: Limiter | None = app.extensions.get(NAME)
    current = None if limiter is None else limiter.current_limit
    return "1" if current is None else str(max(1, math.ceil(current.reset_at - time.time())))


def _tell(response: Response) -> Response:
    """Say how much is left, so that a program can slow down before it is refused."""
    current = current_app.extensions[NAME].current_limit
    if current is not None and request.blueprint != OFREP:
        response.headers["RateLimit-Limit"] = str(current.limit.amount)
        response.headers["RateLimit-Remaining"] = str(max(0, current.remaining))
        response.headers["RateLimit-Reset"] = retry_after(current_app)
        if response.status_code == 429:
            response.headers["Retry-After"] = retry_after(current_app)
    return response


def _key() -> str:
    """The key that will be asked for, found as the routes find it; what is no key counts too, so guessing is slow."""
    given = request.authorization
    in_header = "" if given is None else given.token or given.username or ""
    if request.blueprint == OFREP:
        presented = in_header or request.headers.get("X-API-Key", "")
    elif request.blueprint == EVALUATE:
        in_address = (request.view_args or {}).get("key", "")
        presented = in_header if in_address == IN_HEADER else in_address
    else:
        presented = in_header or request.cookies.get(SESSION, "") or request.remote_addr or ""
    return sha256(presented.encode("utf-8", "replace")).hexdigest()


def _is_preflight() -> bool:
    return request.method == "OPTIONS"
