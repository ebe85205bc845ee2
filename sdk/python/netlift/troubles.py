"""What a refusal means and what to do about it, in words for the log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from netlift.transport import Reply

NO_NETLIFT = "no Netlift server answers there, check the host"
NO_KEY = "the server knows no such key: it is mistyped, revoked, or of another Netlift"


def refusal(reply: Reply) -> str:
    """The status of an answer and, as far as can be told, what is wrong."""
    meaning = _meaning(reply)
    return f"status {reply.status}: {meaning}" if meaning else f"status {reply.status}"


def failure(error: Exception) -> str:
    """What became of a request without an answer."""
    told = str(error) or type(error).__name__
    if "WRONG_VERSION_NUMBER" in told:
        return f"{told}; does the server speak https there, or is it http?"
    if "CERTIFICATE_VERIFY_FAILED" in told:
        return f"{told}; name an authority of your own in SSL_CERT_FILE"
    return told


def _meaning(reply: Reply) -> str:
    if 300 <= reply.status < 400:
        return f"it redirects to {reply.headers.get('location', 'nowhere')}, which is not followed; give that host"
    told = _told(reply.body)
    if told is None:
        return NO_NETLIFT if reply.status in (404, 405) else ""
    if reply.status == 401 or (reply.status == 404 and told.get("field") == "key"):
        return NO_KEY
    return NO_NETLIFT if reply.status == 404 else str(told.get("message", ""))


def _told(body: bytes) -> Mapping[str, Any] | None:
    """An error in the shape that Netlift has; None where somebody else answered."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, Mapping) and told.get("ok") is False else None
