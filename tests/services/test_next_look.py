"""A plan and the test that follows it: the same looks, the same shares, the same boundaries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.decision.bar import bounds
from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, SizingOutcome, size_test
from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.metric import MetricKind
from experiments.domain.phase import Phase
from experiments.domain.schedule import planned_looks
from experiments.domain.variant import Variant
from experiments.services.look_now import looks_at
from experiments.services.next_look import next_look

NOW = 1_700_000_000_000_000
GOAL = GoalLine("cross-sell", MetricKind.RATE, 0.032, 0.10)
GUARD = GuardrailLine("up-sell", MetricKind.RATE, 0.042, 0.05, MarginForm.RELATIVE)
#: 3.1 weeks of traffic bring what four whole weeks enrol.
PLAN = size_test(Sizing((GOAL,), (GUARD,), 90_000, looks=3))


def launched(outcome: SizingOutcome) -> Experiment:
    phase = Phase(1, "salt", (Variant("control", "Control", 0.5), Variant("entry", "Entry", 0.5)))
    plan = frozen_plan(outcome, 28)
    return Experiment("t", "T", "h", UnitKind.CUSTOMER, (), (phase,), plan, Status.RUNNING, launched_at=NOW)


def test_a_test_that_goes_as_planned_is_judged_by_the_boundaries_of_its_plan() -> None:
    test, taken = launched(PLAN), []
    for look, due in zip(PLAN.looks, planned_looks(test), strict=True):
        now = looks_at(test, taken, 45_000 * look.week, due.at)
        taken.append(now.information or 0.0)
        assert (now.number, now.is_look, now.final) == (look.number, True, look is PLAN.looks[-1])
        assert now.information == pytest.approx(look.information, rel=1e-4)
        assert bounds(now, 0.025)[-1] == pytest.approx(look.critical, rel=1e-3)


def test_the_outlook_expects_at_a_look_the_units_that_the_plan_expects() -> None:
    test = launched(PLAN)
    first = next_look(test, looks_at(test, (), 0, NOW), 0, NOW)
    assert first is not None
    assert first.information == PLAN.looks[0].information == pytest.approx(90_000 / PLAN.joint_per_arm, rel=1e-4)


def test_a_plan_without_the_record_of_its_calculation_expects_the_share_of_its_weeks() -> None:
    test = launched(PLAN)
    bare = replace(test, plan=replace(test.plan, sizing={}))
    first = next_look(bare, looks_at(bare, (), 0, NOW), 0, NOW)
    assert first is not None
    assert first.information == 0.5
