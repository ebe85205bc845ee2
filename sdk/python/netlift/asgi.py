"""For Starlette, FastAPI, Django and every other ASGI app: the visitor's id by cookie, the bootstrap in the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from netlift.base import Base
from netlift.cookies import Cookie
from netlift.insertion import Insertion, agreed, longer
from netlift.notices import Notices
from netlift.page import Page

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SCOPE = "netlift.page"


class NetliftMiddleware:
    """Wraps an ASGI app: `app = NetliftMiddleware(app, client)`, or `app.add_middleware(NetliftMiddleware, client=…)`.

    The app finds its visitor in `scope["netlift.page"]`. Every HTML page sets the cookie anew and gets the bootstrap as
    the first thing in its head, unless the app has written it there itself, with the nonce of its
    Content-Security-Policy header. Pages that caches may share, and everything that is no HTML, pass unchanged.

    Args:
        app: the app.
        client: an `AsyncClient`.
        cookie: how the id is kept.
        consent: asked with the scope, whether the visitor has agreed; without it everybody has.
        insert: False where the app writes the bootstrap itself, by `scope["netlift.page"].bootstrap(nonce)`.
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        client: Base,
        *,
        cookie: Cookie | None = None,
        consent: Callable[[Scope], bool] | None = None,
        insert: bool = True,
    ) -> None:
        self._app = app
        self._client = client
        self._cookie = cookie or Cookie()
        self._consent = consent
        self._insert = insert
        self._notices = Notices()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        page = Page.of(self._client, self._cookie, cookies, agreed(self._consent, scope, self._notices))
        scope[SCOPE] = page
        secure = scope.get("scheme") == "https"
        insertion = Insertion(page, self._cookie, secure=secure, insert=self._insert, notices=self._notices)
        await self._app(scope, receive, _Answer(insertion, scope.get("method") != "HEAD", send).send)


class _Answer:
    """Holds back the start of the response until the length of the body is known."""

    def __init__(self, insertion: Insertion, has_body: bool, send: Send) -> None:
        self._insertion = insertion
        self._has_body = has_body
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """What the app calls in place of the server's send."""
        if message["type"] == "http.response.start":
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]
            opened = self._insertion.open(message["status"], headers, has_body=self._has_body)
            self._start = {**message, "headers": opened}
            if not self._insertion.searching:
                await self._open()
        elif message["type"] == "http.response.body":
            await self._pass(message)
        else:
            await self._open()
            await self._send(message)

    async def _pass(self, message: Message) -> None:
        more = message.get("more_body", False)
        out = self._insertion.feed(message.get("body", b""), last=not more)
        if out is not None:
            await self._open()
            await self._send({**message, "body": out})

    async def _open(self) -> None:
        start, self._start = self._start, None
        if start is not None:
            headers = longer(start["headers"], self._insertion.grown)
            encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            await self._send({**start, "headers": encoded})
