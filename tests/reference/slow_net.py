"""The columns between gross and net, line by line from raw messages: slow and obvious on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from tests.reference.slow import RANK, Reference, _when
from tests.reference.world import Item, Message, World

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Declared:
    """The declaration, in plain words."""

    promoted_relations: tuple[str, ...] = ("cross",)
    promoted_families: tuple[str, ...] = ()
    protected_relations: tuple[str, ...] = ("up",)
    channels: tuple[str, ...] = ("web",)
    horizon: int = 9
    early: int = 3
    returns: int = 5
    second_cost: dict[str, float] = field(default_factory=dict)
    sale_cost: dict[str, float] = field(default_factory=dict)
    offer_cost: float = 0.0
    retention: int = 0
    cap: float | None = None
    before: int = 0
    day_ends: tuple[int, ...] = (1, 2, 3, 7, 9)
    dissatisfied: float = 2.0


class NetReference(Reference):
    """One row per unit of the fixed cohort: variant, holding set, channel of first exposure, and every column."""

    def __init__(self, world: World, unit: str, cut: datetime, declared: Declared) -> None:
        super().__init__(world, unit, cut)
        self._d = declared

    def table(self) -> pd.DataFrame:
        """The cohort; a column that never occurs is not there."""
        d = self._d
        ripe = self._cut - (d.horizon + d.returns) * DAY
        units = self._exposed()
        old = {unit: facts for unit, facts in units.items() if len(facts[1]) == 1 and facts[0] <= ripe}
        cohort = {unit: facts for unit, facts in old.items() if self._customer_at(unit, facts[0]) is not None}
        rows: dict[str, dict[str, Any]] = {}
        for unit, (first, variants) in cohort.items():
            rows[unit] = {
                "variant": next(iter(variants)),
                "held": self._held_set(unit, first),
                "shown": self._shown_channel(unit, first),
            }
        facts: dict[str, list[dict[str, Any]]] = {unit: [] for unit in cohort}
        for fact in [*self._sale_lines(d.returns), *self._contacts(), *self._surveys()]:
            unit = self._owner(fact, cohort, units)
            if unit is not None:
                facts[unit].append(fact)
        earlier: dict[str, list[dict[str, Any]]] = {unit: [] for unit in cohort}
        for fact in self._sale_lines(d.returns):
            unit = self._owner(fact, cohort, units, known_then=True)
            if unit is not None and self.known(fact, cohort[unit][0]):
                earlier[unit].append(fact)
        for unit, row in rows.items():
            self._fill(row, unit, cohort[unit][0], facts[unit], earlier[unit])
        return pd.DataFrame.from_dict(rows, orient="index").fillna(0.0)

    def _fill(
        self,
        row: dict[str, Any],
        unit: str,
        first: datetime,
        facts: list[dict[str, Any]],
        earlier: list[dict[str, Any]],
    ) -> None:
        d = self._d

        def add(column: str, value: float) -> None:
            row[column] = row.get(column, 0.0) + value

        lines = [f for f in facts if f["kind"] == "sale" and f["rank"] >= 2]
        inside = [line for line in lines if first <= line["at"] <= first + d.horizon * DAY]
        worth = [self.value(unit, first, line) for line in inside]
        size = sum(abs(value) for value, _ in worth)
        factor = min(1.0, d.cap / size) if d.cap is not None and size > 0 else 1.0
        for line, (value, once) in zip(inside, worth, strict=True):
            age = (line["at"] - first) / DAY
            self._count(add, unit, first, line, value * factor, once * factor, age)
        for channel in {line["order"]: line["channel"] for line in sorted(inside, key=_order)}.values():
            add("S", d.sale_cost.get(channel, 0.0))
        for fact in facts:
            if fact["kind"] == "sale" or not first <= fact["at"] <= first + d.horizon * DAY:
                continue
            self._service(add, fact)
        if row["variant"] != "control" and d.offer_cost:
            add("S", d.offer_cost * self._offers(unit, first))
        for line in earlier:
            if d.before and line["rank"] >= 2 and first - d.before * DAY <= line["at"]:
                add("before", line["margin"])
        for name in [name for name in row if name == "buyer" or name.startswith("buyer:") or name == "responded"]:
            row[name] = float(row[name] > 0)

    def _count(
        self, add: Any, unit: str, first: datetime, line: dict[str, Any], value: float, once: float, age: float
    ) -> None:
        d, item, channel = self._d, line["item"], line["channel"]
        letter = self.cls(unit, first, item)
        if letter == "P":
            step = "PL" if age > d.early else "PE" if channel in d.channels else "PX"
            add("d:" + str(next(end for end in d.day_ends if age <= end)), value)
        else:
            step = letter
        add(step, value)
        add(f"v:{item.family}", value)
        add(f"v:{channel}", value)
        if letter != "O":
            add(f"once:{letter}", once)
        if line["kept"] <= 0:
            return
        add(f"n:{item.family}", 1)
        add(f"n:{channel}", 1)
        add(f"q:{item.key}:{letter}", line["kept"])
        if letter != "O":
            add(f"n:{letter}", 1)
        if letter == "P":
            add("buyer", 1)
            add(f"buyer:{channel}", 1)

    def cls(self, unit: str, first: datetime, item: Item) -> str:
        """First match: promoted, protected, all else."""
        relation, d = self.relation(unit, first, item), self._d
        family = not d.promoted_families or item.family in d.promoted_families
        if family and relation in d.promoted_relations:
            return "P"
        return "U" if relation in d.protected_relations else "O"

    def value(self, unit: str, first: datetime, line: dict[str, Any]) -> tuple[float, float]:
        """The value of a line in minor units, and the part of it that is earned once."""
        item, kept, at = line["item"], line["kept"], line["at"]
        _, months = item.listed(at)
        relation = self.relation(unit, first, item)
        if relation == "same":
            renewal = kept * (item.retention or self._d.retention)
            return renewal, renewal
        held = self._held(self._customer_at(unit, first), first) or set()
        gone = {other for other in held if other.key in item.replaces}
        if relation in ("up", "down"):
            mine = [other for other in held if other.family == item.family]
            top = max(other.tier for other in mine)
            gone.add(next(other for other in self._items.values() if other in mine and other.tier == top))
        lost = months * sum(other.listed(at)[0] for other in gone)
        value = line["margin"] * kept / line["quantity"] - kept * lost
        if kept > 0 and len(held) > len(gone):
            value -= months * item.held_discount
        return value, kept * item.one_off

    def _service(self, add: Any, fact: dict[str, Any]) -> None:
        d, channel = self._d, fact["channel"]
        if fact["kind"] == "contact":
            add("S", d.second_cost.get(channel, 0.0) * fact["seconds"])
            add(f"contacts:{channel}", 1)
            add(f"seconds:{channel}", fact["seconds"])
            return
        add("responded", 1)
        add(f"answers:{channel}", 1)
        add(f"score:{channel}", fact["score"])
        add(f"dissatisfied:{channel}", float(fact["score"] <= d.dissatisfied))

    def _surveys(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "survey",
                "at": _when(message.body),
                "rank": RANK[message.source],
                "visitor": message.body.get("anonymousId"),
                "customer": message.body.get("userId"),
                "channel": message.body["properties"]["channel"],
                "score": message.body["properties"]["csat"],
            }
            for message in self._messages
            if message.body.get("event") == "Survey Answered"
        ]

    def _viewed(self, unit: str) -> list[Message]:
        key = "anonymousId" if self._unit == "visitor" else "userId"
        return [m for m in self._messages if m.body.get("event") == "Experiment Viewed" and m.body.get(key) == unit]

    def _offers(self, unit: str, first: datetime) -> int:
        end = min(first + self._d.horizon * DAY, self._cut)
        shown = [m.body for m in self._viewed(unit) if not m.body["properties"]["suppressed"]]
        return sum(first <= _when(body) <= end for body in shown)

    def _held_set(self, unit: str, first: datetime) -> str:
        held = self._held(self._customer_at(unit, first), first)
        if held is None:
            return "unknown"
        return "+".join(sorted({item.family for item in held})) or "none"

    def _shown_channel(self, unit: str, first: datetime) -> str:
        at_first = [m.body["context"]["channel"] for m in self._viewed(unit) if _when(m.body) == first]
        return min(at_first, key=["web", "app", "phone", "chat", "email", "store"].index)


def _order(line: dict[str, Any]) -> int:
    """Of several lines of one order the channel with the smallest code counts."""
    return -["web", "app", "phone", "chat", "email", "store"].index(line["channel"])
