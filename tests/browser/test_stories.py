"""Whole stories in a browser: create and launch, live answers, pages that refresh while one reads."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from experiments.services.experiments import by_key
from experiments.store.engines import writing
from tests import stories

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def onward(page: Page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def describe(page: Page, name: str) -> None:
    """Begin a draft and fill in its first steps as a product manager would."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Blank").check()
    page.get_by_role("button", name="Begin the draft").click()
    page.get_by_label("We believe that …").fill("a personal entry to the shop")
    page.get_by_label("for …", exact=True).fill("mobile-only visitors of the TV pages")
    page.get_by_label("will …", exact=True).fill("let more of them buy a second product")
    page.get_by_label("because …").fill("they never see what fits")
    page.get_by_label("we will see it in …").fill("cross-sell orders")
    onward(page)
    expect(page.get_by_role("heading", level=1, name="Audience")).to_be_visible()
    onward(page)
    page.get_by_role("group", name="Control").get_by_label("Name").fill("Page as it is")
    page.get_by_role("group", name="Variant 2", exact=True).get_by_label("Name").fill("Personal entry")
    onward(page)
    goal = page.get_by_role("group", name="Goal")
    goal.get_by_label("Goal metric").select_option("cross-sell")
    goal.get_by_label("Value today").fill("3.2")
    goal.get_by_label("Smallest effect").fill("10")


def guard(page: Page) -> None:
    """State what must not be lost, and the traffic."""
    guardrail = page.get_by_role("group", name="Guardrail", exact=True)
    guardrail.get_by_label("Guardrail metric").select_option("up-sell")
    guardrail.get_by_label("Value today").fill("4.2")
    guardrail.get_by_label("Accepted loss").fill("5")
    page.get_by_label("Traffic").fill("90000")


def test_from_the_sign_in_to_the_snippet(open_as: Callable) -> None:
    page = open_as(None)
    page.goto("/experiments")
    page.get_by_label("E-mail address").fill(stories.PEOPLE["admin"][0])
    page.get_by_label("Password").fill(stories.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="New experiment").click()

    describe(page, "Personal entry in spring")
    guard(page)
    margins = page.locator("#margins")
    expect(margins).to_contain_text("5.0% of the value today · 2.10 per 1,000 visitors · 9,828 a year")
    onward(page)
    answer = page.locator("#sizing")
    expect(answer).to_contain_text("The guardrail decides: 4 weeks")
    expect(answer).to_contain_text("277,988 visitors in all")
    page.wait_for_load_state()
    page.get_by_label("Accepted loss of Up-sell orders, slider").fill("8")
    expect(answer).not_to_contain_text("277,988")
    expect(page.get_by_label("Accepted loss of Up-sell orders", exact=True)).to_have_value("8")
    page.get_by_label("Traffic").fill("80000")
    expect(answer).to_contain_text("visitors in all")
    onward(page)

    expect(page.get_by_role("heading", level=1, name="Review")).to_be_visible()
    page.get_by_role("link", name="Hypothesis complete").click()
    expect(page.get_by_label("because …")).to_have_value("they never see what fits")
    page.get_by_role("link", name="Review before launch").click()
    page.get_by_role("textbox", name="Why launch although").fill("The shop is rehearsed by hand.")
    page.get_by_role("button", name="Launch").click()

    expect(page.get_by_text("Its plan is frozen.")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for the first visitor")).to_be_visible()
    expect(page.locator("#snippet")).to_contain_text('netlift.variant("personal-entry-in-spring", visitor_id)')


def test_everything_works_without_scripts(open_as: Callable) -> None:
    page = open_as(java_script_enabled=False)
    page.goto("/experiments/build")
    describe(page, "Entry without scripts")
    guard(page)
    page.get_by_role("button", name="Calculate").click()
    expect(page.locator("#margins")).to_contain_text("9,828 a year")
    onward(page)
    expect(page.locator("#sizing")).to_contain_text("The guardrail decides: 4 weeks")
    onward(page)
    page.get_by_role("link", name="Audience complete").click()
    page.get_by_role("button", name="Estimate").click()
    expect(page.locator("#estimate")).to_contain_text("No traffic is stored")
    page.get_by_role("link", name="Review before launch").click()
    expect(page.get_by_role("button", name="Launch")).to_be_visible()
    page.get_by_role("link", name="Plan complete").click()
    onward(page)
    page.get_by_role("textbox", name="Why launch although").fill("Without scripts.")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#snippet")).to_contain_text("entry-without-scripts")
    page.goto("/planner")
    page.get_by_label("Traffic").fill("30000")
    page.get_by_role("button", name="Calculate").click()
    expect(page.get_by_role("heading", name="The guardrail decides: 10 weeks")).to_be_visible()


def test_two_people_edit_the_same_draft(open_as: Callable, database: Engine) -> None:
    with writing(database) as session:
        stories.ready(session, "shared-draft", "A draft of two")
    first, second = open_as("editor"), open_as("admin")
    for page in (first, second):
        page.goto("/experiments/shared-draft/build/start")
    first.get_by_label("Name", exact=True).fill("Named by Edda")
    first.get_by_role("button", name="Save the draft").click()
    expect(first.get_by_text("Saved.", exact=True)).to_be_visible()
    second.get_by_label("Name", exact=True).fill("Named by Ada")
    second.get_by_label("Owner").fill("Ada")
    second.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_text("edda@example.org saved “Named by Edda”, you typed “Named by Ada”")).to_be_visible()
    expect(second.get_by_label("Owner")).to_have_value("Ada")
    second.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_text("Saved.", exact=True)).to_be_visible()


def test_a_session_that_ends_while_one_types_loses_nothing(open_as: Callable, database: Engine) -> None:
    with writing(database) as session:
        stories.ready(session, "long-lunch", "A long lunch")
    page = open_as("editor")
    page.goto("/experiments/long-lunch/build/hypothesis")
    page.get_by_label("because …").fill("lunch was long")
    page.wait_for_load_state("networkidle")  # an answer under way would bring the cookie back
    page.context.clear_cookies()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("everything you typed is there again")).to_be_visible()
    page.get_by_label("E-mail address").fill(stories.PEOPLE["editor"][0])
    page.get_by_label("Password").fill(stories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("because …")).to_have_value("lunch was long")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1, name="Audience")).to_be_visible()
    page.goto("/experiments/long-lunch/build/hypothesis")
    kept = {"path": "/experiments/long-lunch/build/hypothesis", "values": {"hypothesis_because": ["by a provider"]}}
    page.evaluate("(kept) => sessionStorage.setItem('netlift-kept', JSON.stringify(kept))", kept)
    page.reload()
    expect(page.get_by_label("because …")).to_have_value("by a provider")
    expect(page.get_by_text("Everything you typed is here again")).to_be_visible()


def test_the_planner_answers_while_one_types_and_its_address_can_be_shared(open_as: Callable) -> None:
    page = open_as("viewer")
    page.goto("/planner")
    expect(page.get_by_role("heading", name="The guardrail decides: 4 weeks")).to_be_visible()
    page.get_by_label("Traffic").fill("30000")
    expect(page.get_by_role("heading", name="The guardrail decides: 10 weeks")).to_be_visible()
    expect(page).to_have_url(re.compile(r"traffic=30000"))
    expect(page.locator(".chart").first).to_have_attribute("data-ready", "")
    shared = open_as("viewer")
    shared.goto(page.url)
    expect(shared.get_by_role("heading", name="The guardrail decides: 10 weeks")).to_be_visible()
    expect(shared.get_by_label("Traffic")).to_have_value("30000")


def test_a_page_refreshes_without_moving_what_one_reads(open_as: Callable, database: Engine) -> None:
    page = open_as("approver")
    page.clock.install()
    page.goto("/experiments/after-a-look")
    chart = page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-ready", "")
    canvas = chart.locator(".chart-canvas").element_handle()
    page.get_by_text("Planned and seen", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_label("Why").fill("Half a sentence")
    split = page.locator(".split-check details:not(.reading)")
    for visitors in (121_000, 122_000):
        with writing(database) as session:
            stories.live(session, by_key(session, "after-a-look"), visitors, {}, mature=0.75, number=1)
        page.clock.fast_forward(16_000)
        expect(page.locator(".progress-line").first).to_contain_text(f"{3 * visitors + 123:,}")
        expect(split).to_have_attribute("open", "")
        expect(page.get_by_label("Why")).to_be_focused()
        expect(page.get_by_label("Why")).to_have_value("Half a sentence")
        assert canvas.evaluate("(node) => node.isConnected")


def test_the_first_visitor_is_seen_at_once(open_as: Callable, database: Engine) -> None:
    page = open_as("viewer")
    page.clock.install()
    page.goto("/experiments/waiting")
    expect(page.get_by_role("status")).to_contain_text("Waiting for the first visitor")
    page.clock.fast_forward(4_000)
    expect(page.get_by_role("status")).to_contain_text("Waiting for the first visitor")
    with writing(database) as session:
        stories.live(session, by_key(session, "waiting"), 1, {}, exposed={"control": 0, "entry": 1})
    page.clock.fast_forward(4_000)
    expect(page.locator(".decision-banner")).to_contain_text("Keep running")


def test_a_server_that_fails_leaves_the_page_as_it_is(open_as: Callable) -> None:
    page = open_as("viewer")
    page.clock.install()
    page.goto("/experiments/between-looks")
    asked = []

    def refuse(route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404, body="<h1>Broken</h1>", content_type="text/html")

    page.route("**/live?*", refuse)
    page.clock.fast_forward(16_000)
    page.clock.fast_forward(16_000)
    expect(page.get_by_role("heading", name="Offer after support calls")).to_be_visible()
    expect(page.get_by_text("Broken")).to_have_count(0)
    assert asked


def test_the_effects_behind_a_broken_split_are_one_click_away(open_as: Callable) -> None:
    page = open_as("viewer")
    page.goto("/experiments/broken-split")
    hidden = page.locator(".show-anyway .kpi-strip")
    expect(hidden).to_be_hidden()
    page.get_by_text("Show the effects anyway").click()
    expect(hidden).to_be_visible()


def test_a_decision_is_taken_with_the_keyboard_alone(open_as: Callable, database: Engine) -> None:
    with writing(database) as session:
        test = stories.stopped(session, "keyboard", "Decided with the keyboard")
        stories.look(session, test, stories.units(), {"entry": {"cross-sell": 0.125, "up-sell": -0.008}}, number=3)
    page = open_as("approver")
    page.goto("/experiments/keyboard")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_role("radio", name="Ship Personal entry").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Keep the control")).to_be_checked()
    page.get_by_label("Reason").focus()
    page.keyboard.type("The shop closes.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided: the control stays.")).to_be_visible()


def test_the_theme_is_kept_and_charts_follow_it(open_as: Callable) -> None:
    page = open_as("viewer", color_scheme="light")
    page.goto("/experiments/decided")
    chart = page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-ready", "")
    page.get_by_role("button", name="Switch between light and dark").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(chart.locator(".xtick text").first).to_have_css("fill", "rgb(151, 163, 182)")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_on_a_phone_the_menu_leads_everywhere(open_as: Callable) -> None:
    page = open_as("viewer", viewport=PHONE)
    page.goto("/experiments")
    page.get_by_label("Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Definitions").click()
    expect(page.get_by_role("heading", level=1, name="Definitions")).to_be_visible()
