"""OpenFeature's web client, unchanged, in Chromium on a page of another origin."""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.sessions import writing
from tests.browser.conftest import browser_type_launch_args, chromium
from tests.contracts.conftest import VALUES, Server
from tests.scenes import ADMIN, NOW

__all__ = ["browser_type_launch_args"]
FLAGS = "/ofrep/v1/evaluate/flags"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium: install it, or name one in CHROMIUM"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="session")
def shop(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Origin of a page that has the client in its bundle."""
    folder = tmp_path_factory.mktemp("shop")
    bundle = ["node_modules/.bin/esbuild", "page.mjs", "--bundle", "--minify", f"--outfile={folder / 'page.js'}"]
    subprocess.run(bundle, cwd=packages, check=True, capture_output=True, timeout=60)
    (folder / "index.html").write_text("<!doctype html><title>Shop</title><script src=page.js></script>")
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def page(browser: Browser, shop: str) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(shop)
    yield opened
    context.close()


@pytest.fixture
def key(contract_engine: Engine, shop: str) -> str:
    """A key for the shop's pages only."""
    with writing(contract_engine) as session:
        made = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "K", Environment.PRODUCTION, origins=[shop])
    return made.key


def start(page: Page, server: Server, key: str, visitor: str, poll: int = 0) -> None:
    given = [server.url, key, {"targetingKey": visitor}, poll]
    page.evaluate("([url, key, context, poll]) => shop.start(url, key, context, poll)", given)


def test_a_page_reads_every_flag_of_one_request(page: Page, server: Server, key: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(server.url)}"))
    start(page, server, key, "visitor-1")
    for flag, fallback in (("words", "default"), ("integer", 0), ("object", {"label": "-"})):
        told = page.evaluate("([flag, fallback]) => shop.details(flag, fallback)", [flag, fallback])
        payload = VALUES[flag][0 if told["variant"] == "control" else 1]
        assert told["value"] == (payload if flag != "words" else told["variant"])
        assert (told["reason"], told["flagMetadata"]["experimentKey"]) == ("SPLIT", flag)
    missing = page.evaluate("shop.details('nothing', 'default')")
    assert (missing["value"], missing["errorCode"]) == ("default", "FLAG_NOT_FOUND")
    outside = page.evaluate("shop.details('paused', 'default')")
    assert (outside["value"], outside["reason"], outside.get("errorCode")) == ("default", "DISABLED", None)
    assert [line for line in asked if line.startswith("POST")] == [f"POST {FLAGS}"]


def test_an_unchanged_answer_is_a_304_and_another_visitor_asks_anew(page: Page, server: Server, key: str) -> None:
    statuses: list[tuple[int, bool]] = []

    def note(response: Response) -> None:
        if response.request.method == "POST":
            statuses.append((response.status, "if-none-match" in response.request.headers))

    page.on("response", note)
    start(page, server, key, "visitor-1", poll=200)
    with page.expect_response(lambda response: response.status == 304):
        pass
    before = page.evaluate("shop.details('words', 'default')")
    assert before["reason"] == "SPLIT"
    with page.expect_response(lambda response: response.status == 200 and response.request.method == "POST"):
        page.evaluate("shop.become({targetingKey: 'visitor-2'})")
    told = page.evaluate("shop.details('words', 'default')")
    assert told["flagMetadata"]["contextId"] == "visitor-2"
    assert statuses[0] == (200, False)
    assert (304, True) in statuses


def test_a_page_the_key_was_not_made_for_gets_nothing(page: Page, server: Server, contract_engine: Engine) -> None:
    with writing(contract_engine) as session:
        origins = ["https://elsewhere.example"]
        made = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "K", Environment.PRODUCTION, origins=origins)
    given = [server.url, made.key]
    code = "([url, key]) => shop.start(url, key, {targetingKey: 'x'}, 0).then(() => 'started', () => 'refused')"
    assert page.evaluate(code, given) == "refused"
    assert page.evaluate("shop.details('words', 'default')")["value"] == "default"
