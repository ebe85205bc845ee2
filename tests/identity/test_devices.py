"""Whose sale it is: several devices of one customer, several customers of one device, links that come later."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY
from experiments.services.experiments import by_key
from experiments.services.project import run_all
from experiments.store.engines import reading
from tests.identity.worlds import deliver, read, shop
from tests.shop_world import HOUR, START, Item, Shop, identify, order, viewed


def crowd() -> list[Item]:
    """Enough strangers of both variants that a rate can be read."""
    return [viewed(("control", "entry")[n % 2], START + DAY + n, anonymousId=f"stranger-{n}") for n in range(100)]


def sales(report: Report) -> tuple[int, int]:
    """Units with a sale, per variant."""
    row = next(row for row in report.rows("entry") if row.metric == "all-sales")
    control, entry = (variant.mature for variant in report.variants)
    return round((row.control_value or 0) * control), round((row.variant_value or 0) * entry)


def money(report: Report) -> float:
    """Revenue of both variants."""
    row = next(row for row in report.rows("entry") if row.metric == "revenue")
    control, entry = (variant.mature for variant in report.variants)
    return round((row.control_value or 0) * control + (row.variant_value or 0) * entry, 6)


def sent(engine: Engine, items: list[Item], unit: str = "visitor") -> Shop:
    made = shop(engine, ["all-sales"], unit=unit)
    deliver(made, "shop", [*crowd(), *items], START + 6 * DAY)
    return made


def test_several_devices_of_one_customer(engine: Engine) -> None:
    """Both stay in the test; a sale by phone counts once, for the device that was exposed first."""
    items = [
        viewed("entry", START + DAY, anonymousId="phone-of-eva"),
        viewed("control", START + 2 * DAY, anonymousId="laptop-of-eva"),
        identify(START + 3 * DAY, anonymousId="phone-of-eva", userId="eva"),
        identify(START + 3 * DAY, anonymousId="laptop-of-eva", userId="eva"),
        order("by-phone", "tv-1", START + 3 * DAY, channel="phone", userId="eva"),
    ]
    report = read(sent(engine, items))
    assert sales(report) == (0, 1)
    assert money(report) == 1_000
    assert [variant.mature for variant in report.variants] == [51, 51]
    assert report.quality.contaminated == 1


def test_a_sale_counts_for_the_device_it_names_even_if_another_was_first(sqlite_engine: Engine) -> None:
    items = [
        viewed("entry", START + DAY, anonymousId="phone-of-eva"),
        viewed("control", START + 2 * DAY, anonymousId="laptop-of-eva"),
        identify(START + 3 * DAY, anonymousId="phone-of-eva", userId="eva"),
        identify(START + 3 * DAY, anonymousId="laptop-of-eva", userId="eva"),
        order("on-web", "tv-1", START + 3 * DAY, anonymousId="laptop-of-eva", userId="eva"),
    ]
    assert sales(read(sent(sqlite_engine, items))) == (1, 0)


def test_a_sale_waits_for_the_device_it_names(sqlite_engine: Engine) -> None:
    """The laptop's week is not over; until then its sale is nobody's, and not for a while that of the phone."""
    items = [
        viewed("entry", START + DAY, anonymousId="phone-of-eva"),
        identify(START + DAY, anonymousId="phone-of-eva", userId="eva"),
        identify(START + DAY, anonymousId="laptop-of-eva", userId="eva"),
        viewed("control", START + 5 * DAY, anonymousId="laptop-of-eva"),
        order("on-web", "tv-1", START + 6 * DAY, anonymousId="laptop-of-eva", userId="eva"),
        order("by-phone", "tv-1", START + 6 * DAY, channel="phone", userId="eva"),
    ]
    made = shop(sqlite_engine, ["all-sales"])
    deliver(made, "shop", items, START + 6 * DAY)
    run_all(made.engine, START + 13 * DAY)

    def orders(day: int) -> dict[str, float]:
        with reading(made.engine) as session:
            groups = input_from_events(session, by_key(session, "entry"), START + day * DAY).moments
        return {key: group.n * group.mean_of("revenue") / 1_000 for key, group in groups.items() if group.n}

    assert orders(9) == {"entry": 1}, "the phone is mature and has the sale that names no device"
    assert orders(13) == {"control": 1, "entry": 1}


def test_a_device_shared_by_two_customers(engine: Engine) -> None:
    """It is one unit; what either of them buys by phone counts for it, each sale once."""
    items = [
        identify(START, anonymousId="tablet", userId="eva"),
        identify(START + HOUR, anonymousId="tablet", userId="max"),
        viewed("entry", START + DAY, anonymousId="tablet"),
        order("of-eva", "tv-1", START + 2 * DAY, channel="phone", userId="eva"),
        order("of-max", "tv-1", START + 3 * DAY, channel="phone", userId="max"),
    ]
    report = read(sent(engine, items))
    assert sales(report) == (0, 1)
    assert money(report) == 2_000
    assert report.quality.contaminated == 0


def test_in_a_test_of_customers_a_shared_device_belongs_to_who_was_known_there_first(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales"], unit="customer")
    items = [viewed(("control", "entry")[n % 2], START + DAY + n, userId=f"c{n}") for n in range(100)]
    items += [
        viewed("entry", START + DAY, userId="eva"),
        viewed("control", START + DAY, userId="max"),
        identify(START, anonymousId="tablet", userId="eva"),
        identify(START + 2 * DAY, anonymousId="tablet", userId="max"),
        order("on-web", "tv-1", START + 3 * DAY, anonymousId="tablet"),
    ]
    deliver(made, "shop", items, START + 6 * DAY)
    assert sales(read(made)) == (0, 1)


def test_in_a_test_of_customers_what_others_buy_on_their_device_is_not_theirs(sqlite_engine: Engine) -> None:
    """Max is in no test. What names him is his, and so is what names nobody on the tablet that was his first."""
    made = shop(sqlite_engine, ["all-sales"], unit="customer")
    items = [viewed(("control", "entry")[n % 2], START + DAY + n, userId=f"c{n}") for n in range(100)]
    items += [
        viewed("entry", START + DAY, userId="eva"),
        identify(START, anonymousId="laptop", userId="eva"),
        identify(START + HOUR, anonymousId="laptop", userId="max"),
        order("of-max", "tv-1", START + 3 * DAY, anonymousId="laptop", userId="max"),
        identify(START, anonymousId="tablet", userId="max"),
        identify(START + HOUR, anonymousId="tablet", userId="eva"),
        order("of-nobody", "tv-1", START + 3 * DAY, anonymousId="tablet"),
    ]
    deliver(made, "shop", items, START + 6 * DAY)
    assert sales(read(made)) == (0, 0)


@pytest.mark.parametrize("told", [False, True])
def test_a_link_learned_after_the_sale(sqlite_engine: Engine, told: bool) -> None:
    """The sale by phone finds its unit once the link is known; it stays a sale of the day on which it was made."""
    items = [
        viewed("entry", START + DAY, anonymousId="laptop"),
        order("by-phone", "tv-1", START + 2 * DAY, channel="phone", userId="eva"),
        order("before", "tv-1", START + HOUR, channel="phone", userId="eva"),
    ]
    items += [identify(START + 5 * DAY, anonymousId="laptop", userId="eva")] if told else []
    report = read(sent(sqlite_engine, items))
    assert sales(report) == (0, int(told))
    assert money(report) == 1_000 * told, "what was bought before the exposure is none of the test's"
    assert report.quality.linked_at_exposure["entry"] == 0
    assert (report.quality.linked_at_cut["entry"] == 0) is not told


def test_a_link_that_only_a_browser_claims_moves_nothing(sqlite_engine: Engine) -> None:
    made = sent(
        sqlite_engine,
        [
            viewed("entry", START + DAY, anonymousId="laptop"),
            order("by-phone", "tv-1", START + 2 * DAY, channel="phone", userId="eva"),
        ],
    )
    deliver(made, "web", [identify(START + HOUR, anonymousId="laptop", userId="eva")], START + 6 * DAY)
    assert sales(read(made)) == (0, 0)
