"""Planned looks fall on whole weeks, once the units of those weeks are mature."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.schedule import DAY, WEEK, ended_early, final_at, is_over, planned_looks
from experiments.domain.variant import Variant

LAUNCH = 1_700_000_000_000_000


def _launched(weeks: int, looks: int, ripe: int = 21) -> Experiment:
    variants = (Variant("control", "Control", 0.5), Variant("b", "B", 0.5))
    plan = Plan(looks=looks, weeks=weeks, units_per_variant=100, maturation_days=ripe)
    return Experiment(
        "t", "T", "h", UnitKind.CUSTOMER, (), (Phase(1, "s", variants),), plan, Status.RUNNING, launched_at=LAUNCH
    )


@given(weeks=st.integers(2, 52), share=st.floats(0.01, 1))
def test_looks_are_whole_weeks_from_the_second_on_and_end_with_the_plan(weeks: int, share: float) -> None:
    looks = max(1, min(14, round(weeks * share)))
    schedule = planned_looks(_launched(weeks, looks))
    fractions = [look.fraction for look in schedule]
    assert [look.number for look in schedule] == list(range(1, len(schedule) + 1))
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1
    assert len(schedule) <= looks
    for look in schedule:
        enrolled = look.at - LAUNCH - 21 * DAY
        assert enrolled % WEEK == 0
        assert enrolled >= 2 * WEEK


def test_four_weeks_with_two_looks() -> None:
    schedule = planned_looks(_launched(4, 2, ripe=14))
    assert [(look.fraction, look.at) for look in schedule] == [
        (0.5, LAUNCH + 2 * WEEK + 14 * DAY),
        (1.0, LAUNCH + 4 * WEEK + 14 * DAY),
    ]


def test_nothing_is_planned_before_launch() -> None:
    assert planned_looks(replace(_launched(4, 2), launched_at=None, status=Status.DRAFT)) == ()


@pytest.mark.parametrize("status", [Status.STOPPED, Status.DECIDED])
def test_a_stopped_test_runs_off_when_its_last_unit_is_mature(status: Status) -> None:
    stopped = replace(_launched(4, 2), status=status, stopped_at=LAUNCH + 3 * WEEK)
    last = LAUNCH + 3 * WEEK + 21 * DAY
    assert final_at(stopped) == last
    assert not is_over(stopped, last - 1)
    assert is_over(stopped, last)


def test_a_running_test_is_never_over() -> None:
    assert not is_over(_launched(2, 1), LAUNCH + 500 * DAY)


@pytest.mark.parametrize(
    ("stopped", "early"),
    [(None, False), (LAUNCH + DAY, True), (LAUNCH + 3 * WEEK - 1, True), (LAUNCH + 3 * WEEK, False),
     (LAUNCH + 5 * WEEK, False)],
)  # fmt: skip
def test_a_stop_is_early_before_the_last_planned_week(stopped: int | None, early: bool) -> None:
    assert ended_early(replace(_launched(4, 2), stopped_at=stopped)) is early


def test_without_a_launch_or_planned_weeks_no_stop_is_early() -> None:
    test = replace(_launched(4, 2), stopped_at=LAUNCH + DAY)
    assert not ended_early(replace(test, launched_at=None))
    assert not ended_early(replace(test, plan=Plan()))
