"""Funnels from counts: shares, intervals, segments that share a row, and figures of orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from experiments.insight.journeys import (
    EntrantGroup,
    JourneyCounts,
    OrderWeek,
    by_channel,
    by_segment,
    by_week,
    funnel,
    order_figures,
)
from experiments.insight.segments import segment_key, segment_name
from experiments.stats.proportion import proportion

HELD = st.sampled_from([None, (), ("mobile",), ("mobile", "tv"), ("tv",), ("a",), ("b",), ("c",), ("d",)])
GROUPS = st.lists(
    st.builds(EntrantGroup, HELD, st.sampled_from(["web", "app", ""]), st.integers(0, 7), st.integers(1, 3),
              st.integers(1, 500)),
    min_size=1, max_size=40,
)  # fmt: skip


def counts(*groups: EntrantGroup, orders: tuple[OrderWeek, ...] = ()) -> JourneyCounts:
    return JourneyCounts("tv", 1, ("TV", "Shop", "Order"), 0, 1, 14, groups, orders)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_is_that_of_statsmodels(of: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    found = proportion(count, of)
    low, high = proportion_confint(count, of, method="wilson")
    assert (found.lo, found.hi) == pytest.approx((low, high), abs=1e-9)


def test_a_share_of_nobody_is_none_and_of_fewer_is_refused() -> None:
    assert proportion(0, 0).share is None
    with pytest.raises(ValueError, match="events == 3"):
        proportion(3, 2)


def test_a_funnel_by_hand() -> None:
    made = funnel(counts(EntrantGroup(("mobile",), "web", 0, 1, 60), EntrantGroup(("mobile",), "web", 0, 2, 30),
                         EntrantGroup(("tv",), "app", 1, 3, 10)))  # fmt: skip
    assert [step.units for step in made.steps] == [100, 40, 10]
    assert [step.lost for step in made.steps] == [0, 60, 30]
    assert made.steepest == 1
    assert made.conversion.share == 0.1
    assert made.steps[2].of_before.share == 0.25


@given(GROUPS)
def test_parts_add_up_to_the_whole(groups: list[EntrantGroup]) -> None:
    told = counts(*groups)
    whole = [step.units for step in funnel(told).steps]
    assert whole[0] == sum(group.units for group in groups)
    assert whole == sorted(whole, reverse=True)
    for parts in (by_segment(told), by_channel(told)):
        assert [sum(row[-1].steps[n].units for row in parts) for n in range(3)] == whole
    assert sum(share.of for _, share in by_week(told)) == whole[0]
    named = [key for key, _, _ in by_segment(told)]
    assert len(named) == len(set(named)) <= 9


def test_segments_are_named_for_people() -> None:
    names = {"mobile": "Mobile", "tv": "TV", "x": "X"}
    assert segment_name(("mobile",), names) == "Mobile only"
    assert segment_name(("mobile", "tv", "x"), names) == "Mobile, TV and X"
    assert (segment_name((), names), segment_key(())) == ("Holds nothing", "nothing")
    assert (segment_name(None, names), segment_key(None)) == ("Holdings not known", "unknown")


def test_figures_of_orders_by_hand() -> None:
    """Lines 1, 1, 2, 4: mean 2, variance 2, standard error √(2/4)."""
    found = order_figures((OrderWeek(0, 2, 2, 2, 0, 1), OrderWeek(1, 2, 6, 20, 2, 1)))
    assert (found.orders, found.lines) == (4, 2.0)
    assert found.lines_hi == pytest.approx(2 + 1.959964 * 0.5**0.5, abs=1e-5)
    assert found.addon.share == 0.5
    assert found.priority is not None
    assert found.priority.share == 0.5
    assert order_figures(()).lines is None
    assert order_figures((OrderWeek(0, 1, 1, 1, 0),)).priority is None
