"""Sizing a test that draws agents: per contact as people state it, per agent as it is planned."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from experiments.decision.sizing import Agents, GoalLine, GuardrailLine, MarginForm, Sizing, resolved, size_test
from experiments.decision.sizing.curve import power_by_weeks
from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind

AGENTS = Agents(available=120, contacts=200, icc=0.03, cv=0.4)
GOAL = GoalLine("sales-per-contact", MetricKind.RATE, 0.1, 0.4)
GUARD = GuardrailLine(
    "handle-time-per-contact", MetricKind.RATIO, 600, 0.1, MarginForm.RELATIVE, sd=240, direction=Direction.LOWER
)


def sizing(**changes: Any) -> Sizing:
    agents = changes.pop("agents", AGENTS)
    return Sizing((GOAL,), (GUARD,), agents.per_week(28), agents=agents, **changes)


def test_a_contact_becomes_an_agent() -> None:
    found = resolved(sizing())
    effect = 1 + ((1 + 0.4**2) * 200 - 1) * 0.03
    goal, guard = found.goals[0], found.guardrails[0]
    assert (goal.kind, guard.kind, found.agents, found.few) == (MetricKind.RATIO, MetricKind.RATIO, None, True)
    assert goal.sd == pytest.approx(sqrt(0.1 * 0.9 * effect / 200))
    assert guard.sd == pytest.approx(240 * sqrt(effect / 200))
    assert resolved(found) is found


def test_the_answer_says_what_it_rests_on() -> None:
    outcome = size_test(sizing())
    assert outcome.agents is not None
    assert outcome.agents["design_effect"] == pytest.approx(AGENTS.clusters.design_effect)
    assert outcome.agents["contacts_in_all"] == outcome.joint_total * 200
    assert outcome.joint_power >= 0.8
    assert any("design effect" in line for line in outcome.assumptions)
    assert any("Student's t" in line for line in outcome.assumptions)
    assert not any("measured curve" in line for line in outcome.assumptions)
    plan = frozen_plan(outcome, 42)
    assert (plan.looks, plan.weeks, plan.traffic_per_week) == (1, 2, None), "agents are no traffic"


def test_more_contacts_of_the_same_agents_help_little() -> None:
    """With a tenth of the variance between agents, a hundredfold of contacts cannot replace agents."""
    few, many = (
        size_test(sizing(agents=Agents(4000, contacts, 0.1))).line(GOAL.key).n_control for contacts in (50, 5000)
    )
    assert many > 0.8 * few


def test_too_few_agents_are_named() -> None:
    outcome = size_test(sizing(agents=Agents(20, 200, 0.03, 0.4)))
    assert outcome.weeks is None
    assert "more than there are" in outcome.advice[0]
    with pytest.raises(DomainError, match="Traffic is too small"):
        frozen_plan(outcome, 42)


def test_curves_are_of_agents_too() -> None:
    asked = sizing()
    outcome = size_test(asked)
    lines = power_by_weeks(asked, outcome)
    assert {line.key for line in lines} == {GOAL.key, GUARD.key}
    assert len({round(value, 9) for value in lines[0].power}) == 1, "all agents are there from the first week"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agents": Agents(120, 200, 0.03), "looks": 2}, "looks"),
        ({"available": 3}, "agents.available"),
        ({"contacts": 0.5}, "agents.contacts"),
        ({"icc": 1.2}, "agents.icc"),
        ({"cv": -1.0}, "agents.cv"),
    ],
)
def test_bounds_name_their_field(change: dict[str, Any], field: str) -> None:
    stated = {"available": 120, "contacts": 200.0, "icc": 0.03, "cv": 0.4}
    make = (lambda: sizing(**change)) if "looks" in change else (lambda: Agents(**{**stated, **change}))
    with pytest.raises(DomainError) as caught:
        make()
    assert caught.value.field == field
