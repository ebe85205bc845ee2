"""Walking every page in light, in dark and on a phone, each of them opened once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.conftest import AXE, complaint, settle

#: How a page is looked at.
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
EVERYTHING_OPEN = "() => document.querySelectorAll('details:not(.menu)').forEach((fold) => { fold.open = true; })"
#: In dark, structure and sizes are those of light: only rules that look at colours can find anything new.
RULES = {"dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}}
VIOLATIONS = """(options) => axe.run(document, {...options, resultTypes: ['violations'], preload: false})
    .then((told) => told.violations.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`)))"""


class Walker:
    """One window for all pages of a file: what browsers keep between pages is loaded once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.extend(complaint(message)))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        """Go to a page and unfold everything on it."""
        self.complaints.clear()
        look(self.page, "light")
        self.page.goto(path)
        settle(self.page)
        self.page.evaluate(EVERYTHING_OPEN)
        settle(self.page)
        return self.page

    def wrong(self) -> list[str]:
        """What is wrong with the page that is open: rules of axe, width, errors in the console."""
        return wrong(self.page) + self.complaints


def walk(browser: Browser, server: str, state: Any) -> Iterator[Walker]:
    """A walker for whoever has this state; the policy of the pages is in force."""
    context = browser.new_context(base_url=server, storage_state=state, reduced_motion="reduce")
    yield Walker(context.new_page())
    context.close()


def wrong(page: Page) -> list[str]:
    """What axe finds on the page that is open, and whether it is wider than its window, in every mode."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))  # no script element: the policy of the page stays as it is
    found: list[str] = []
    for mode in MODES:
        look(page, mode)
        lines = page.evaluate(VIOLATIONS, RULES.get(mode, {}))
        found += [f"{mode}: {line}" for line in [*lines, *(["scrolls sideways"] if sideways(page) else [])]]
    return found


def look(page: Page, mode: str) -> None:
    """Change theme and size of the window, as the reader's system would."""
    page.emulate_media(color_scheme=MODES[mode]["color_scheme"])
    page.set_viewport_size(MODES[mode]["viewport"])


def sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))
