"""Priorities: the value is what simulated tests bring, the scarce weeks divide it, and a rank has its range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.insight.priorities import Candidate, in_order, prioritise
from experiments.stats.value import effective_weeks

ONE = Candidate(1, "layer:tv", 0.01, 0.05, 0.03, 1.96, 0.9, 1000.0, 6.0)


def test_value_and_chance_are_those_of_simulated_tests() -> None:
    (found,) = prioritise([ONE])
    random = np.random.default_rng(3)
    true = random.normal(ONE.prior_mean, ONE.prior_sd, 500_000)
    shipped = (random.normal(true, ONE.se) / ONE.se > ONE.critical) & (random.random(true.size) < ONE.guards)
    brought = np.where(shipped, true, 0) * ONE.money_per_week * 52
    assert found.chance == pytest.approx(shipped.mean(), abs=3e-3)
    assert found.value == pytest.approx(brought.mean(), abs=4 * brought.std() / np.sqrt(true.size))
    assert found.per_week == pytest.approx(found.value / 6)


def test_only_the_weeks_of_its_share_are_scarce() -> None:
    half, long = replace(ONE, id=2, share=0.5), replace(ONE, id=3, weeks=12.0)
    assert [one.id for one in prioritise([long, ONE, half])] == [2, 1, 3]
    fading = replace(ONE, id=4, half_life_weeks=10.0)
    plain, faded = prioritise([ONE, fading])
    assert faded.value / plain.value == pytest.approx(effective_weeks(52, 10) / 52)


def test_ranks_by_lane_and_their_ranges() -> None:
    ideas = [replace(ONE, id=i, lane="a" if i % 2 else "b", money_per_week=1000.0 * i) for i in range(1, 5)]
    found = {one.id: one for one in prioritise(ideas)}
    assert [found[i].rank for i in (4, 3, 2, 1)] == [1, 2, 3, 4]
    assert [found[i].lane_rank for i in (4, 2, 3, 1)] == [1, 2, 1, 2]
    assert all(one.best <= one.rank <= one.worst for one in found.values())
    assert found == {one.id: one for one in prioritise(ideas)}
    sure = [replace(ONE, id=i, prior_sd=1e-9, prior_mean=0.1 * i) for i in (1, 2, 3)]
    assert [(one.best, one.worst) for one in prioritise(sure)] == [(1, 1), (2, 2), (3, 3)]
    assert prioritise([]) == ()


def test_moved_ideas_stand_where_they_were_put() -> None:
    assert in_order([5, 6, 7, 8], {8: 1}) == (8, 5, 6, 7)
    assert in_order([5, 6, 7, 8], {5: 99}) == (6, 7, 8, 5)
    assert in_order([5, 6, 7, 8], {7: 1, 8: 2}) == (7, 8, 5, 6)


@given(st.lists(st.integers(1, 50), unique=True), st.dictionaries(st.integers(1, 60), st.integers(1, 70)))
def test_no_idea_is_lost_or_doubled(ids: list[int], places: dict[int, int]) -> None:
    assert sorted(in_order(ids, places)) == sorted(ids)


def test_a_sure_little_gain_between_wide_ones_has_its_own_rank_in_its_range() -> None:
    """Wide ideas have the larger mean by few large gains; in most draws the sure one stands before them."""
    wide = [replace(ONE, id=i, prior_mean=0.0, prior_sd=0.05) for i in (1, 2)]
    found = prioritise([*wide, replace(ONE, id=3, prior_mean=0.06, prior_sd=0.001, money_per_week=10.0)])
    assert all(one.best <= one.rank <= one.worst for one in found)
