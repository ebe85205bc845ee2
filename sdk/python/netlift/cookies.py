"""The visitor's id in a cookie of the shop's own server, which browsers keep longer than one set by a script."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from urllib.parse import quote, unquote

from netlift.hashing import normalise_unit

NAME = "netlift_id"
# 400 days, the longest that browsers keep a cookie.
LIFETIME = 400 * 24 * 3600
LONGEST = 200


@dataclass(frozen=True)
class Cookie:
    """How the visitor's id is kept.

    Args:
        name: name of the cookie; the JavaScript SDK reads `netlift_id`.
        domain: the domain that shares it, such as `example.com` for all hosts of a shop; None = this host only.
        path: the path that shares it.
    """

    name: str = NAME
    domain: str | None = None
    path: str = "/"

    def read(self, header: str) -> str | None:
        """The visitor's id in a Cookie header; None where there is none that can be used."""
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == self.name:
                return _decoded(value.strip().strip('"'))
        return None

    def write(self, visitor_id: str, *, secure: bool) -> str:
        """The Set-Cookie header: first party, 400 days, readable by the scripts of the page."""
        domain = f"; Domain={self.domain}" if self.domain else ""
        safe = "; Secure" if secure else ""
        value = quote(visitor_id, safe="")
        return f"{self.name}={value}; Max-Age={LIFETIME}; Path={self.path}{domain}; SameSite=Lax{safe}"


def _decoded(value: str) -> str | None:
    """An id as both SDKs write it, percent-encoded."""
    # Percent-encoded a character takes up to twelve.
    if not value or len(value) > 12 * LONGEST:
        return None
    try:
        visitor_id = normalise_unit(unquote(value, errors="strict"))
    except UnicodeDecodeError:
        return None
    return visitor_id if visitor_id is not None and len(visitor_id) <= LONGEST else None


def new_visitor_id() -> str:
    """A random id for a browser that has none."""
    return str(uuid.uuid4())
