"""Time every request, under the part of the product that answered and the class of its status."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import g, request

from web.meters.counters import REQUESTS

if TYPE_CHECKING:
    from flask import Flask, Response

#: Addresses nobody serves share one name: whoever looks for holes must not fill our memory.
NOWHERE = "none"


def register(app: Flask) -> None:
    """Start the clock first and stop it last."""
    known = {(name, status): REQUESTS.labels(name, status) for name in (NOWHERE,) for status in ("4xx",)}

    @app.before_request
    def start() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        began = g.pop("began", None)
        if began is not None:
            key = (request.blueprint or NOWHERE, f"{response.status_code // 100}xx")
            meter = known.get(key) or known.setdefault(key, REQUESTS.labels(*key))
            meter.observe(time.perf_counter() - began)
        return response
