"""A small shop's past with planted numbers, sent through the real ingest: what a look back must find again.

300 customers hold a phone contract and no TV. 30 of them buy broadband (a cross-sale), 36 a larger phone contract (an
up-sale), 12 both, all within four weeks of their first visit to the TV pages. Around them: customers with TV, customers
whose holdings nobody knows, orders before the visit and after the window, orders sent back, calls before and after.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.metrics import ensure_default_metrics
from experiments.services.project import run_all
from experiments.store.engines import make_engine, writing

START = datetime(2025, 4, 21, tzinfo=UTC)
#: 28 days of new customers, 28 of the window and 14 for returns.
UNTIL = START + timedelta(days=70)
ADMIN = Actor("tests", UserRole.ADMIN)
LIMITS = Limits(late_days=700)
AUDIENCE, WITH_TV, UNKNOWN, LATE = 300, 60, 40, 210
CROSS_ONLY, UP_ONLY, BOTH = 18, 24, 12


@dataclass
class Past:
    """What was planted for the audience.

    Args:
        entered: day of the first visit to the TV pages, by customer.
        cross, up: 1 where the customer bought it inside the window and kept it.
        cross_before: 1 where the customer bought it shortly before the visit.
        calls, calls_before: handled contacts in the four weeks after and the two before the visit.
    """

    entered: list[int] = field(default_factory=list)
    cross: list[int] = field(default_factory=list)
    up: list[int] = field(default_factory=list)
    cross_before: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    calls_before: list[int] = field(default_factory=list)

    def distinct_by_day(self, days: int = 70) -> list[int]:
        """Customers of the audience seen on the TV pages by the end of each day."""
        return [sum(first <= day for first in self.entered) for day in range(days)]


def fill(engine: Engine) -> Past:
    """Catalogue, metrics and events; returns what a look back must find."""
    shop = _prepare(engine)
    maker = _Maker()
    past = maker.make()
    _send(engine, shop, maker.statements, START - timedelta(days=40))
    for place in range(0, len(maker.events), 1_000):
        _send(engine, shop, maker.events[place : place + 1_000], UNTIL)
    done = run_all(engine, micros(UNTIL))
    assert not done.set_aside, done.set_aside
    return past


class _Maker:
    def __init__(self) -> None:
        self.statements: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def make(self) -> Past:
        past = Past()
        self._page("first", -35, "/help")  # events are collected from here on
        for number in range(AUDIENCE + LATE):
            self._of_audience(number, past)
        for number in range(WITH_TV):
            self._identify(f"t{number}", ["mobile-1", "tv-1"])
            self._page(f"t{number}", number % 28, "/tv/packages")
            self._order(f"t{number}", number % 28 + 2, "broadband-1")
        for number in range(UNKNOWN):
            self._page(f"u{number}", number % 28, "/tv/packages")
            self._order(f"u{number}", number % 28 + 2, "broadband-1")
        return past

    def _of_audience(self, number: int, past: Past) -> None:
        customer, day = f"c{number}", _first_day(number)
        self._identify(customer, ["mobile-1"])
        self._page(customer, day, "/tv/packages")
        past.entered.append(day)
        if number >= AUDIENCE:  # seen too late to be mature; part of the traffic only
            return
        if number % 3 == 0:
            self._page(customer, day + 9, "/tv/offers")
        if number % 4 == 0:  # visits elsewhere, earlier than the one that counts
            self._page(customer, day - 3, "/help")
        self._orders(customer, day, number, past)
        self._calls(customer, day, number, past)

    def _orders(self, customer: str, day: int, number: int, past: Past) -> None:
        cross = number < CROSS_ONLY + BOTH
        up = CROSS_ONLY <= number < CROSS_ONLY + BOTH + UP_ONLY
        past.cross.append(int(cross))
        past.up.append(int(up))
        past.cross_before.append(int(100 <= number < 110))
        if cross:
            self._order(customer, day + 1 + number % 20, "broadband-1")
        if up:
            self._order(customer, day + 2 + number % 20, "mobile-2")
        if past.cross_before[-1]:
            self._order(customer, day - 2, "broadband-1")
        if 110 <= number < 120:
            self._order(customer, day + 29, "broadband-1")
        if 120 <= number < 130:
            order = self._order(customer, day + 3, "broadband-1")
            self._track(customer, day + 8, "Order Cancelled", {"order_id": order})

    def _calls(self, customer: str, day: int, number: int, past: Past) -> None:
        before, after = number % 5, (number % 5 + number % 7) // 2
        past.calls_before.append(before)
        past.calls.append(after)
        for step in range(before):
            self._track(customer, day - 4 - 3 * step, "Contact Handled", {"channel": "phone", "handle_seconds": 60})
        for step in range(after):
            self._track(customer, day + 4 + 3 * step, "Contact Handled", {"channel": "phone", "handle_seconds": 60})

    def _identify(self, customer: str, holdings: list[str]) -> None:
        body = {"type": "identify", "anonymousId": f"{customer}-web", "traits": {"holdings": holdings}}
        self._add(self.statements, customer, -41, body)

    def _page(self, customer: str, day: int, path: str) -> None:
        body = {"type": "page", "anonymousId": f"{customer}-web", "properties": {"path": path}}
        self._add(self.events, customer, day, body)

    def _order(self, customer: str, day: int, product: str) -> str:
        order = f"o{len(self.events)}"
        products = [{"product_id": product, "quantity": 1, "price": 10}]
        self._track(customer, day, "Order Completed", {"order_id": order, "channel": "web", "products": products})
        return order

    def _track(self, customer: str, day: int, event: str, properties: dict[str, Any]) -> None:
        self._add(self.events, customer, day, {"type": "track", "event": event, "properties": properties})

    def _add(self, events: list[dict[str, Any]], customer: str, day: int, body: dict[str, Any]) -> None:
        count = len(self.statements) + len(self.events)
        at = START + timedelta(days=day, hours=6, minutes=count % 600)
        events.append({**body, "userId": customer, "messageId": f"m{count}", "timestamp": at.isoformat()})


def _first_day(number: int) -> int:
    """Many come in the first days and fewer later, as returning customers make it; the late ones after four weeks."""
    return 28 + (number - AUDIENCE) // 5 if number >= AUDIENCE else int((number / AUDIENCE) ** 2 * 28)


def _prepare(engine: Engine) -> SourceInfo:
    now = micros(START)
    with writing(engine) as session:
        ensure_default_metrics(session, now)
        for family in ("mobile", "broadband", "tv"):
            catalogue.save_family(session, ADMIN, now, Family(family, family.capitalize()))
            for tier in (1, 2):
                product = Product(
                    f"{family}-{tier}", f"{family} {tier}", family, tier, 1_000 * tier, 400 * tier, 24, False
                )
                catalogue.save_product(session, ADMIN, now, product, valid_from=0)
        source = Source("shop", "Shop", SourceKind.SERVER)
        return SourceInfo(catalogue.save_source(session, ADMIN, now, source), "shop", source.kind, source.environment)


def _send(engine: Engine, source: SourceInfo, items: list[dict[str, Any]], received: datetime) -> None:
    answer = accept(engine, source, items, id_key=b"history", now=micros(received), limits=LIMITS)
    assert not answer.rejected, answer.rejected


def micros(moment: datetime) -> int:
    """µs since 1970 UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@contextmanager
def past_in(folder: Path, template: Path) -> Iterator[Engine]:
    """This past in a SQLite file of its own, made from a migrated one."""
    path = folder / "netlift.db"
    shutil.copy(template, path)
    engine = make_engine(f"sqlite:///{path}")
    try:
        fill(engine)
        yield engine
    finally:
        engine.dispose()
