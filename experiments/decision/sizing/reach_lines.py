"""One metric at a given size: what is planned on it, and the smallest effect or margin it can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.decision.sizing.known import KnownMetric
from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm
from experiments.decision.sizing.margins import margin_of
from experiments.decision.sizing.reached import Amount, ReachLine
from experiments.decision.sizing.specs import goal_spec, guardrail_spec
from experiments.domain.errors import DomainError

if TYPE_CHECKING:
    from experiments.stats.power import Change, Design, GoalSpec, GuardrailSpec

Goal = GoalLine | KnownMetric
Guardrail = GuardrailLine | KnownMetric


def goal_line(line: Goal, spec: GoalSpec, units: float, design: Design) -> ReachLine:
    """Smallest rise and fall of a goal, and its power where an effect is stated."""
    from experiments.stats.power import mde, power

    found = mde(spec, units, design)
    stated = isinstance(line, GoalLine)
    return ReachLine(
        key=line.key,
        role="goal",
        baseline=line.baseline,
        planned=_amount(spec.effect, line.baseline) if stated else None,
        smallest_rise=_of_change(found.up),
        smallest_fall=_of_change(found.down),
        smallest_margin=None,
        power=power(spec, units, design) if stated else None,
        formula=found.formula,
        assumptions=found.assumptions,
    )


def guardrail_line(line: Guardrail, spec: GuardrailSpec, units: float, design: Design) -> ReachLine:
    """Smallest margin of a guardrail, and its power where a margin is stated."""
    from experiments.stats.power import power, smallest_margin

    found = smallest_margin(spec, units, design)
    unit = line.baseline if spec.margin_scale == "relative" else 1.0
    stated = isinstance(line, GuardrailLine)
    return ReachLine(
        key=line.key,
        role="guardrail",
        baseline=line.baseline,
        planned=_amount(spec.margin * unit, line.baseline) if stated else None,
        smallest_rise=None,
        smallest_fall=None,
        smallest_margin=None if found.margin is None else _amount(found.margin * unit, line.baseline),
        power=power(spec, units, design) if stated else None,
        formula=found.formula,
        assumptions=found.assumptions,
    )


def goal_spec_of(line: Goal) -> GoalSpec:
    """The goal as the statistics take it, whether its effect is stated or asked for."""
    if isinstance(line, GoalLine):
        return goal_spec(line)
    # A spec must state an effect; the smallest effect is found without it, and a rate half way to 1 is always valid.
    unused = (1 - line.baseline) / 2 if line.sd is None else line.sd
    return goal_spec(line.goal(unused, "absolute"))


def guardrail_spec_of(line: Guardrail, goals: Sequence[Goal]) -> GuardrailSpec:
    """The guardrail as the statistics take it, whether its margin is stated or asked for."""
    if isinstance(line, KnownMetric):
        # The margin is not used by the smallest margin; its scale is.
        form = MarginForm.RELATIVE if line.baseline > 0 else MarginForm.PER_1000
        asked = line.guardrail(0.5, form)
        return guardrail_spec(asked, margin_of(asked, ()))
    stated = tuple(goal for goal in goals if isinstance(goal, GoalLine))
    if line.form is MarginForm.GAIN_SHARE and len(stated) < len(goals):
        key = next(goal.key for goal in goals if not isinstance(goal, GoalLine))
        where = f"goal.{key}.effect"
        raise DomainError("required", f"{where} is empty, the margin of {line.key} is a share of its gain.", where)
    return guardrail_spec(line, margin_of(line, stated))


def _amount(absolute: float, baseline: float) -> Amount:
    return Amount(absolute, absolute / baseline if baseline > 0 else None, absolute * 1000)


def _of_change(change: Change | None) -> Amount | None:
    return None if change is None else Amount(change.absolute, change.relative, change.absolute * 1000)
