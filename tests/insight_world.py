"""Page views, sales, holdings and links straight in the tables, and a slow second way to count them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert

from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services.actor import SYSTEM
from experiments.services.clock import DAY
from experiments.services.columns import load_codes
from experiments.services.metrics import ensure_default_metrics
from experiments.store.engines import reading, writing
from experiments.store.projection import names
from experiments.store.tables import HoldingRow, LinkRow, OutcomeRow, PageViewRow

NOW = 1_790_000_000_000_000
FAMILIES = ("mobile", "broadband", "tv")
WEB, APP = 1, 2


@dataclass
class World:
    """Rows to write, and what they were."""

    engine: Engine
    views: list[dict[str, Any]] = field(default_factory=list)
    sales: list[dict[str, Any]] = field(default_factory=list)
    holdings: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with writing(self.engine) as session:
            ensure_default_metrics(session, NOW)
            for family in FAMILIES:
                catalogue.save_family(session, SYSTEM, NOW, Family(family, family.capitalize()))
                for tier in (1, 2):
                    product = Product(f"{family}-{tier}", family, family, tier, 1_000 * tier, 500 * tier, 12)
                    catalogue.save_product(session, SYSTEM, NOW, product, valid_from=0)
            self.source = catalogue.save_source(session, SYSTEM, NOW, Source("shop", "shop", SourceKind.SERVER))
        with reading(self.engine) as session:
            codes = load_codes(session)
        self.families, self.products = codes.families, codes.products

    def view(self, at: int, path: str, *, customer: int | None = None, visitor: int | None = None,
             channel: int = WEB) -> None:  # fmt: skip
        """A page view."""
        self.views.append({"seq": len(self.views) + 1, "at": at, "received_at": at, "source_id": self.source,
                           "visitor": visitor, "customer": customer, "path": path, "channel": channel})  # fmt: skip

    def sale(self, at: int, product: str, *, customer: int | None = None, visitor: int | None = None,
             order: int | None = None, margin: int = 6_000) -> None:  # fmt: skip
        """A line of an order."""
        number = len(self.sales) + 1
        family, tier = product.rsplit("-", 1)
        self.sales.append({
            "id": number, "order_key": order or number, "line": number, "kind": 1, "at": at, "received_at": at,
            "source_id": self.source, "rank": 2, "seq": number, "visitor": visitor, "customer": customer, "channel": 1,
            "product_id": self.products[product], "family_id": self.families[family], "tier": int(tier),
            "margin": margin, "revenue": 1_000,
        })  # fmt: skip

    def holds(self, customer: int, *families: str, at: int = NOW - 200 * DAY) -> None:
        """A full statement of what a customer holds."""
        told = {"customer": customer, "as_of": at, "received_at": at, "source_id": self.source, "complete": True,
                "independent": False}  # fmt: skip
        self.holdings.append(told | {"product_id": 0, "family_id": 0, "tier": 0})
        self.holdings += [told | {"product_id": self.products[f"{family}-1"], "family_id": self.families[family],
                                  "tier": 1} for family in families]  # fmt: skip

    def link(self, visitor: int, customer: int, *, verified: bool = True) -> None:
        """A visitor known to be a customer."""
        at = NOW - 200 * DAY
        self.links.append({"visitor": visitor, "customer": customer, "at": at, "received_at": at, "verified": verified})

    def write(self) -> None:
        """Everything into the tables."""
        with writing(self.engine) as session:
            connection = session.connection()
            codes = names.codes(connection, {(names.PATH, row["path"]) for row in self.views})
            views = [{**{k: v for k, v in row.items() if k != "path"}, "path_id": codes[names.PATH, row["path"]]}
                     for row in self.views]  # fmt: skip
            for table, rows in ((PageViewRow, views), (OutcomeRow, self.sales), (HoldingRow, self.holdings),
                                (LinkRow, self.links)):  # fmt: skip
                if rows:
                    connection.execute(insert(table), rows)


def random_world(engine: Engine, people: int = 60, seed: int = 3) -> World:
    """People with and without holdings, some known by a link only, on a few pages over ten weeks."""
    random = np.random.default_rng(seed)
    world = World(engine)
    paths = ("/tv", "/tv/packages", "/shop/tv", "/shop/mobile", "/help")
    for number in range(1, people + 1):
        customer, visitor = number, 10_000 + number
        kind = number % 4
        if kind < 3:
            world.holds(customer, *[family for family in FAMILIES if random.random() < 0.4])
        if kind == 1:
            world.link(visitor, customer)
        ids = {"customer": customer, "visitor": visitor} if kind in (0, 2) else {"visitor": visitor}
        for _ in range(random.integers(1, 9)):
            at = NOW - int(random.integers(0, 75 * DAY))
            world.view(at, str(random.choice(paths)), channel=int(random.integers(1, 3)), **ids)
        for _ in range(random.integers(0, 3)):
            at, product = NOW - int(random.integers(0, 60 * DAY)), f"{random.choice(FAMILIES)}-{random.integers(1, 3)}"
            world.sale(at, product, **(ids if random.random() < 0.5 else {"customer": customer}))
    world.write()
    return world
