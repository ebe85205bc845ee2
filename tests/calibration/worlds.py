"""Simulated worlds as raw events: people sign in, look, buy and give back, told through the doors real events come by.

Nothing below is handed to the finder: events are accepted, projected and counted by the service, by its one question.
People of one kind buy the same everywhere, unless a gap is planted; who comes where differs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, event

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.journey import Journey, Match, Step
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.insight.opportunities import Traffic
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.clock import DAY, MINUTE
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.insight import traffic_counts
from experiments.services.metrics import ensure_default_metrics
from experiments.services.project import run_all
from experiments.store import migrate
from experiments.store.engines import make_engine, reading, writing

NOW = 1_795_000_000_000_000
#: As the service counts: a window of 28 days and 14 for returns lie behind 28 days of first sights.
UNTIL = NOW - 42 * DAY
SINCE, STATED = UNTIL - 28 * DAY, UNTIL - 75 * DAY
WINDOW, WEEKS = 28 * DAY, 4
FAMILIES = ("mobile", "broadband", "tv")
MARGIN, MONTHS = 500, 24
Held = tuple[str, ...]
Spot = tuple[str, Held, str]
PATHS = {"tv": "/tv/packages", "tv-shop": "/shop/tv", "help": "/help/bill"}
#: People at each place, by what they hold; most at the offers in the shop, so that they are the benchmark.
PEOPLE: dict[Held, int] = {("mobile",): 1_000, ("broadband", "mobile"): 450, ("broadband",): 250}
MORE_IN_SHOP = 1.05
#: Shares of people without, with some and with many earlier visits; strangers open the help pages.
USUAL, STRANGERS = (0.3, 0.45, 0.25), (0.8, 0.17, 0.03)
#: Chance to buy of a family by earlier visits, and how many page views each of them left before.
CHANCE, VIEWS = (0.04, 0.1, 0.25), ((0,), (1, 2), (5,))
#: Sales that must not count: of all people, in the weeks behind the window; of all orders, given back; told twice.
LATE, GIVEN_BACK, TWICE = 0.03, 0.06, 0.1
ACTOR = Actor("calibration", UserRole.ADMIN)
KEY, LIMITS, BATCH = b"calibration of opportunities", Limits(), 1_000
Item = dict[str, Any]


@dataclass(frozen=True)
class Truth:
    """What is planted: the share of buyers of a family that a place loses among people who hold something."""

    planted: Mapping[Spot, float] = field(default_factory=dict)

    def chance(self, spot: Spot, visits: int) -> float:
        """Chance that somebody buys, before a part of it is given back."""
        return CHANCE[visits] * (1 - self.planted.get(spot, 0.0))

    def ceiling(self, spot: Spot) -> float:
        """What the place loses per week in minor units, of sales that are kept."""
        place, held, _ = spot
        chance = sum(share * CHANCE[visits] for visits, share in enumerate(mix(place)))
        lost = chance * self.planted.get(spot, 0.0) * (1 - GIVEN_BACK)
        return people(place, held) / WEEKS * lost * MARGIN * MONTHS


def mix(place: str) -> tuple[float, ...]:
    """Shares of earlier visits among the people of a place."""
    return STRANGERS if place == "help" else USUAL


def people(place: str, held: Held) -> int:
    """How many are seen there for the first time in the period."""
    return round(PEOPLE[held] * (MORE_IN_SHOP if place == "tv-shop" else 1))


class Worlds:
    """Databases of worlds, each begun as a copy of one that knows the company and nobody else."""

    def __init__(self, folder: Path) -> None:
        self._template, self._folder = folder / "company.db", folder
        engine = _opened(self._template)
        migrate.upgrade(engine)
        with writing(engine) as session:
            self._sources = _found_company(session)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    def counted(self, random: np.random.Generator, truth: Truth) -> Traffic:
        """A new world's events, sent, projected, and counted by the service."""
        path = self._folder / "world.db"
        shutil.copy(self._template, path)
        engine = _opened(path)
        try:
            self._send(engine, sorted(_events(random, truth), key=lambda told: (told[0] // DAY, told[1], told[0])))
            run_all(engine, NOW)
            with reading(engine) as session:
                return traffic_counts.count(session, NOW)
        finally:
            engine.dispose()
            for left in self._folder.glob("world.db*"):
                left.unlink()

    def _send(self, engine: Engine, told: list[tuple[int, str, Item]]) -> None:
        for (_, source), group in groupby(told, key=lambda each: (each[0] // DAY, each[1])):
            together = list(group)
            for start in range(0, len(together), BATCH):
                part = together[start : start + BATCH]
                items = [item for _, _, item in part]
                answer = accept(engine, self._sources[source], items, id_key=KEY, now=part[-1][0], limits=LIMITS)
                assert not answer.rejected, answer.rejected[0]


def _opened(path: Path) -> Engine:
    engine = make_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine


def _found_company(session: Any) -> dict[str, SourceInfo]:
    ensure_default_metrics(session, STATED)
    for family in FAMILIES:
        catalogue.save_family(session, ACTOR, STATED, Family(family, family))
        for tier in (1, 2):
            product = Product(f"{family}-{tier}", family, family, tier, 2_000 * tier, MARGIN * tier, MONTHS)
            catalogue.save_product(session, ACTOR, STATED, product, valid_from=0)
    for key, families in (("tv", ("tv",)), ("tv-shop", ("tv",)), ("help", ())):
        pattern = PATHS[key].rsplit("/", 1)[0] + "/*" if key != "tv-shop" else "/shop/tv*"
        step = Step("page", key, Match.PATH, pattern)
        catalogue.save_journey(session, ACTOR, STATED, Journey(key, key, (step,), families=families))
    kinds = {"web": SourceKind.CLIENT, "office": SourceKind.SERVER, "crm": SourceKind.IMPORT}
    found = {}
    for key, kind in kinds.items():
        source = Source(key, key, kind, complete=key == "crm")
        code = catalogue.save_source(session, ACTOR, STATED, source)
        found[key] = SourceInfo(code, key, kind, Environment.PRODUCTION)
    return found


def _events(random: np.random.Generator, truth: Truth) -> Iterator[tuple[int, str, Item]]:
    """(instant, source, message) of everybody, in no order."""
    number = 0
    for place in PATHS:
        for held in PEOPLE:
            for _ in range(people(place, held)):
                number += 1
                yield from _Person(random, truth, number, place, held).events()


@dataclass
class _Person:
    random: np.random.Generator
    truth: Truth
    number: int
    place: str
    held: Held

    def events(self) -> Iterator[tuple[int, str, Item]]:
        """What the CRM knows, earlier visits, the sight of the place, orders."""
        draw = self.random.random
        at = SINCE + int(draw() * (UNTIL - SINCE))
        visits = int(np.searchsorted(np.cumsum(mix(self.place))[:-1], draw()))
        traits = {"holdings": [f"{family}-1" for family in self.held]}
        yield STATED, "crm", self._item("identify", STATED, traits=traits)
        signed_in = draw() < 0.5  # the others look around without, and the office knows later whose browser it was
        for _ in range(int(self.random.choice(VIEWS[visits]))):
            yield self._view(SINCE - 1 - int(draw() * 29 * DAY), "/home", signed_in)
        for again in range(1 + (draw() < 0.3)):
            yield self._view(at + again * MINUTE, PATHS[self.place], signed_in)
        if not signed_in:
            yield at + 5 * MINUTE, "office", self._item("identify", at + 5 * MINUTE, browser=True, traits={})
        for family in FAMILIES:
            yield from self._bought(family, at, visits)

    def _bought(self, family: str, at: int, visits: int) -> Iterator[tuple[int, str, Item]]:
        draw, spot = self.random.random, (self.place, self.held, family)
        product, order = f"{family}-{1 + (family in self.held)}", f"{self.number}-{family}"
        if draw() < self.truth.chance(spot, visits):
            when = at + MINUTE + int(draw() ** 2 * (WINDOW - DAY))
            yield self._order(when, order, product)
            if draw() < TWICE:
                yield self._order(when + MINUTE, order, product, source="web")
            if draw() < GIVEN_BACK:
                back = when + int(draw() * 13 * DAY)
                yield back, "office", self._item("track", back, event="Order Refunded", properties={"order_id": order})
        elif draw() < LATE:
            yield self._order(at + WINDOW + MINUTE + int(draw() * 10 * DAY), order, product)

    def _order(self, at: int, order: str, product: str, source: str = "office") -> tuple[int, str, Item]:
        line = {"product_id": product, "quantity": 1, "price": 20}
        told = {"order_id": order, "channel": "web", "products": [line]}
        return at, source, self._item("track", at, source=source, event="Order Completed", properties=told)

    def _view(self, at: int, path: str, signed_in: bool) -> tuple[int, str, Item]:
        item = self._item("page", at, browser=True, properties={"path": path})
        if not signed_in:
            del item["userId"]
        return at, "web", item | {"context": {"app": {"name": "shop"}} if self.number % 10 < 3 else {}}

    def _item(self, kind: str, at: int, *, browser: bool = False, source: str = "", **more: Any) -> Item:
        name = f"{self.number}-{kind}-{at}-{source}"
        item = {"type": kind, "messageId": name, "timestamp": _stamp(at), "userId": f"customer-{self.number}", **more}
        return item | ({"anonymousId": f"browser-{self.number}"} if browser or source == "web" else {})


def _stamp(at: int) -> str:
    return str(np.datetime64(at, "us").astype("datetime64[ms]")) + "Z"
