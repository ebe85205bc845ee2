"""Customers who are in no test: the company goes on selling when its tests are over.

Without them the overview would show a company that collapses, because all other customers of the demo live for its
tests. They see no page that is counted and no test, so that nothing else in the demo changes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.services.clock import DAY
from experiments.services.demo.calendar import Calendar, Instants, visits_between, written
from experiments.services.demo.company import CRM
from experiments.services.demo.messages import Message
from experiments.services.demo.people import TIERS, Numbers, People, customer_id, invent_people
from experiments.services.demo.sales import next_tier, orders

#: Numbers of customers that no test can reach begin here.
FIRST = 500_000
#: Their share of all other customers.
SHARE = 0.2
#: Orders a day per other customer, once the tests are over: from so many days before the end on, fully so many later.
DAILY, BEGIN, FULL = 0.0078, 32, 16
CROSS = 0.4


def neighbours(random: np.random.Generator, calendar: Calendar, customers: int) -> Iterator[Message]:
    """What they hold and what they buy, in no order.

    Args:
        customers: how many others the demo has.
    """
    people = invent_people(random, max(1, round(customers * SHARE)))
    at = _instants(random, calendar, customers)
    numbers = random.integers(0, len(people), len(at))
    yield from _statements(calendar.start, people, np.unique(numbers))
    yield from orders(random, calendar, "neighbour", numbers + FIRST, at, _products(random, people, numbers))


def _instants(random: np.random.Generator, calendar: Calendar, customers: int) -> Instants:
    """Instants of orders: more on every day while the others' sales fade, then as many on each."""
    days = []
    for ago in range(min(BEGIN, calendar.days), 0, -1):
        count = round(customers * DAILY * min(1.0, (BEGIN + 1 - ago) / (BEGIN - FULL)))
        days.append(visits_between(random, calendar.ago(ago), calendar.ago(ago) + DAY, count))
    return np.concatenate(days)


def _statements(at: int, people: People, buyers: Numbers) -> Iterator[Message]:
    stamp = written(np.array([at]))[0]
    for number in buyers.tolist():
        who, traits = customer_id(FIRST + number), {"holdings": people.holdings(number)}
        item = {"type": "identify", "userId": who, "traits": traits, "messageId": f"crm-{who}", "timestamp": stamp}
        yield Message(at, CRM, item)


def _products(random: np.random.Generator, people: People, numbers: Numbers) -> list[str]:
    """The first product of a family that is not held, or the next tier of one that is."""
    upwards = next_tier(people, numbers)
    crosses = (random.random(len(numbers)) < CROSS).tolist()
    chosen = []
    for number, crossing, up in zip(numbers.tolist(), crosses, upwards, strict=True):
        new = [products[0] for family, products in TIERS.items() if not people.tiers[family][number]]
        chosen.append(new[0] if crossing and new else up)
    return chosen
