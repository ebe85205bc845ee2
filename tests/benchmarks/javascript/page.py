"""Time to the first decision on a cold page in Chromium, servers on the same machine.

    python -m tests.benchmarks.javascript.page

Milliseconds from the start of the navigation to the variant, beside those of the same page without the SDK until its
scripts run; the median of pages that each open in a browser context of their own.
"""

from __future__ import annotations

import json
import statistics

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.shop import Netlift, Shop, config, experiment, page

PAGES = 25
READ = """<script>netlift("ready", (client) => {
  window.decided = [client.variant("tv"), performance.now()];
})</script>"""
BARE = "<!doctype html><title>Shop</title><h1>Shop</h1><script>window.decided = [null, performance.now()]</script>"


def first_decision(browser: Browser, address: str, *, visited: bool) -> float:
    """Milliseconds on one page; `visited` opens it once before, so that a config is stored."""
    context = browser.new_context()
    tab = context.new_page()
    for _ in range(1 + visited):
        tab.goto(address)
        tab.wait_for_function("() => window.decided")
    decided = tab.evaluate("() => window.decided")
    context.close()
    return float(decided[1])


def main() -> None:
    document = config("v1", experiment("tv"))
    netlift, shop = Netlift(document), Shop()
    shop.pages["/bare"] = BARE
    shop.pages["/network"] = page(netlift.address, {"timeout": 800}, body=READ)
    shop.pages["/bootstrap"] = page(netlift.address, {"timeout": 800, "bootstrap": document}, body=READ)
    cases = {
        "no SDK": ("/bare", False),
        "script and config over the network": ("/network", False),
        "script over the network, config stored": ("/network", True),
        "script over the network, config in the page": ("/bootstrap", False),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for _ in range(PAGES):
            for name, (path, visited) in cases.items():
                times[name].append(first_decision(browser, shop.address + path, visited=visited))
        print(f"Chromium {browser.version}, config of {len(json.dumps(document))} bytes, {PAGES} pages each")
        browser.close()
    for name, spent in times.items():
        print(f"  {name:<46}{statistics.median(spent):8.0f} ms")
    netlift.stop()
    shop.stop()


if __name__ == "__main__":
    main()
