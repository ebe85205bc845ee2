"""The other way round: what a test of given size, or of so many weeks, can find and can rule out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.decision.sizing.reach_lines import (
    Goal,
    Guardrail,
    goal_line,
    goal_spec_of,
    guardrail_line,
    guardrail_spec_of,
)
from experiments.decision.sizing.reached import ReachOutcome
from experiments.decision.sizing.specs import make_design, refused
from experiments.domain.checks import check_range, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.plan import MAX_WEEKS, GoalRule

if TYPE_CHECKING:
    from experiments.stats.orthant import Correlation
    from experiments.stats.power import Design, GoalSpec, GuardrailSpec, JointPower, Traffic
    from experiments.stats.power.specs import Spec

JOINT = "joint power: Φ_{G+1}(E[z] − z_α; ρ), every part at its full alpha"


def reach(
    goals: Sequence[Goal],
    guardrails: Sequence[Guardrail],
    units: float,
    design: Design | None = None,
    *,
    goal_rule: GoalRule = GoalRule.ALL,
    correlation: Correlation | None = None,
) -> ReachOutcome:
    """Smallest effects and margins at a given size, and the power of every part that states one.

    Args:
        goals, guardrails: with their effect or margin, or a `KnownMetric` where that is the question.
        units: mature units in the control.
        design: level, power, allocation, variants and looks; default a single look at 0.025 and 80 %.
        correlation: of the metrics per unit, goals first, as in `Sizing`.

    Raises:
        DomainError: naming field, value and bound.
    """
    if not goals:
        raise DomainError("required", "goals is empty, must hold at least one.", "goals")
    check_unique([*(line.key for line in goals), *(line.key for line in guardrails)], "metrics")
    check_range(units, "units", low=0, open_low=True)
    chosen = design or make_design()
    try:
        return _reach(goals, guardrails, units, chosen, goal_rule, correlation)
    except ValueError as error:
        raise refused(error) from None


def reach_in_weeks(
    goals: Sequence[Goal],
    guardrails: Sequence[Guardrail],
    weeks: int,
    traffic: Traffic,
    design: Design | None = None,
    *,
    goal_rule: GoalRule = GoalRule.ALL,
    correlation: Correlation | None = None,
) -> ReachOutcome:
    """The same after so many weeks of enrolment; arguments and errors as in `reach`."""
    check_range(weeks, "weeks", low=1, high=MAX_WEEKS)
    chosen = design or make_design()
    units = traffic.units_after(7 * weeks) / (1 + chosen.treatments * chosen.allocation)
    found = reach(goals, guardrails, units, chosen, goal_rule=goal_rule, correlation=correlation)
    past = ("past the measured curve units arrive at the pace of its last week",)
    beyond = past if traffic.extrapolated(7 * weeks) else ()
    return replace(found, weeks=weeks, assumptions=(*found.assumptions, *beyond))


def _reach(
    goals: Sequence[Goal],
    guardrails: Sequence[Guardrail],
    units: float,
    design: Design,
    rule: GoalRule,
    correlation: Correlation | None,
) -> ReachOutcome:
    shared = len(goals) if rule is GoalRule.ANY else 1
    goal_specs = [replace(goal_spec_of(line), one_of=shared) for line in goals]
    guard_specs = [guardrail_spec_of(line, goals) for line in guardrails]
    lines = (
        *(goal_line(line, spec, units, design) for line, spec in zip(goals, goal_specs, strict=True)),
        *(guardrail_line(line, spec, units, design) for line, spec in zip(guardrails, guard_specs, strict=True)),
    )
    complete = all(line.power is not None for line in lines)
    joint = _joint(goal_specs, guard_specs, units, design, rule, correlation) if complete else None
    return ReachOutcome(
        units_control=units,
        units_total=units * (1 + design.treatments * design.allocation),
        weeks=None,
        lines=lines,
        joint_power=None if joint is None else joint.joint,
        binding=min(lines, key=lambda line: line.power or 0.0).key if complete else None,
        formula=JOINT,
        assumptions=_assumptions(joint, correlation, design, shared),
        alpha=design.alpha,
        power=design.power,
    )


def _joint(
    goals: Sequence[GoalSpec],
    guardrails: Sequence[GuardrailSpec],
    units: float,
    design: Design,
    rule: GoalRule,
    correlation: Correlation | None,
) -> JointPower:
    """Power of the whole rule; where one goal is enough, with the goal that helps least."""
    if rule is GoalRule.ALL or len(goals) == 1:
        return _together((*goals, *guardrails), units, design, correlation)
    if correlation is not None:
        raise ValueError("correlation must be None where goal_rule == 'any'.")
    return min((_together((goal, *guardrails), units, design, None) for goal in goals), key=lambda found: found.joint)


def _together(specs: Sequence[Spec], units: float, design: Design, correlation: Correlation | None) -> JointPower:
    from experiments.stats.power import joint_power, planned, statistic_correlation
    from experiments.stats.power.sample_sizes import margin_of_z

    tests = [planned(spec) for spec in specs]
    matrix = statistic_correlation(tests, correlation, design.allocation)
    return joint_power([margin_of_z(test, units, design, design.allocation) for test in tests], matrix)


def _assumptions(
    joint: JointPower | None, correlation: Correlation | None, design: Design, shared: int
) -> tuple[str, ...]:
    lines = [f"smallest effects and margins: each part alone at power {design.power:g}"]
    if joint is not None and len(joint.marginal) > 1:
        known = "independent metrics" if correlation is None else "the given correlation of the metrics"
        lines.append(f"{known}; joint power by {joint.method}")
    if shared > 1:
        lines.append(f"one of {shared} goals is enough: each tested at alpha / {shared}")
    if design.variants > 2:
        lines.append("the power is that of each variant with the planned effects, not of all of them together")
    return tuple(lines)
