"""What a given size can find: the exact reverse of sizing, and honest where an effect is not stated."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.decision.sizing import (
    GoalLine,
    GuardrailLine,
    KnownMetric,
    MarginForm,
    Sizing,
    make_design,
    reach,
    reach_in_weeks,
    size_test,
    traffic_of,
)
from experiments.decision.sizing.curve import drawn_weeks, power_by_weeks
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind
from experiments.domain.plan import GoalRule, Spending

GOAL = GoalLine("cross-sell", MetricKind.RATE, 0.032, 0.10, value=240)
GUARD = GuardrailLine("up-sell", MetricKind.RATE, 0.042, 0.05, MarginForm.RELATIVE, value=180)
SIZING = Sizing((GOAL,), (GUARD,), 90_000)
OPEN_GOAL = KnownMetric("cross-sell", MetricKind.RATE, 0.032)
OPEN_GUARD = KnownMetric("up-sell", MetricKind.RATE, 0.042)
#: A curve that flattens: 40,000 in the first week, then 10,000 a week for three more.
CURVE = tuple(40_000 * day / 7 if day <= 7 else 40_000 + 10_000 * (day - 7) / 7 for day in range(1, 29))


def test_at_the_planned_units_the_planned_effect_is_the_smallest() -> None:
    outcome = size_test(SIZING)
    goal, guard = outcome.line("cross-sell"), outcome.line("up-sell")
    rise = reach((GOAL,), (), goal.n_control).line("cross-sell").smallest_rise
    margin = reach((GOAL,), (GUARD,), guard.n_control).line("up-sell").smallest_margin
    assert rise is not None
    assert margin is not None
    assert (rise.relative, rise.per_1000) == (pytest.approx(0.10), pytest.approx(3.2))
    assert (margin.relative, margin.absolute) == (pytest.approx(0.05), pytest.approx(0.0021))


def test_power_of_parts_and_of_the_rule_are_those_of_the_plan() -> None:
    outcome = size_test(SIZING)
    found = reach((GOAL,), (GUARD,), outcome.joint_per_arm)
    assert found.joint_power == pytest.approx(outcome.joint_power)
    assert found.binding == outcome.binding == "up-sell"
    for line in outcome.lines:
        assert found.line(line.key).power == pytest.approx(line.power_in_plan)


@given(
    units=st.integers(2_000, 500_000),
    looks=st.integers(1, 5),
    variants=st.integers(2, 4),
    allocation=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_an_effect_of_the_smallest_size_has_the_wanted_power(
    units: int, looks: int, variants: int, allocation: float
) -> None:
    design = make_design(allocation=allocation, variants=variants, looks=looks)
    asked = reach((OPEN_GOAL,), (OPEN_GUARD,), units, design)
    rise, margin = asked.line("cross-sell").smallest_rise, asked.line("up-sell").smallest_margin
    assert rise is not None
    assert margin is not None
    assert margin.relative is not None
    goal, guard = OPEN_GOAL.goal(rise.absolute, "absolute"), OPEN_GUARD.guardrail(margin.relative)
    stated = reach((goal,), (guard,), units, design)
    assert [line.power for line in stated.lines] == [pytest.approx(0.8), pytest.approx(0.8)]
    assert stated.joint_power == pytest.approx(0.64)


def test_an_open_line_has_no_power_and_neither_has_the_rule() -> None:
    found = reach((OPEN_GOAL,), (GUARD,), 50_000)
    assert found.line("cross-sell").power is None
    assert found.line("up-sell").power is not None
    assert found.line("cross-sell").planned is None
    assert (found.joint_power, found.binding) == (None, None)


def test_a_fall_is_found_more_easily_than_a_rise_and_may_not_exist() -> None:
    line = reach((OPEN_GOAL,), (), 50_000).line("cross-sell")
    assert line.smallest_rise is not None
    assert line.smallest_fall is not None
    assert 0 < -line.smallest_fall.absolute < line.smallest_rise.absolute
    assert reach((OPEN_GOAL,), (), 100).line("cross-sell").smallest_fall is None


def test_correlation_helps_the_rule() -> None:
    apart = reach((GOAL,), (GUARD,), 150_000).joint_power
    together = reach((GOAL,), (GUARD,), 150_000, correlation=0.5).joint_power
    assert apart is not None
    assert together is not None
    assert together > apart


def test_one_of_several_goals_shares_alpha() -> None:
    other = KnownMetric("orders", MetricKind.MEAN, 0.3, sd=0.9).goal(0.05)
    both = reach((GOAL, other), (), 60_000)
    either = reach((GOAL, other), (), 60_000, goal_rule=GoalRule.ANY)
    powers = [line.power or 0.0 for line in either.lines]
    assert all(a < (line.power or 0.0) for a, line in zip(powers, both.lines, strict=True))
    assert either.joint_power == pytest.approx(min(powers))
    assert "one of 2 goals is enough" in "".join(either.assumptions)
    with pytest.raises(DomainError, match="correlation must be None"):
        reach((GOAL, other), (), 60_000, goal_rule=GoalRule.ANY, correlation=0.2)


def test_margins_in_every_form_and_less_is_better() -> None:
    calls = GuardrailLine("calls", MetricKind.MEAN, 0.3, 20, MarginForm.PER_1000, sd=1.1, direction=Direction.LOWER)
    money = replace(GUARD, margin=0.5, form=MarginForm.GAIN_SHARE)
    found = reach((GOAL,), (calls, money), 80_000)
    planned = found.line("calls").planned
    gain = found.line("up-sell").planned
    assert planned is not None
    assert gain is not None
    assert planned.per_1000 == pytest.approx(20)
    assert gain.absolute * 180 == pytest.approx(0.5 * 0.0032 * 240)
    balance = KnownMetric("balance", MetricKind.MEAN, -2.0, sd=9.0)
    margin = reach((GOAL,), (balance,), 80_000).line("balance").smallest_margin
    assert margin is not None
    assert margin.relative is None
    assert margin.absolute == pytest.approx((1.959963984540054 + 0.8416212335729143) * 9 * (2 / 80_000) ** 0.5)


def test_weeks_follow_the_measured_curve() -> None:
    sizing = replace(SIZING, traffic_by_day=CURVE)
    found = reach_in_weeks((GOAL,), (GUARD,), 3, traffic_of(sizing))
    assert found.units_total == pytest.approx(60_000)
    assert found.units_control == pytest.approx(30_000)
    assert found.weeks == 3
    later = reach_in_weeks((GOAL,), (GUARD,), 6, traffic_of(sizing))
    assert later.units_total == pytest.approx(90_000)
    assert any("past the measured curve" in line for line in later.assumptions)


def test_sizing_follows_the_measured_curve_too() -> None:
    sizing = replace(SIZING, guardrails=(), traffic_by_day=CURVE)
    outcome = size_test(sizing)
    # 70,000 by week 4, then 10,000 a week.
    assert outcome.joint_total > 70_000
    assert outcome.weeks == 4 + -((70_000 - outcome.joint_total) // 10_000)
    (line,) = power_by_weeks(sizing, outcome)
    assert line.power[line.weeks.index(outcome.weeks)] >= 0.8
    assert line.power[line.weeks.index(outcome.weeks - 1)] < 0.8


def test_the_curve_of_a_pocock_plan_is_that_of_its_own_spending() -> None:
    sizing = replace(SIZING, guardrails=(), looks=5, spending=Spending.POCOCK)
    outcome = size_test(sizing)
    (line,) = power_by_weeks(sizing, outcome)
    assert outcome.weeks is not None
    expected = reach_in_weeks(
        (GOAL,), (), outcome.weeks, traffic_of(sizing), make_design(looks=5, spending=Spending.POCOCK)
    )
    assert line.power[line.weeks.index(outcome.weeks)] == pytest.approx(expected.line("cross-sell").power)


def test_the_outcome_is_json() -> None:
    document = reach((GOAL,), (OPEN_GUARD,), 20_000).to_dict()
    assert json.loads(json.dumps(document, allow_nan=False))["lines"][1]["smallest_margin"]["relative"] > 0


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: reach((), (), 100), "goals"),
        (lambda: reach((GOAL,), (replace(GUARD, key="cross-sell"),), 100), "metrics"),
        (lambda: reach((GOAL,), (), 0), "units"),
        (lambda: reach_in_weeks((GOAL,), (), 0, traffic_of(SIZING)), "weeks"),
        (lambda: reach((OPEN_GOAL,), (replace(GUARD, form=MarginForm.GAIN_SHARE),), 100), "goal.cross-sell.effect"),
        (lambda: reach((GOAL,), (GUARD,), 100, correlation=1.5), "correlation"),
        (lambda: make_design(alpha=0.7), "alpha"),
        (lambda: size_test(replace(SIZING, traffic_by_day=(5.0, 4.0))), "distinct_by_day"),
        (lambda: KnownMetric("calls", MetricKind.MEAN, 0.3), "metric.calls.sd"),
    ],
)
def test_bad_input_names_its_field(build: object, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        build()  # type: ignore[operator]
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("planned", "last"), [(1, 4), (8, 12), (40, 52), (52, 52), (61, 68), (400, 440), (5_000, 5_500), (None, 52)]
)
def test_a_plan_is_drawn_past_its_end_however_long_it_takes(planned: int | None, last: int) -> None:
    weeks = drawn_weeks(planned)
    assert weeks[:4] == (1, 2, 3, 4)
    assert weeks[-1] == last
    assert planned is None or planned in weeks
    assert list(weeks) == sorted(set(weeks))
    assert len(weeks) <= 106


def test_the_line_of_a_plan_of_more_than_a_year_reaches_its_power() -> None:
    slow = replace(SIZING, traffic_per_week=4_000)
    outcome = size_test(slow)
    assert outcome.weeks is not None
    assert outcome.weeks > 52
    lines = {line.key: line for line in power_by_weeks(slow, outcome)}
    at = lines["up-sell"].weeks.index(outcome.weeks)
    assert lines["up-sell"].power[at] == pytest.approx(outcome.line("up-sell").power_in_plan, abs=0.01)
