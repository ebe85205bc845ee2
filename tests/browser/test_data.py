"""A file from the hand of somebody without IT skills to the reconciliation; and what waits, mended and counted once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.clock import now_us
from experiments.services.import_desk.taking_turns import ImportTurns
from experiments.services.import_events.runs import Surroundings
from experiments.services.ingest import Limits
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all
from tests.browser.walking import EVERYTHING_OPEN, look, wrong

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def worker(database: Engine, server: str, server_folder: Path) -> Iterator[Callable[[], None]]:
    """The worker's part as a thread beside the server, on its data folder; called, it makes facts and counts."""
    settings = Settings(data_dir=server_folder)
    turns = ImportTurns(Surroundings(database, settings.id_secret(), Limits(currency="EUR"), now_us), server_folder)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            turns.turn(0.5)

    thread = threading.Thread(target=work)
    thread.start()

    def facts() -> None:
        run_all(database, now_us())
        count_all(database, now_us(), ZONE)

    yield facts
    stop.set()
    thread.join()


def checked(page: Page) -> None:
    page.evaluate(EVERYTHING_OPEN)
    assert wrong(page) == []
    look(page, "light")


@pytest.mark.browser
def test_from_an_upload_to_the_reconciliation_and_out_of_quarantine(
    open_as: Callable, worker: Callable[[], None], tmp_path: Path
) -> None:
    day = (datetime.now(ZONE) - timedelta(days=1)).strftime("%d-%m-%Y")
    file = tmp_path / "winkel.csv"
    rows = [f"W{number};{day} 09:{number:02d};10023{number};{sku};17,50;Winkel Café" for number, sku in
            enumerate(("tv-large", "tv-large", "TV GOUD"))]  # fmt: skip
    file.write_text(
        "\n".join(["Order;Datum;Klantnummer;Artikel;Prijs;Kanaal", *rows, f"W9;{day} 10:00;1;tv-large;veel;web"]),
        "cp1252",
    )
    page = open_as("editor", reduced_motion="reduce")
    page.goto("/data/imports")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1, name="winkel.csv")).to_be_visible()
    expect(page.get_by_label("Dates look like")).to_have_value("%d-%m-%Y %H:%M")
    expect(page.get_by_label("Price per month", exact=False).first).to_have_value("Prijs")
    checked(page)
    page.get_by_label("Name of a new source").fill("Stores of the browser test")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Words that mean nothing here yet")).to_be_visible(timeout=20_000)
    page.get_by_label("Winkel Café (3 rows)").select_option("store")
    checked(page)
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("button", name="Import 3 rows")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("must be a number such as 1234,50")).to_be_visible()
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("What happens now")).to_be_visible(timeout=20_000)
    checked(page)
    worker()
    page.get_by_role("link", name="Reconciliation").first.click()
    sources = page.get_by_role("table", name="Sources")
    expect(sources.get_by_role("row", name="Stores of the browser test")).to_contain_text("2")
    page.goto("/data/quarantine?source=stores-of-the-browser-test")
    checked(page)
    page.get_by_label("“TV GOUD” (1) is our").select_option("tv-large")
    page.get_by_role("button", name="Save the name and replay").click()
    expect(page.get_by_text("1 of 1 items went through")).to_be_visible()
    worker()
    page.goto("/data/reconciliation?source=stores-of-the-browser-test")
    days = page.get_by_role("table", name="Days")
    expect(days.get_by_role("row").nth(2)).to_contain_text("3")
