"""A page that Python has made, in Chromium: the browser goes on with what the shop's server began."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.sessions import writing
from netlift import Client, Page
from netlift.wsgi import NetliftMiddleware
from tests.scenes import ADMIN, NOW
from tests.served import Served, serving

pytestmark = pytest.mark.browser

KEYS = ("public", "tv-entry")
PAGE = """<!doctype html><html><head><script src="{host}/sdk/netlift.js"></script></head><body><script nonce="n1">
  window.client = netlift.createClient({{ key: "{key}", host: "{host}", userId: "customer-1", timeout: 5000 }});
  document.title = ["public", "tv-entry"].map((key) => client.variant(key)).join(" ");
</script></body></html>"""


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(sqlite_engine, tmp_path) as shop:
        yield shop


@pytest.fixture
def shop(served: Served) -> Iterator[tuple[str, list[dict[str, str]], Client]]:
    """The address of a shop with the middleware, what its server decided for each page, and its client."""
    decided: list[dict[str, str]] = []
    place: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        page: Page = environ["netlift.page"]
        page.visit = place["client"].remote(user_id="customer-1", **page.ids)
        decided.append({"visitor": str(page.visitor_id), **{key: page.visit.variant(key) for key in KEYS}})
        policy = f"default-src 'none'; script-src 'nonce-n1' {served.address}; connect-src {served.address}"
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", policy)])
        return [PAGE.format(host=served.address, key=place["key"]).encode()]

    def front(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return place["app"](environ, start_response)

    server = make_server("127.0.0.1", 0, front, handler_class=Quiet)
    address = f"http://127.0.0.1:{server.server_port}"
    with writing(served.engine) as session:
        kind = KeyKind.CLIENT
        made = access.create_key(session, ADMIN, NOW, kind, "Shop", Environment.PRODUCTION, origins=[address])
    client = Client(served.server, served.address, page_key=made.key, timeout=10, flush_interval=0.05)
    place.update(client=client, key=made.key, app=NetliftMiddleware(app, client))
    assert client.wait_ready(20)
    assert client._runtime.pages.wait(20)
    thread = threading.Thread(target=lambda: server.serve_forever(0.02))
    thread.start()
    yield address, decided, client
    server.shutdown()
    thread.join()
    server.server_close()
    client.close(10)


def test_the_browser_decides_at_once_as_the_server_did_and_keeps_the_id(
    browser: Browser, served: Served, shop: tuple[str, list[dict[str, str]], Client]
) -> None:
    address, decided, client = shop
    context = browser.new_context()
    # Nothing but the page may tell the browser what to show.
    context.route("**/v1/pages/**", lambda route: route.abort())
    context.route("**/v1/evaluate/**", lambda route: route.abort())
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(address)
    seen = decided[0]
    assert tab.title() == f"{seen['public']} {seen['tv-entry']}"
    assert tab.evaluate("() => ['public', 'tv-entry'].map((key) => client.peek(key).reason)") == ["SPLIT", "SPLIT"]
    assert tab.evaluate("() => client.visitorId") == seen["visitor"]
    [cookie] = [each for each in context.cookies() if each["name"] == "netlift_id"]
    assert (cookie["value"], cookie["httpOnly"], cookie["sameSite"]) == (seen["visitor"], False, "Lax")
    assert cookie["expires"] - time.time() > 390 * 86_400
    assert not [text for text in said if "Content Security Policy" in text]
    assert tab.evaluate("() => client.flush()")
    assert client.flush(10)
    # Both sides told of the same people and variants; the store keeps one exposure of each.
    told = Counter((each["experiment_id"], each["variation_id"]) for each in served.exposures())
    assert told == {("public", seen["public"]): 2, ("tv-entry", seen["tv-entry"]): 2}
    assert len({row.visitor for row in served.events("Experiment Viewed")}) == 1
    tab.reload()
    assert decided[1] == seen
    assert tab.evaluate("() => client.visitorId") == seen["visitor"]
    context.close()
