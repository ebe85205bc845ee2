"""Who is in a report, and from when on: what is known too late, kept out or not over yet changes no number."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.decision.inputs import AnalysisInput
from experiments.domain.channel import Channel
from experiments.domain.rollout import RollOut
from experiments.services.analyse_events import input_from_events
from experiments.services.clock import DAY
from experiments.services.decide import Choice, decide
from experiments.services.experiments import by_key
from experiments.services.project import run_all
from experiments.store.engines import reading, writing
from tests.identity.worlds import END, deliver, sales_in, shop
from tests.shop_world import ADMIN, HOUR, START, Item, Shop, identify, order, viewed

WEB = sales_in("web-sales", Channel.WEB)


def given(made: Shop, now: int = END) -> AnalysisInput:
    run_all(made.engine, now)
    with reading(made.engine) as session:
        return input_from_events(session, by_key(session, "entry"), now)


def mature(made: Shop, now: int = END) -> int:
    return sum(group.n for group in given(made, now).moments.values())


def kept_out(reason: str, at: int, **ids: Any) -> Item:
    item = viewed("control", at, message=f"{reason}-{at}", **ids)
    return {**item, "properties": {**item["properties"], "reason": reason}}


@pytest.mark.parametrize("reason", ["HOLDOUT", "HOLDBACK"])
def test_who_was_kept_out_before_is_no_unit_in_two_variants(sqlite_engine: Engine, reason: str) -> None:
    made = shop(sqlite_engine, ["all-sales"])
    items = [
        kept_out(reason, START + DAY, anonymousId="v"),
        viewed("entry", START + 2 * DAY, anonymousId="v"),
        order("early", "tv-1", START + DAY + HOUR, anonymousId="v"),
        order("in", "tv-1", START + 2 * DAY + HOUR, anonymousId="v"),
    ]
    deliver(made, "shop", items, START + 3 * DAY)
    found = given(made)
    assert found.exposed == {"control": 0, "entry": 1}
    assert found.quality.in_two_variants == 0
    assert found.moments["entry"].mean_of("revenue") == 1_000, "what counts begins with the exposure"


@pytest.mark.parametrize("reason", ["TIMEOUT", "ERROR", "NO_CONFIG", "NO_CONSENT", "FORCED", "NOT_ENROLLED"])
def test_a_fallback_is_no_exposure(sqlite_engine: Engine, reason: str) -> None:
    made = shop(sqlite_engine, ["all-sales"])
    deliver(made, "shop", [kept_out(reason, START + DAY, anonymousId="v")], START + 3 * DAY)
    assert given(made).exposed == {"control": 0, "entry": 0}


@pytest.mark.parametrize(
    ("true_at", "heard_at", "linked"),
    [(START, START + HOUR, 1), (START, START + 3 * DAY, 0), (START + 2 * DAY, START + 3 * DAY, 0)],
    ids=["known in time", "heard of later", "made later"],
)
def test_channels_are_read_from_who_was_known_at_exposure(
    engine: Engine, true_at: int, heard_at: int, linked: int
) -> None:
    made = shop(engine, ["web-sales"], more=[WEB])
    deliver(made, "shop", [identify(true_at, anonymousId="v", userId="c")], heard_at)
    deliver(made, "shop", [viewed("entry", START + DAY, anonymousId="v")], heard_at + DAY)
    found = given(made)
    assert found.own_moments["web-sales"]["entry"].n == linked
    assert found.quality.linked_at_exposure["entry"] == linked
    assert found.quality.linked_at_cut["entry"] == 1


def test_a_unit_waits_for_its_window_and_for_its_returns(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales"], window_days=7, return_days=5)
    deliver(made, "shop", [viewed("entry", START + DAY, anonymousId="v")], START + DAY)
    assert mature(made, START + 13 * DAY - 1) == 0
    assert mature(made, START + 13 * DAY) == 1


@pytest.mark.parametrize(("keep", "units"), [(False, 1), (True, 2)])
def test_shipping_closes_open_windows_unless_the_enrolled_keep_their_variant(
    sqlite_engine: Engine, keep: bool, units: int
) -> None:
    made = shop(sqlite_engine, ["all-sales"])
    seen = [viewed("entry", START + day * DAY, anonymousId=f"v{day}") for day in (1, 8)]
    deliver(made, "shop", seen, START + 8 * DAY)
    made.stop(START + 10 * DAY)
    with writing(made.engine) as session:
        shipped = RollOut("entry", 1.0, keep=keep)
        decide(session, ADMIN, START + 10 * DAY, "entry", Choice.SHIP, rollout=shipped, reason="A test of it.")
    assert mature(made) == units


def test_sales_of_browsers_count_until_somebody_better_tells_of_any(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales"])
    seen = [viewed("entry", START + DAY, anonymousId="v"), viewed("entry", START + DAY, anonymousId="w")]
    deliver(made, "shop", seen, START + DAY)
    deliver(made, "web", [order("by-browser", "tv-1", START + DAY + HOUR, anonymousId="v")], START + 2 * DAY)
    assert given(made).moments["entry"].mean_of("all-sales") == 0.5
    deliver(made, "shop", [order("by-shop", "tv-1", START + 40 * DAY, anonymousId="stranger")], START + 40 * DAY)
    assert given(made, START + 41 * DAY).moments["entry"].mean_of("all-sales") == 0


def test_between_looks_nothing_of_the_way_to_the_net_is_computed(sqlite_engine: Engine) -> None:
    made = shop(sqlite_engine, ["all-sales"])
    deliver(made, "shop", [viewed("entry", START + DAY, anonymousId="v")], START + DAY)
    found = given(made, START + 10 * DAY)
    assert not found.looks.is_look
    assert found.net_data is not None
    assert found.net_data.withheld
    assert found.net_data.groups == ()
