"""One request of a browser: whose it is, and what goes into the page that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netlift.base import Base
from netlift.cookies import Cookie, new_visitor_id
from netlift.visit import Visit


@dataclass
class Page:
    """The visitor of one request; made by the WSGI and ASGI helpers, and by hand elsewhere.

    Args:
        client: whose config goes into the page.
        visitor_id: the visitor's id; None without consent.
        consent: whether the visitor has agreed; without it there is no id, no cookie and no event.
        visit: what `remote` answered for this request, if it was asked; set it and the page gets it.
        written: whether the bootstrap stands in the page already.
    """

    client: Base
    visitor_id: str | None
    consent: bool = True
    visit: Visit | None = None
    written: bool = field(default=False, init=False)

    @classmethod
    def of(cls, client: Base, cookie: Cookie, header: str, consent: bool) -> Page:
        """The page of a request with this Cookie header; the visitor gets an id where there is none."""
        if not consent:
            return cls(client, None, consent=False)
        return cls(client, cookie.read(header) or new_visitor_id())

    @property
    def ids(self) -> dict[str, Any]:
        """Arguments for the client's methods: `client.variant("tv-entry", **page.ids)`."""
        return {"anonymous_id": self.visitor_id, "consent": self.consent}

    def bootstrap(self, nonce: str | None = None) -> str:
        """The script element for the head of the page, before the JavaScript SDK; only the first call writes it."""
        if self.written:
            return ""
        self.written = True
        return self.client.bootstrap(self.visitor_id, self.visit, nonce=nonce)
