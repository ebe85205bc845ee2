"""The stated lines as the power calculation takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.decision.sizing.lines import GoalLine, GuardrailLine
from experiments.domain.metric import Margin

if TYPE_CHECKING:
    from experiments.stats.power import GoalSpec, GuardrailSpec


def goal_spec(line: GoalLine) -> GoalSpec:
    """A goal with its effect on the scale it was stated on."""
    from experiments.stats.power import GoalSpec

    relative = line.scale == "relative"
    return GoalSpec(
        line.key,
        line.kind.value,
        line.baseline,
        line.sd,
        effect_relative=line.effect if relative else None,
        effect_absolute=None if relative else line.effect,
        r_squared=line.variance_explained,
    )


def guardrail_spec(line: GuardrailLine, margin: Margin) -> GuardrailSpec:
    """A guardrail with the margin as the test uses it."""
    from experiments.stats.power import GuardrailSpec

    relative = margin.scale.value == "relative"
    return GuardrailSpec(
        line.key,
        line.kind.value,
        line.baseline,
        line.sd,
        margin=margin.value,
        margin_scale=margin.scale.value,
        expected_change=line.expected_change if relative else line.expected_change * line.baseline,
        direction=line.direction.value,
        r_squared=line.variance_explained,
    )
