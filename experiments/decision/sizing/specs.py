"""The stated lines, design and traffic as the power calculation takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.decision.sizing.lines import GoalLine, GuardrailLine, Sizing
from experiments.decision.sizing.per_agent import resolved
from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin
from experiments.domain.plan import Spending

if TYPE_CHECKING:
    from experiments.stats.power import Design, GoalSpec, GuardrailSpec, Traffic
    from experiments.stats.spending import SpendingKind

_SPENDING: dict[Spending, SpendingKind] = {Spending.OBRIEN_FLEMING: "obf", Spending.POCOCK: "pocock"}


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


def make_design(
    alpha: float = 0.025,
    power: float = 0.8,
    allocation: float = 1.0,
    variants: int = 2,
    looks: int = 1,
    spending: Spending = Spending.OBRIEN_FLEMING,
    *,
    few: bool = False,
) -> Design:
    """The design that all parts of one test share.

    Raises:
        DomainError: naming field, value and bound.
    """
    from experiments.stats.power import Design

    try:
        return Design(alpha, power, allocation, variants, looks, _SPENDING[spending], few)
    except ValueError as error:
        raise refused(error) from None


def design_of(sizing: Sizing) -> Design:
    """The design of a sizing."""
    few = sizing.few or sizing.agents is not None
    return make_design(
        sizing.alpha, sizing.power, sizing.allocation, sizing.variants, sizing.looks, sizing.spending, few=few
    )


def traffic_of(sizing: Sizing) -> Traffic:
    """The measured curve where there is one, else the same number of new units every week."""
    from experiments.stats.power import Traffic

    sizing = resolved(sizing)
    if sizing.traffic_by_day is None:
        return Traffic.per_week(sizing.traffic_per_week)
    return Traffic.from_days(sizing.traffic_by_day)


def refused(error: ValueError) -> DomainError:
    """What the statistics refuse, as the product's error; the message begins with the name of the field."""
    return DomainError("out_of_range", str(error), str(error).split(" ", 1)[0])
