"""Random events of a small telecom: duplicates, late and re-ordered messages, and every identity trap."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 6, 1, tzinfo=UTC)
FAMILIES = ("mobile", "broadband", "tv")
CHANNELS = ("web", "phone", "store")
AGENTS = [f"a{number}" for number in range(90)]
#: What an agent may handle.
HANDLED = ("Order Completed", "Contact Handled")


@dataclass(frozen=True)
class Item:
    """A catalogue entry of this world."""

    key: str
    family: str
    tier: int
    price: int
    margin: int
    months: int
    multiple: bool
    one_off: int = 0
    held_discount: int = 0
    retention: int = 0
    replaces: tuple[str, ...] = ()
    components: tuple[tuple[str, int], ...] = ()
    #: (from when, margin, months): what it is worth from then on
    changes: tuple[tuple[datetime, int, int], ...] = ()

    def listed(self, at: datetime) -> tuple[int, int]:
        """Margin per month and months at an instant."""
        known = [(margin, months) for since, margin, months in self.changes if since <= at]
        return known[-1] if known else (self.margin, self.months)


@dataclass(frozen=True)
class Message:
    """One message as a sender hands it over, and when the server receives it."""

    source: str
    received: datetime
    body: dict[str, Any]


@dataclass
class World:
    """What happened, as messages."""

    items: list[Item]
    messages: list[Message] = field(default_factory=list)


def make_items() -> list[Item]:
    """Three families with three tiers; a second SIM can be added to a first."""
    return [
        Item(f"{family}-{tier}", family, tier, 1_000 * tier + 99, 400 * tier, 12 * tier, family == "mobile")
        for family in FAMILIES
        for tier in (1, 2, 3)
    ]


def make_world(
    seed: int, *, visitors: int = 260, customers: int = 140, unit: str = "visitor", items: list[Item] | None = None
) -> World:
    """A world in which about one in five messages is sent twice and one in ten comes days late."""
    rng = random.Random(seed)
    world = World(make_items() if items is None else items)
    maker = _Maker(rng, world, unit)
    for number in range(customers):
        maker.holdings(f"c{number}")
    for number in range(visitors):
        customer = f"c{rng.randrange(customers)}" if rng.random() < 0.7 else None
        maker.visitor(f"v{number}", customer)
    for number in range(customers):
        if rng.random() < 0.5:
            maker.shop_sale(f"c{number}")
    for agent in AGENTS if unit == "agent" else ():
        maker.agent(agent)
    rng.shuffle(world.messages)
    world.messages.sort(key=lambda message: message.received)
    return world


def on_edges(world: World) -> World:
    """The same world with everything at midnight, so that much falls on the very ends of windows and on each other."""
    return World(world.items, [_at_midnight(message) for message in world.messages])


def _at_midnight(message: Message) -> Message:
    told = _midnight(datetime.fromisoformat(message.body["timestamp"]))
    return Message(message.source, _midnight(message.received), message.body | {"timestamp": told.isoformat()})


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class _Maker:
    def __init__(self, rng: random.Random, world: World, unit: str) -> None:
        self._rng, self._world, self._unit, self._count = rng, world, unit, 0

    def holdings(self, customer: str) -> None:
        """Statements: none, known in time, told late by a server, told late by a complete source."""
        kind = self._rng.choice(["none", "early", "early", "late", "complete", "twice"])
        if kind == "none":
            return
        held = [item.key for item in self._world.items if self._rng.random() < 0.25]
        when = START + timedelta(days=self._rng.uniform(-30, 5))
        delay = {"late": 9.0, "complete": 20.0}.get(kind, 0.0)
        source = "warehouse" if kind == "complete" else "shop"
        self._identify(source, customer, held, when, delay)
        if kind == "twice":
            more = [item.key for item in self._world.items if self._rng.random() < 0.25]
            self._identify("shop", customer, more, when + timedelta(days=self._rng.uniform(0.1, 10)), 0.0)

    def visitor(self, visitor: str, customer: str | None) -> None:
        """Exposures (some twice, a few in two variants), a link at some time, sales, contacts, pages."""
        first = START + timedelta(days=self._rng.uniform(0, 12))
        variant = self._rng.choice(["control", "treatment"])
        if customer and self._rng.random() < 0.6:
            when = first + timedelta(days=self._rng.uniform(-3, 6))
            self._send("shop", when, 0.0, type="identify", anonymousId=visitor, userId=customer, traits={})
        exposed = {"visitor": visitor, "customer": customer}.get(self._unit)
        if exposed and self._rng.random() < 0.85:
            self._exposures(exposed, variant, first)
        for _ in range(self._rng.choice([0, 0, 1, 2, 3])):
            when = first + timedelta(days=self._rng.uniform(-6, 14))
            self._order("browser" if self._rng.random() < 0.3 else "shop", visitor, customer, when, "web")
        for _ in range(self._rng.choice([0, 1, 2])):
            self._contact(visitor, customer, first + timedelta(days=self._rng.uniform(-6, 14)))

    def agent(self, agent: str) -> None:
        """Exposures of somebody who works under one variant; a few are logged in both."""
        first = START + timedelta(days=self._rng.uniform(0, 12))
        self._exposures(agent, self._rng.choice(["control", "treatment"]), first)

    def shop_sale(self, customer: str) -> None:
        """A sale over phone or counter that carries the customer only; sometimes the back office repeats it."""
        when = START + timedelta(days=self._rng.uniform(-5, 25))
        self._order("shop", None, customer, when, self._rng.choice(["phone", "store"]))

    def _exposures(self, unit: str, variant: str, first: datetime) -> None:
        times = [first, *(first + timedelta(days=self._rng.uniform(0, 8)) for _ in range(self._rng.randrange(3)))]
        self._rng.shuffle(times)
        for when in times:
            shown = variant if self._rng.random() > 0.02 else self._rng.choice(["control", "treatment"])
            properties = {"experiment_id": "entry", "variation_id": shown, "phase": 1, "reason": "SPLIT"}
            if self._unit == "agent":
                who, properties["agent_id"] = {}, unit
            else:
                who = {"anonymousId" if self._unit == "visitor" else "userId": unit}
            self._send("shop", when, None, type="track", event="Experiment Viewed", properties=properties, **who)

    def _order(self, source: str, visitor: str | None, customer: str | None, when: datetime, channel: str) -> None:
        order = f"o{self._count}"
        products = [
            {"product_id": item.key, "quantity": self._rng.choice([1, 1, 1, 2]), "price": item.price / 100}
            for item in self._rng.sample(self._world.items, self._rng.choice([1, 1, 2]))
        ]
        body = {"order_id": order, "channel": channel, "products": products}
        ids = {"anonymousId": visitor} if visitor else {}
        if customer and (not visitor or self._rng.random() < 0.4):
            ids["userId"] = customer
        self._send(source, when, None, type="track", event="Order Completed", properties=body, **ids)
        if customer and self._rng.random() < 0.25:
            late = when + timedelta(hours=self._rng.uniform(0, 3))
            ids = {"userId": customer}
            counted = [product | {"line_id": place} for place, product in enumerate(products, start=1)]
            told = body | {"products": counted}  # a back office counts from 1, a shop's basket from 0
            self._send("warehouse", late, 2.0, type="track", event="Order Completed", properties=told, **ids)
        if self._rng.random() < 0.2:
            taker = self._rng.choice([source, "browser"])
            self._refund(taker, ids, order, products, when)

    def _refund(
        self, source: str, ids: dict[str, str], order: str, products: list[dict[str, Any]], when: datetime
    ) -> None:
        back = when + timedelta(days=self._rng.uniform(0.1, 12))
        if self._rng.random() < 0.5:
            properties: dict[str, Any] = {"order_id": order}
            self._send(source, back, None, type="track", event="Order Cancelled", properties=properties, **ids)
        else:
            part = {"product_id": products[0]["product_id"], "quantity": 1}
            properties = {"order_id": order, "products": [part]}
            self._send(source, back, None, type="track", event="Order Refunded", properties=properties, **ids)

    def _contact(self, visitor: str, customer: str | None, when: datetime) -> None:
        ids = {"userId": customer} if customer else {"anonymousId": visitor}
        properties = {"channel": "phone", "handle_seconds": self._rng.randrange(20, 900)}
        self._send("shop", when, None, type="track", event="Contact Handled", properties=properties, **ids)

    def _identify(self, source: str, customer: str, held: list[str], when: datetime, delay: float) -> None:
        self._send(source, when, delay, type="identify", userId=customer, traits={"holdings": held})

    def _send(self, source: str, when: datetime, delay_days: float | None, **body: Any) -> None:
        """`delay_days` None: at once as a rule, days late one time in ten; duplicates one time in five."""
        self._count += 1
        if self._unit == "agent" and body.get("event") in HANDLED and self._rng.random() < 0.8:
            body["properties"] = body["properties"] | {"agent_id": self._rng.choice(AGENTS)}
        if delay_days is None:
            delay_days = self._rng.uniform(0, 5) if self._rng.random() < 0.1 else 0.0
        message = {**body, "messageId": f"m{self._count}", "timestamp": when.isoformat()}
        received = _delivery(when + timedelta(days=delay_days))
        self._world.messages.append(Message(source, received, message))
        if self._rng.random() < 0.2:
            again = received + timedelta(days=self._rng.choice([0.0, 0.0, 1.5]))
            self._world.messages.append(Message(source, again, message))


def _delivery(moment: datetime) -> datetime:
    """Senders deliver twice a day, so that a world is a few hundred requests and not thousands."""
    half_days = -((START - moment) // timedelta(hours=12))
    return START + half_days * timedelta(hours=12)
