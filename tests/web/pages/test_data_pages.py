"""Reconciliation and quarantine in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from experiments.domain.environment import Environment
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us, to_iso
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.services.reconciliation import count_all
from experiments.store.engines import reading, writing

Says = Callable[[TestResponse], str]


@pytest.fixture
def phone(engine: Engine) -> None:
    """Two good orders of the phone, told differently by the shop, and two of a product nobody knows."""
    now = now_us()
    with writing(engine) as session:
        codes = [
            catalogue.save_source(session, SYSTEM, now, Source(key, name, kind))
            for key, name, kind in (("phone", "Phone", SourceKind.IMPORT), ("web", "Web", SourceKind.SERVER))
        ]

    def order(number: int, product: str, quantity: int = 1) -> dict[str, object]:
        lines = [{"product_id": product, "quantity": quantity}]
        told = {"type": "track", "event": "Order Completed", "messageId": f"q{number}", "userId": f"customer-{number}"}
        return {**told, "timestamp": to_iso(now), "properties": {"order_id": f"Q{number}", "products": lines}}

    orders = [order(1, "tv-large"), order(2, "tv-large"), order(3, "TV GOLD"), order(4, "TV GOLD")]
    for code, key, kind, items in (
        (codes[0], "phone", SourceKind.IMPORT, orders),
        (codes[1], "web", SourceKind.SERVER, [order(1, "tv-large", 2)]),
    ):
        accept(
            engine, SourceInfo(code, key, kind, Environment.PRODUCTION), items, id_key=b"id", now=now, limits=Limits()
        )
    run_all(engine, now)
    count_all(engine, now, ZoneInfo("Europe/Amsterdam"))


@pytest.mark.usefixtures("phone")
def test_reconciliation_shows_sources_days_links_and_conflicts(visit: Callable, as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    page = says(viewer.get("/data/reconciliation?source=phone&days=7"))
    assert "Phone phone Files not stated" in page
    assert "2 waiting" in page
    assert "2 × tv-large, €60.00 web" in page
    assert "Units whose customer is known" in page
    rows = viewer.get("/data/reconciliation.csv?source=phone").text.splitlines()
    assert rows[0].startswith("day,source,sales,sales_matched")
    assert [row.split(",")[1:3] for row in rows[1:]] == [["phone", "2"]]
    date.fromisoformat(rows[1].split(",")[0])
    assert viewer.get("/data/reconciliation?days=1000").status_code == 200


@pytest.mark.usefixtures("phone")
def test_a_name_mends_what_waits_and_it_counts_once(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    page = editor.get("/data/quarantine")
    assert "Unknown product" in says(page)
    assert "“TV GOLD” (2) is our" in says(page)
    assert "customer-3" not in page.text
    fields = {"source": "phone", "reason": "unknown_product", "field": "properties.products[].product_id"}
    before = _count(engine)
    answer = editor.post("/data/quarantine/name", fields | {"alias": "TV GOLD", "product": "tv-large"})
    assert "2 of 2 items went through" in says(editor.get(answer.headers["Location"]))
    assert _count(engine) == before + 2
    editor.post("/data/quarantine/replay", fields)
    assert _count(engine) == before + 2
    assert "TV GOLD" in says(editor.get("/data/products"))
    assert "Unknown product" in says(editor.get("/data/quarantine?state=replayed"))


@pytest.mark.usefixtures("phone")
def test_one_item_is_replayed_and_the_rest_discarded(as_role: Callable, engine: Engine, says: Says) -> None:
    editor = as_role("editor")
    items = editor.get("/data/quarantine/items?source=phone&reason=unknown_product")
    item = re.findall(r'name="id" value="([0-9a-f]{32})"', items.text)[0]
    answer = editor.post("/data/quarantine/replay", {"id": item})
    assert "0 of 1 items went through" in says(editor.get(answer.headers["Location"]))
    refused = editor.post("/data/quarantine/discard", {"source": "phone", "reason": "unknown_product", "why": ""})
    assert "Why is empty" in says(editor.get(refused.headers["Location"]))
    done = editor.post("/data/quarantine/discard", {"source": "phone", "reason": "unknown_product", "why": "a test"})
    assert "2 items are discarded." in says(editor.get(done.headers["Location"]))
    assert "a test" in says(editor.get("/data/quarantine/items?state=discarded"))
    csv = editor.get("/data/quarantine/items.csv?state=discarded").text
    assert csv.count("unknown_product") == 2
    assert "customer-3" not in csv


@pytest.mark.usefixtures("phone")
def test_viewers_only_look(as_role: Callable, says: Says) -> None:
    viewer = as_role("viewer")
    assert "Replay all" not in says(viewer.get("/data/quarantine"))
    for step in ("replay", "discard", "name"):
        assert viewer.post(f"/data/quarantine/{step}", {"reason": "unknown_product", "why": "x"}).status_code == 403
    assert viewer.get("/data/quarantine?state=lost").status_code == 302


def _count(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.execute(text("select count(*) from outcome where kind = 1")).scalar_one())
