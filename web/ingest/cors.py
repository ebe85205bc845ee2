"""Which pages may send with a client key; nobody sends cookies here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from web.origins import allowed_origin

if TYPE_CHECKING:
    from flask import Response

DAY_SECONDS = "86400"


def add_headers(response: Response) -> Response:
    """Let the page read the answer, the error of an unknown key too; answers to server keys stay unreadable."""
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    allowed = allowed_origin(g.get("ingest_key"), origin)
    if origin is None or allowed is None:
        return response
    response.headers["Access-Control-Allow-Origin"] = allowed
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    if request.method == "OPTIONS":
        response.status_code = 204
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding"
        response.headers["Access-Control-Max-Age"] = DAY_SECONDS
    return response
