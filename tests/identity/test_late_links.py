"""Links that are learned because somebody buys must neither remove units nor move sales to the other variant.

At a split of 80/20 a buyer of the small variant is far more likely to have its second device in the other one. A rule
that leaves such people out removes buyers of the small variant and keeps those of the large one.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from experiments.services.clock import DAY
from tests.identity.worlds import deliver, lift, ratio, read, shop
from tests.shop_world import HOUR, START, Item, Shop, identify, order, viewed

#: Share of buyers whose second device is known by the end, because they sign in there too.
SIGN_IN_TWICE = 0.5
BUY = 0.3


@dataclass
class Device:
    """One visitor of one customer."""

    visitor: str
    customer: str
    variant: str
    buys: bool = False
    linked: bool = False


def world(seed: int, customers: int) -> list[tuple[Device, Device]]:
    """Two devices each, drawn on their own; in each of the four combinations exactly 30 % of the devices buy."""
    rng = random.Random(seed)
    cells: dict[tuple[str, str], int] = Counter()
    pairs = []
    for number in range(customers):
        # 64 : 16 : 16 : 4 in every hundred, so that the draw itself adds no noise.
        place = number % 25
        one = "control" if place < 20 else "entry"
        two = "control" if place % 5 < 4 else "entry"
        devices = tuple(Device(f"v{number}-{i}", f"c{number}", v) for i, v in enumerate((one, two)))
        cells[one, two] += 1
        pairs.append((devices[0], devices[1]))
    for kind in cells:
        mine = [pair for pair in pairs if (pair[0].variant, pair[1].variant) == kind]
        for place in (0, 1):
            for pair in rng.sample(mine, round(len(mine) * BUY)):
                pair[place].buys = True
    for pair in pairs:
        for mine, other in (pair, pair[::-1]):
            mine.linked = mine.linked or mine.buys
            other.linked = other.linked or (mine.buys and rng.random() < SIGN_IN_TWICE)
    return pairs


def send(made: Shop, pairs: list[tuple[Device, Device]]) -> None:
    """Exposure, then the sale, then the link: nothing is known of anybody while the variants are shown."""
    devices = [device for pair in pairs for device in pair]
    seen = [viewed(d.variant, START + DAY + i, anonymousId=d.visitor) for i, d in enumerate(devices)]
    bought: list[Item] = [
        order(f"o-{d.visitor}", "tv-1", START + 2 * DAY + i, anonymousId=d.visitor)
        for i, d in enumerate(devices)
        if d.buys
    ]
    known = [
        identify(START + 3 * DAY + i, anonymousId=d.visitor, userId=d.customer)
        for i, d in enumerate(devices)
        if d.linked
    ]
    for items, when in ((seen, START + DAY + HOUR), (bought, START + 2 * DAY + HOUR), (known, START + 3 * DAY + HOUR)):
        deliver(made, "shop", items, when)


def test_a_null_effect_reads_zero(sqlite_engine: Engine) -> None:
    pairs = world(1, 1_500)
    made = shop(sqlite_engine, ["all-sales"], weights=(0.8, 0.2))
    send(made, pairs)
    report = read(made)
    assert lift(report, "all-sales") == pytest.approx(0.0, abs=0.02)
    assert [variant.mature for variant in report.variants] == [2_400, 600], "nobody is left out"
    assert report.split.status == "ok"
    assert report.quality.contaminated > 100, "and how many are in both variants is told"

    naive = naive_lift(pairs)
    assert naive < -0.2, "leaving people out who turn out to be in both variants"


def naive_lift(pairs: list[tuple[Device, Device]]) -> float:
    """Leave out every device of a customer who is known to have been in both variants."""
    kept = {
        device.visitor: device
        for pair in pairs
        for device in pair
        if not (pair[0].linked and pair[1].linked and pair[0].variant != pair[1].variant)
    }
    by = {name: [float(d.buys) for d in kept.values() if d.variant == name] for name in ("control", "entry")}
    return ratio(by["entry"], by["control"])


def test_sales_that_carry_the_customer_only_are_moved_to_no_variant(sqlite_engine: Engine) -> None:
    """The same sales by phone: they reach the test through the late links, and still say nothing about a variant.

    Each counts once, for the device that was exposed first; under no effect both variants gain alike.
    """
    rng = random.Random(2)
    pairs = world(2, 500)
    made = shop(sqlite_engine, ["all-sales"], weights=(0.8, 0.2))
    devices = [pair[place] for pair in pairs for place in (0, 1)]
    first = {pair[0].customer: pair[0] for pair in pairs}
    buyers = rng.sample(sorted(first), 200)
    seen = [viewed(d.variant, START + DAY + i, anonymousId=d.visitor) for i, d in enumerate(devices)]
    sold = [order(f"p{i}", "tv-1", START + 2 * DAY + i, channel="phone", userId=c) for i, c in enumerate(buyers)]
    signed = [
        identify(START + 3 * DAY + i, anonymousId=d.visitor, userId=d.customer)
        for i, d in enumerate(devices)
        if d.customer in set(buyers)
    ]
    for items, when in ((seen, START + DAY + HOUR), (sold, START + 2 * DAY + HOUR), (signed, START + 3 * DAY + HOUR)):
        deliver(made, "shop", items, when)
    report = read(made)
    row = next(row for row in report.rows("entry") if row.metric == "all-sales")
    control, entry = (variant.mature for variant in report.variants)
    assert round((row.control_value or 0) * control + (row.variant_value or 0) * entry) == 200, "each counts once"
    expected = Counter(first[customer].variant for customer in buyers)
    assert round((row.variant_value or 0) * entry) == expected["entry"]
