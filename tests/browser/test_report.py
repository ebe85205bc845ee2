"""The report on paper and as a file: one sheet, nothing asked of a server, and the tabs without a mouse or a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from web.cli import cli

PAGE = re.compile(rb"/Type\s*/Page[^s]")


@pytest.fixture(scope="module")
def written(database: Engine, server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the command writes of a winner."""
    folder = tmp_path_factory.mktemp("file")
    target = folder / "out.html"
    environment = {"NETLIFT_DATABASE_URL": str(database.url), "NETLIFT_DATA_DIR": str(folder)}
    done = CliRunner().invoke(cli, ["report", "ship", "--html", str(target)], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return target


def opened(browser: Browser, path: Path, asked: list[str], said: list[str], **options) -> Page:
    page = browser.new_context(bypass_csp=True, reduced_motion="reduce", **options).new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    return page


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_the_file_opens_from_disk_and_asks_for_nothing(
    scheme: str, width: int, browser: Browser, written: Path, axe: Callable
) -> None:
    asked: list[str] = []
    said: list[str] = []
    page = opened(browser, written, asked, said, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.evaluate("() => document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.evaluate("() => document.fonts.ready")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert [url for url in asked if url.startswith("file:")] == [written.as_uri()]
    assert said == []
    assert page.evaluate("() => document.fonts.check('14px Inter')")
    assert page.locator("a[href^='/'], script, link[rel=stylesheet]").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert dark == ("rgb(12, 17, 25)" if scheme == "dark" else "rgb(246, 247, 249)")
    assert axe(page) == []
    page.context.close()


@pytest.mark.browser
def test_the_file_holds_decision_waterfall_and_drawings(browser: Browser, written: Path) -> None:
    page = opened(browser, written, [], [])
    expect(page.get_by_role("heading", name="Ship it: cross-sell orders rose, both guardrails held")).to_be_visible()
    expect(page.locator(".waterfall-table tbody tr")).to_have_count(7)
    expect(page.get_by_role("img", name=re.compile("^Gain by day since exposure"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^cross-sales .12.5"))).to_be_visible()
    assert page.locator("svg.still").count() >= 3
    assert page.locator(".icon svg path").count() > 0
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_prints_on_one_sheet(scheme: str, open_as: Callable, browser: Browser, written: Path) -> None:
    page = open_as(color_scheme=scheme)
    page.goto("/experiments/ship/report")
    assert len(PAGE.findall(page.pdf(prefer_css_page_size=True))) == 1
    file = opened(browser, written, [], [], color_scheme=scheme)
    assert len(PAGE.findall(file.pdf(prefer_css_page_size=True))) == 1
    file.emulate_media(media="print")
    assert file.evaluate("() => getComputedStyle(document.querySelector('.sheet h1')).color") == "rgb(17, 24, 39)"
    file.context.close()


#: Room for text on A4 between margins of 12 mm, in CSS pixels.
PAPER = {"width": 702, "height": 1040}


@pytest.mark.browser
@pytest.mark.parametrize("key", ["ship", "cannibalising", "broken-split", "between-looks", "after-a-look"])
def test_paper_cuts_nothing_off(key: str, open_as: Callable) -> None:
    page = open_as(viewport=PAPER)
    page.goto(f"/experiments/{key}/report")
    # No variant's title may push the verdicts over the edge, which on paper nobody can scroll to.
    page.evaluate(
        "() => document.querySelectorAll('.metric-table thead th:nth-child(3) a')"
        ".forEach((head) => { head.textContent = 'Offer of the month on the start screen'; })"
    )
    page.emulate_media(media="print")
    cut = page.evaluate(
        "() => [...document.querySelectorAll('.sheet *')].filter((part) => part.getClientRects().length"
        " && getComputedStyle(part).overflowX !== 'visible' && part.scrollWidth > part.clientWidth + 1)"
        ".map((part) => part.className)"
    )
    assert [name for name in cut if name != "visually-hidden"] == []


@pytest.mark.browser
def test_the_button_prints(open_as: Callable) -> None:
    page = open_as()
    page.goto("/experiments/ship")
    page.get_by_role("link", name="Report", exact=True).click()
    page.evaluate("() => { window.print = () => { document.title = 'printed'; }; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")


@pytest.mark.browser
def test_tabs_work_with_the_keyboard(open_as: Callable) -> None:
    page = open_as()
    page.goto("/experiments/ship")
    tabs = page.get_by_role("navigation", name="Parts of these results")
    tabs.get_by_role("link", name="Results").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/experiments/ship/cannibalisation$"))
    expect(tabs.get_by_role("link", name="Cannibalisation")).to_have_attribute("aria-current", "page")
    matrix = page.get_by_role("region", name="Who buys what")
    matrix.focus()
    expect(matrix).to_be_focused()


@pytest.mark.browser
def test_everything_is_there_without_scripts(open_as: Callable) -> None:
    page = open_as(java_script_enabled=False)
    page.goto("/experiments/ship/cannibalisation")
    for name in ("Gain by day since exposure", "cross-sales"):
        expect(page.get_by_role("img", name=re.compile(name)).first).to_be_visible()
    expect(page.locator("noscript svg.still")).to_have_count(2)
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV of Who buys what").click()
    assert got.value.suggested_filename == "ship-family-matrix.csv"
    page.get_by_role("link", name="Segments").click()
    expect(page.get_by_role("heading", name="Promoted orders by what was held at first exposure")).to_be_visible()


@pytest.mark.browser
def test_a_refresh_does_not_move_what_is_read(open_as: Callable, drawn: Callable) -> None:
    page = open_as()
    page.goto("/experiments/after-a-look/cannibalisation")
    drawn(page)
    matrix = page.get_by_role("region", name="Who buys what: Personal entry")
    matrix.scroll_into_view_if_needed()
    before = (page.evaluate("() => window.scrollY"), matrix.bounding_box())
    with page.expect_response(re.compile("/live")):
        page.evaluate(
            "() => htmx.ajax('GET', '/experiments/after-a-look/live?seen=old&tab=cannibalisation',"
            " {target: '#results', swap: 'outerMorph'})"
        )
    page.wait_for_timeout(300)
    assert (page.evaluate("() => window.scrollY"), matrix.bounding_box()) == before
    expect(page.locator(".chart[data-ready]").first).to_be_visible()
