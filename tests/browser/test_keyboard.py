"""The keyboard: search, shortcuts that keep out of fields, and every main page by Tab alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
#: More stops than any of these pages has.
MOST_STOPS = 140
WALKED = ("/", "/experiments", "/planner", "/search?q=entry")
#: What has focus: a name, whether it can be seen, whether focus is drawn, and whether it is the document itself.
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
  return {what: one.outerHTML.slice(0, 90), body: one === document.body, seen: box.width > 0 && box.height > 0, drawn,
          inside: box.bottom > 0 && box.top < innerHeight};
}"""


def test_search_by_keyboard(open_as: Callable) -> None:
    page = open_as("editor")
    page.goto("/goals")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    page.keyboard.type("personal entry on")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("Personal entry on TV pages")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/experiments/ship")
    page.keyboard.press("/")
    page.keyboard.type("entry")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=entry")


def test_shortcuts_keep_out_of_fields_and_can_be_switched_off(open_as: Callable) -> None:
    page = open_as("editor")
    page.goto("/planner")
    page.locator("#field-traffic").focus()
    page.keyboard.type("n?g")
    assert page.url.endswith("/planner")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("New experiment")
    page.keyboard.press("n")  # a dialog is open: nothing but its own keys
    dialog.get_by_label("Shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.reload()
    for key in ("?", "/", "g", "e", "n"):
        page.keyboard.press(key)
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/planner")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_label("Shortcuts are on").check()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/experiments")


@pytest.mark.parametrize("path", WALKED)
def test_tab_reaches_everything_and_leaves_again(path: str, open_as: Callable) -> None:
    page: Page = open_as("editor", reduced_motion="reduce")
    page.goto(path)
    page.keyboard.press("Tab")
    assert "skip-link" in page.evaluate(FOCUSED)["what"]
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"
    page.reload()
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now["body"] or (stops and "skip-link" in now["what"]):
            break
        stops.append(now)
    else:
        pytest.fail(f"no way out after {MOST_STOPS} stops, the last {stops[-1]['what']}")
    assert [stop["what"] for stop in stops if not (stop["seen"] and stop["inside"])] == []
    assert [stop["what"] for stop in stops if not stop["drawn"]] == []
    links = page.locator("main a:visible").count()
    assert sum("<a " in stop["what"] for stop in stops) >= links
