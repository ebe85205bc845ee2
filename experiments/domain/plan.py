"""What is fixed before launch: sizes, looks and rules that the read-out must follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from experiments.domain.checks import check_range
from experiments.domain.errors import DomainError
from experiments.domain.net_plan import NetPlan

MAX_WEEKS = 104
MIN_WEEKS = 2
MAX_LOOKS = 14


class Spending(StrEnum):
    """How the error probability is spent over the looks."""

    OBRIEN_FLEMING = "obrien_fleming"
    POCOCK = "pocock"


class GoalRule(StrEnum):
    """How several goals combine: each must be met at full alpha, or one suffices at alpha divided by their number."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Plan:
    """The frozen design of one test.

    Args:
        alpha: one-sided error probability of goal and guardrail alike.
        power: chance of a ship when goal effect and guardrails are as assumed.
        looks: number of planned looks, the last one included; 1 = fixed sample.
        weeks: planned running time in whole weeks.
        units_per_variant: planned mature units of the control arm.
        maturation_days: days the last unit needs after the end of recruitment.
        traffic_per_week: eligible units per week assumed.
        binding: key of the metric that needs the most units.
        sizing: the full output of the power calculation as it was shown, kept for the record.
        net: how the gain is followed from gross to net; None = filled in at launch with what the goals say.
    """

    alpha: float = 0.025
    power: float = 0.8
    looks: int = 1
    spending: Spending = Spending.OBRIEN_FLEMING
    goal_rule: GoalRule = GoalRule.ALL
    weeks: int | None = None
    units_per_variant: int | None = None
    maturation_days: int = 0
    traffic_per_week: float | None = None
    binding: str | None = None
    sizing: dict[str, Any] = field(default_factory=dict)
    net: NetPlan | None = None

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.alpha, "plan.alpha", low=0, high=0.2, open_low=True)
        check_range(self.power, "plan.power", low=0.5, high=1, open_high=True)
        check_range(self.looks, "plan.looks", low=1, high=MAX_LOOKS)
        check_range(self.maturation_days, "plan.maturation_days", low=0, high=730)
        if self.weeks is not None:
            check_range(self.weeks, "plan.weeks", low=MIN_WEEKS, high=MAX_WEEKS)
            if self.looks > self.weeks:
                raise DomainError(
                    "out_of_range",
                    f"plan.looks == {self.looks}, must be <= plan.weeks == {self.weeks}: looks fall on whole weeks.",
                    "plan.looks",
                )
        if self.units_per_variant is not None:
            check_range(self.units_per_variant, "plan.units_per_variant", low=2)

    def information(self) -> tuple[float, ...]:
        """Planned information fractions of the looks, equally spaced, the last one 1."""
        return tuple((k + 1) / self.looks for k in range(self.looks))
