"""axe-core finds nothing on the pages of experiments, in light, in dark and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.walking import Walker, walk

STORIES = ("ship", "cannibalising", "broken-split", "between-looks", "after-a-look", "waiting", "decided", "testing",
           "imported", "paused", "draft", "ready")  # fmt: skip
PAGES = (*(f"/experiments/{key}" for key in STORIES), "/experiments/decided/rollout",
         *(f"/experiments/{key}/{tab}" for key in ("ship", "between-looks", "after-a-look")
           for tab in ("cannibalisation", "segments", "report")),
         *(f"/experiments/ship/{tab}" for tab in ("over-time", "quality", "plan", "log", "shares")))  # fmt: skip


@pytest.fixture(scope="module")
def walker(browser: Browser, server: str, states: Callable[[str], Any]) -> Iterator[Walker]:
    """The window that walks."""
    yield from walk(browser, server, states("admin"))


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(path: str, walker: Walker) -> None:
    walker.open(path)
    assert walker.wrong() == []
