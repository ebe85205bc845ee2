"""From a shop's page to the facts: the built script in Chromium, another origin, a real server and its worker."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine, select

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.domain.ids import hash_id
from experiments.services import access, experiments, launch
from experiments.services.access.vault import vault
from experiments.services.actor import SYSTEM
from experiments.services.clock import now_us
from experiments.services.definitions import read_definition
from experiments.services.work import Worker
from experiments.store.engines import reading, writing
from experiments.store.tables import ExposureRow, OutcomeRow
from netlift import Client
from tests.browser.shop import Shop, page
from tests.browser.test_sdk import HOUR_BACK, flush, settle, until
from tests.running import install, serving
from tests.sdk_javascript.building import built, bundled, run

__all__ = ["built"]
pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
HOLDS_MOBILE_ONLY = {
    "description": "Mobile, no TV",
    "rules": [
        {"attribute": "holdings", "op": "any_of", "values": ["mobile-m"]},
        {"attribute": "holdings", "op": "none_of", "values": ["tv-plus"]},
    ],
}


@dataclass(frozen=True)
class Server:
    """A running server with the demo's catalogue, two tests and their keys."""

    address: str
    settings: Settings
    engine: Engine
    client_key: str
    server_key: str
    secret: str

    def work(self) -> None:
        """One round of a worker."""
        worker = Worker(self.engine, self.settings, "tests")
        worker.tick(now_us())
        worker.close()

    def sign(self, customer: str) -> dict[str, Any]:
        """What the shop's own server gives to its page."""
        expiry = int(time.time()) + 600
        signed = hmac.new(self.secret.encode(), f"{customer}|{expiry}".encode(), hashlib.sha256)
        return {"expiry": expiry, "signature": signed.hexdigest()}

    def facts(self, table: Any) -> list[Any]:
        with reading(self.engine) as session:
            return list(session.scalars(select(table)))

    def hashed(self, kind: Any, name: str | None) -> int | None:
        return hash_id(kind, name, self.settings.id_secret())


@pytest.fixture(scope="module")
def server(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("journey")
    made = install(folder, origins=[shop.address])
    with writing(made.engine) as session:
        sealed = vault(made.settings.session_secret())
        secret = access.create_identity_secret(session, SYSTEM, now_us(), Environment.PRODUCTION, sealed).secret
        launched(session, "for-visitors", unit="visitor")
        launched(session, "for-holders", unit="customer", audience=HOLDS_MOBILE_ONLY)
    with serving(folder, "--no-worker") as (address, _):
        yield Server(address, made.settings, made.engine, made.client_key, made.server_key, secret)
    made.engine.dispose()


def launched(session: Any, key: str, **changes: Any) -> None:
    definition = {
        "key": key,
        "name": "A test",
        "hypothesis": "A personal entry sells TV to those who have a mobile product only.",
        "variants": [{"key": "control"}, {"key": "entry"}],
        "metrics": [
            {"metric": "cross-sell", "role": "goal", "effect": 0.5},
            {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.4}},
        ],
        "plan": {"weeks": 4, "looks": 2, "units_per_variant": 800, "maturation_days": 21},
        **changes,
    }
    experiments.create(session, SYSTEM, now_us(), read_definition(definition), salt=f"salt of {key}")
    launch.launch(session, SYSTEM, now_us(), key)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


def visit(context: BrowserContext, shop: Shop, server: Server, customer: str, proof: dict[str, Any]) -> Page:
    """The page of somebody who is logged in, made as the README says."""
    shop.pages["/tv"] = page(server.address, {"key": server.client_key, "userId": customer})
    tab = context.new_page()
    tab.goto(f"{shop.address}/tv")
    tab.wait_for_function("() => window.netlift.client")
    tab.evaluate("([customer, proof]) => netlift.client.identify(customer, proof)", [customer, proof])
    settle(tab)
    return tab


def test_exposures_and_an_order_reach_the_facts(context: BrowserContext, shop: Shop, server: Server) -> None:
    office = Client(server.server_key, server.address)
    office.identify("customer-7", holdings=["mobile-m"])
    assert office.flush()
    office.close()
    server.work()
    context.add_init_script(HOUR_BACK)  # the device's clock is an hour off; the server must not believe it
    tab = visit(context, shop, server, "customer-7", server.sign("customer-7"))
    shown = {key: tab.evaluate("(key) => netlift.client.variant(key)", key) for key in ("for-visitors", "for-holders")}
    reasons = tab.evaluate("() => ['for-visitors', 'for-holders'].map((key) => netlift.client.peek(key).reason)")
    assert reasons == ["SPLIT", "SPLIT"]
    visitor = tab.evaluate("() => netlift.client.visitorId")
    order = "() => netlift.client.order('order-1', [{ product_id: 'tv-plus', price: 20 }], { currency: 'EUR' })"
    tab.evaluate(order)
    tab.evaluate("() => netlift.client.page()")
    assert flush(tab)
    server.work()
    exposures = server.facts(ExposureRow)
    units = {server.hashed("visitor", visitor), server.hashed("customer", "customer-7")}
    assert {row.unit for row in exposures} == units
    assert sorted(row.variant for row in exposures) == sorted(int(variant == "entry") for variant in shown.values())
    assert all(abs(row.at - now_us()) < 120_000_000 for row in exposures)
    (bought,) = (row for row in server.facts(OutcomeRow) if row.revenue)
    assert (bought.visitor, bought.customer) == (
        server.hashed("visitor", visitor),
        server.hashed("customer", "customer-7"),
    )
    assert (bought.quantity, bought.revenue) == (1, 2000)


def test_a_page_made_by_a_python_shop_decides_at_once_and_alike(
    context: BrowserContext, shop: Shop, server: Server
) -> None:
    python = Client(server.server_key, server.address, page_key=server.client_key)
    assert python.wait_ready(30)
    for visitor in ("visitor-1", "bezoeker é", "</script>"):
        until(lambda: "for-visitors" in python.bootstrap(), "the config of pages")
        shop.pages["/python"] = python.bootstrap(visitor) + page(server.address, {"key": server.client_key})
        tab = context.new_page()
        tab.goto(f"{shop.address}/python")
        tab.wait_for_function("() => window.netlift.client")
        read = "() => [netlift.client.visitorId, netlift.client.variant('for-visitors')]"
        assert tab.evaluate(read) == [visitor, python.peek("for-visitors", visitor).variant]
        tab.close()
    python.close()


def test_without_the_shops_signature_nothing_private_is_told(
    context: BrowserContext, shop: Shop, server: Server
) -> None:
    tab = visit(context, shop, server, "customer-7", {**server.sign("customer-8")})
    assert tab.evaluate("() => netlift.client.variant('for-holders')") == "control"
    assert tab.evaluate("() => netlift.client.peek('for-holders').reason") == "REMOTE"


def test_a_page_of_another_origin_may_not_send(context: BrowserContext, server: Server) -> None:
    stranger = Shop()
    try:
        tab = visit(context, stranger, server, "customer-7", server.sign("customer-7"))
        assert tab.evaluate("() => netlift.client.variant('for-visitors')") == "control"
        assert tab.evaluate("() => netlift.client.peek('for-visitors').reason") == "NO_CONFIG"
        forged = {
            "experiment_id": "for-visitors",
            "variation_id": "entry",
            "phase": 1,
            "reason": "SPLIT",
            "unit": "visitor",
        }
        tab.evaluate("(forged) => netlift.client.track('Experiment Viewed', forged)", forged)
        assert not flush(tab)  # the refusal itself is unreadable for the page
        server.work()
        visitor = server.hashed("visitor", tab.evaluate("() => netlift.client.visitorId"))
        assert visitor not in {row.unit for row in server.facts(ExposureRow)}
    finally:
        stranger.stop()


def test_a_node_shop_that_speaks_openfeature_reaches_the_facts(server: Server, built: Path) -> None:
    asked = {
        "host": server.address,
        "key": server.server_key,
        "flag": "for-visitors",
        "context": {"targetingKey": "node-1"},
    }
    told = json.loads(run("node", "tests/openfeature-node.mjs", json.dumps(asked)))
    assert told == {"reason": "SPLIT", "variant": told["variant"], "isSent": True}
    server.work()
    (fact,) = (row for row in server.facts(ExposureRow) if row.unit == server.hashed("visitor", "node-1"))
    assert fact.variant == int(told["variant"] == "entry")


def test_a_page_that_speaks_openfeature_reaches_the_facts(
    context: BrowserContext, shop: Shop, server: Server, built: Path, tmp_path: Path
) -> None:
    shop.pages["/openfeature.js"] = bundled("openfeature-page.mjs", tmp_path)
    shop.pages["/openfeature"] = "<!doctype html><script src='/openfeature.js'></script>"
    tab = context.new_page()
    tab.goto(f"{shop.address}/openfeature")
    asked = {
        "host": server.address,
        "key": server.client_key,
        "flag": "for-visitors",
        "context": {"targetingKey": "of-1"},
    }
    told = tab.evaluate("(asked) => window.read(asked)", asked)
    assert (told["reason"], told["isSent"]) == ("SPLIT", True)
    server.work()
    (fact,) = (row for row in server.facts(ExposureRow) if row.unit == server.hashed("visitor", "of-1"))
    assert fact.variant == int(told["variant"] == "entry")
