"""Shares, means and counts with their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.stats.share import count_change, mean_change, mean_interval, share_change, wilson_interval


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_scipy(counts: tuple[int, int]) -> None:
    x, n = counts
    theirs = stats.binomtest(x, n).proportion_ci(method="wilson")
    assert wilson_interval(x, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_wilson_by_hand() -> None:
    # 10 of 100: (0.1 + 1.92073/100 ± 1.959964 sqrt(0.0009 + 0.9603647e-4)) / 1.0384146
    assert wilson_interval(10, 100) == pytest.approx((0.05523, 0.17437), abs=1e-5)
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="events == 3"):
        wilson_interval(3, 2)


def test_a_mean_is_read_from_its_sums() -> None:
    values, others = np.array([1.0, 2.0, 4.0, 5.0]), np.array([2.0, 3.0, 3.0])
    sums = (4, float(values.sum()), float((values**2).sum()))
    more = (3, float(others.sum()), float((others**2).sum()))
    half = 1.959964 * values.std(ddof=1) / 2
    assert mean_interval(*sums) == pytest.approx((3 - half, 3 + half), rel=1e-6)
    error = (values.var(ddof=1) / 4 + others.var(ddof=1) / 3) ** 0.5
    gap = others.mean() - values.mean()
    assert mean_change(sums, more) == pytest.approx((gap - 1.959964 * error, gap + 1.959964 * error), rel=1e-6)
    assert mean_interval(1, 3.0, 9.0) is None
    assert mean_change(sums, (1, 3.0, 9.0)) is None


def test_changes_that_cannot_be_computed_are_none() -> None:
    assert count_change(0, 12) is None
    assert share_change((0, 0), (1, 2)) is None
    lo, hi = share_change((50, 100), (50, 100)) or (0, 0)
    assert lo < 0 < hi


def test_the_interval_of_a_count_change_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    before, now = random.poisson(60, 4000), random.poisson(90, 4000)
    found = [count_change(int(a), int(b)) for a, b in zip(before, now, strict=True)]
    inside = np.mean([lo <= 0.5 <= hi for lo, hi in found if lo is not None])  # type: ignore[misc]
    assert 0.94 < inside < 0.965
