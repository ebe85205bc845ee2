"""How long a replay may be, and how many visitors it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from experiments.domain.errors import DomainError
from web.simulation.installation import LiveTest
from web.simulation.replay import Span, check_weeks, visitors_for, weeks_to_the_end
from web.simulation.traffic import MOST_VISITORS

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TEST = LiveTest(
    key="my-test",
    unit="customer",
    status="running",
    remote=False,
    rules=(),
    control="control",
    share=0.5,
    control_weight=0.5,
    weeks=4,
    units=1_000,
    maturation_days=21,
)


def test_visitors_come_in_the_planned_weeks_after_the_launch() -> None:
    span = Span.of(TEST, 8, NOW)
    assert (span.launch, span.recruited, span.end) == (NOW - timedelta(weeks=8), NOW - timedelta(weeks=4), NOW)


def test_a_shorter_replay_tells_a_part_of_the_recruitment() -> None:
    assert Span.of(TEST, 3, NOW).recruited == NOW
    assert visitors_for(TEST, Span.of(TEST, 2, NOW)) == visitors_for(TEST, Span.of(TEST, 8, NOW)) / 2


def test_enough_visitors_come_for_the_control_whatever_the_shares() -> None:
    assert visitors_for(TEST, Span.of(TEST, 8, NOW)) == 1_000 / 0.5 / 0.5 * 1.05
    huge = replace(TEST, units=10**9)
    assert visitors_for(huge, Span.of(huge, 8, NOW)) == MOST_VISITORS


def test_the_last_look_needs_the_weeks_and_the_maturation() -> None:
    assert weeks_to_the_end(TEST) == 7
    assert weeks_to_the_end(replace(TEST, maturation_days=22)) == 8


@pytest.mark.parametrize(("weeks", "late_days", "most"), [(13, 90, 12), (12, 80, 11), (13, 365, 12)])
def test_a_replay_stays_inside_what_the_service_takes(weeks: int, late_days: int, most: int) -> None:
    with pytest.raises(DomainError, match=f"weeks == {weeks}, must be at most {most}"):
        check_weeks(weeks, late_days)
    check_weeks(most, late_days)
