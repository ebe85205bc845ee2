"""The set-up page while events arrive over HTTP: it fills by itself and never moves what somebody reads."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.store.engines import writing
from tests import stories

pytestmark = pytest.mark.browser
Send = Callable[..., None]


@pytest.fixture
def key(database: Engine) -> str:
    """A key of this test's own, so that other tests' events can be filtered out."""
    with writing(database) as session:
        made = access.create_key(
            session, stories.SYSTEM, stories.LAUNCHED, KeyKind.CLIENT, "Live shop", Environment.PRODUCTION
        )
    return made.key


@pytest.fixture
def send(server: str, key: str) -> Send:
    """Sends items over HTTP, as a shop does."""
    token = base64.b64encode(f"{key}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}

    def over_http(*items: dict[str, Any]) -> None:
        body = json.dumps({"batch": items}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{server}/v1/batch", body, headers), timeout=10) as answer:
            assert answer.status == 202

    return over_http


def page_view(path: str) -> dict[str, Any]:
    context = {"library": {"name": "netlift-js", "version": "0.9.1"}}
    return {"type": "page", "anonymousId": "a-visitor", "properties": {"path": path}, "context": context}


def test_events_appear_and_a_test_turns_green_by_itself(open_as: Callable, send: Send) -> None:
    page = open_as()
    page.goto("/setup")
    line = page.locator("#awaited-waiting")
    expect(line).to_contain_text("Waiting for the first exposure")
    properties = {"experiment_id": "waiting", "variation_id": "entry", "phase": 1, "reason": "SPLIT"}
    viewed = {"type": "track", "event": "Experiment Viewed", "anonymousId": "a-visitor", "properties": properties}
    send(page_view("/just-now"), viewed, {"type": "page", "properties": {"path": "/"}})
    expect(page.locator(".stream-table")).to_contain_text("/just-now", timeout=15_000)
    expect(page.locator(".stream-table")).to_contain_text("waiting: entry")
    expect(page.locator(".stream-words")).to_contain_text("netlift-js 0.9.1")
    expect(page.get_by_role("link", name="Refused")).to_contain_text("1")
    expect(line).to_contain_text("First exposure on", timeout=15_000)
    expect(line).to_have_class("awaited-seen")


def test_a_list_in_use_stands_still_and_a_paused_one_too(open_as: Callable, send: Send) -> None:
    page = open_as()
    send(page_view("/first"))
    page.goto("/setup")
    table = page.locator(".stream-table")
    expect(table).to_contain_text("/first")
    page.locator(".event-body summary").first.click()
    expect(page.locator(".event-body[open] pre").first).to_contain_text('"path": "/first"')
    send(page_view("/second"))
    page.wait_for_timeout(5_500)
    expect(table).not_to_contain_text("/second")
    page.mouse.move(5, 5)
    page.get_by_label("Environment").focus()
    expect(table).to_contain_text("/second", timeout=15_000)
    expect(page.locator(".event-body[open]"), "what was opened stays open").to_have_count(1)
    page.get_by_role("link", name="Pause").click()
    send(page_view("/third"))
    page.wait_for_timeout(5_500)
    expect(page.locator(".stream-table")).not_to_contain_text("/third")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator(".stream-table")).to_contain_text("/third")


def test_copying_is_announced(open_as: Callable) -> None:
    page = open_as(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/setup?with=npm")
    button = page.locator(".copy-button")
    status = button.locator("[data-copy-status]")
    expect(status).to_have_attribute("aria-live", "polite")
    button.click()
    expect(status).to_have_text("Copied")
    assert "createClient" in page.evaluate("() => navigator.clipboard.readText()")


def test_the_page_works_without_scripts(open_as: Callable, send: Send) -> None:
    page = open_as(java_script_enabled=False)
    send(page_view("/unscripted"))
    page.goto("/setup")
    page.get_by_label("Call").select_option("page")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".stream-table")).to_contain_text("/unscripted")
    page.get_by_role("link", name="Python", exact=True).click()
    expect(page.locator("#code-1")).to_contain_text("pip install netlift-sdk")


def test_the_script_tag_that_is_shown_works_in_a_shop(open_as: Callable, server: str) -> None:
    """Pasted as it stands into a page, it decides, and its exposure arrives."""
    page = open_as()
    page.goto("/setup?with=script&experiment=between-looks")
    code = page.locator("#code-1").inner_text()
    assert f"{server}/sdk/netlift.js" in code
    shop = open_as(None)
    html = f"<!doctype html><title>Shop</title>{code}"
    errors: list[str] = []
    shop.on("pageerror", lambda error: errors.append(str(error)))
    shop.route(f"{server}/a-shop/tv", lambda route: route.fulfill(body=html, headers={"Content-Type": "text/html"}))
    shop.goto(f"{server}/a-shop/tv")
    shop.wait_for_function("() => window.netlift.client !== undefined")
    assert errors == []
    page.goto("/setup?name=Experiment Viewed")
    expect(page.locator(".stream-table")).to_contain_text("between-looks:", timeout=20_000)
    expect(page.locator("#awaited-between-looks")).to_have_class("awaited-seen", timeout=15_000)
    page.goto("/setup?type=page")
    expect(page.locator(".stream-table")).to_contain_text("/tv")
