"""axe-core finds nothing on any page, in light, in dark and on a phone; nothing scrolls sideways on a phone.

The pages of experiments are in `test_accessibility_results.py`. A script or style that the policy of a page refuses
would be an error in its console, and so a failure here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.services import access
from experiments.services.actor import SYSTEM, Actor
from experiments.services.backlog import ideas
from experiments.services.clock import now_us
from experiments.store.engines import writing
from tests import stories
from tests.browser.walking import Walker, walk, wrong

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "/docs/api-reference"
PAGES = ("/", "/search?q=entry", "/experiments", "/experiments?status=bogus", "/experiments/build",
         "/experiments/compare?a=ship&b=draft",
         *(f"/experiments/draft/build/{step}" for step in
           ("start", "hypothesis", "audience", "variants", "metrics", "plan", "review")),
         "/planner", "/setup", "/keys", "/definitions", "/docs/method", "/docs/calibration", REFERENCE,
         "/nothing", "/data/imports", "/data/reconciliation", "/data/quarantine", "/data/quarantine/items",
         "/data/products", "/data/products/new", "/data/products/tv-large",
         "/data/metrics", "/data/metrics/new", "/data/metrics/digital-share", "/goals",
         "/opportunities", "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv",
         "/opportunities/journeys", "/opportunities/journeys/new", "/opportunities/journeys/tv-pages",
         "/opportunities/journeys/tv-pages/edit", "/approvals",
         "/account", "/admin/users", "/admin/audit", "/admin/messages", "/admin/settings", "/admin/worker",
         "/contact-centre", "/backlog", "/backlog/new", "/backlog/calendar", "/learnings", "/learnings/1",
         "/learnings/effects")  # fmt: skip


@pytest.fixture(scope="module")
def walker(browser: Browser, server: str, states: Callable[[str], Any]) -> Iterator[Walker]:
    """The window that walks."""
    yield from walk(browser, server, states("admin"))


def test_axe_is_the_version_that_is_pinned() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["axe-core"]
    vendor = Path(__file__).parent / "vendor"
    assert f"axe v{pinned}" in (vendor / "axe.min.js").read_text()[:80]
    assert "Mozilla Public License" in (vendor / "LICENSE").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(path: str, walker: Walker) -> None:
    page = walker.open(path)
    if path == REFERENCE:  # one macro, some hundred times
        page.evaluate(
            "() => document.querySelectorAll('.document-body > :nth-child(n+60)').forEach((it) => it.remove())"
        )
    assert walker.wrong() == []


@pytest.mark.browser
def test_signing_in_is_accessible(open_as: Callable) -> None:
    page = open_as(None, reduced_motion="reduce")
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".field-error").first.wait_for()
    assert wrong(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/forgotten-password", "/invitation/unknown"])
def test_doors_are_accessible(path: str, open_as: Callable) -> None:
    page = open_as(None, reduced_motion="reduce")
    page.goto(path)
    assert wrong(page) == []


@pytest.mark.browser
def test_a_door_for_a_new_password_is_accessible(open_as: Callable, database: Engine) -> None:
    with writing(database) as session:
        made = access.make_reset(session, Actor("tests", UserRole.ADMIN), now_us(), stories.PEOPLE["viewer"][0])
    page = open_as(None, reduced_motion="reduce")
    page.goto(access.path_of(made))
    page.get_by_label("New password").wait_for()
    assert wrong(page) == []


@pytest.mark.browser
def test_an_idea_is_accessible(walker: Walker, database: Engine) -> None:
    with writing(database) as session:
        idea = ideas.suggest(session, SYSTEM, now_us(), "An idea to look at", "It would work.", "Customers ask.").id
    walker.open(f"/backlog/{idea}")
    assert walker.wrong() == []
    with writing(database) as session:
        ideas.archive(session, SYSTEM, now_us(), idea)


@pytest.mark.browser
def test_a_shared_report_is_accessible(open_as: Callable) -> None:
    page = open_as(reduced_motion="reduce")
    page.goto("/experiments/ship/shares")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_text("/shared/").first.text_content() or ""
    shared = open_as(None, reduced_motion="reduce")
    shared.goto("/shared/" + link.partition("/shared/")[2].split()[0])
    shared.get_by_role("heading", level=1).wait_for()
    assert wrong(shared) == []


@pytest.mark.browser
def test_a_refused_form_is_accessible(open_as: Callable) -> None:
    page = open_as(reduced_motion="reduce")
    page.goto("/experiments/draft/build/audience")
    page.get_by_label("Not offered in the last").fill("0")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("One thing needs your attention").wait_for()
    assert wrong(page) == []


@pytest.mark.browser
def test_an_open_dialog_is_accessible(open_as: Callable) -> None:
    page = open_as(reduced_motion="reduce")
    page.goto("/experiments/paused")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").wait_for()
    assert wrong(page) == []
