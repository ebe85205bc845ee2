"""A real server on the seeded stories, and Debian's Chromium to read it with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy import Engine

from experiments.store.engines import make_engine, writing
from tests import stories
from tests.browser.shop import Shop
from tests.running import free_port, wait_for

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def chromium() -> str | None:
    """The browser: what CHROMIUM names, else Debian's."""
    named = os.environ.get("CHROMIUM")
    found = (named, "/usr/bin/chromium", shutil.which("chromium-browser"), shutil.which("google-chrome"))
    return next((path for path in found if path and Path(path).exists()), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium the tests of this folder that need one are skipped."""
    if chromium() is not None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium: install it, or name one in CHROMIUM"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, as root and in a container too."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine of the database the server uses."""
    path = tmp_path_factory.mktemp("browser") / "netlift.db"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    stories.seed(engine)
    with writing(engine) as session:
        stories.ready(session)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def server(database: Engine, server_folder: Path) -> Iterator[str]:
    """Address of a running server; ended by its own process id."""
    port = free_port()
    folder = server_folder
    environment = {**os.environ, "NETLIFT_DATA_DIR": str(folder), "NETLIFT_DATABASE_URL": str(database.url),
                   "NETLIFT_COMPANY": "Polder Telecom"}  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "web.wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "1",
               "--worker-class", "gthread", "--threads", "8", "--no-control-socket"]  # fmt: skip
    with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as run:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", run, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            run.terminate()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A little shop of another origin, whose pages a test writes."""
    made = Shop()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def states(browser: Browser, server: str) -> Callable[[str], Any]:
    """The cookies of somebody with a role; signed in once per role."""
    known: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in known:
            context = browser.new_context(base_url=server)
            enter(context.new_page(), role)
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return of


def enter(page: Page, role: str) -> None:
    """Sign in as people do."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(stories.PEOPLE[role][0])
    page.get_by_label("Password").fill(stories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


@pytest.fixture
def open_as(browser: Browser, server: str, states: Callable[[str], Any]) -> Iterator[Callable[..., Page]]:
    """Opens a browser window for a role; what its console says in error fails the test."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def window(role: str | None = "admin", **options: Any) -> Page:
        state = None if role is None else states(role)
        context = browser.new_context(base_url=server, storage_state=state, **options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield window
    for context in opened:
        context.close()
    assert complaints == []


def complaint(message: ConsoleMessage) -> list[str]:
    """Errors, but for the browser's own note that an address answered 4xx: some tests ask for such answers."""
    own = re.search(
        r"Failed to load resource: the server responded with a status of (401|403|404|409|410|422)", message.text
    )
    return [] if message.type != "error" or own else [f"{message.location.get('url')}: {message.text}"]


def settle(page: Page) -> None:
    """Bring every chart that is not folded away into view, so that it is drawn."""
    for chart in page.locator(".chart:visible").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-ready", "")


@pytest.fixture
def drawn() -> Callable[[Page], None]:
    """Waits until a page's charts are drawn."""
    return settle


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Runs axe-core on a page whose context was opened with `bypass_csp`; what it finds, as short lines."""

    def run(page: Page) -> list[str]:
        page.add_script_tag(path=AXE)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)")
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found
            for node in violation["nodes"]
        ]

    return run
