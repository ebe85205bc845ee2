"""Reordering the backlog by hand: dragging fills the form and asks for the reason; links do so without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from experiments.services.actor import SYSTEM
from experiments.services.backlog import ideas
from experiments.services.clock import now_us
from experiments.store.engines import writing

pytestmark = pytest.mark.browser


@pytest.fixture
def two(database: Engine) -> Iterator[tuple[int, int]]:
    """Two open ideas, put away afterwards, because other tests share the database."""
    with writing(database) as session:
        first, second = (ideas.suggest(session, SYSTEM, now_us(), title).id for title in ("First idea", "Second idea"))
    yield first, second
    with writing(database) as session:
        for idea_id in (first, second):
            ideas.archive(session, SYSTEM, now_us(), idea_id)


def test_dragging_asks_for_a_reason_and_keeps_it(open_as: Callable, axe: Callable, two: tuple[int, int]) -> None:
    page = open_as("editor", bypass_csp=True, reduced_motion="reduce")
    page.goto("/backlog")
    page.get_by_role("row", name="Second idea").drag_to(page.get_by_role("row", name="First idea"))
    expect(page.locator("#field-reason")).to_be_focused()
    expect(page.locator("#field-place")).to_have_value("1")
    page.keyboard.type("The shop asked for it")
    assert axe(page) == []
    page.keyboard.press("Enter")
    rows = page.get_by_role("table").first.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Second idea")
    expect(rows.nth(1)).to_contain_text("The shop asked for it")


def test_without_scripts_links_fill_the_form(open_as: Callable, two: tuple[int, int]) -> None:
    page = open_as("editor", java_script_enabled=False)
    page.goto("/backlog")
    page.get_by_role("link", name=re.compile("Down.*First idea")).click()
    expect(page.locator("#field-place")).to_have_value("2")
    page.get_by_label("Why", exact=True).fill("Later")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("table").first.get_by_role("row").nth(2)).to_contain_text("Later")
