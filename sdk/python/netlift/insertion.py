"""Where the bootstrap goes into a page that passes by, and which pages are left as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from netlift.cookies import Cookie
from netlift.notices import Notices
from netlift.page import Page

Header = tuple[str, str]
# A head that does not open within so many bytes does not open at all.
FARTHEST = 64 * 1024
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE)
_NONCE = re.compile(r"script-src[^;]*'nonce-([A-Za-z0-9+/=_-]+)'", re.IGNORECASE)
_SHARED = re.compile(r"\b(public|s-maxage)\b", re.IGNORECASE)


class Insertion:
    """The answer to one request on its way out: headers first, then the body piece by piece.

    While it is `searching` for the head of the page, the headers must wait: the body may grow. `grown` tells by
    how much it did.

    A page that caches may share is left alone: another visitor would get the id in it.
    """

    def __init__(self, page: Page, cookie: Cookie, *, secure: bool, insert: bool, notices: Notices) -> None:
        self._page = page
        self._cookie = cookie
        self._secure = secure
        self._insert = insert
        self._notices = notices
        self._held: list[bytes] = []
        self._nonce: str | None = None
        self.searching = False
        self.grown = 0

    def open(self, status: int, headers: Sequence[Header], *, has_body: bool) -> list[Header]:
        """The headers to send."""
        out = list(headers)
        if not _lower(headers, "content-type").startswith("text/html"):
            return out
        control = _lower(headers, "cache-control")
        if _SHARED.search(control):
            self._notices.once("shared page", "Netlift: a page that caches may share gets no id and no bootstrap.")
            return out
        if not control:
            out.append(("Cache-Control", "private"))
        if self._page.visitor_id is not None:
            # Again with every page: the browser counts its days from the last one.
            out.append(("Set-Cookie", self._cookie.write(self._page.visitor_id, secure=self._secure)))
        found = _NONCE.search(_lower(headers, "content-security-policy", keep=True))
        self._nonce = found.group(1) if found else None
        encoded = _lower(headers, "content-encoding") not in ("", "identity")
        self.searching = self._insert and has_body and not encoded and status not in (204, 206, 304)
        return out

    def feed(self, piece: bytes, *, last: bool) -> bytes | None:
        """What to send for this piece of the body; None where it is held back until the head has opened."""
        if not self.searching:
            return piece
        self._held.append(piece)
        content = b"".join(self._held)
        head = _HEAD.search(content, 0, FARTHEST)
        if head is None and not last and len(content) < FARTHEST:
            return None
        self.searching = False
        self._held.clear()
        if head is None:
            return content
        script = self._page.bootstrap(self._nonce).encode()
        self.grown = len(script)
        return content[: head.end()] + script + content[head.end() :]


def longer(headers: Sequence[Header], by: int) -> list[Header]:
    """The headers of a body that has grown."""
    return [(name, str(int(value) + by) if name.lower() == "content-length" else value) for name, value in headers]


def _lower(headers: Sequence[Header], name: str, *, keep: bool = False) -> str:
    """The values of a header, in lower case unless they must be kept."""
    values = ", ".join(value for known, value in headers if known.lower() == name)
    return values if keep else values.lower()


def agreed(ask: Callable[..., bool] | None, request: object, notices: Notices) -> bool:
    """Whether the visitor has agreed; a question that fails is answered by no."""
    if ask is None:
        return True
    try:
        return bool(ask(request))
    except Exception as error:
        notices.once("consent", "Netlift: asking for consent failed: %s. It counts as none.", error, trace=True)
        return False
