"""The definitions, word by word, over raw messages with loops and a pandas table: slow and obvious on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from tests.reference.world import Item, Message, World

RANK = {"browser": 1, "shop": 2, "warehouse": 3}
COMPLETE = {"warehouse"}
UNTRUSTED = {"browser"}


#: First exposure of a unit, and the variants it was logged in.
Exposed = tuple[datetime, set[str]]


@dataclass(frozen=True)
class Wanted:
    """One column: which sales or contacts, which number, which days."""

    key: str
    kind: str
    value: str
    first_day: int
    last_day: int
    binary: bool = False
    relations: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    cap: float | None = None
    at_least: int = 1


@dataclass(frozen=True)
class Answer:
    """One row per mature unit with its variant, and the counts beside it."""

    table: pd.DataFrame
    in_two_variants: int
    exposed: dict[str, int]
    contaminated: int


class Reference:
    """Reads a world once; answers for any columns."""

    def __init__(
        self,
        world: World,
        unit: str,
        cut: datetime,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        self._since, self._until = since, until
        self._items = {item.key: item for item in world.items}
        self._unit, self._cut = unit, cut
        self._messages = once(world.messages)
        self._links = self._read_links()

    def answer(self, columns: list[Wanted], window_days: int, return_days: int | None) -> Answer:
        """The table of mature units, zero where nothing happened."""
        units = self._exposed()
        clean = {unit: facts for unit, facts in units.items() if len(facts[1]) == 1}
        ripe = self._cut - timedelta(days=window_days + (return_days or 0))
        mature = {unit: facts for unit, facts in clean.items() if facts[0] <= ripe}
        rows = {
            unit: {"variant": next(iter(variants)), **{column.key: 0.0 for column in columns}}
            for unit, (_, variants) in mature.items()
        }
        orders: dict[tuple[str, str], set[str]] = {}
        for fact in [*self._sale_lines(return_days), *self._contacts()]:
            unit = self._owner(fact, mature, units)
            if unit is not None:
                after = [column for column in columns if column.first_day >= 0]
                self._add(rows[unit], unit, mature[unit][0], fact, after, orders)
        for fact in [*self._sale_lines(None), *self._contacts()]:
            unit = self._owner(fact, mature, units, known_then=True)
            if unit is not None and self.known(fact, mature[unit][0]):
                then = fact | {"kept": self._kept_then(fact, mature[unit][0], return_days)}
                before = [column for column in columns if column.first_day < 0]
                self._add(rows[unit], unit, mature[unit][0], then, before, orders)
        for unit, row in rows.items():
            for column in columns:
                if column.value == "orders":
                    row[column.key] = float(len(orders.get((unit, column.key), ())))
                row[column.key] = _finish(row[column.key], column)
        exposed = pd.Series([next(iter(v)) for _, v in clean.values()]).value_counts()
        return Answer(
            pd.DataFrame.from_dict(rows, orient="index"),
            len(units) - len(clean),
            {str(k): int(n) for k, n in exposed.items()},
            self._contaminated(clean),
        )

    def _exposed(self) -> dict[str, Exposed]:
        units: dict[str, Exposed] = {}
        for message in self._messages:
            body = message.body
            if body.get("event") != "Experiment Viewed" or not self._inside(_when(body)):
                continue
            unit = {"visitor": body.get("anonymousId"), "customer": body.get("userId")}.get(self._unit, _agent(message))
            first, variants = units.get(unit, (_when(body), set()))
            units[unit] = (min(first, _when(body)), variants | {body["properties"]["variation_id"]})
        return units

    def _inside(self, moment: datetime) -> bool:
        early = self._since is not None and moment < self._since
        late = moment > self._cut or (self._until is not None and moment > self._until)
        return not (early or late)

    def _read_links(self) -> dict[tuple[str, str], tuple[datetime, datetime]]:
        """(visitor, customer) → when it was first true, and when that was first heard, trusted senders only."""
        links: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        for message in self._messages:
            body = message.body
            both = "anonymousId" in body and "userId" in body
            if message.source in UNTRUSTED or body["type"] != "identify" or not both:
                continue
            pair = (body["anonymousId"], body["userId"])
            at, heard = links.get(pair, (_when(body), message.received))
            links[pair] = (min(at, _when(body)), min(heard, message.received))
        return links

    def _sale_lines(self, return_days: int | None) -> list[dict[str, Any]]:
        lines: dict[tuple[str, int, int], dict[str, Any]] = {}
        for message in self._messages:
            if message.body.get("event") != "Order Completed":
                continue
            for index, product in enumerate(message.body["properties"]["products"]):
                for place, told in enumerate(self._lines(message, product)):
                    key = (message.body["properties"]["order_id"], index, place)
                    lines[key] = told if key not in lines else _merge(lines[key], told)
        for (order, _, _), line in lines.items():
            line["order"] = order
            line["kept"] = line["quantity"] - self._given_back(order, line, return_days)
        return list(lines.values())

    def _lines(self, message: Message, product: dict[str, Any]) -> list[dict[str, Any]]:
        """The line, or one per component of a bundle."""
        item, quantity, at = self._items[product["product_id"]], product["quantity"], _when(message.body)
        price = round(product["price"] * 100)
        listed, months = item.listed(at)
        if not item.components:
            worth = (listed * months + item.one_off) * quantity
            return [self._line(message, item, quantity, price * quantity, worth)]
        parts = [(self._items[key], count) for key, count in item.components]
        weights = [part.price * count for part, count in parts]
        loss = sum(part.listed(at)[0] * count for part, count in parts) - listed
        lines = []
        for place, (part, count) in enumerate(parts):
            revenue, less, once = (_share(amount, weights, place) for amount in (price, loss, item.one_off))
            margin, its_months = part.listed(at)
            worth = (margin * count - less) * its_months + once
            lines.append(self._line(message, part, count * quantity, revenue * quantity, worth * quantity))
        return lines

    def _line(self, message: Message, item: Item, quantity: int, revenue: int, margin: int) -> dict[str, Any]:
        return {
            "kind": "sale",
            "at": _when(message.body),
            "received": message.received,
            "source": message.source,
            "rank": RANK[message.source],
            "visitor": message.body.get("anonymousId"),
            "customer": message.body.get("userId"),
            "agent": _agent(message),
            "channel": message.body["properties"]["channel"],
            "item": item,
            "quantity": quantity,
            "revenue": revenue,
            "margin": margin,
        }

    def _given_back(
        self,
        order: str,
        line: dict[str, Any],
        return_days: int | None,
        told: list[Message] | None = None,
        until: datetime | None = None,
    ) -> int:
        if return_days is None:
            return 0
        back, end = 0, until or self._cut
        for message in self._messages if told is None else told:
            body = message.body
            if body.get("event") not in ("Order Refunded", "Order Cancelled"):
                continue
            late = _when(body) > line["at"] + timedelta(days=return_days) or _when(body) > end
            believed = message.source not in UNTRUSTED or line["rank"] == RANK["browser"]
            if body["properties"]["order_id"] != order or late or not believed:
                continue
            parts = body["properties"].get("products")
            if parts is None:
                back += line["quantity"]
            else:
                back += sum(
                    part["quantity"] * count
                    for part in parts
                    for item, count in self._parts(part["product_id"])
                    if item == line["item"]
                )
        return min(back, line["quantity"])

    def _contacts(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "contact",
                "at": _when(message.body),
                "received": message.received,
                "source": message.source,
                "rank": RANK[message.source],
                "visitor": message.body.get("anonymousId"),
                "customer": message.body.get("userId"),
                "agent": _agent(message),
                "channel": message.body["properties"]["channel"],
                "seconds": message.body["properties"]["handle_seconds"],
            }
            for message in self._messages
            if message.body.get("event") == "Contact Handled"
        ]

    def known(self, fact: dict[str, Any], first: datetime) -> bool:
        """Whether a fact of before the exposure was known then."""
        return bool(fact["at"] < first and (fact["received"] <= first or fact["source"] in COMPLETE))

    def _kept_then(self, fact: dict[str, Any], first: datetime, return_days: int | None) -> int | None:
        """What had not been given back at the exposure, as far as it was known."""
        if fact["kind"] != "sale":
            return None
        told = [m for m in self._messages if m.received <= first or m.source in COMPLETE]
        return int(fact["quantity"] - self._given_back(fact["order"], fact, return_days, told, first))

    def _owner(
        self, fact: dict[str, Any], mature: dict[str, Exposed], exposed: dict[str, Exposed], known_then: bool = False
    ) -> str | None:
        """The unit that carries it, else the unit that owns the other id.

        An id that was exposed keeps its facts even where it does not count yet, or not at all.
        """
        if fact["at"] > self._cut:
            return None
        if self._unit == "agent":
            return fact["agent"] if fact["agent"] in mature else None
        mine, other = ("visitor", "customer") if self._unit == "visitor" else ("customer", "visitor")
        if fact[mine] in mature:
            return str(fact[mine])
        if fact[mine] in exposed or fact[other] is None:
            return None
        if self._unit == "customer":
            return None if fact[mine] is not None else self._known_first(fact[other], mature, known_then)
        own = [(mature[v][0], v, v, c) for v, c in self._links if c == fact[other] and v in mature]
        if known_then:
            own = [each for each in own if max(self._links[each[2:]]) <= mature[each[1]][0]]
        return min(own)[1] if own else None

    def _known_first(self, visitor: str, mature: dict[str, Exposed], known_then: bool) -> str | None:
        """The first customer known on a device, if they count in the test; for what came before, as known then."""
        told = [(at, heard, c) for (v, c), (at, heard) in self._links.items() if v == visitor]
        own = []
        for at, _, unit in told:
            if unit in mature:
                limit = mature[unit][0]
                rivals = [(a, c) for a, heard, c in told if not known_then or max(a, heard) <= limit]
                if rivals and min(rivals) == (at, unit):
                    own.append((at, unit))
        return min(own)[1] if own else None

    def _add(
        self,
        row: dict[str, Any],
        unit: str,
        first: datetime,
        fact: dict[str, Any],
        columns: list[Wanted],
        orders: dict[tuple[str, str], set[str]],
    ) -> None:
        for column in columns:
            inside = first + timedelta(days=column.first_day) <= fact["at"] < first + timedelta(days=column.last_day)
            if fact["kind"] != column.kind or not inside:
                continue
            if column.channels and fact["channel"] not in column.channels:
                continue
            if column.kind == "sale" and not self._fits(unit, first, fact, column):
                continue
            if column.value == "orders":
                orders.setdefault((unit, column.key), set()).update([fact["order"]] if fact["kept"] > 0 else [])
                continue
            row[column.key] += _number(fact, column)

    def _fits(self, unit: str, first: datetime, fact: dict[str, Any], column: Wanted) -> bool:
        if fact["rank"] < 2:
            return False  # servers and imports exist, so browsers' orders do not count
        if column.families and fact["item"].family not in column.families:
            return False
        holder = fact["customer"] if self._unit == "agent" else self._customer_at(unit, first)
        return not column.relations or self.relation_of(holder, first, fact["item"]) in column.relations

    def relation(self, unit: str, first: datetime, item: Item) -> str:
        """Relation to the holdings frozen at first exposure."""
        return self.relation_of(self._customer_at(unit, first), first, item)

    def relation_of(self, customer: str | None, first: datetime, item: Item) -> str:
        """Relation to what a customer held when the unit was first exposed."""
        held = self._held(customer, first)
        if held is None:
            return "unknown"
        if not held:
            return "new"
        tiers = [other.tier for other in held if other.family == item.family]
        if not tiers:
            return "cross"
        if item.multiple and item in held:
            return "add"
        if item.tier == max(tiers):
            return "same"
        return "up" if item.tier > max(tiers) else "down"

    def _customer_at(self, unit: str, first: datetime) -> str | None:
        if self._unit == "customer":
            return unit
        known = [
            (at, customer)
            for (visitor, customer), (at, heard) in self._links.items()
            if visitor == unit and at <= first and heard <= first
        ]
        if not known:
            return None
        latest = max(at for at, _ in known)
        return next(customer for at, customer in known if at == latest)

    def _held(self, customer: str | None, first: datetime) -> set[Item] | None:
        """The latest full statement known before exposure, and what orders added after it; None where there is none."""
        if customer is None:
            return None
        statements = []
        for message in self._messages:
            body = message.body
            told = body.get("type") == "identify" and "holdings" in body.get("traits", {})
            if told and body.get("userId") == customer and self._knew(message, first):
                statements.append((_when(body), body["traits"]["holdings"]))
        if not statements:
            return None
        as_of, keys = max(statements)
        held = {item for key in keys for item, _ in self._parts(key)}
        for message in self._messages:
            body = message.body
            if body.get("event") != "Order Completed" or message.source in UNTRUSTED:
                continue
            if body.get("userId") == customer and self._knew(message, first) and _when(body) >= as_of:
                told = [product["product_id"] for product in body["properties"]["products"]]
                held |= {item for key in told for item, _ in self._parts(key)}
        return held

    def _parts(self, key: str) -> list[tuple[Item, int]]:
        """What is held after one of it is bought."""
        item = self._items[key]
        return [(self._items[part], count) for part, count in item.components] or [(item, 1)]

    def _knew(self, message: Message, first: datetime) -> bool:
        in_time = message.received <= first or message.source in COMPLETE
        return _when(message.body) <= first and in_time

    def _contaminated(self, clean: dict[str, tuple[datetime, set[str]]]) -> int:
        if self._unit != "visitor":
            return 0
        seen: dict[str, set[str]] = {}
        for visitor, customer in self._links:
            if visitor in clean:
                seen.setdefault(customer, set()).update(clean[visitor][1])
        return sum(len(variants) > 1 for variants in seen.values())


def _share(amount: int, weights: list[int], place: int) -> int:
    """Part of a whole amount in proportion to the weights, rounded so that the parts add up to it."""
    total = sum(weights)
    ends = [(2 * amount * sum(weights[:upto]) + total) // (2 * total) for upto in (place, place + 1)]
    return ends[1] - (ends[0] if place else 0)


def once(messages: list[Message]) -> list[Message]:
    """The first copy of each message of a source."""
    seen: dict[tuple[str, str], Message] = {}
    for message in sorted(messages, key=lambda m: m.received):
        seen.setdefault((message.source, message.body["messageId"]), message)
    return list(seen.values())


def _merge(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    winner, loser = (b, a) if (-b["rank"], b["at"]) < (-a["rank"], a["at"]) else (a, b)
    return {
        **winner,
        "visitor": winner["visitor"] or loser["visitor"],
        "customer": winner["customer"] or loser["customer"],
        "agent": winner["agent"] or loser["agent"],
    }


def _agent(message: Message) -> str | None:
    """Who handled it; a browser's word counts for nothing."""
    return None if message.source in UNTRUSTED else message.body.get("properties", {}).get("agent_id")


def _number(fact: dict[str, Any], column: Wanted) -> float:
    if fact["kind"] == "contact":
        return 1.0 if column.value == "count" else float(fact["seconds"])
    kept = fact["kept"]
    if column.value == "count":
        return float(kept > 0)
    if column.value == "quantity":
        return float(kept)
    return float(fact[column.value]) * kept / fact["quantity"]


def _finish(total: float, column: Wanted) -> float:
    if column.binary:
        return float(total > 0 and total >= column.at_least)
    return total if column.cap is None else min(total, column.cap)


def _when(body: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(body["timestamp"])
