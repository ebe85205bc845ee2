"""What shops bundle from npm, in a real Chromium: the React hook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shop import Netlift, Shop, config, experiment
from tests.browser.test_sdk import until
from tests.sdk_javascript.building import built, bundled

__all__ = ["built"]
pytestmark = pytest.mark.browser


@pytest.fixture
def netlift() -> Iterator[Netlift]:
    server = Netlift(config("v1", experiment("tv")))
    yield server
    server.stop()


@pytest.fixture
def tab(browser: Browser, netlift: Netlift, built: Path, tmp_path: Path) -> Iterator[Page]:
    shop = Shop({"/react.js": bundled("react-page.mjs", tmp_path)})
    options = f"{{ key: 'pk_test', host: '{netlift.address}', flushInterval: 20, pollInterval: 100, timeout: 20000 }}"
    shop.pages["/"] = (
        f"<!doctype html><body><script>window.options = {options}</script><script src='/react.js'></script>"
    )
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(shop.address)
    yield opened
    context.close()
    shop.stop()


def test_a_component_logs_its_exposure_when_it_is_on_the_page(tab: Page, netlift: Netlift) -> None:
    tab.wait_for_selector("main#ready")
    tab.evaluate("() => client.track('Seen')")
    assert tab.evaluate("() => client.flush()")
    assert netlift.exposures() == []
    tab.click("button")
    assert tab.text_content("#offer") == "entry entry"
    until(netlift.exposures, "the exposure")
    assert len(netlift.exposures()) == 1


def test_a_component_follows_the_config(tab: Page, netlift: Netlift) -> None:
    tab.wait_for_selector("main#ready")
    tab.click("button")
    assert tab.text_content("#offer") == "entry entry"
    netlift.document = config("v2", experiment("tv", status="stopped"))
    tab.wait_for_function("() => document.getElementById('offer').textContent === 'control control'")


def test_a_config_that_never_comes_leaves_the_control(tab: Page, netlift: Netlift) -> None:
    netlift.config_fault = 500
    tab.evaluate("() => localStorage.clear()")
    tab.reload()
    tab.wait_for_selector("main#ready")
    tab.click("button")
    assert tab.text_content("#offer") == "control none"
    netlift.config_fault = None
    tab.wait_for_function("() => client.peek(`probe-${Math.random()}`).reason === 'UNKNOWN'")
    assert tab.text_content("#offer") == "control none"
