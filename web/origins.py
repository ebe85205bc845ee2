"""Which pages may use a client key; nobody sends cookies here, so an origin is all there is to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import Forbidden

from experiments.domain.key import KeyKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from experiments.domain.key import KeyInfo

REFUSED = "This origin may not use the key."


def check_origin(key: KeyInfo, origin: str | None) -> None:
    """Refuse a page the key was not made for; a caller that is no browser names no origin.

    Raises:
        Forbidden: the origin is not in the key's list.
    """
    if origin is not None and key.origins and origin.lower() not in key.origins:
        raise Forbidden(REFUSED)


def allowed_origin(key: KeyInfo | None, origin: str | None) -> str | None:
    """What a page is told: every origin for a key without a list and for an unknown one, else its own or nothing.

    Answers to server keys stay unreadable for pages, whose code anybody can read.
    """
    if key is None or (key.kind is KeyKind.CLIENT and not key.origins):
        return "*"
    return origin if origin is not None and origin.lower() in key.origins else None


def share(response: Response, key: KeyInfo | None, *, always: Mapping[str, str], preflight: Mapping[str, str]) -> None:
    """Let the page read this answer where its origin may use the key; a preflight names no key yet.

    Args:
        always: headers of every answer that a page may read.
        preflight: further headers of the answer to OPTIONS.
    """
    origin = request.headers.get("Origin")
    allowed = allowed_origin(key, origin)
    if allowed != "*":
        response.vary.add("Origin")
    if allowed is None:
        return
    response.headers["Access-Control-Allow-Origin"] = allowed
    response.headers.update(always)
    if request.method == "OPTIONS":
        response.headers.update(preflight)
