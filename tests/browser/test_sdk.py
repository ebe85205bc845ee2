"""The JavaScript SDK in a real Chromium, on a shop's page of another origin: ids, storage, consent, tabs, faults."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.shop import Netlift, Shop, config, experiment, page
from tests.sdk_javascript.building import built

__all__ = ["built"]
pytestmark = pytest.mark.browser
SDK = Path(__file__).resolve().parents[2] / "sdk"
READY = "() => window.netlift.client && netlift.client.ready.then(() => true)"
STORED = "() => Object.keys(localStorage).filter((name) => name.startsWith('netlift'))"
#: The page is hidden, or seen again.
TURN = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  window.dispatchEvent(new Event("visibilitychange"));
}"""
BLOCKED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });"""
HOUR_BACK = """const real = Date.now; Date.now = () => real() - 3600_000;
window.Date = class extends Date { constructor(...at) { super(...(at.length ? at : [Date.now()])) } };"""
AGE = """() => {
  const name = "netlift:pk_test:config";
  localStorage[name] = String(Date.now() - 6 * 60_000) + localStorage[name].slice(13);
}"""
PREPARED = 'window.prepared = true; Object.defineProperty(document, "prerendering", { get: () => prepared });'
HASTY = {"timeout": 300}
NO_COOKIES = 'Object.defineProperty(document, "cookie", { get() { return ""; }, set() {} });'


@pytest.fixture
def netlift() -> Iterator[Netlift]:
    server = Netlift(config("v1", experiment("tv"), experiment("customers", unit="customer")))
    yield server
    server.stop()


@pytest.fixture
def shop(netlift: Netlift) -> Iterator[Shop]:
    server = Shop({"/": page(netlift.address), "/next": page(netlift.address)})
    yield server
    server.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


def visit(context: BrowserContext, address: str) -> Page:
    """A page whose client is ready."""
    tab = context.new_page()
    tab.goto(address)
    settle(tab)
    return tab


def settle(tab: Page) -> None:
    tab.wait_for_function(READY)


def read(tab: Page, key: str = "tv") -> str:
    shown: str = tab.evaluate("(key) => netlift.client.variant(key)", key)
    return shown


def reason(tab: Page, key: str = "tv") -> str:
    told: str = tab.evaluate("(key) => netlift.client.peek(key).reason", key)
    return told


def until(holds: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait for what a server sees."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.02)
    pytest.fail(f"never came: {what}")


def flush(tab: Page) -> bool:
    done: bool = tab.evaluate("() => netlift.client.flush()")
    return done


def cookie_of(context: BrowserContext) -> str | None:
    return next((one["value"] for one in context.cookies() if one["name"] == "netlift_id"), None)


def test_a_visitor_keeps_the_id_and_is_exposed_once(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    tab = visit(context, shop.address)
    assert [read(tab), read(tab)] == ["entry", "entry"]
    until(netlift.exposures, "the exposure")
    first = netlift.exposures()[0]
    assert first["anonymousId"] == cookie_of(context)
    assert first["properties"]["new_id"] is True
    tab.goto(f"{shop.address}/next")
    settle(tab)
    assert read(tab) == "entry"
    tab.evaluate("() => netlift.client.track('Seen')")
    assert flush(tab)
    assert {event["anonymousId"] for event in netlift.events()} == {first["anonymousId"]}
    assert [event["properties"] for event in netlift.exposures()] == [first["properties"]]
    assert netlift.preflights == []


def test_an_exposure_that_was_refused_comes_again_the_next_day(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    netlift.batch_fault = 401  # the key is not known yet
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    tab.wait_for_function("() => netlift.client.flush()")
    netlift.batch_fault = None
    context.add_init_script(HOUR_BACK.replace("- 3600_000", "+ 86400_000"))
    tab = visit(context, f"{shop.address}/next")
    assert read(tab) == "entry"
    until(netlift.exposures, "the exposure")


def test_a_page_prepared_ahead_is_no_exposure_until_it_is_shown(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    # A driven Chromium prepares no pages ahead, so the page is told what it would be told there.
    context.add_init_script(PREPARED)
    tab = visit(context, shop.address)
    assert [read(tab), read(tab)] == ["entry", "entry"]
    assert flush(tab)
    assert netlift.exposures() == []
    tab.evaluate("() => { prepared = false; document.dispatchEvent(new Event('prerenderingchange')) }")
    until(netlift.exposures, "the exposure")
    assert len(netlift.exposures()) == 1


def test_an_id_that_the_shop_set_wins_and_reaches_its_storage(context: BrowserContext, shop: Shop) -> None:
    context.add_cookies([{"name": "netlift_id", "value": "caf%C3%A9-1", "url": shop.address}])
    tab = visit(context, shop.address)
    assert tab.evaluate("() => netlift.client.visitorId") == "café-1"
    context.clear_cookies()
    tab.reload()
    settle(tab)
    assert tab.evaluate("() => netlift.client.visitorId") == "café-1"


def test_two_tabs_at_once_are_one_visitor_and_lose_nothing(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.evaluate("(address) => { location.href = address }", shop.address)
    for number, tab in enumerate(tabs):
        tab.wait_for_url(f"{shop.address}/")
        settle(tab)
        tab.evaluate(
            "(number) => { for (let at = 0; at < 20; at++) netlift.client.track(`Tab ${number}, ${at}`) }", number
        )
    assert all(flush(tab) for tab in tabs)
    assert {event["event"] for event in netlift.events()} == {
        f"Tab {tab}, {at}" for tab in range(2) for at in range(20)
    }
    assert len({event["anonymousId"] for event in netlift.events()}) == 1
    # What one tab removes the other sees a moment later.
    until(lambda: not any(":event:" in name for tab in tabs for name in tab.evaluate(STORED)), "an empty queue")


def test_a_stored_config_decides_at_once_and_survives_an_outage(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    shop.pages["/"] = page(netlift.address, {"pollInterval": 200})
    visit(context, shop.address).close()
    netlift.config_fault = 500
    netlift.document = config("v2", experiment("tv", "control"))
    tab = context.new_page()
    tab.goto(shop.address)
    tab.wait_for_function("() => window.netlift.client")
    assert read(tab) == "entry"
    netlift.config_fault = None
    tab.wait_for_function("() => netlift.client.variant('tv') === 'control'")


@pytest.mark.parametrize("fault", [None, 503, "hang", "garbage", "truncated"])
def test_an_old_config_waits_for_the_network_or_its_failure(
    context: BrowserContext, shop: Shop, netlift: Netlift, fault: Any
) -> None:
    tab = visit(context, shop.address)
    tab.evaluate(AGE)
    netlift.document = config("v2", experiment("tv", "control"))
    netlift.config_fault = fault
    if fault == "hang":
        shop.pages["/"] = page(netlift.address, HASTY)
    tab.reload()
    settle(tab)
    assert read(tab) == ("control" if fault is None else "entry")


@pytest.mark.parametrize("fault", [500, "hang", "garbage", "truncated"])
def test_without_a_config_the_control_is_shown_in_time(
    context: BrowserContext, shop: Shop, netlift: Netlift, fault: Any
) -> None:
    netlift.config_fault = fault
    shop.pages["/"] = page(netlift.address, HASTY)
    tab = visit(context, shop.address)
    assert (read(tab), reason(tab)) == ("control", "NO_CONFIG")
    assert flush(tab)
    assert netlift.exposures() == []
    assert netlift.batches[0][1]["evaluations"] == {"tv NO_CONFIG": 1}


def test_an_open_page_asks_with_the_etag_and_follows_a_stop(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    shop.pages["/"] = page(netlift.address, {"pollInterval": 100})
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    until(lambda: any(look.get("if-none-match") == '"v1"' for look in netlift.looks), "a look with the ETag")
    netlift.document = config("v2", experiment("tv", status="stopped"))
    tab.wait_for_function("() => netlift.client.variant('tv') === 'control'")
    assert netlift.preflights == []


def test_a_killed_page_delivers_once_after_reload(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    netlift.batch_fault = 503
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    tab.evaluate("() => netlift.client.order('order-1', [{ product_id: 'tv-m', price: 19.99 }])")
    stored = [name for name in tab.evaluate(STORED) if ":event:" in name]
    assert len(stored) == 2
    tab.close(run_before_unload=False)
    netlift.batch_fault = None
    again = visit(context, f"{shop.address}/next")
    kept = {name.rpartition(":")[2] for name in stored}
    until(lambda: {event["messageId"] for event in netlift.events()} == kept, "what the killed page left")
    assert flush(again)
    assert [name for name in again.evaluate(STORED) if ":event:" in name] == []
    # The closing tab may still hand over its beacon after the fault is gone; the server keeps each message once.
    deliveries = {event["messageId"] for _, batch in netlift.batches for event in batch["batch"]}
    assert len(deliveries) == 2


def test_a_page_that_is_left_hands_its_events_over(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    shop.pages["/"] = page(netlift.address, {"flushInterval": 60_000})
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    tab.goto("about:blank")
    until(netlift.exposures, "the beacon")
    assert netlift.batches[0][1]["writeKey"] == "pk_test"
    assert netlift.batches[0][1]["evaluations"] == {"tv SPLIT": 1}


def test_a_page_that_is_seen_again_sends_what_nobody_answered_for(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    shop.pages["/"] = page(netlift.address, {"flushInterval": 50})
    netlift.batch_fault = 503
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    tab.evaluate(TURN, True)
    [stored] = [name for name in tab.evaluate(STORED) if ":event:" in name]
    netlift.batch_fault = None
    tab.evaluate(TURN, False)
    until(netlift.exposures, "what the beacon lost")
    assert {event["messageId"] for event in netlift.exposures()} == {stored.rpartition(":")[2]}
    assert flush(tab)
    assert [name for name in tab.evaluate(STORED) if ":event:" in name] == []


def test_a_page_that_has_sent_everything_leaves_in_silence(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    assert flush(tab)
    sent = len(netlift.batches)
    tab.goto(f"{shop.address}/next")
    settle(tab)
    assert flush(tab)
    assert len(netlift.batches) == sent


def test_a_beacon_is_sent_once_and_one_that_the_browser_refuses_is_kept(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    shop.pages["/"] = page(netlift.address, {"flushInterval": 60_000})
    tab = visit(context, shop.address)
    tab.evaluate("() => { window.real = navigator.sendBeacon; navigator.sendBeacon = () => false }")
    assert read(tab) == "entry"
    tab.evaluate(TURN, True)
    tab.evaluate("() => { navigator.sendBeacon = real; netlift.client.track('Added') }")
    tab.evaluate(TURN, True)
    until(netlift.exposures, "the beacon")
    assert netlift.batches[0][1]["evaluations"] == {"tv SPLIT": 1}
    assert flush(tab)
    assert sum(len(batch["batch"]) for _, batch in netlift.batches) == 2


def test_without_storage_events_stay_until_somebody_has_answered_for_them(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    context.add_init_script(BLOCKED)
    netlift.batch_fault = 503
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    tab.evaluate(TURN, True)
    netlift.batch_fault = None
    assert flush(tab)
    assert len(netlift.exposures()) == 1


def test_what_is_no_whole_event_in_storage_spoils_no_batch(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    tab = visit(context, shop.address)
    tab.evaluate("""() => { localStorage["netlift:pk_test:event:torn"] = '{"type":"track","event":"To'; }""")
    tab.reload()
    settle(tab)
    tab.evaluate("() => netlift.client.track('Seen')")
    assert flush(tab)
    assert [event["event"] for event in netlift.events()] == ["Seen"]
    assert [name for name in tab.evaluate(STORED) if ":event:" in name] == []


def test_what_is_remembered_of_a_day_stays_small(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    tab = visit(context, shop.address)
    full = "() => { localStorage['netlift:pk_test:seen'] = new Date().toDateString() + 'x'.repeat(20_000); }"
    tab.evaluate(full)
    assert read(tab) == "entry"
    assert tab.evaluate("() => localStorage['netlift:pk_test:seen'].length") == 20_000
    tab.goto(f"{shop.address}/next")
    settle(tab)
    assert read(tab) == "entry"
    assert flush(tab)
    assert len(netlift.exposures()) == 2
    assert tab.evaluate("() => localStorage['netlift:pk_test:seen'].length") < 100


def test_customers_of_one_browser_are_told_apart(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    tab = visit(context, shop.address)
    for customer in ("17", "7", '7"]', "17"):
        tab.evaluate("(id) => netlift.client.identify(id)", customer)
        assert read(tab, "customers") == "entry"
    assert flush(tab)
    assert sorted(event["userId"] for event in netlift.exposures()) == ["17", "7", '7"]']


def test_a_page_that_nobody_sees_looks_for_nothing_and_catches_up_when_it_is_seen(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    """The config came with the page, which goes on looking all the same."""
    shop.pages["/"] = page(netlift.address, {"pollInterval": 50, "bootstrap": netlift.document})
    tab = visit(context, shop.address)
    until(lambda: netlift.looks, "a look")
    tab.evaluate(TURN, True)
    looks = len(netlift.looks)
    tab.wait_for_timeout(500)
    assert len(netlift.looks) <= looks + 1  # one may have been on its way
    netlift.document = config("v2", experiment("tv", "control"))
    tab.evaluate(TURN, False)
    tab.wait_for_function("() => netlift.client.variant('tv') === 'control'")


def test_a_cookie_of_a_similar_name_is_no_id(context: BrowserContext, shop: Shop) -> None:
    context.add_cookies([{"name": "my_netlift_id", "value": "other", "url": shop.address}])
    tab = visit(context, shop.address)
    assert len(tab.evaluate("() => netlift.client.visitorId")) == 32


def test_an_id_that_answers_rest_on_stays_for_the_page(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    """Another tab may write its own before the config is there."""
    netlift.config_fault = "hang"
    shop.pages["/"] = page(netlift.address, {"timeout": 2000, "bootstrap": {"remote": None}})
    tab = context.new_page()
    tab.goto(shop.address)
    tab.wait_for_function("() => window.netlift.client")
    before = tab.evaluate("""() => {
      const { visitorId } = netlift.client;
      netlift.client.variant("tv");
      document.cookie = "netlift_id=somebody-else;path=/";
      return visitorId;
    }""")
    settle(tab)
    assert tab.evaluate("() => netlift.client.visitorId") == before


def test_consent_withdrawn_erases_what_earlier_pages_kept(context: BrowserContext, shop: Shop) -> None:
    visit(context, shop.address)
    assert cookie_of(context)
    shop.pages["/next"] = page(shop.pages["/"].partition('src="')[2].partition("/sdk")[0], {"consent": False})
    tab = visit(context, f"{shop.address}/next")
    assert cookie_of(context)  # a banner may still agree for this page
    tab.evaluate("() => netlift.client.setConsent(false)")
    assert (cookie_of(context), tab.evaluate(STORED)) == (None, [])


@pytest.mark.parametrize("blocked", [BLOCKED, NO_COOKIES], ids=["storage", "cookies"])
def test_one_of_cookie_and_storage_is_enough(
    context: BrowserContext, shop: Shop, netlift: Netlift, blocked: str
) -> None:
    context.add_init_script(blocked)
    tab = visit(context, shop.address)
    assert read(tab) == "entry"
    known = tab.evaluate("() => netlift.client.visitorId")
    assert flush(tab)
    assert [event["anonymousId"] for event in netlift.exposures()] == [known]
    tab.goto(f"{shop.address}/next")
    settle(tab)
    assert tab.evaluate("() => netlift.client.visitorId") == known


def test_a_browser_that_remembers_nothing_sees_the_control(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    context.add_init_script(BLOCKED + NO_COOKIES)
    tab = visit(context, shop.address)
    assert (read(tab), reason(tab)) == ("control", "NO_UNIT")
    tab.evaluate("() => netlift.client.identify('customer-7')")
    assert read(tab, "customers") == "entry"
    assert flush(tab)
    assert [event.get("anonymousId") for event in netlift.events()] == [None, None]


def test_a_full_quota_stops_nothing(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    tab = visit(context, shop.address)
    tab.evaluate("""() => {
      for (let size = 1 << 20; size >= 1; size >>= 1)
        try { for (;;) localStorage.setItem("filler" + Math.random(), "x".repeat(size)); } catch {}
    }""")
    tab.reload()
    settle(tab)
    assert read(tab) == "entry"
    assert flush(tab)
    assert len(netlift.exposures()) == 1


def test_no_consent_no_id_no_storage_no_event(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    shop.pages["/"] = page(netlift.address, {"consent": False})
    tab = visit(context, shop.address)
    tab.evaluate("() => { netlift.client.page(); netlift.client.track('Added') }")
    assert (read(tab), reason(tab)) == ("control", "NO_CONSENT")
    assert flush(tab)
    assert (cookie_of(context), tab.evaluate(STORED), netlift.events()) == (None, [], [])
    tab.goto(f"{shop.address}/?netlift=tv:entry")
    settle(tab)
    assert (read(tab), tab.evaluate("() => sessionStorage.length")) == ("entry", 0)
    tab.goto(shop.address)
    settle(tab)
    tab.evaluate("() => netlift.client.setConsent(true)")
    assert read(tab) == "entry"
    assert flush(tab)
    assert len(netlift.exposures()) == 1
    assert cookie_of(context) == netlift.exposures()[0]["anonymousId"]
    netlift.batch_fault = 503
    tab.evaluate("() => { netlift.client.track('Added'); netlift.client.setConsent(false) }")
    assert (cookie_of(context), tab.evaluate(STORED), read(tab)) == (None, [], "control")
    netlift.batch_fault = None
    tab.wait_for_function("() => netlift.client.flush()")  # counts that met the failure are tried again
    assert len(netlift.events()) == 1


def test_a_variant_in_the_address_holds_for_the_tab(context: BrowserContext, shop: Shop, netlift: Netlift) -> None:
    netlift.document = config("v1", experiment("tv", "control"))
    tab = visit(context, f"{shop.address}/?netlift=tv:entry,other:control")
    assert (read(tab), reason(tab)) == ("entry", "FORCED")
    tab.goto(f"{shop.address}/next")
    settle(tab)
    assert read(tab) == "entry"
    tab.goto(f"{shop.address}/?netlift=")
    settle(tab)
    assert (read(tab), reason(tab)) == ("control", "SPLIT")
    assert flush(tab)
    assert [event["properties"]["variation_id"] for event in netlift.exposures()] == ["control"]


REVEAL = """<script>netlift("reveal", "tv", "#hero", (variant) => {
  const hero = document.getElementById("hero");
  window.seen = [getComputedStyle(hero).visibility, getComputedStyle(document.querySelector("h1")).visibility];
  hero.textContent = variant;
})</script>"""
HERO = "() => [hero.textContent, getComputedStyle(hero).visibility]"


@pytest.mark.parametrize("fault", [None, "hang"])
def test_only_the_tested_element_is_hidden_and_never_for_long(
    context: BrowserContext, shop: Shop, netlift: Netlift, fault: Any
) -> None:
    netlift.config_fault = fault
    shop.pages["/"] = page(netlift.address, None if fault is None else HASTY, body=REVEAL)
    tab = visit(context, shop.address)
    tab.wait_for_function("() => window.seen")
    assert tab.evaluate("() => window.seen") == ["hidden", "visible"]
    tab.wait_for_function("() => getComputedStyle(hero).visibility === 'visible'")
    assert tab.evaluate(HERO) == ["entry" if fault is None else "control", "visible"]


def test_calls_made_before_the_script_arrives_are_kept_in_order(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    calls = """<script>
      netlift("page"); netlift("track", "Added", { product_id: "tv-m" });
      netlift("ready", (client) => { window.shown = client.variant("tv") });
    </script>"""
    shop.pages["/tv"] = page(netlift.address, body=calls)
    tab = visit(context, f"{shop.address}/tv?secret=1")
    tab.wait_for_function("() => window.shown === 'entry'")
    assert flush(tab)
    kinds = [(event["type"], event.get("event"), event["properties"].get("path")) for event in netlift.events()]
    assert sorted(kinds, key=str) == sorted(
        [("page", None, "/tv"), ("track", "Added", None), ("track", "Experiment Viewed", None)], key=str
    )


def test_the_key_in_the_tag_is_enough_under_a_strict_policy(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    shop.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {netlift.address}; connect-src {netlift.address}; "
        "require-trusted-types-for 'script'"
    )
    shop.pages["/shop.js"] = 'netlift("reveal", "tv", "#hero", (variant) => { hero.textContent = variant })'
    shop.pages["/"] = (
        f'<!doctype html><div id="hero">Hero</div>'
        f'<script src="{netlift.address}/sdk/netlift.js" data-key="pk_test"></script>'
        '<script src="/shop.js"></script>'
    )
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    for _ in range(2):  # a busy machine may miss the 800 ms once; then the config is stored
        tab.goto(shop.address)
        tab.wait_for_function("() => hero.textContent !== 'Hero'")
    assert tab.text_content("#hero") == "entry"
    until(netlift.exposures, "the exposure")
    assert [text for text in complaints if "favicon" not in text] == []


def test_a_clock_an_hour_off_keeps_the_config_fresh_and_the_events_in_their_place(
    context: BrowserContext, shop: Shop, netlift: Netlift
) -> None:
    visit(context, shop.address)
    context.add_init_script(HOUR_BACK)
    netlift.document = config("v2", experiment("tv", "control"))
    tab = visit(context, shop.address)
    assert read(tab) == "control"  # a config from the future is no fresh one
    assert flush(tab)
    received, batch = netlift.batches[-1]
    stated = [
        tab.evaluate("(at) => Date.parse(at)", at) / 1000 for at in (batch["batch"][0]["timestamp"], batch["sentAt"])
    ]
    assert abs(received - stated[1] - 3600) < 30
    assert abs(stated[0] + (received - stated[1]) - received) < 30


def test_the_golden_cases_come_out_alike(context: BrowserContext, shop: Shop, built: Path) -> None:
    cases, compiled = (json.loads((SDK / f"{name}.json").read_text(encoding="ascii")) for name in ("cases", "compiled"))
    for name, source in (("internals", built / "build" / "internals.mjs"), ("golden", built / "tests" / "golden.mjs")):
        shop.pages[f"/{name}.mjs"] = source.read_text(encoding="utf-8")
    shop.pages["/blank"] = "<!doctype html>"
    shop.pages["/blank.mjs"] = ""
    tab = context.new_page()
    tab.goto(f"{shop.address}/blank")
    told = tab.evaluate(
        """async ([cases, compiled]) =>
            (await import("/golden.mjs")).runCases(await import("/internals.mjs"), cases, compiled)""",
        [cases, compiled],
    )
    assert told["failures"] == []
    # Weighted ranges are summed where the config is compiled.
    groups = ("hash32", "unit_hash", "normalise", "audience", "documents", "evaluate")
    assert told["counts"] == {name: len(cases[name]) for name in groups}
