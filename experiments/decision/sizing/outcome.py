"""The answer of the power calculation, ready for terminal, page, JSON and the frozen plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class MarginWorth:
    """An accepted loss in every form.

    Args:
        scale, value: as the test uses it.
        relative: share of the baseline; None where the baseline is 0.
        per_1000: events or amount per 1,000 units.
        per_year: the same over a year of the stated traffic.
        money_per_year: in major units; None where no value was stated.
    """

    scale: str
    value: float
    relative: float | None
    per_1000: float
    per_year: float
    money_per_year: float | None


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What one metric needs alone.

    Args:
        n_control, n_variant: unrounded units per arm; per_arm: the control's rounded up; total: all arms rounded up.
        weeks: whole weeks of enrolment; None where the traffic never brings the units.
        power_in_plan: chance of this part at the units of the joint rule.
        z_in_plan: how far its expected z then lies beyond its critical value; the chance is the normal cdf of it.
        formula, assumptions: what the number rests on.
    """

    key: str
    role: Literal["goal", "guardrail"]
    n_control: float
    n_variant: float
    per_arm: int
    total: int
    weeks: int | None
    power_in_plan: float
    z_in_plan: float
    formula: str
    assumptions: tuple[str, ...]
    margin: MarginWorth | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One planned look: enrolment week, day on which it is read, share of the units that are needed, boundary z.

    Args:
        goal_critical: boundary of a goal; higher where several share the error, because one of them is enough.
    """

    number: int
    week: int
    day: int
    information: float
    critical: float
    goal_critical: float


@dataclass(frozen=True, slots=True)
class SizingOutcome:
    """Units and weeks of the goal, of each guardrail and of the joint rule.

    Args:
        joint: the whole rule; binding: key of the metric that decides how long the test takes.
        days: enrolment and maturation together.
        least: whether the units come sooner than the weeks, which are those that every test takes.
        guardrail_to_goal: units of the most demanding guardrail over those of the goal.
        advice: sentences that help where the test is long.
        agents: where agents are drawn, what is known of them, the design effect and the contacts of the plan.
    """

    lines: tuple[LineOutcome, ...]
    joint_per_arm: int
    joint_total: int
    joint_n_control: float
    joint_power: float
    weeks: int | None
    days: int | None
    binding: str
    guardrail_to_goal: float | None
    looks: tuple[Look, ...]
    inflation: float
    formula: str
    assumptions: tuple[str, ...]
    advice: tuple[str, ...]
    alpha: float
    power: float
    traffic_per_week: float
    currency: str
    least: bool = False
    agents: dict[str, Any] | None = None

    def line(self, key: str) -> LineOutcome:
        """The line of one metric."""
        return next(line for line in self.lines if line.key == key)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)
