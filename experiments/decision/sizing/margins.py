"""A margin stated in any form becomes the one the test uses, and is shown in all others."""

from __future__ import annotations

from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm, Sizing
from experiments.decision.sizing.outcome import MarginWorth
from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin, Scale

WEEKS_PER_YEAR = 52


def margin_of(line: GuardrailLine, goals: tuple[GoalLine, ...]) -> Margin:
    """The margin as the test uses it: relative stays relative (ratio form), the others are absolute per unit.

    Raises:
        DomainError: the money form lacks a value, or a relative margin meets a baseline of 0.
    """
    if line.form is MarginForm.RELATIVE:
        if line.baseline <= 0:
            where = f"guardrail.{line.key}.baseline"
            raise DomainError(
                "out_of_range", f"{where} == {line.baseline:g}, must be > 0 for a relative margin.", where
            )
        return Margin(Scale.RELATIVE, line.margin)
    if line.form is MarginForm.PER_1000:
        return Margin(Scale.ABSOLUTE, line.margin / 1000)
    return Margin(Scale.ABSOLUTE, line.margin * _planned_gain(line, goals) / _value(line))


def worth(line: GuardrailLine, margin: Margin, sizing: Sizing) -> MarginWorth:
    """What the accepted loss would come to if the winner ran for a year on this traffic."""
    per_unit = margin.value * line.baseline if margin.scale is Scale.RELATIVE else margin.value
    per_year = per_unit * sizing.traffic_per_week * WEEKS_PER_YEAR
    return MarginWorth(
        scale=margin.scale.value,
        value=margin.value,
        relative=per_unit / line.baseline if line.baseline > 0 else None,
        per_1000=per_unit * 1000,
        per_year=per_year,
        money_per_year=None if line.value is None else per_year * line.value,
    )


def _planned_gain(line: GuardrailLine, goals: tuple[GoalLine, ...]) -> float:
    missing = [goal.key for goal in goals if goal.value is None]
    if missing:
        where = f"goal.{missing[0]}.value"
        raise DomainError("required", f"{where} is empty, the margin of {line.key} is a share of its money.", where)
    return sum(abs(goal.absolute_effect) * (goal.value or 0.0) for goal in goals)


def _value(line: GuardrailLine) -> float:
    if line.value is None:
        where = f"guardrail.{line.key}.value"
        raise DomainError("required", f"{where} is empty, a margin in money needs what one is worth.", where)
    return line.value
