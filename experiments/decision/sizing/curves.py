"""Two more views of a plan: units against the effect worth finding, and the smallest effect against weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experiments.decision.sizing.curve import drawn_weeks
from experiments.decision.sizing.lines import GoalLine, GuardrailLine, Sizing
from experiments.decision.sizing.margins import margin_of
from experiments.decision.sizing.outcome import SizingOutcome
from experiments.decision.sizing.per_agent import resolved
from experiments.decision.sizing.specs import design_of, goal_spec, guardrail_spec, traffic_of
from experiments.domain.errors import DomainError
from experiments.domain.plan import GoalRule

if TYPE_CHECKING:
    from experiments.stats.power import GoalSpec, SmallestMargin

#: Effects that are drawn, as multiples of the planned one.
MULTIPLES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class EffectPoint:
    """Units of one goal alone for one effect.

    Args:
        effect: on the scale of the plan.
        weeks: of enrolment; None where the traffic never brings the units.
    """

    effect: float
    units_control: int
    units_total: int
    weeks: int | None


@dataclass(frozen=True, slots=True)
class DetectableLine:
    """Smallest change of a goal, or margin of a guardrail, that each number of weeks can show at the wanted power.

    Args:
        relative: shares of the baseline; None where there is none.
    """

    key: str
    role: str
    weeks: tuple[int, ...]
    relative: tuple[float | None, ...]


def units_by_effect(sizing: Sizing) -> tuple[EffectPoint, ...]:
    """Of the first goal alone; effects that a rate has no room for are left out."""
    from experiments.stats.power import duration, sample_size

    sizing = resolved(sizing)
    goal, design, traffic = sizing.goals[0], design_of(sizing), traffic_of(sizing)
    points = []
    for multiple in MULTIPLES:
        try:
            size = sample_size(_spec(sizing, _scaled(goal, multiple)), design)
        except (DomainError, ValueError):
            continue
        weeks = duration(size.arms.total, traffic, sizing.window_days).enrolment_weeks
        points.append(EffectPoint(goal.effect * multiple, size.arms.control, size.arms.total, weeks))
    return tuple(points)


def detectable_by_weeks(sizing: Sizing, outcome: SizingOutcome) -> tuple[DetectableLine, ...]:
    """In each of `drawn_weeks`."""
    sizing = resolved(sizing)
    weeks = drawn_weeks(outcome.weeks)
    design, traffic = design_of(sizing), traffic_of(sizing)
    share = 1 / (1 + sizing.allocation * design.treatments)
    control = [traffic.units_after(7 * week) * share for week in weeks]
    goals = [DetectableLine(g.key, "goal", weeks, _effects(sizing, g, control)) for g in sizing.goals]
    guards = [DetectableLine(g.key, "guardrail", weeks, _margins(sizing, g, control)) for g in sizing.guardrails]
    return (*goals, *guards)


def _scaled(goal: GoalLine, multiple: float) -> GoalLine:
    return replace(goal, effect=goal.effect * multiple)


def _effects(sizing: Sizing, goal: GoalLine, control: Sequence[float]) -> tuple[float | None, ...]:
    from experiments.stats.power import mde

    found = [mde(_spec(sizing, goal), units, design_of(sizing)) for units in control]
    ways = [each.up if goal.effect > 0 else each.down for each in found]
    return tuple(None if way is None or way.relative is None else abs(way.relative) for way in ways)


def _margins(sizing: Sizing, line: GuardrailLine, control: Sequence[float]) -> tuple[float | None, ...]:
    from experiments.stats.power import smallest_margin

    spec = guardrail_spec(line, margin_of(line, sizing.goals))
    found = [smallest_margin(spec, units, design_of(sizing)) for units in control]
    return tuple(_relative(each, line.baseline) for each in found)


def _relative(found: SmallestMargin, baseline: float) -> float | None:
    if found.margin is None or found.margin_scale == "relative":
        return found.margin
    return found.margin / baseline if baseline > 0 else None


def _spec(sizing: Sizing, goal: GoalLine) -> GoalSpec:
    """Where one goal of several is enough, each is tested at its share of the error."""
    shared = len(sizing.goals) if sizing.goal_rule is GoalRule.ANY else 1
    return replace(goal_spec(goal), one_of=shared)
