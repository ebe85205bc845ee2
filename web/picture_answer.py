"""A stored picture as an answer: its own type, never guessed at, for whoever may see the test."""

from __future__ import annotations

from flask import Response, request


def picture_answer(content: bytes, media_type: str, digest: str) -> Response:
    """The picture with its type; a browser that has it gets 304."""
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(digest)
    response.make_conditional(request)
    return response
