"""The page helpers called by hand: what servers and apps may do that the shop of `test_web.py` does not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from netlift import Client, Cookie
from netlift.asgi import NetliftMiddleware as AsgiMiddleware
from netlift.wsgi import NetliftMiddleware as WsgiMiddleware

HTML = [("Content-Type", "text/html")]
PAGE = b"<html><head></head></html>"


@pytest.fixture
def client() -> Client:
    """A client that is off; pages get an id all the same."""
    return Client()


class Server:
    """What a WSGI server is told; as the specification wants, it raises what came after the headers had left."""

    def __init__(self) -> None:
        self.starts: list[tuple[Any, ...]] = []
        self.written: list[bytes] = []

    def start(self, *told: Any) -> Callable[[bytes], Any]:
        if self.starts and len(told) > 2:
            raise told[2][1]
        self.starts.append(told)
        return self.written.append

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.starts[0][1])


def test_what_an_app_writes_the_old_way_comes_before_what_it_returns(client: Client) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", HTML)
        write(b"<html>")
        write(b"<head>")
        return [b"</head></html>"]

    server = Server()
    body = b"".join(WsgiMiddleware(app, client)({}, server.start))
    assert body.startswith(b"<html><head><script>")
    assert body.endswith(b"</script></head></html>")
    assert server.written == []


def failure() -> Any:
    try:
        raise LookupError("no such page")
    except LookupError:
        return sys.exc_info()


def test_an_error_page_tells_the_server_of_the_error(client: Client) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", HTML)
        start_response("500 Oops", HTML, error)
        return [PAGE]

    server, error = Server(), failure()
    assert b"<script>" in b"".join(WsgiMiddleware(app, client)({}, server.start))
    assert [(status, exc_info) for status, _, exc_info in server.starts] == [("500 Oops", error)]


def test_an_error_after_the_headers_have_left_is_the_servers_to_raise(client: Client) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield PAGE
        start_response("500 Oops", HTML, failure())

    server = Server()
    body = iter(WsgiMiddleware(app, client)({}, server.start))
    assert b"<script>" in next(body)
    with pytest.raises(LookupError):
        next(body)
    assert [status for status, *_ in server.starts] == ["200 OK"]


def test_a_head_that_does_not_come_holds_back_no_more_than_64_kb(client: Client) -> None:
    made: list[int] = []

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        for number in range(9):
            made.append(number)
            yield b"x" * 33_000

    body = iter(WsgiMiddleware(app, client)({}, Server().start))
    assert len(next(body)) == 66_000
    assert made == [0, 1]
    assert len(b"".join(body)) == 7 * 33_000


@pytest.mark.parametrize(
    ("status", "header", "grows"),
    [
        ("200 OK", ("Cache-Control", "no-store"), True),
        ("200 OK", ("Content-Encoding", "identity"), True),
        ("206 Partial Content", ("Content-Range", "bytes 0-25/26"), False),
    ],
)
def test_what_the_app_says_of_its_page_stays(status: str, header: tuple[str, str], grows: bool, client: Client) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [*HTML, header])
        return [PAGE]

    server = Server()
    body = b"".join(WsgiMiddleware(app, client)({}, server.start))
    assert (b"<script>" in body, body == PAGE) == (grows, not grows)
    assert server.headers[header[0]] == header[1]
    assert [name for name, _ in server.starts[0][1]].count("Cache-Control") == 1
    assert "Set-Cookie" in server.headers


def test_cookies_may_come_in_several_headers(client: Client) -> None:
    scope: dict[str, Any] = {"type": "http", "headers": [(b"cookie", b"a=b"), (b"cookie", b"netlift_id=visitor-1")]}
    ask(scope, client)
    assert scope["netlift.page"].visitor_id == "visitor-1"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_for_a_page_passes_untouched(kind: str, client: Client) -> None:
    scope: dict[str, Any] = {"type": kind, "headers": []}
    assert ask(scope, client) == [{"type": "answer"}]
    assert set(scope) == {"type", "headers"}


def ask(scope: dict[str, Any], client: Client) -> list[Any]:
    """What an app sends that answers everything alike."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "answer"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    sent: list[Any] = []
    asyncio.run(AsgiMiddleware(app, client)(scope, receive, send))
    return sent


@pytest.mark.parametrize("visitor", ["a" * 200, "ж" * 200, "😀" * 200, "a/b;c d"])
def test_an_id_is_read_as_it_was_written(visitor: str) -> None:
    written = Cookie().write(visitor, secure=False)
    assert Cookie().read(written.split(";")[0]) == visitor
    assert not set(written.split(";")[0].removeprefix("netlift_id=")) & set("/; ")


def test_a_longer_id_is_none() -> None:
    assert Cookie().read("netlift_id=" + "a" * 201) is None
