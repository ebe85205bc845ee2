"""A fault that hits some people only is lost in the whole: the split is checked among those it could hit."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.services.clock import DAY
from tests.identity.worlds import deliver, read, shop
from tests.shop_world import HOUR, START, Item, Shop, identify, viewed

#: Of the customers who hold TV a cache loses a third of those in the variant; nobody else notices.
TV, MOBILE = {"control": 300, "entry": 200}, {"control": 2_000, "entry": 2_000}


def world(made: Shop, seen_in: dict[str, str]) -> None:
    told: list[Item] = []
    seen: list[Item] = []
    for family, sizes in (("tv", TV), ("mobile", MOBILE)):
        for variant, size in sizes.items():
            for number in range(size):
                customer = f"{family}-{variant}-{number}"
                told.append(identify(START, holdings=[f"{family}-1"], userId=customer))
                item = viewed(variant, START + DAY + number, userId=customer)
                seen.append({**item, "context": {"channel": seen_in[family]}})
    deliver(made, "shop", told, START + HOUR)
    deliver(made, "shop", seen, START + DAY + HOUR)


@pytest.mark.parametrize(
    ("seen_in", "broken"),
    [
        ({"tv": "web", "mobile": "web"}, {"holds tv"}),
        ({"tv": "app", "mobile": "web"}, {"holds tv", "first exposed in App"}),
    ],
)
def test_a_fault_among_some_forbids_the_verdict(engine: Engine, seen_in: dict[str, str], broken: set[str]) -> None:
    made = shop(engine, ["all-sales"], unit="customer")
    world(made, seen_in)
    report = read(made)
    assert report.split.p is not None
    assert report.split.p > 0.01, "the whole looks as planned"
    assert {part.segment for part in report.split.segments if part.broken} == broken
    assert report.decision.action == "invalid"
    assert "In holds tv" in report.decision.sentence


def test_what_is_learned_later_makes_no_group(sqlite_engine: Engine) -> None:
    """Holdings that are told after the exposure put nobody into a group: the variant may be why they are told."""
    made = shop(sqlite_engine, ["all-sales"], unit="customer")
    items = [viewed(("control", "entry")[n % 2], START + DAY + n, userId=f"c{n}") for n in range(400)]
    deliver(made, "shop", items, START + DAY + HOUR)
    deliver(
        made, "shop", [identify(START, holdings=["tv-1"], userId=f"c{n}") for n in range(1, 400, 2)], START + 3 * DAY
    )
    assert not [part for part in read(made).split.segments if part.segment.startswith("holds")]
