"""A covariate is what was known of a unit when it was first exposed; what is learned later may be an effect itself.

A variant that makes people sign in lets the past of its customers be found, and that of the control's not. Read as a
covariate, it takes from the variant's result what its customers would have bought anyway.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY
from experiments.services.experiments import by_key
from experiments.services.project import run_all
from experiments.store.engines import reading
from tests.identity.worlds import END, deliver, lift, read, shop
from tests.shop_world import HOUR, START, Item, Shop, identify, order, stamp, viewed

PER_ARM = 400
#: Of twenty customers ten bought before by phone; of those six buy in the test, of the others two.
BOUGHT_BEFORE, AGAIN, NEW = 10, 6, 2
#: Of twenty customers five are signed in when they are first exposed: 0, 1, 2 bought before and 10, 11 did not.
SIGNED_IN = (0, 1, 2, 10, 11)
#: Nobody makes contact, so that the sales of before are the only covariate that varies.
ONE_COVARIATE = (
    {"metric": "all-sales", "role": "goal", "effect": 0.2},
    {"metric": "contacts", "role": "guardrail", "margin": {"absolute": 0.1}},
)


def world() -> tuple[list[Item], list[Item]]:
    """(known before the exposures, what follows): no effect in any cell, and everybody of the variant signs in late."""
    before, after = [], []
    for variant in ("control", "entry"):
        for number in range(PER_ARM):
            place, who = number % 20, f"{variant}-{number}"
            ids = {"anonymousId": f"v-{who}", "userId": f"c-{who}"}
            if place < BOUGHT_BEFORE:
                sale = order(f"before-{who}", "tv-3", START - 3 * DAY, channel="phone", userId=ids["userId"])
                before.append(sale)
            if place in SIGNED_IN:
                before.append(identify(START, **ids))
            after.append(viewed(variant, START + DAY + number, anonymousId=ids["anonymousId"]))
            buys = place < AGAIN or BOUGHT_BEFORE <= place < BOUGHT_BEFORE + NEW
            if buys:
                after.append(order(f"in-{who}", "tv-1", START + 2 * DAY, anonymousId=ids["anonymousId"]))
            if variant == "entry":
                after.append(identify(START + 3 * DAY, **ids))
    return before, after


def test_signing_in_because_of_the_variant_takes_nothing_from_it(sqlite_engine: Engine) -> None:
    before, after = world()
    made = Shop(sqlite_engine, metrics=ONE_COVARIATE, covariate_days=28)
    deliver(made, "shop", before, START + HOUR)
    deliver(made, "shop", after, START + 4 * DAY)
    report = read(made)
    row = next(row for row in report.rows("entry") if row.metric == "all-sales")
    assert row.absolute.se is not None
    assert row.absolute.se < math.sqrt(2 * 0.4 * 0.6 / PER_ARM), "the past takes noise away"
    assert lift(report, "all-sales") == pytest.approx(0.0, abs=1e-9)
    assert report.quality.linked_at_cut["entry"] == 1, "the past of everybody is known by the end"


def seen(customer: str, **more: Any) -> list[Item]:
    return [identify(START, anonymousId=f"v-{customer}", userId=customer), viewed("entry", START + DAY, **more)]


def before_of(made: Shop) -> dict[str, float]:
    """Summed revenue before exposure, in whole sales of a product of 1,000 minor units."""
    run_all(made.engine, END)
    with reading(made.engine) as session:
        groups = input_from_events(session, by_key(session, "entry"), END).moments
    return {key: round(group.n * group.mean_of("revenue:before") / 1_000, 6) for key, group in groups.items()}


def refund(order_id: str, at: int) -> Item:
    properties = {"order_id": order_id}
    return {
        "type": "track", "event": "Order Refunded", "messageId": f"r-{order_id}", "timestamp": stamp(at),
        "properties": properties, "userId": "eva",
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["visitor", "customer"])
def test_what_was_told_later_is_no_covariate(engine: Engine, unit: str) -> None:
    """Four sales before the exposure: one told in time, one told late, one by a complete source, one too long ago."""
    made = shop(engine, ["all-sales"], unit=unit, covariate_days=7)
    made.declare_complete("phone")
    who = {"anonymousId": "v-eva"} if unit == "visitor" else {"userId": "eva"}
    in_time = order("in-time", "tv-1", START, userId="eva")
    late = order("late", "tv-1", START - DAY, userId="eva")
    whole = order("whole", "tv-1", START - 2 * DAY, channel="phone", userId="eva")
    old = order("old", "tv-1", START - 7 * DAY, userId="eva")
    deliver(made, "shop", [*seen("eva", **who), in_time, old], START + DAY)
    deliver(made, "shop", [late], START + 2 * DAY)
    deliver(made, "phone", [whole], START + 2 * DAY)
    assert before_of(made) == {"control": 0, "entry": 2}


def test_what_came_back_after_the_exposure_is_no_covariate_either(engine: Engine) -> None:
    made = shop(engine, ["all-sales"], unit="customer", covariate_days=7, return_days=7)
    kept, back, later = (order(key, "tv-1", START, userId="eva") for key in ("kept", "back", "later"))
    deliver(made, "shop", [kept, back, later, refund("back", START + HOUR)], START + 2 * HOUR)
    deliver(made, "shop", [viewed("entry", START + DAY, userId="eva")], START + DAY)
    deliver(made, "shop", [refund("later", START + 2 * DAY)], START + 2 * DAY)
    assert before_of(made) == {"control": 0, "entry": 2}
