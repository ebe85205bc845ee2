"""The bounds of when an event happened: what is corrected, and what is too old or too far ahead."""

from __future__ import annotations

import pytest

from experiments.services.ingest import Limits
from experiments.services.ingest.clock import SLACK, check_age, happened_at
from experiments.services.ingest.refusal import RefusalError
from tests.shop_world import START, stamp

HOUR = 3_600_000_000


@pytest.mark.parametrize("off", [SLACK, -SLACK, 0])
def test_a_difference_of_ten_seconds_is_travel_time(off: int) -> None:
    assert happened_at(stamp(START - HOUR), stamp(START - off), START) == (START - HOUR, START - HOUR)


@pytest.mark.parametrize("off", [SLACK + 1, -SLACK - 1, HOUR])
def test_a_larger_one_is_a_wrong_clock(off: int) -> None:
    assert happened_at(stamp(START - HOUR), stamp(START - off), START) == (START - HOUR + off, START - HOUR)


def test_the_oldest_and_the_newest_instant_are_taken_and_one_beyond_is_not() -> None:
    limits = Limits(late_days=90, future_minutes=10)
    oldest, newest = START - 90 * 24 * HOUR, START + HOUR // 6
    check_age(oldest, START, limits)
    check_age(newest, START, limits)
    for instant, reason in ((oldest - 1, "too_old"), (newest + 1, "too_new")):
        with pytest.raises(RefusalError) as refused:
            check_age(instant, START, limits)
        assert refused.value.reason == reason
