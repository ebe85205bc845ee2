"""The page helpers behind real servers: cookies, bootstrap, nonce, consent, and pages that must be left alone."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
import uvicorn

from netlift import Client, Cookie, Page
from netlift.aio import AsyncClient
from netlift.asgi import NetliftMiddleware as AsgiMiddleware
from netlift.compiling import compile_config
from netlift.wsgi import NetliftMiddleware as WsgiMiddleware

HTML = "text/html; charset=utf-8"
PAGE = b"<!doctype html><html><HEAD lang='x'><title>Shop</title></HEAD><body>h\xc3\xa9</body></html>"
SCRIPT = re.compile(r"<script([^>]*)>window\.netliftBootstrap=(.*?);</script>", re.DOTALL)

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, list[bytes]]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class Shop:
    """What the shop answers next, and what its app saw of the page; the same for both kinds of app."""

    def __init__(self) -> None:
        self.answer: Answer = (200, [("Content-Type", HTML), ("Content-Length", str(len(PAGE)))], [PAGE])
        self.act: Callable[[Page], list[bytes] | None] = lambda page: None
        self.pages: list[Page] = []

    def serve(self, page: Page) -> Answer:
        self.pages.append(page)
        status, headers, body = self.answer
        return status, headers, self.act(page) or body


@contextmanager
def wsgi(shop: Shop, client: Client, **settings: Any) -> Iterator[int]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        status, headers, body = shop.serve(environ["netlift.page"])
        start_response(f"{status} Whatever", headers)
        return iter(body)

    wrapped = validator(WsgiMiddleware(validator(app), client, **settings))

    def over(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["wsgi.url_scheme"] = environ.get("HTTP_X_SCHEME", "http")
        return wrapped(environ, start_response)

    server = make_server("127.0.0.1", 0, over, handler_class=Quiet)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def asgi(shop: Shop, client: AsyncClient, **settings: Any) -> Iterator[int]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("no lifespan")
        status, headers, body = shop.serve(scope["netlift.page"])
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        for piece in body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    wrapped = AsgiMiddleware(app, client, **settings)

    async def over(scope: Any, receive: Any, send: Any) -> None:
        asked = {name: value.decode() for name, value in scope.get("headers", ())}
        await wrapped({**scope, "scheme": asked.get(b"x-scheme", "http")}, receive, send)

    config = uvicorn.Config(over, port=0, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


class Browser:
    """One request after another, as a browser that keeps cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def get(self, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        connection.request(method, "/", headers={**sent, **headers})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.headers["Set-Cookie"]:
            self.cookie = "theme=dark; " + response.headers["Set-Cookie"].split(";")[0]
        return response, body


@pytest.fixture(params=["wsgi", "asgi"])
def visit(request: pytest.FixtureRequest, server: Any) -> Iterator[Callable[..., tuple[Browser, Shop]]]:
    """A browser in a shop with the middleware in front."""
    kind = request.param
    client: Any = (Client if kind == "wsgi" else AsyncClient)("pk_live_1", server.address, poll_interval=30)
    assert client._runtime.source.wait(10)
    running = []

    def start(**settings: Any) -> tuple[Browser, Shop]:
        shop = Shop()
        served = (wsgi if kind == "wsgi" else asgi)(shop, client, **settings)
        running.append(served)
        return Browser(served.__enter__()), shop

    yield start
    for served in running:
        served.__exit__(None, None, None)
    client.at_exit()
    for worker in client._runtime.workers:
        worker.join(10)


def bootstrap_in(body: bytes) -> tuple[str, dict[str, Any]]:
    (found,) = SCRIPT.findall(body.decode())
    return found[0], json.loads(found[1])


def page_config(server: Any) -> Any:
    """What a page must get of the config that the server publishes."""
    return compile_config(json.loads(server.config_body))


def test_a_browser_gets_an_id_and_the_bootstrap_and_keeps_both(visit: Any, server: Any) -> None:
    browser, shop = visit()
    response, body = browser.get()
    visitor = shop.pages[0].visitor_id
    cookie = response.headers["Set-Cookie"]
    assert cookie == f"netlift_id={visitor}; Max-Age=34560000; Path=/; SameSite=Lax"
    attributes, told = bootstrap_in(body)
    assert (attributes, told["visitorId"], told["remote"]) == ("", visitor, None)
    assert told["config"] == page_config(server)
    head, rest = body.split(b"<HEAD lang='x'>")
    assert rest.startswith(b"<script>")
    assert head + b"<HEAD lang='x'>" + rest.split(b"</script>", 1)[1] == PAGE
    assert int(response.headers["Content-Length"]) == len(body)
    assert response.headers["Cache-Control"] == "private"
    response, body = browser.get()
    assert bootstrap_in(body)[1]["visitorId"] == visitor
    assert response.headers["Set-Cookie"] == cookie


def test_over_https_the_cookie_is_secure(visit: Any) -> None:
    browser, _ = visit(cookie=Cookie(name="who", domain="example.com", path="/shop"))
    response, _ = browser.get(**{"X-Scheme": "https"})
    cookie = response.headers["Set-Cookie"]
    assert re.fullmatch(
        r"who=[0-9a-f-]{36}; Max-Age=34560000; Path=/shop; Domain=example.com; SameSite=Lax; Secure", cookie
    )


def test_the_script_carries_the_nonce_of_the_pages_policy(visit: Any) -> None:
    browser, shop = visit()
    policy = "default-src 'self'; script-src 'self' 'nonce-aB3+/=_-'; style-src 'nonce-other'"
    shop.answer = (200, [("Content-Type", HTML), ("Content-Security-Policy", policy)], [PAGE])
    assert bootstrap_in(browser.get()[1])[0] == ' nonce="aB3+/=_-"'


def test_without_consent_there_is_no_id_and_no_cookie(visit: Any) -> None:
    browser, shop = visit(consent=lambda request: False)
    response, body = browser.get(Cookie="netlift_id=visitor-12345678")
    assert response.headers["Set-Cookie"] is None
    assert bootstrap_in(body)[1]["visitorId"] is None
    assert shop.pages[0].ids == {"anonymous_id": None, "consent": False}


def test_asking_for_consent_may_fail_and_counts_as_none(visit: Any, caplog: pytest.LogCaptureFixture) -> None:
    browser, _ = visit(consent=lambda request: 1 / 0)
    response, _ = browser.get()
    assert (response.status, response.headers["Set-Cookie"]) == (200, None)
    assert "asking for consent failed" in caplog.text


def test_the_head_may_come_in_pieces(visit: Any) -> None:
    browser, shop = visit()
    pieces = [PAGE[place : place + 3] for place in range(0, len(PAGE), 3)]
    shop.answer = (200, [("Content-Type", HTML), ("Content-Length", str(len(PAGE)))], pieces)
    response, body = browser.get()
    assert len(bootstrap_in(body)) == 2
    assert int(response.headers["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"<p>a fragment, such as htmx asks for</p>", b"<header>no head</header>", b"x" * 200_000 + b"<head>"],
)
def test_html_without_a_head_keeps_its_body(body: bytes, visit: Any) -> None:
    browser, shop = visit()
    shop.answer = (200, [("Content-Type", HTML), ("Content-Length", str(len(body)))], [body] if body else [])
    response, got = browser.get()
    assert got == body
    assert response.headers["Set-Cookie"] is not None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, [("Content-Type", "application/json")]),
        (200, []),
        (200, [("Content-Type", HTML), ("Cache-Control", "public, max-age=60")]),
        (200, [("Content-Type", HTML), ("Cache-Control", "s-maxage=60")]),
    ],
)
def test_what_is_shared_or_no_html_passes_unchanged(status: int, headers: Headers, visit: Any) -> None:
    browser, shop = visit()
    shop.answer = (status, [*headers, ("Content-Length", str(len(PAGE)))], [PAGE])
    if not any(name == "Content-Type" for name, _ in headers):
        shop.answer[1].append(("Content-Type", "image/png"))
    response, body = browser.get()
    assert body == PAGE
    assert response.headers["Set-Cookie"] is None


def test_an_encoded_page_gets_the_cookie_and_keeps_its_bytes(visit: Any) -> None:
    browser, shop = visit()
    shop.answer = (200, [("Content-Type", HTML), ("Content-Encoding", "gzip")], [PAGE])
    response, body = browser.get()
    assert body == PAGE
    assert response.headers["Set-Cookie"] is not None


def test_a_question_for_the_headers_alone_is_answered(visit: Any) -> None:
    browser, shop = visit()
    shop.act = lambda page: [] if len(shop.pages) else None
    shop.answer = (200, shop.answer[1], [])
    response, body = browser.get("HEAD")
    assert (response.status, body) == (200, b"")
    assert response.headers["Set-Cookie"] is not None


def test_a_page_that_writes_the_bootstrap_itself_gets_it_once(visit: Any) -> None:
    browser, shop = visit()
    shop.answer = (200, [("Content-Type", HTML)], [])
    shop.act = lambda page: [b"<html><head>", page.bootstrap("n1").encode(), b"</head></html>"]
    assert bootstrap_in(browser.get()[1])[0] == ' nonce="n1"'


def test_with_insert_off_the_page_is_the_apps_alone(visit: Any) -> None:
    browser, _ = visit(insert=False)
    response, body = browser.get()
    assert body == PAGE
    assert response.headers["Set-Cookie"] is not None


@pytest.mark.parametrize("value", ["", '""', "%ff", "%20%20", "a" * 3000, "%ED%A0%80"])
def test_a_cookie_that_holds_no_id_is_replaced(value: str, visit: Any) -> None:
    browser, shop = visit()
    browser.get(Cookie=f"netlift_id={value}; other=1")
    assert re.fullmatch("[0-9a-f-]{36}", shop.pages[0].visitor_id or "")


def test_an_id_of_the_shops_own_is_kept_as_it_is(visit: Any) -> None:
    browser, shop = visit()
    browser.get(Cookie='a=b; netlift_id="klant%3A%C3%B6k%C3%B8%3B%0D%0A"; c=d')
    assert shop.pages[0].visitor_id == "klant:ökø;"
    browser.get()
    assert shop.pages[1].visitor_id == "klant:ökø;"


def test_nothing_in_the_bootstrap_can_end_the_script(server: Any, make_experiment: Any) -> None:
    evil = "</script><script>alert(1)</script><!-- & \u2028\u2029"
    variants = [{"key": "control", "weight": 1.0, "payload": {"html": evil}}]
    server.publish(make_experiment(variants=variants))
    server.config_body = json.dumps(json.loads(server.config_body), ensure_ascii=False).encode()
    with Client("pk_live_1", server.address) as client:
        assert client.wait_ready(10)
        script = client.bootstrap(evil, nonce='"><script>alert(1)')
    assert script.count("<") == script.count(">") == 2
    assert not {"\u2028", "\u2029"} & set(script)
    assert script.startswith('<script nonce="&quot;&gt;&lt;script&gt;alert(1)">window.netliftBootstrap={')
    told = json.loads(SCRIPT.findall(script)[0][1])
    assert told["visitorId"] == evil
    assert told["config"]["experiments"][0]["variants"][0]["payload"]["html"] == evil


def test_before_the_first_config_the_page_says_so(server: Any) -> None:
    server.config_replies.append("hang")
    client = Client("pk_live_1", server.address)
    assert bootstrap_in(client.bootstrap("visitor-1").encode())[1] == {
        "visitorId": "visitor-1",
        "remote": None,
        "config": None,
    }
    server.released.set()
    client.close(5)


def test_the_config_of_a_server_key_stays_out_of_pages(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    with Client("sk_live_secret", server.address) as client:
        assert client.wait_ready(10)
        assert bootstrap_in(client.bootstrap("visitor-1").encode())[1]["config"] is None
    assert "a server key needs a page_key" in caplog.text


def test_beside_a_server_key_a_client_key_reads_the_config_for_pages(
    server: Any, make_experiment: Any, until: Any
) -> None:
    server.publish(make_experiment("private", remote=True, unit="customer"))
    server.private = {"customer-7": {"holdings": ["mobile-s"]}}
    with Client("sk_live_secret", server.address, page_key="pk_live_1") as client:
        assert client.wait_ready(10)
        until(lambda: client._runtime.pages.config is not None)
        visit = client.remote(user_id="customer-7")
        told = bootstrap_in(client.bootstrap("visitor-1", visit).encode())[1]
    assert {request["path"] for request in server.to("GET")} == {"/v1/config/server", "/v1/config/pk_live_1"}
    assert told["config"] == page_config(server)
    assert told["remote"]["experiments"]["private"]["reason"] == "SPLIT"


def test_a_page_key_that_is_the_clients_own_is_asked_for_once(server: Any) -> None:
    with Client("pk_live_1", server.address, page_key="pk_live_1") as client:
        assert client.wait_ready(10)
        assert bootstrap_in(client.bootstrap("visitor-1").encode())[1]["config"] == page_config(server)
        assert client._runtime.pages is client._runtime.source


@pytest.mark.parametrize("key", ["sk_live_secret", 7, " "])
def test_a_page_key_that_may_not_be_public_is_refused(key: Any, server: Any, caplog: Any) -> None:
    with Client("sk_live_secret", server.address, page_key=key) as client:
        assert client._runtime.pages is client._runtime.source
    assert "page_key" in caplog.text
