"""Planes of the goal against each protected guardrail, at planned looks only."""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.arms import Rows
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.metric_result import MetricResult
from experiments.decision.plane import Plane, Point
from experiments.decision.words import Verdict
from experiments.domain.metric import Role, Scale
from experiments.stats.effect import Effect
from experiments.stats.measure import Measure
from experiments.stats.region import relative_plane

_NO_PLANE = (Verdict.TOO_FEW, Verdict.NOT_MEASURABLE, Verdict.NOT_TESTABLE)


def arm_planes(given: AnalysisInput, variant: str, rows: Rows) -> tuple[Plane, ...]:
    """One plane per protected guardrail of a variant, with the first goal; none without a goal.

    Metrics with units of their own have no plane either: how they vary together is not known.
    """
    goal = next((row for row in rows if row.role is Role.GOAL), None)
    if goal is None or goal.verdict in _NO_PLANE or goal.metric in given.own_moments:
        return ()
    guardrails = [row for row in rows if row.role is Role.GUARDRAIL and row.protected]
    guardrails = [row for row in guardrails if row.metric not in given.own_moments]
    planes = [_plane(given, variant, goal, row) for row in guardrails if row.verdict not in _NO_PLANE]
    return tuple(plane for plane in planes if plane is not None)


def _plane(given: AnalysisInput, variant: str, goal: MetricResult, guardrail: MetricResult) -> Plane | None:
    if goal.relative.point is None or guardrail.relative.point is None:
        return None
    plain = goal.few_events or guardrail.few_events
    x, y = (_measure(given, row, plain) for row in (guardrail, goal))
    joint = relative_plane(x, y, given.moments[given.control.key], given.moments[variant])
    return Plane(
        variant=variant,
        goal=goal.metric,
        guardrail=guardrail.metric,
        point=(guardrail.relative.point, goal.relative.point),
        goal_interval=_interval(goal.relative),
        guardrail_interval=_interval(guardrail.relative),
        margin=_margin(guardrail),
        regions={level: _outline(corners) for level, corners in joint.regions.items()},
        correlation=joint.correlation,
    )


def _measure(given: AnalysisInput, row: MetricResult, plain: bool) -> Measure:
    plan: MetricPlan = next(metric for metric in given.metrics if metric.key == row.metric)
    # The score form knows no covariates, so a region beside it must not use them either.
    return replace(plan.measure, covariates=()) if plain else plan.measure


def _interval(effect: Effect) -> Point | None:
    return None if effect.lo is None or effect.hi is None else (effect.lo, effect.hi)


def _margin(row: MetricResult) -> float | None:
    if row.margin is None or row.margin.scale is not Scale.RELATIVE:
        return None
    return -row.direction * row.margin.value


def _outline(corners: list[list[float]]) -> tuple[Point, ...]:
    closed = [*corners, *corners[:1]]
    return tuple((x, y) for x, y in closed)
