"""For Flask, Django and every other WSGI app: the visitor's id by cookie, the bootstrap in the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from netlift.base import Base
from netlift.cookies import Cookie
from netlift.insertion import Insertion, agreed, longer
from netlift.notices import Notices
from netlift.page import Page

ENVIRON = "netlift.page"


class NetliftMiddleware:
    """Wraps a WSGI app: `app.wsgi_app = NetliftMiddleware(app.wsgi_app, client)`.

    The app finds its visitor in `environ["netlift.page"]`. Every HTML page sets the cookie anew and gets the bootstrap
    as the first thing in its head, unless the app has written it there itself, with the nonce of its
    Content-Security-Policy header. Pages that caches may share, and everything that is no HTML, pass unchanged.

    Args:
        app: the app.
        client: a `Client`.
        cookie: how the id is kept.
        consent: asked with the environ, whether the visitor has agreed; without it everybody has.
        insert: False where the app writes the bootstrap itself, by `environ["netlift.page"].bootstrap(nonce)`.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        client: Base,
        *,
        cookie: Cookie | None = None,
        consent: Callable[[dict[str, Any]], bool] | None = None,
        insert: bool = True,
    ) -> None:
        self._app = app
        self._client = client
        self._cookie = cookie or Cookie()
        self._consent = consent
        self._insert = insert
        self._notices = Notices()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        consent = agreed(self._consent, environ, self._notices)
        page = Page.of(self._client, self._cookie, environ.get("HTTP_COOKIE", ""), consent)
        environ[ENVIRON] = page
        secure = environ.get("wsgi.url_scheme") == "https"
        insertion = Insertion(page, self._cookie, secure=secure, insert=self._insert, notices=self._notices)
        answer = _Answer(insertion, environ.get("REQUEST_METHOD") != "HEAD", start_response)
        return answer.body(self._app(environ, answer.start))


class _Answer:
    """Holds back status and headers until the length of the body is known."""

    def __init__(self, insertion: Insertion, has_body: bool, start_response: Callable[..., Any]) -> None:
        self._insertion = insertion
        self._has_body = has_body
        self._start_response = start_response
        self._opening: tuple[str, list[tuple[str, str]], Any] | None = None
        self._opened = False
        self._written: list[bytes] = []

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], Any]:
        """What the app calls in place of the server's start_response."""
        if self._opened:
            return self._start_response(status, headers, exc_info)  # type: ignore[no-any-return]
        opened = self._insertion.open(int(status.split()[0]), headers, has_body=self._has_body)
        self._opening = (status, opened, exc_info)
        return self._written.append

    def body(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """The body on its way out; the app's own object where nothing is to be put into it."""
        if self._opening is None or self._insertion.searching or self._written:
            return self._passing(body)
        self._open()
        return body

    def _passing(self, body: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for piece in body:
                yield from self._pass(piece, last=False)
            yield from self._pass(b"", last=True)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _pass(self, piece: bytes, *, last: bool) -> Iterator[bytes]:
        # What the app wrote by the old way, `write`, comes before what it returned.
        piece, self._written[:] = b"".join([*self._written, piece]), []
        out = self._insertion.feed(piece, last=last)
        if out is None:
            return
        if not self._opened:
            self._open()
        if out:
            yield out

    def _open(self) -> None:
        if self._opening is None:
            raise RuntimeError("the app gave a body before it called start_response")
        status, headers, exc_info = self._opening
        out = longer(headers, self._insertion.grown)
        self._opened = True
        if exc_info:
            self._start_response(status, out, exc_info)
        else:
            self._start_response(status, out)
