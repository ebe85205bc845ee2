from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.power import Traffic, duration

daily = st.lists(st.integers(0, 5000), min_size=1, max_size=60).filter(lambda d: sum(d) > 0)


def cumulative(new_units: list[int]) -> list[float]:
    total, curve = 0, []
    for units in new_units:
        total += units
        curve.append(float(total))
    return curve


@given(daily, st.floats(0.05, 1), st.integers(1, 200_000))
def test_the_weeks_are_the_first_that_hold_the_units(new: list[int], share: float, wanted: int) -> None:
    traffic = Traffic.from_days(cumulative(new), share)
    weeks = traffic.weeks_for(wanted)
    if weeks is None:
        assert traffic.units_after(7 * 10_000) < wanted
        return
    assert traffic.units_after(7 * weeks) >= wanted * (1 - 1e-9)
    assert weeks == 1 or traffic.units_after(7 * (weeks - 1)) < wanted * (1 + 1e-9)


def test_returning_visitors_make_a_test_longer_than_weekly_traffic_says() -> None:
    curve = [10_000 * day**0.7 for day in range(1, 29)]
    first_week = curve[6]
    assert duration(120_000, Traffic.per_week(first_week)).enrolment_weeks == 4
    measured = duration(120_000, Traffic.from_days(curve))
    assert measured.enrolment_weeks is not None
    assert measured.enrolment_weeks > 4
    assert measured.extrapolated


def test_whole_weeks_at_least_two_then_the_window() -> None:
    short = duration(100, 100_000, window_days=28)
    assert (short.enrolment_weeks, short.days, short.weeks) == (2, 42, 6)
    long = duration(250_001, 100_000, window_days=10)
    assert (long.enrolment_weeks, long.days, long.weeks) == (3, 31, 5)
    assert not long.extrapolated


def test_a_number_of_units_that_fits_exactly_needs_no_further_week() -> None:
    assert duration(300_000, 100_000).enrolment_weeks == 3


def test_only_the_enrolled_share_counts() -> None:
    assert duration(300_000, Traffic.per_week(100_000, share=0.5)).enrolment_weeks == 6


def test_a_curve_gone_flat_puts_the_test_out_of_reach() -> None:
    flat = Traffic.from_days([500.0, *[800.0] * 13])
    answer = duration(900, flat)
    assert answer.status == "out_of_reach"
    assert answer.weeks is None
    assert duration(800, flat).enrolment_weeks == 2


@pytest.mark.parametrize(
    ("curve", "share"), [([], 1.0), ([0.0, 0.0], 1.0), ([5.0, 4.0], 1.0), ([5.0], 0.0), ([5.0], 1.5)]
)
def test_traffic_that_cannot_be_is_refused(curve: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="must"):
        Traffic.from_days(curve, share)


def test_bad_numbers_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="traffic_per_week == 0"):
        duration(10, 0.0)
    with pytest.raises(ValueError, match="n_total == 0"):
        duration(0, 10.0)
    with pytest.raises(ValueError, match="window_days == -1"):
        duration(10, 10.0, window_days=-1)
