"""From the stated lines to units and weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.decision.sizing.lines import MarginForm, Sizing
from experiments.decision.sizing.margins import margin_of, worth
from experiments.decision.sizing.outcome import LineOutcome, Look, MarginWorth, SizingOutcome
from experiments.decision.sizing.per_agent import resolved, told_of
from experiments.decision.sizing.specs import design_of, goal_spec, guardrail_spec, refused, traffic_of

if TYPE_CHECKING:
    from experiments.stats.power import MetricPlan, PowerPlan

#: definitions: longer plans propose the money form or a wider audience.
LONG_WEEKS = 26


def size_test(sizing: Sizing) -> SizingOutcome:
    """Units and weeks of the goal, of each guardrail and of the rule that needs them all.

    Raises:
        DomainError: naming field, value and bound.
    """
    from experiments.stats.power import plan

    asked, sizing = sizing, resolved(sizing)
    margins = {line.key: margin_of(line, sizing.goals) for line in sizing.guardrails}
    design = design_of(sizing)
    try:
        result = plan(
            [goal_spec(line) for line in sizing.goals],
            [guardrail_spec(line, margins[line.key]) for line in sizing.guardrails],
            traffic_of(sizing),
            sizing.allocation,
            sizing.variants,
            sizing.looks,
            sizing.alpha,
            sizing.power,
            sizing.window_days,
            spending=design.spending,
            correlation=sizing.correlation,
            goal_rule=sizing.goal_rule.value,
            few=sizing.few,
        )
    except ValueError as error:
        raise refused(error) from None
    worths = {line.key: worth(line, margins[line.key], sizing) for line in sizing.guardrails}
    outcome = _outcome(sizing, result, worths)
    return outcome if asked.agents is None else told_of(asked.agents, outcome)


def _outcome(sizing: Sizing, result: PowerPlan, worths: dict[str, MarginWorth]) -> SizingOutcome:
    metrics = (*result.goals, *result.guardrails)
    return SizingOutcome(
        lines=tuple(_line(metric, worths.get(metric.key)) for metric in metrics),
        joint_per_arm=result.joint.arms.control,
        joint_total=result.joint.arms.total,
        joint_n_control=result.joint.n_control,
        joint_power=result.joint.power.joint,
        weeks=result.duration.enrolment_weeks,
        days=result.duration.days,
        binding=result.binding,
        guardrail_to_goal=result.guardrail_to_goal,
        looks=tuple(
            Look(look.number, look.enrolment_week, look.day, look.information, look.critical, look.goal_critical)
            for look in result.looks
        ),
        inflation=max(metric.size.inflation for metric in metrics),
        formula=result.formula,
        assumptions=result.assumptions,
        advice=_advice(sizing, result),
        alpha=sizing.alpha,
        power=sizing.power,
        traffic_per_week=sizing.traffic_per_week,
        currency=sizing.currency,
        least=result.duration.least,
    )


def _line(metric: MetricPlan, margin: MarginWorth | None) -> LineOutcome:
    return LineOutcome(
        key=metric.key,
        role=metric.role,
        n_control=metric.size.n_control,
        n_variant=metric.size.n_variant,
        per_arm=metric.size.arms.control,
        total=metric.size.arms.total,
        weeks=metric.duration.enrolment_weeks,
        power_in_plan=metric.power_in_plan,
        z_in_plan=metric.z_in_plan,
        formula=metric.size.formula,
        assumptions=metric.size.assumptions,
        margin=margin,
    )


def _advice(sizing: Sizing, result: PowerPlan) -> tuple[str, ...]:
    weeks = result.duration.enrolment_weeks
    if weeks is not None and weeks <= LONG_WEEKS:
        return ()
    if weeks is None and sizing.few:
        return (
            f"The test needs {result.joint.arms.total} agents, more than there are. More contacts of the same agents "
            "help little: plan a larger effect or a wider margin, take a longer window, or draw customers instead.",
        )
    length = "is out of reach of this traffic" if weeks is None else f"takes {weeks} weeks, more than {LONG_WEEKS}"
    binding = next((line for line in sizing.guardrails if line.key == result.binding), None)
    if binding is None:
        goal = "the goal" if len(sizing.goals) == 1 else result.binding
        return (f"The test {length}: plan a larger effect of {goal}, or widen the audience.",)
    widen = (
        "widen the audience"
        if binding.form is MarginForm.GAIN_SHARE
        else ("agree the margin in money (a share of the planned gain's value) or widen the audience")
    )
    return (f"The test {length}, because of the margin of {binding.key}: {widen}.",)
