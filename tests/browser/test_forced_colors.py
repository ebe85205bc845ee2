"""Where the system chooses the colours (contrast themes), what is current and how far things are still shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator


def drawn(part: Locator, name: str) -> str:
    return part.evaluate("(part, name) => getComputedStyle(part)[name]", name)


@pytest.mark.browser
def test_the_current_tab_is_the_only_one_with_a_line(open_as: Callable) -> None:
    page = open_as(forced_colors="active")
    page.goto("/experiments/ship")
    tabs = page.get_by_role("navigation", name="Parts of these results").get_by_role("link")
    lines = {tab.inner_text(): drawn(tab, "borderBottomColor") for tab in tabs.all()}
    ground = drawn(page.locator("body"), "backgroundColor")
    assert [name for name, colour in lines.items() if colour != ground] == ["Results"]


@pytest.mark.browser
def test_progress_is_seen(open_as: Callable) -> None:
    page = open_as(forced_colors="active")
    page.goto("/experiments/between-looks")
    bar = page.locator("progress").first
    assert drawn(bar, "forcedColorAdjust") == "none"
    assert drawn(bar, "borderTopWidth") == "1px"
