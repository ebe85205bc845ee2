"""Photograph a running server for the documentation: docs/images/*.png, none above 300 kB.

    netlift demo &
    python scripts/screenshots.py http://127.0.0.1:8000 --email demo@example.org

Reads the password from NETLIFT_PASSWORD. CHROMIUM names the browser where it is not /usr/bin/chromium. Pages are
found by what they show and not by key, so any deployment can be photographed; one that has no such test is skipped.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--font-render-hinting=none"]  # fmt: skip
MOST_BYTES = 300_000
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Shot:
    """One picture.

    Args:
        path: address on the server, None where the newest test with `report` is photographed.
        report: beginning of what the last report of the test says.
        tab: what follows the address of that test, such as "/cannibalisation".
        only: CSS selector of the one part to photograph.
        height: pixels from the top; 0 = the whole page.
    """

    name: str
    path: str | None = None
    report: str = ""
    tab: str = ""
    only: str = ""
    scheme: str = "light"
    phone: bool = False
    height: int = 0


SHOTS = (
    Shot("overview", "/", height=1500),
    Shot("opportunities", "/opportunities", height=1100),
    Shot("backlog", "/backlog", height=900),
    Shot("learnings", "/learnings/effects", height=900),
    Shot("contact-centre", "/contact-centre", height=1300),
    Shot("experiments", "/experiments"),
    Shot("planner", "/planner", height=1180),
    Shot("create", "/experiments/build", height=1180),
    Shot("keys", "/keys", height=1180),
    Shot("results-ship", report="Ship it", height=1500),
    Shot("results-ship-dark", report="Ship it", scheme="dark", height=1500),
    Shot("results-ship-phone", report="Ship it", phone=True, height=1700),
    Shot("results-cannibalising", report="Do not ship", height=1500),
    Shot("waterfall", report="Do not ship", only=".table-card:has(.waterfall-table)"),
    Shot("cannibalisation", report="Do not ship", tab="/cannibalisation", height=1500),
    Shot("report-sheet", report="Ship it", tab="/report", only=".sheet"),
    Shot("results-broken-split", report="Do not read", height=900),
    Shot("results-between-looks", report="Keep running", height=900),
)


def main() -> int:
    """Take every picture that can be taken; 1 where one is too large."""
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
        state = signed_in(browser, given.url, given.email, os.environ["NETLIFT_PASSWORD"])
        sizes = dict(pictures(browser, given.url, state, given.out))
        browser.close()
    for name, size in sizes.items():
        sys.stdout.write(f"{name:<28}{size / 1000:>6.0f} kB\n")
    return int(any(size > MOST_BYTES for size in sizes.values()))


def arguments() -> argparse.Namespace:
    """Address of the server, who signs in, where the pictures go."""
    parser = argparse.ArgumentParser(description="Photograph a running server for the documentation.")
    parser.add_argument("url", help="address of the server, such as http://127.0.0.1:8000")
    parser.add_argument("--email", required=True, help="who signs in; the password stands in NETLIFT_PASSWORD")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    return parser.parse_args()


def signed_in(browser: Browser, url: str, email: str, password: str) -> Any:
    """Cookies of a signed-in person."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    return context.storage_state()


def pictures(browser: Browser, url: str, state: Any, out: Path) -> Iterator[tuple[str, int]]:
    """Names and sizes of the pictures taken."""
    for shot in SHOTS:
        context = browser.new_context(
            base_url=url,
            storage_state=state,
            color_scheme=shot.scheme,  # type: ignore[arg-type]
            viewport=PHONE if shot.phone else DESK,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        page = context.new_page()
        if opened(page, shot):
            target = out / f"{shot.name}.png"
            photograph(page, shot, target)
            yield target.name, target.stat().st_size
        else:
            sys.stderr.write(f"{shot.name}: no test whose report begins with “{shot.report}”, skipped\n")
        context.close()


def opened(page: Page, shot: Shot) -> bool:
    """Go to the page; False where no test fits."""
    page.goto(shot.path or "/experiments")
    if shot.path is not None:
        return True
    row = page.get_by_role("row").filter(has_text=shot.report)
    if row.count() == 0:
        return False
    address = row.first.get_by_role("rowheader").get_by_role("link").get_attribute("href")
    page.goto(f"{address or '/experiments'}{shot.tab}")
    return True


def photograph(page: Page, shot: Shot, target: Path) -> None:
    """Draw the charts, go back to the top, and take the picture."""
    for chart in page.locator(".chart:visible").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-ready", "")
    if shot.only:
        page.locator(shot.only).first.screenshot(path=target)
        return
    page.evaluate("() => window.scrollTo(0, 0)")
    whole = page.evaluate("() => document.documentElement.scrollHeight")
    size = PHONE if shot.phone else DESK
    page.set_viewport_size({"width": size["width"], "height": min(shot.height or whole, whole)})
    page.screenshot(path=target)


if __name__ == "__main__":
    sys.exit(main())
