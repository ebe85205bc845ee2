"""axe-core finds nothing on any page, in light, in dark and on a phone; nothing scrolls sideways on a phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
#: How a page is looked at.
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
STORIES = ("ship", "cannibalising", "broken-split", "between-looks", "after-a-look", "waiting", "decided", "testing",
           "imported", "paused", "draft", "ready")  # fmt: skip
PAGES = ("/", "/search?q=entry", "/experiments", "/experiments/build", "/experiments/compare?a=ship&b=draft",
         *(f"/experiments/draft/build/{step}" for step in ("audience", "variants", "metrics", "plan", "review")),
         "/planner", "/setup", "/keys", "/definitions", "/docs/method",
         "/docs/calibration", "/nothing", "/data/imports", "/data/reconciliation", "/data/quarantine", "/data/products",
         "/data/products/new", "/data/products/tv-large", "/data/metrics",
         "/data/metrics/new", "/data/metrics/digital-share", "/goals", "/opportunities/journeys",
         "/opportunities/journeys/new", "/opportunities/journeys/tv-pages",
         "/opportunities", "/opportunities/cell?place=tv-pages.entry&holds=mobile&family=tv",
         "/experiments?status=bogus",
         "/experiments/decided/rollout",
         "/account", "/admin/users", "/admin/audit", "/admin/messages", "/admin/settings",
         "/backlog", "/backlog/new", "/backlog/calendar", "/learnings", "/learnings/1", "/learnings/effects",
         *(f"/experiments/{key}" for key in STORIES),
         *(f"/experiments/{key}/{tab}" for key in ("ship", "between-looks", "after-a-look")
           for tab in ("cannibalisation", "segments", "report")),
         *(f"/experiments/ship/{tab}" for tab in ("over-time", "quality", "plan", "log", "shares")))  # fmt: skip
EVERYTHING_OPEN = "() => document.querySelectorAll('details:not(.menu)').forEach((fold) => { fold.open = true; })"


def test_axe_is_the_version_that_is_pinned() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["axe-core"]
    vendor = Path(__file__).parent / "vendor"
    assert f"axe v{pinned}" in (vendor / "axe.min.js").read_text()[:80]
    assert "Mozilla Public License" in (vendor / "LICENSE").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(path: str, open_as: Callable, drawn: Callable, axe: Callable) -> None:
    page = open_as(bypass_csp=True, reduced_motion="reduce")
    page.goto(path)
    drawn(page)
    page.evaluate(EVERYTHING_OPEN)
    drawn(page)
    for mode in MODES:
        look(page, mode)
        assert axe(page) == [], mode
        assert not sideways(page), mode


@pytest.mark.browser
def test_signing_in_is_accessible(open_as: Callable, axe: Callable) -> None:
    page = open_as(None, bypass_csp=True, reduced_motion="reduce")
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".field-error").first.wait_for()
    for mode in MODES:
        look(page, mode)
        assert axe(page) == [], mode
        assert not sideways(page), mode


@pytest.mark.browser
def test_a_refused_form_is_accessible(open_as: Callable, axe: Callable) -> None:
    page = open_as(bypass_csp=True, reduced_motion="reduce")
    page.goto("/experiments/draft/build/audience")
    page.get_by_label("Not offered in the last").fill("0")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("One thing needs your attention").wait_for()
    for mode in MODES:
        look(page, mode)
        assert axe(page) == [], mode
        assert not sideways(page), mode


@pytest.mark.browser
def test_an_open_dialog_is_accessible(open_as: Callable, axe: Callable) -> None:
    page = open_as(bypass_csp=True, reduced_motion="reduce")
    page.goto("/experiments/paused")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").wait_for()
    for mode in MODES:
        look(page, mode)
        assert axe(page) == [], mode


@pytest.mark.browser
def test_no_page_runs_into_its_own_policy(open_as: Callable, drawn: Callable) -> None:
    """A script or style that the policy refuses would be an error in the console, which fails the test."""
    page = open_as()
    for path in PAGES:
        page.goto(path)
        drawn(page)


def look(page: Page, mode: str) -> None:
    """Change theme and size of the window, as the reader's system would."""
    page.emulate_media(color_scheme=MODES[mode]["color_scheme"])
    page.set_viewport_size(MODES[mode]["viewport"])


def sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
