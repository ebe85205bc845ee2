"""A phone file that comes a week late: a unit counts once every source has delivered past its window, not before."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.services.analyse import report_for
from experiments.services.clock import DAY
from experiments.services.project import run_all
from experiments.store.engines import reading
from tests.identity.worlds import deliver, lift, shop
from tests.shop_world import HOUR, START, Item, Shop, order, viewed

DAYS, PER_CELL = 14, 40
#: Of the forty customers of one day and variant twelve buy; the treatment moves half of the phone's six to the web.
BUYERS, BY_PHONE = 12, {"control": 6, "entry": 3}
#: Day on which the file comes that ends with the tenth day, and then the one that ends with the twenty-second.
FIRST, SECOND = 16, 23


def world() -> tuple[list[Item], list[Item], list[Item]]:
    """Exposures, web sales, phone sales: four days after the exposure, no effect in all."""
    seen, web, phone = [], [], []
    for day in range(DAYS):
        for variant in ("control", "entry"):
            for number in range(PER_CELL):
                customer = f"{variant}-{day}-{number}"
                at = START + day * DAY + number
                seen.append(viewed(variant, at, userId=customer))
                if number < BUYERS:
                    by_phone = number < BY_PHONE[variant]
                    channel = "phone" if by_phone else "web"
                    sale = order(customer, "tv-1", at + 4 * DAY, channel=channel, userId=customer)
                    (phone if by_phone else web).append(sale)
    return seen, web, phone


def before(items: list[Item], day: int) -> list[Item]:
    """What had happened by a day."""
    end = (START + day * DAY) / 1e6
    return [item for item in items if datetime.fromisoformat(item["timestamp"]).timestamp() < end]


def at(made: Shop, day: int) -> Report:
    run_all(made.engine, START + day * DAY)
    with reading(made.engine) as session:
        return report_for(session, "entry", now=START + day * DAY)


def test_only_units_whose_every_source_has_delivered_count(engine: Engine) -> None:
    seen, web, phone = world()
    made = shop(engine, ["all-sales"], unit="customer", window_days=7)
    deliver(made, "shop", sorted(seen, key=lambda item: item["timestamp"]), START + DAYS * DAY)
    deliver(made, "shop", before(web, FIRST), START + FIRST * DAY)
    deliver(made, "phone", before(phone, 10), START + FIRST * DAY)
    made.stop(START + DAYS * DAY)

    naive = at(made, FIRST)
    made.watermark("phone", START + 10 * DAY)
    honest = at(made, FIRST)
    assert [variant.mature for variant in naive.variants] == [10 * PER_CELL - PER_CELL + 1] * 2
    assert [variant.mature for variant in honest.variants] == [3 * PER_CELL + 1] * 2, (
        "exposed by day 3, delivered to 10"
    )
    assert honest.data_until is not None
    assert honest.data_until < (naive.data_until or "")

    deliver(made, "shop", before(web, SECOND), START + SECOND * DAY)
    deliver(made, "phone", before(phone, 22), START + SECOND * DAY)
    made.watermark("phone", START + 22 * DAY)
    final = at(made, SECOND)
    assert [variant.mature for variant in final.variants] == [DAYS * PER_CELL] * 2
    if final.look.is_look:
        assert lift(final, "all-sales") == pytest.approx(0.0, abs=1e-9)


def test_the_naive_reading_is_far_off(sqlite_engine: Engine) -> None:
    """The same days with half of the phone's sales still to come and nobody who says so, and with all of them."""
    seen, web, phone = world()
    made = shop(sqlite_engine, ["all-sales"], unit="customer")
    deliver(made, "shop", seen, START + DAYS * DAY)
    deliver(made, "shop", web, START + SECOND * DAY)
    deliver(made, "phone", before(phone, 10), START + SECOND * DAY)
    made.stop(START + DAYS * DAY)
    naive = lift(at(made, SECOND), "all-sales")
    deliver(made, "phone", phone, START + SECOND * DAY + HOUR)
    made.watermark("phone", START + 22 * DAY)
    assert naive > 0.15, "the phone's sales are missing where the phone is used"
    assert lift(at(made, SECOND), "all-sales") == pytest.approx(0.0, abs=1e-9)
