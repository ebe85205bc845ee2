"""A window longer than browsers keep an id is read with the share of visitors who were seen again after that."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.services.analyse import report_for
from experiments.services.clock import DAY
from experiments.services.project import run_all
from experiments.store.engines import reading
from tests.identity.worlds import END, deliver, shop
from tests.shop_world import HOUR, START, Shop, order, page, viewed


def read(made: Shop) -> Report:
    run_all(made.engine, END)
    with reading(made.engine) as session:
        return report_for(session, "entry", now=END)


def test_the_measured_share_stands_beside_the_warning(engine: Engine) -> None:
    """Of ten visitors each three and one come back after the seventh day, by a page, an exposure or a sale."""
    made = shop(engine, ["all-sales"], window_days=14)
    items = [viewed(v, START + DAY, anonymousId=f"{v}-{n}") for v in ("control", "entry") for n in range(10)]
    late, soon, beyond = START + 9 * DAY, START + 8 * DAY, START + 15 * DAY + HOUR
    items += [
        page("/tv", late, anonymousId="control-0"),
        viewed("control", late, anonymousId="control-1"),
        order("o", "tv-1", late, anonymousId="control-2"),
        page("/tv", soon, anonymousId="control-3"),
        page("/tv", beyond, anonymousId="control-4"),
        page("/tv", late, anonymousId="entry-0"),
    ]
    deliver(made, "shop", items, START + 16 * DAY)
    (note,) = [note for note in read(made).quality.notes if note.startswith("Visitors are counted for 14 days")]
    assert note.endswith("Seen again after day 7: 30.0% of 10 in control, 10.0% of 10 in entry.")


def test_short_windows_and_customers_need_no_warning(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales"], window_days=7)
    deliver(made, "shop", [viewed("control", START + DAY, anonymousId="v")], START + 2 * DAY)
    assert not [note for note in read(made).quality.notes if note.startswith("Visitors are counted")]
