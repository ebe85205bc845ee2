"""The whole story of one test, from the sign-in to a shop that shows the winner to everyone: nothing is a stand-in.

A real server with its worker, the built JavaScript SDK on pages of a little shop of another origin, and the command
that tells weeks of visitors to a server on this machine, because a test of minutes cannot wait for weeks.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from experiments.domain.access import UserRole
from experiments.services import access
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.store.engines import writing
from tests.browser.shop import Shop, page
from tests.browser.test_sdk import flush, until
from tests.browser.test_stories import onward
from tests.running import ROOT, install, serving

pytestmark = pytest.mark.browser
NAME, KEY = "Personal entry on TV pages", "personal-entry-on-tv-pages"
EMAIL, PASSWORD = "ann@example.org", "four words nobody guesses"
SENTENCE = (
    ("We believe that …", "a personal entry to the shop"),
    ("for …", "visitors of the TV pages"),
    ("will …", "let more of them buy a second product"),
    ("because …", "they never see what fits"),
    ("we will see it in …", "cross-sell orders"),
)
#: Group, metric, value today, and the field that says what must be seen or may be lost.
LINES = (
    ("Goal", "cross-sell", "9.5", ("Smallest effect", "60")),
    ("Guardrail", "up-sell", "16", ("Accepted loss", "40")),
)
#: A browser without a head says so of itself, and is rightly left out as a bot.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
#: A round of the worker, with all that other tests do beside it.
PATIENCE = 60_000


@dataclass(frozen=True)
class Served:
    """A running server and worker, and the keys of its shop."""

    address: str
    environment: dict[str, str]
    client_key: str
    server_key: str

    def weeks_pass(self, weeks: int) -> None:
        """Visitors of so many weeks, through the SDK for Python over HTTP."""
        keys = ["--client-key", self.client_key, "--server-key", self.server_key]
        told = [KEY, "--weeks", str(weeks), "--lift", "0.8", "--seed", "7", "--host", self.address]
        command = [sys.executable, "-m", "web.cli", "simulate", *told, *keys]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installation(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("story")
    made = install(folder, origins=[shop.address])
    with writing(made.engine) as session:
        password = access.hash_password(PASSWORD)
        access.create_user(session, SYSTEM, now_us(), email=EMAIL, name="Ann", password=password, role=UserRole.ADMIN)
    made.engine.dispose()
    with serving(folder, REFRESH_SECONDS="5") as (address, environment):
        yield Served(address, environment, made.client_key, made.server_key)


def visit(browser: Browser, shop: Shop, server: Served) -> tuple[BrowserContext, str, str]:
    """A new visitor on the shop's TV page: their browser, what they see and why."""
    shop.pages["/tv"] = page(server.address, {"key": server.client_key})
    context = browser.new_context(user_agent=BROWSER)
    tab = context.new_page()
    tab.goto(f"{shop.address}/tv")
    tab.wait_for_function("() => window.netlift.client")
    tab.evaluate("() => netlift.client.ready")
    shown, reason = tab.evaluate(f"() => [netlift.client.variant('{KEY}'), netlift.client.peek('{KEY}').reason]")
    assert flush(tab)
    return context, shown, reason


def define(tab: Page) -> None:
    """Over every step, as somebody without a manual would."""
    tab.get_by_role("link", name="New experiment").first.click()
    tab.get_by_label("Name", exact=True).fill(NAME)
    tab.get_by_label("Blank").check()
    tab.get_by_role("button", name="Begin the draft").click()
    for label, words in SENTENCE:
        tab.get_by_label(label, exact=True).fill(words)
    onward(tab)
    onward(tab)
    tab.get_by_role("group", name="Control").get_by_label("Name").fill("Page as it is")
    tab.get_by_role("group", name="Variant 2", exact=True).get_by_label("Name").fill("Personal entry")
    onward(tab)
    for group, metric, value, more in LINES:
        line = tab.get_by_role("group", name=group, exact=True)
        line.get_by_label(f"{group} metric").select_option(metric)
        line.get_by_label("Value today").fill(value)
        line.get_by_label(*more[:1]).fill(more[1])
    tab.get_by_label("Traffic").fill("2000")
    onward(tab)
    expect(tab.locator("#sizing")).to_contain_text("in all")
    onward(tab)


def test_from_the_sign_in_to_a_shop_that_shows_the_winner(browser: Browser, shop: Shop, installation: Served) -> None:
    context = browser.new_context(base_url=installation.address)
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.goto("/experiments")
    tab.get_by_label("E-mail address").fill(EMAIL)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    define(tab)
    expect(tab.get_by_role("heading", level=1, name="Review")).to_be_visible()
    tab.get_by_role("textbox", name="Why launch although").fill("The shop was rehearsed by hand.")
    tab.get_by_role("button", name="Launch").click()
    expect(tab.get_by_role("heading", name="Waiting for the first visitor")).to_be_visible()

    # Weeks pass; the page that is open changes by itself.
    installation.weeks_pass(8)
    expect(tab.get_by_role("heading", name="Waiting for the first visitor")).to_be_hidden(timeout=PATIENCE)
    expect(tab.get_by_text(re.compile("^Ship it"))).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_text("▲ Better").first).to_be_visible()

    # Visitors of the shop: both variants are seen.
    seen: dict[str, BrowserContext] = {}
    for _ in range(40):
        visitor, shown, reason = visit(browser, shop, installation)
        assert reason == "SPLIT"
        if shown in seen:
            visitor.close()
        seen.setdefault(shown, visitor)
        if len(seen) == 2:
            break
    assert set(seen) == {"control", "personal-entry"}

    tab.get_by_role("button", name="Stop", exact=True).click()
    tab.get_by_role("dialog", name="Stop this test?").get_by_role("button", name="Stop").click()
    tab.get_by_role("radio", name="Ship Personal entry").check()
    tab.locator("#field-holdback").fill("0")
    tab.get_by_text("How a winner is shipped", exact=True).click()
    tab.get_by_label("Who is in the test keeps the variant").uncheck()  # else the control's units wait for the windows
    tab.get_by_role("button", name="Decide", exact=True).click()
    expect(tab.get_by_text("Personal entry is rolled out.")).to_be_visible()

    # Whoever comes now sees the winner, because it was shipped and not because of a draw.
    def winner() -> bool:
        visitor, shown, reason = visit(browser, shop, installation)
        visitor.close()
        return (shown, reason) == ("personal-entry", "ROLLOUT")

    until(winner, "the winner", seconds=60)
    for _ in range(6):
        assert winner()
    # And so does who saw the control before, on the page that is open still.
    open_page = seen["control"].pages[0]
    open_page.wait_for_function(f"() => netlift.client.variant('{KEY}') === 'personal-entry'", timeout=PATIENCE)
    for visitor in seen.values():
        visitor.close()
    context.close()
