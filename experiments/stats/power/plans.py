"""The plan of a test: units and weeks of the goal, of each guardrail, and of the rule that needs them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from experiments.stats import normal
from experiments.stats.orthant import Correlation
from experiments.stats.power.joint import JointSize, joint_sample_size
from experiments.stats.power.planned_test import planned
from experiments.stats.power.result import SampleSize
from experiments.stats.power.sample_sizes import margin_of_z, sample_size
from experiments.stats.power.schedule import PlannedLook, schedule
from experiments.stats.power.specs import Design, GoalSpec, GuardrailSpec, Spec
from experiments.stats.power.traffic import Duration, Traffic, as_traffic, duration
from experiments.stats.result import Result
from experiments.stats.spending import SpendingKind

GoalRule = Literal["all", "any"]


@dataclass(frozen=True)
class MetricPlan(Result):
    """What one metric needs alone.

    Attributes:
        key: metric.
        role: "goal" or "guardrail".
        size: units for the planned power of this test alone.
        duration: weeks for these units.
        power_in_plan: power of this test at the units of the joint rule.
        z_in_plan: how far its expected z then lies beyond its critical value; the power is the normal cdf of it.
    """

    key: str
    role: Literal["goal", "guardrail"]
    size: SampleSize
    duration: Duration
    power_in_plan: float
    z_in_plan: float


@dataclass(frozen=True)
class PowerPlan(Result):
    """Units and weeks of a whole test.

    Attributes:
        design: level, power, allocation, arms and looks.
        goal: plan of the (first) goal.
        goals: plans of all goals.
        guardrails: plans of the guardrails.
        joint: units of the whole rule, exact and simple, with its power.
        duration: weeks of the whole rule; None numbers where the traffic never brings them.
        looks: the planned looks in whole weeks; empty where the test is out of reach.
        binding: key of the metric that needs most units and so decides how long the test takes.
        guardrail_to_goal: units of the most demanding guardrail over those of the most demanding goal; None without
            guardrails.
        formula: formula of the joint rule.
        assumptions: what must be true for the plan to be true.
    """

    design: Design
    goal: MetricPlan
    goals: tuple[MetricPlan, ...]
    guardrails: tuple[MetricPlan, ...]
    joint: JointSize
    duration: Duration
    looks: tuple[PlannedLook, ...]
    binding: str
    guardrail_to_goal: float | None
    formula: str
    assumptions: tuple[str, ...]


def plan(
    goal: GoalSpec | Sequence[GoalSpec],
    guardrails: Sequence[GuardrailSpec],
    traffic_per_week: float | Traffic,
    allocation: float = 1.0,
    variants: int = 2,
    looks: int = 5,
    alpha: float = 0.025,
    power: float = 0.8,
    window_days: int = 0,
    *,
    spending: SpendingKind = "obf",
    correlation: Correlation | None = None,
    goal_rule: GoalRule = "all",
    few: bool = False,
) -> PowerPlan:
    """Plan a test on its goal and its guardrails.

    Args:
        goal: the goal, or several.
        guardrails: may be empty.
        traffic_per_week: new eligible units per week, or a measured curve.
        allocation: units per variant over units in the control.
        variants: arms including the control.
        looks: planned looks including the last.
        alpha: one-sided level of each test.
        power: wanted chance that the whole rule is met at the planned truth.
        window_days: longest metric window, waited for after the last enrolment.
        spending: spending function of the looks.
        correlation: of the metrics per unit, goals first, one number or a matrix; None = independent.
        goal_rule: with several goals "all" must be superior, each at full alpha; or "any", each at alpha / S and the
            plan large enough whichever of them has its planned effect.
        few: True where units are few, as agents are: sizes and power by Student's t.

    Raises:
        ValueError: naming the field, its value and its bound.
    """
    goals = _goals(goal, goal_rule)
    design = Design(alpha, power, allocation, variants, looks, spending, few)
    traffic = as_traffic(traffic_per_week)
    joint = _joint(goals, guardrails, design, correlation, goal_rule)
    goal_plans = tuple(_metric(g, design, traffic, window_days, joint) for g in goals)
    guardrail_plans = tuple(_metric(g, design, traffic, window_days, joint) for g in guardrails)
    whole = duration(joint.arms.total, traffic, window_days)
    weeks = whole.enrolment_weeks
    return PowerPlan(
        design=design,
        goal=goal_plans[0],
        goals=goal_plans,
        guardrails=guardrail_plans,
        joint=joint,
        duration=whole,
        looks=() if weeks is None else schedule(weeks, traffic, design, window_days, joint.arms.total, goals[0].one_of),
        binding=max((*goal_plans, *guardrail_plans), key=lambda m: m.size.n_control).key,
        guardrail_to_goal=_ratio(goal_plans, guardrail_plans),
        formula=joint.formula,
        assumptions=(
            *_rule_assumptions(joint, correlation, variants, len(goals), goal_rule),
            *_time_assumptions(whole, traffic),
        ),
    )


def _goals(goal: GoalSpec | Sequence[GoalSpec], rule: GoalRule) -> tuple[GoalSpec, ...]:
    goals = (goal,) if isinstance(goal, GoalSpec) else tuple(goal)
    if rule not in ("all", "any"):
        raise ValueError(f"goal_rule == {rule!r}, must be all or any.")
    if not goals:
        raise ValueError("goal == [], must hold at least one.")
    return tuple(replace(g, one_of=len(goals)) for g in goals) if rule == "any" else goals


def _joint(
    goals: Sequence[GoalSpec],
    guardrails: Sequence[GuardrailSpec],
    design: Design,
    correlation: Correlation | None,
    rule: GoalRule,
) -> JointSize:
    if rule == "all" or len(goals) == 1:
        return joint_sample_size((*goals, *guardrails), design, correlation=correlation)
    if correlation is not None:
        raise ValueError("correlation must be None where goal_rule == 'any'.")
    sizes = [joint_sample_size((g, *guardrails), design) for g in goals]
    return max(sizes, key=lambda size: size.n_control)


def _metric(spec: Spec, design: Design, traffic: Traffic, window_days: int, joint: JointSize) -> MetricPlan:
    size = sample_size(spec, design)
    role: Literal["goal", "guardrail"] = "goal" if isinstance(spec, GoalSpec) else "guardrail"
    weeks = duration(size.arms.total, traffic, window_days)
    beyond = margin_of_z(planned(spec), joint.arms.control, design, design.allocation)
    return MetricPlan(spec.key, role, size, weeks, normal.cdf(beyond), beyond)


def _ratio(goals: Sequence[MetricPlan], guardrails: Sequence[MetricPlan]) -> float | None:
    if not guardrails:
        return None
    return max(g.size.n_control for g in guardrails) / max(g.size.n_control for g in goals)


def _rule_assumptions(
    joint: JointSize, correlation: Correlation | None, variants: int, goals: int, rule: GoalRule
) -> tuple[str, ...]:
    lines = ["every test keeps its full alpha: the rule is met only if all of them are"]
    if len(joint.power.marginal) > 1:
        known = "independent metrics" if correlation is None else "the given correlation of the metrics"
        lines.append(f"{known}; joint power by {joint.power.method}")
    if goals > 1 and rule == "any":
        lines.append(f"one of {goals} goals is enough: each tested at alpha / {goals}")
    if variants > 2:
        lines.append("the power is that of each variant with the planned effects, not of all of them together")
    return tuple(lines)


def _time_assumptions(whole: Duration, traffic: Traffic) -> tuple[str, ...]:
    lines = []
    if traffic.source == "weekly":
        lines.append("as many new units every week; returning units make later weeks bring fewer")
    if whole.extrapolated:
        lines.append("past the measured curve units arrive at the pace of its last week")
    return (*lines, "whole weeks, at least two, then the metric window of the last unit")
