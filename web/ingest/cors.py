"""Which pages may send with a client key; nobody sends cookies here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request
from werkzeug.exceptions import Forbidden

from experiments.domain.key import KeyKind

if TYPE_CHECKING:
    from flask import Response

    from experiments.domain.key import KeyInfo

DAY_SECONDS = "86400"


def check_origin(key: KeyInfo, origin: str | None) -> None:
    """Refuse a page the key was not made for; a caller that is no browser names no origin.

    Raises:
        Forbidden: the origin is not in the key's list.
    """
    if origin is not None and key.origins and origin.lower() not in key.origins:
        raise Forbidden("This origin may not use the key.")


def add_headers(response: Response) -> Response:
    """Let the page read the answer, the error of an unknown key too; answers to server keys stay unreadable."""
    origin = request.headers.get("Origin")
    response.headers.add("Vary", "Origin")
    allowed = _allowed(g.get("ingest_key"), origin)
    if origin is None or allowed is None:
        return response
    response.headers["Access-Control-Allow-Origin"] = allowed
    if request.method == "OPTIONS":
        response.status_code = 204
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding"
        response.headers["Access-Control-Max-Age"] = DAY_SECONDS
    return response


def _allowed(key: KeyInfo | None, origin: str | None) -> str | None:
    if key is None or (key.kind is KeyKind.CLIENT and not key.origins):
        return "*"
    return origin if origin is not None and origin.lower() in key.origins else None
