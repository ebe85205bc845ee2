"""A results page that refreshes itself moves nothing: focus, open folds, scroll, typed words and layout stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from experiments.services.experiments import by_key
from experiments.store.engines import writing
from tests import stories

pytestmark = pytest.mark.browser
SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push(entry.value);
}).observe({ type: "layout-shift" }); }"""


def news(database: Engine, units: int) -> None:
    """What the worker stores at its next refresh."""
    with writing(database) as session:
        stories.live(session, by_key(session, "after-a-look"), units, {"entry": {}, "banner": {}}, mature=0.6, number=1)


def tick(page: Page) -> None:
    """Fifteen seconds pass."""
    page.clock.run_for(15_100)


def test_news_moves_nothing(open_as: Callable, database: Engine) -> None:
    page = open_as()
    page.clock.install()
    page.goto("/experiments/after-a-look")
    fold = page.locator("summary", has_text="All numbers").first
    fold.click()
    fold.focus()
    page.evaluate("window.scrollBy(0, 60)")
    page.clock.run_for(1_000)
    before = page.evaluate("[scrollY, document.querySelector('.metric-table, table').getBoundingClientRect().top]")
    page.evaluate(SHIFTS)
    expect(page.get_by_role("status").first).to_contain_text("Running. Look 1 of 3")
    units = stories.units(1.31)
    news(database, units)
    with page.expect_response(lambda answer: "/live?" in answer.url and answer.status == 200):
        tick(page)
    expect(page.locator(".page-meta")).to_contain_text(f"{3 * units + 123:,} visitors")
    after = page.evaluate("[scrollY, document.querySelector('.metric-table, table').getBoundingClientRect().top]")
    assert after == before
    assert page.evaluate("document.activeElement.textContent").startswith("All numbers")
    expect(page.locator("details", has=fold).first).to_have_attribute("open", "")
    assert page.evaluate("window.shifts") == []


def test_words_being_typed_wait_with_the_news(open_as: Callable, database: Engine) -> None:
    page = open_as()
    page.clock.install()
    page.goto("/experiments/after-a-look/log")
    page.get_by_label("Your comment", exact=True).fill("Half a thou")
    news(database, stories.units(1.37))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tick(page)
    assert not [url for url in asked if "/live?" in url]
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Half a thou")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".comment-body")).to_contain_text("Half a thou")


def test_between_looks_a_verdict_has_no_colour(open_as: Callable) -> None:
    page = open_as()
    colour = (
        "(name) => getComputedStyle(document.querySelector('.between-looks') || document.body).getPropertyValue(name)"
    )
    page.goto("/experiments/after-a-look")
    assert page.evaluate(colour, "--gain") == page.evaluate(colour, "--ink-2") == page.evaluate(colour, "--loss")
    page.goto("/experiments/ship")
    assert page.locator(".between-looks").count() == 0
    assert page.evaluate(colour, "--gain") != page.evaluate(colour, "--ink-2")


def test_a_decision_is_taken_back_by_hand(open_as: Callable, database: Engine) -> None:
    with writing(database) as session:
        test = stories.stopped(session, "undone", "A test to undo")
        stories.look(session, test, stories.units(), {"entry": {"cross-sell": 0.125}}, number=3)
    page = open_as()
    page.goto("/experiments/undone")
    page.get_by_label("Ship Personal entry").check()
    page.get_by_label("Reason").fill("As planned.")
    page.locator("#decide").get_by_role("button", name="Decide").click()
    expect(page.get_by_text("It can be taken back until")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: the test is stopped")).to_be_visible()
    expect(page.get_by_label("Ship Personal entry")).to_be_visible()
