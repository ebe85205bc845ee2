from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.decision.bar import Bar
from experiments.decision.inputs import MetricPlan
from experiments.decision.row import judged_row
from experiments.decision.verdict import side
from experiments.decision.words import Verdict
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

FIXED = Bar(0.025)
N = 100_000


@pytest.fixture
def row(moments_of):
    """Judges a rate that moves from one value to another."""

    def judge(plan, control, variant, n=N, deciding=FIXED, harm=None):
        column = plan.measure.column
        groups = moments_of(n, **{column: control}), moments_of(n, **{column: variant})
        return judged_row(plan, "entry", groups, deciding, harm)

    return judge


def test_a_goal_is_better_worse_or_not_shown(row, plans):
    goal = plans["cross-sell"]
    assert row(goal, 0.03, 0.034).verdict is Verdict.BETTER
    assert row(goal, 0.03, 0.026).verdict is Verdict.WORSE
    assert row(goal, 0.03, 0.0302).verdict is Verdict.NOT_SHOWN


def test_where_less_is_better_a_fall_is_better(row, plans):
    goal = replace(plans["cross-sell"], direction=Direction.LOWER)
    assert row(goal, 0.03, 0.026).verdict is Verdict.BETTER
    assert row(goal, 0.03, 0.034).verdict is Verdict.WORSE


def test_a_guardrail_holds_is_broken_or_is_not_shown(row, plans):
    guardrail = plans["up-sell"]
    assert row(guardrail, 0.04, 0.04).verdict is Verdict.HOLDS
    assert row(guardrail, 0.04, 0.036).verdict is Verdict.BROKEN
    assert row(guardrail, 0.04, 0.0392).verdict is Verdict.NOT_SHOWN


def test_a_guardrail_that_improves_holds(row, plans):
    assert row(plans["up-sell"], 0.04, 0.05).verdict is Verdict.HOLDS


def test_a_small_measured_loss_inside_the_margin_holds_with_a_note(row, plans):
    found = row(plans["up-sell"], 0.04, 0.0392, n=1_000_000)
    assert found.verdict is Verdict.HOLDS
    assert found.relative.hi < 0
    assert found.note == "A small measured loss, inside the margin."


def test_an_absolute_margin_decides_on_the_absolute_scale(row, plans):
    guardrail = replace(plans["up-sell"], margin=Margin(Scale.ABSOLUTE, 0.002))
    found = row(guardrail, 0.04, 0.0397)
    assert found.shown == "absolute"
    assert found.noninferiority.margin_scale == "absolute"
    assert found.verdict is (Verdict.HOLDS if found.absolute.lo > -0.002 else Verdict.NOT_SHOWN)
    assert row(replace(plans["up-sell"], margin=Margin(Scale.ABSOLUTE, 0.0005)), 0.04, 0.0397).verdict is (
        Verdict.NOT_SHOWN
    )


def test_few_events_are_judged_in_the_score_form(row, plans):
    found = row(plans["cross-sell"], 0.01, 0.02, n=3000)
    assert found.few_events
    assert found.effect.form == "score"
    assert found.verdict is Verdict.BETTER


def test_too_few_events_have_no_verdict_and_no_interval(row, plans):
    found = row(plans["cross-sell"], 0.003, 0.02, n=3000)
    assert found.verdict is Verdict.TOO_FEW
    assert (found.effect.lo, found.effect.hi) == (None, None)
    assert row(plans["up-sell"], 0.003, 0.02, n=3000).verdict is Verdict.TOO_FEW


def test_nothing_at_all_has_no_verdict(row, plans):
    assert row(plans["cross-sell"], 0.0, 0.0, n=0).verdict is Verdict.TOO_FEW


def test_a_measure_without_spread_is_not_testable(plans):
    plan = replace(plans["cross-sell"], measure=Measure("mean", "cross"))
    flat = Moments(500, ("cross",), [2.0], [[0.0]])
    assert judged_row(plan, "entry", (flat, flat), FIXED).verdict is Verdict.NOT_TESTABLE


def test_a_guardrail_without_spread_is_not_testable_either(plans):
    plan = replace(plans["up-sell"], measure=Measure("mean", "up"))
    flat = Moments(500, ("up",), [2.0], [[0.0]])
    assert judged_row(plan, "entry", (flat, flat), FIXED).verdict is Verdict.NOT_TESTABLE


@pytest.mark.parametrize("ends", [(0.0, 0.2), (-0.2, 0.0)])
def test_an_interval_that_touches_no_change_does_not_exclude_it(row, plans, ends):
    effect = row(plans["cross-sell"], 0.03, 0.034).absolute
    assert side(replace(effect, lo=ends[0], hi=ends[1]), 1) == 0


def test_an_unbounded_lift_falls_back_to_the_absolute_effect(plans):
    plan = replace(plans["cross-sell"], measure=Measure("mean", "cross"))
    control = Moments(500, ("cross",), [0.02], [[1.0]])
    variant = Moments(500, ("cross",), [1.0], [[1.0]])
    found = judged_row(plan, "entry", (control, variant), FIXED)
    assert found.relative.status is Status.UNBOUNDED
    assert (found.shown, found.verdict) == ("absolute", Verdict.BETTER)


def test_a_guardrail_with_an_unbounded_lift_never_holds_but_can_be_broken(plans):
    plan = replace(plans["calls"], measure=Measure("mean", "calls"))
    control = Moments(500, ("calls",), [0.02], [[1.0]])
    variant = Moments(500, ("calls",), [1.0], [[1.0]])
    assert judged_row(plan, "entry", (control, variant), FIXED).verdict is Verdict.BROKEN
    assert judged_row(plan, "entry", (control, control), FIXED).verdict is Verdict.NOT_SHOWN


def test_what_this_audience_cannot_do_never_holds(row, plans):
    found = row(replace(plans["up-sell"], measurable=False), 0.04, 0.05)
    assert found.verdict is Verdict.NOT_MEASURABLE


def test_harm_is_called_before_the_boundary_and_printed_at_its_own_bar(row, plans):
    boundary, harm = Bar(0.025, 4.88), Bar(0.01)
    found = row(plans["up-sell"], 0.04, 0.0374, deciding=boundary, harm=harm)
    assert found.verdict is Verdict.BROKEN
    assert found.relative.level == pytest.approx(0.98)
    assert found.relative.hi < 0
    assert found.relative.lo < -0.05
    assert found.critical is None
    assert found.note == "Judged at the harm boundary, one-sided 0.01."


def test_without_harm_the_row_is_printed_at_the_boundary(row, plans):
    boundary, harm = Bar(0.025, 4.88), Bar(0.01)
    found = row(plans["up-sell"], 0.04, 0.0398, deciding=boundary, harm=harm)
    assert found.verdict is Verdict.NOT_SHOWN
    assert (found.critical, found.relative.level) == (4.88, pytest.approx(0.95))


def test_a_loss_that_the_harm_bar_shows_to_be_inside_the_margin_is_not_broken(row, plans):
    # −3 % with a standard error of 0.7 %: at the harm bar −4.6 to −1.4, inside the margin of 5 %; at the boundary
    # of the look −6.4 to +0.4, so that "holds" is not shown either.
    found = row(plans["up-sell"], 0.04, 0.0388, n=980_000, deciding=Bar(0.025, 4.88), harm=Bar(0.01))
    assert found.verdict is Verdict.NOT_SHOWN
    assert (found.relative.lo < -0.05, found.relative.hi > 0, found.critical) == (True, True, 4.88)


def test_an_ordinary_boundary_needs_no_note(row, plans):
    assert row(plans["cross-sell"], 0.03, 0.034, deciding=Bar(0.025, 3.36)).note is None
    # Where both bars are one, nothing is judged at that of harm.
    assert row(plans["cross-sell"], 0.03, 0.026, harm=FIXED).note is None


def test_a_boundary_out_of_reach_is_said_so(row, plans):
    found = row(plans["cross-sell"], 0.03, 0.034, deciding=Bar(0.025, 9.5))
    assert found.note == "So early that no result could stop the test."


@pytest.mark.parametrize(("role", "margin"), [(Role.GUARDRAIL, None), (Role.GOAL, Margin(Scale.RELATIVE, 0.05))])
def test_a_guardrail_and_only_a_guardrail_has_a_margin(role, margin):
    with pytest.raises(DomainError, match="margin"):
        MetricPlan("m", "M", role, Direction.HIGHER, Measure("rate", "m"), margin=margin)


def test_a_planned_effect_is_above_zero():
    with pytest.raises(DomainError, match="must be > 0"):
        MetricPlan("m", "M", Role.GOAL, Direction.HIGHER, Measure("rate", "m"), planned_effect=0.0)
