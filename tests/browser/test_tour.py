"""The tour of the demo: once around, without scripts and with them, whatever happened to the data meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, func, select

from experiments.domain.access import UserRole
from experiments.domain.rollout import RollOut
from experiments.services import access, decide, launch
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.demo.credentials import FILE
from experiments.services.demo.story import EMAIL
from experiments.store.engines import reading, writing
from experiments.store.tables.access import AuditRow
from tests import stories

pytestmark = pytest.mark.browser
MODES = (("light", 1280), ("dark", 1280), ("light", 390))


@pytest.fixture(scope="module", autouse=True)
def demo(database: Engine, server_folder: Path) -> Iterator[None]:
    """What makes a deployment the demo, and its winners; the running test comes later."""
    with writing(database) as session:
        for key, name in (("tv-entry", "Personal entry to the cross-sell shop"), ("call-offer", "TV offer in calls")):
            test = stories.stopped(session, key, name)
            stories.look(session, test, stories.units(), {"entry": {"cross-sell": 0.125, "up-sell": -0.008}}, number=3)
        password = access.hash_password(stories.PASSWORD)
        access.create_user(session, SYSTEM, now_us(), email=EMAIL, name="Demo", password=password, role=UserRole.ADMIN)
    (server_folder / FILE).write_text("{}")
    yield
    (server_folder / FILE).unlink()


def test_the_whole_tour_without_scripts(open_as: Callable, database: Engine) -> None:
    page = open_as("admin", java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Take the tour").click()
    titles = page.locator(".tour-steps strong").all_inner_texts()
    assert (titles[0], titles[-1], len(titles)) == ("Goals", "Overview", 11)
    before = changes(database)
    page.get_by_role("link", name="Begin").click()
    for number, title in enumerate(titles, 1):
        strip = page.get_by_role("region", name=title)
        expect(strip).to_contain_text(f"step {number} of {len(titles)}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(strip.locator(".tour-words")).to_have_attribute("aria-live", "polite")
        said = strip.inner_text()
        assert ("is not here any more" in said) is (title == "A running test")
        assert ("there is none to see" in said) is (title == "The roll-out")
        if number < len(titles):
            strip.get_by_role("link", name="Next").click()
    assert changes(database) == before
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("You have gone once around.")).to_be_visible()
    expect(page.locator(".tour")).to_have_count(0)


def test_the_tour_goes_along_and_leads_back(open_as: Callable, database: Engine, axe: Callable) -> None:
    page = open_as("admin", bypass_csp=True, reduced_motion="reduce")
    page.goto("/tour")
    page.get_by_role("link", name="The decision").click()
    page.wait_for_url("**/experiments/tv-entry#tour")
    expect(page.get_by_role("heading", level=2, name="The decision")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Back", exact=True)).to_be_focused()
    page.get_by_role("link", name="Data quality").click()
    page.get_by_role("link", name="Back to the page of this step").click()
    with writing(database) as session:
        decide.decide(session, SYSTEM, now_us(), "call-offer", decide.Choice.SHIP, rollout=RollOut("entry", 0.05))
        stories.running(session, "app-offer", "Streaming offer on the app's start screen")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/experiments/call-offer/rollout#tour")
    expect(page.get_by_role("heading", name="How it stands")).to_be_visible()
    for scheme, width in MODES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 844})
        assert axe(page) == [], (scheme, width)
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.goto("/tour/6")
    expect(page.locator(".tour")).to_contain_text("The first look is taken")
    with writing(database) as session:
        launch.stop(session, SYSTEM, now_us(), "app-offer")
        launch.archive(session, SYSTEM, now_us(), "app-offer")
    page.reload()
    expect(page.locator(".tour")).to_contain_text("is not here any more")
    page.get_by_role("button", name="Leave the tour").click()
    expect(page.locator(".tour")).to_have_count(0)
    page.goto("/tour/99")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".tour")).to_have_count(0)


def test_elsewhere_there_is_no_tour(open_as: Callable, server_folder: Path) -> None:
    (server_folder / FILE).unlink()
    try:
        page: Page = open_as("viewer")
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("link", name="Take the tour")).to_have_count(0)
        page.goto("/tour")
        expect(page.get_by_text("The tour walks through the demo")).to_be_visible()
    finally:
        (server_folder / FILE).write_text("{}")


def changes(engine: Engine) -> int:
    """How many changes the audit log knows; signing in is none of them."""
    with reading(engine) as session:
        return int(session.scalar(select(func.count()).select_from(AuditRow)) or 0)
