"""The relation of a sale follows from the holdings frozen at first exposure, never from those at the order.

A cross-sale creates a holding. If the holdings at the order counted, the next purchase of the new family would be an
up-sale, and the more the offer cross-sells the more up-sales it would seem to make: cannibalisation would be hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from experiments.services.clock import DAY
from tests.identity.worlds import deliver, lift, ratio, read, shop
from tests.shop_world import HOUR, START, identify, order, viewed

PER_VARIANT = 1_000
#: Of a thousand: who buys TV (cross), who of those takes a higher tier of it a day later, who upgrades the mobile.
TRUTH = {"control": (100, 40, 200), "entry": (150, 60, 180)}


@dataclass
class Customer:
    """Holds one mobile product when the test begins."""

    key: str
    variant: str
    bought: list[str] = field(default_factory=list)


def world() -> list[Customer]:
    """A true loss of 10 % of the up-sales, beside 50 % more cross-sales; whole numbers, no noise."""
    people = []
    for variant, (cross, again, up) in TRUTH.items():
        for number in range(PER_VARIANT):
            person = Customer(f"{variant}-{number}", variant)
            person.bought += ["tv-1"] if number < cross else []
            person.bought += ["tv-2"] if number < again else []
            person.bought += ["mobile-2"] if number >= PER_VARIANT - up else []
            people.append(person)
    return people


def test_a_true_loss_of_ten_percent_reads_ten_percent(sqlite_engine: Engine) -> None:
    people = world()
    made = shop(sqlite_engine, ["cross-sell", "up-sell"], unit="customer")
    deliver(made, "shop", [identify(START - DAY, holdings=["mobile-1"], userId=p.key) for p in people], START - HOUR)
    deliver(made, "shop", [viewed(p.variant, START + DAY, userId=p.key) for p in people], START + DAY + HOUR)
    sold = [
        order(f"{p.key}-{product}", product, START + (2 + place) * DAY, userId=p.key)
        for p in people
        for place, product in enumerate(p.bought)
    ]
    deliver(made, "shop", sold, START + 6 * DAY)
    report = read(made)
    assert lift(report, "up-sell") == pytest.approx(-0.10, abs=1e-9)
    assert lift(report, "cross-sell") == pytest.approx(0.50, abs=1e-9)

    naive = naive_lift(people)
    assert naive == pytest.approx(240 / 240 - 1, abs=1e-9), "by the holdings at the order nothing seems lost"


def naive_lift(people: list[Customer]) -> float:
    """Units with an up-sale by the holdings at the order: any higher tier of a family that is held by then."""
    found = {}
    for variant in TRUTH:
        found[variant] = []
        for person in people:
            if person.variant != variant:
                continue
            held, up = {"mobile": 1}, False
            for product in person.bought:
                family, tier = product.split("-")
                up = up or held.get(family, int(tier)) < int(tier)
                held[family] = int(tier)
            found[variant].append(float(up))
    return ratio(found["entry"], found["control"])
