"""What the server puts into a page, so that the browser decides at once and for the same visitor."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape

from netlift.compiling import compile_config
from netlift.core import Core
from netlift.events import plain
from netlift.options import SERVER_KEY
from netlift.visit import Visit

# Inside a script these could end it, open a comment, or end a line of older browsers; JSON has them in texts only.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class Paging(Core):
    """Writes the bootstrap of the JavaScript SDK."""

    def bootstrap(self, visitor_id: str | None = None, visit: Visit | None = None, *, nonce: str | None = None) -> str:
        """A script element that sets `window.netliftBootstrap`, to stand before the JavaScript SDK in a page.

        It holds the published config, so that the browser decides without waiting for it, the id of the visitor, and
        the answers of `visit`. Everything is escaped; the page must be for this visitor only.

        Args:
            visitor_id: the id of the visitor; None where there is no consent.
            visit: what `remote` answered for this page.
            nonce: the nonce of the page's Content-Security-Policy.
        """
        try:
            remote = None if visit is None else visit.document
            parts = {"visitorId": _json(visitor_id), "remote": _json(remote), "config": self._page_config()}
            content = ",".join(f'"{name}":{value}' for name, value in parts.items())
        except Exception as error:
            self._notices.once("bootstrap", "Netlift: the bootstrap was left out: %s", error, trace=True)
            return ""
        signed = "" if nonce is None else f' nonce="{escape(nonce)}"'
        return f"<script{signed}>window.netliftBootstrap={{{content}}};</script>"

    def _page_config(self) -> str:
        """The public config as JSON for a script; null where there is none."""
        pages = self._running().pages
        if pages is self._runtime.source and self._options.key.startswith(SERVER_KEY):
            self._notices.once("page key", "Netlift: pages get no config: a server key needs a page_key beside it.")
            return "null"
        return _escaped(pages.body) or "null"


@lru_cache(maxsize=4)
def _escaped(body: bytes) -> str:
    """The config, compiled, as it may stand in a script; made once for each config and not for each page."""
    if not body:
        return ""
    document = compile_config(json.loads(body))
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).translate(_UNSAFE)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=plain).translate(_UNSAFE)
