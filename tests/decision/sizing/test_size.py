"""Sizing in product words: margins in every form, the binding metric, advice, errors."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, size_test
from experiments.decision.sizing.curve import power_by_weeks
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind

GOAL = GoalLine("cross-sell", MetricKind.RATE, 0.032, 0.10, value=240)
GUARD = GuardrailLine("up-sell", MetricKind.RATE, 0.042, 0.05, MarginForm.RELATIVE, value=180)
SIZING = Sizing((GOAL,), (GUARD,), 90_000)


def test_the_guardrail_decides_and_costs_a_multiple_of_the_goal() -> None:
    outcome = size_test(SIZING)
    goal, guard = outcome.line("cross-sell"), outcome.line("up-sell")
    assert outcome.binding == "up-sell"
    assert outcome.guardrail_to_goal == pytest.approx(guard.n_control / goal.n_control)
    assert 2 < outcome.guardrail_to_goal < 9
    assert outcome.joint_per_arm >= guard.per_arm
    assert outcome.joint_power == pytest.approx(0.8, abs=1e-4)


def test_the_goal_alone_follows_the_unpooled_formula() -> None:
    p, lifted = 0.032, 0.032 * 1.1
    z = 1.959963984540054 + 0.8416212335729143
    expected = z**2 * (p * (1 - p) + lifted * (1 - lifted)) / (lifted - p) ** 2
    assert size_test(replace(SIZING, guardrails=())).line("cross-sell").n_control == pytest.approx(expected, rel=1e-9)


def test_a_relative_margin_is_shown_in_sales_and_money_per_year() -> None:
    margin = size_test(SIZING).line("up-sell").margin
    assert margin is not None
    assert margin.per_1000 == pytest.approx(2.1)
    assert margin.per_year == pytest.approx(0.0021 * 90_000 * 52)
    assert margin.money_per_year == pytest.approx(0.0021 * 90_000 * 52 * 180)


def test_the_money_form_accepts_a_share_of_the_planned_gain() -> None:
    money = replace(GUARD, margin=0.5, form=MarginForm.GAIN_SHARE)
    margin = size_test(replace(SIZING, guardrails=(money,))).line("up-sell").margin
    assert margin is not None
    assert margin.scale == "absolute"
    assert margin.value * 180 == pytest.approx(0.5 * 0.0032 * 240)


def test_per_1000_units_is_absolute() -> None:
    line = replace(GUARD, margin=2.1, form=MarginForm.PER_1000)
    margin = size_test(replace(SIZING, guardrails=(line,))).line("up-sell").margin
    assert margin is not None
    assert (margin.scale, margin.value) == ("absolute", pytest.approx(0.0021))
    assert margin.relative == pytest.approx(0.05)


def test_a_cost_metric_may_rise_by_its_margin() -> None:
    calls = GuardrailLine(
        "contacts", MetricKind.MEAN, 0.06, 0.05, MarginForm.RELATIVE, sd=0.3, direction=Direction.LOWER
    )
    assert size_test(replace(SIZING, guardrails=(calls,))).line("contacts").weeks is not None


def test_a_long_plan_proposes_the_money_form() -> None:
    outcome = size_test(replace(SIZING, traffic_per_week=2_000))
    assert outcome.weeks is not None
    assert outcome.weeks > 26
    assert "money" in outcome.advice[0]
    assert "up-sell" in outcome.advice[0]


@given(effect=st.floats(0.02, 0.5), looks=st.integers(1, 8))
def test_more_effect_needs_fewer_units_and_looks_cost_a_little(effect: float, looks: int) -> None:
    sizing = replace(SIZING, goals=(replace(GOAL, effect=effect),), guardrails=(), looks=looks)
    more = replace(sizing, goals=(replace(GOAL, effect=effect * 1.2),))
    assert size_test(more).joint_n_control < size_test(sizing).joint_n_control
    assert 1 <= size_test(sizing).inflation < 1.06


def test_the_curve_reaches_the_planned_power_in_the_planned_weeks() -> None:
    sizing = replace(SIZING, guardrails=())
    outcome = size_test(sizing)
    (line,) = power_by_weeks(sizing, outcome)
    assert outcome.weeks is not None
    assert list(line.power) == sorted(line.power)
    assert line.power[line.weeks.index(outcome.weeks)] >= 0.8


def test_the_outcome_is_json() -> None:
    document = size_test(replace(SIZING, looks=3)).to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(json.dumps(document))


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: replace(GOAL, baseline=1.2), "goal.cross-sell.baseline"),
        (lambda: replace(GOAL, effect=0.0), "goal.cross-sell.effect"),
        (lambda: replace(GUARD, margin=1.5), "guardrail.up-sell.margin"),
        (lambda: replace(GUARD, kind=MetricKind.MEAN), "guardrail.up-sell.sd"),
        (lambda: replace(SIZING, traffic_per_week=0), "traffic_per_week"),
        (lambda: replace(SIZING, power=1.0), "power"),
        (lambda: replace(SIZING, looks=40), "looks"),
        (lambda: replace(SIZING, goals=()), "goals"),
        (lambda: replace(SIZING, goals=(GOAL, GOAL)), "metrics"),
        (
            lambda: size_test(replace(SIZING, guardrails=(replace(GUARD, form=MarginForm.GAIN_SHARE, value=None),))),
            "guardrail.up-sell.value",
        ),
    ],
)
def test_bad_input_names_its_field(build: object, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        build()  # type: ignore[operator]
    assert caught.value.field == field
    assert field in caught.value.message
