"""What an analyst or a product manager states before launch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from experiments.decision.sizing.agents import Agents
from experiments.domain.checks import check_key, check_range, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, MetricKind
from experiments.domain.plan import MAX_LOOKS, GoalRule, Spending

MAX_VARIANTS = 8


class MarginForm(StrEnum):
    """How the accepted loss is stated; there is no default."""

    RELATIVE = "relative"
    PER_1000 = "per_1000"
    GAIN_SHARE = "gain_share"


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A metric that must rise (or fall).

    Args:
        baseline: share of units for a rate, else the mean per unit.
        effect: planned true change, on `scale`; below 0 where less is better.
        sd: standard deviation per unit; None for a rate.
        value: money one event of a rate (or one unit of a mean) is worth, in major units; None = not stated.
        variance_explained: share of the variance that covariates remove.
    """

    key: str
    kind: MetricKind
    baseline: float
    effect: float
    scale: Literal["relative", "absolute"] = "relative"
    sd: float | None = None
    value: float | None = None
    variance_explained: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        where = f"goal.{self.key}"
        check_metric(where, self.key, self.kind, self.baseline, self.sd, self.value, self.variance_explained)
        if self.effect == 0:
            raise DomainError("out_of_range", f"{where}.effect == 0, must not be 0.", f"{where}.effect")

    @property
    def absolute_effect(self) -> float:
        """Planned change per unit."""
        return self.effect * self.baseline if self.scale == "relative" else self.effect


@dataclass(frozen=True, slots=True)
class GuardrailLine:
    """A metric that must not be worse than its margin.

    Args:
        margin: a share of the baseline (relative), events or amount per 1,000 units (per_1000), or the share of the
            planned gain's value that may be lost here (gain_share).
        expected_change: relative true change to plan with, for example -0.01.
    """

    key: str
    kind: MetricKind
    baseline: float
    margin: float
    form: MarginForm
    sd: float | None = None
    value: float | None = None
    expected_change: float = 0.0
    direction: Direction = Direction.HIGHER
    variance_explained: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        where = f"guardrail.{self.key}"
        check_metric(where, self.key, self.kind, self.baseline, self.sd, self.value, self.variance_explained)
        high = 1.0 if self.form is MarginForm.RELATIVE else float("inf")
        check_range(self.margin, f"{where}.margin", low=0, high=high, open_low=True, open_high=True)


@dataclass(frozen=True, slots=True)
class Sizing:
    """Everything the power calculation needs.

    Args:
        traffic_per_week: new eligible units per week in all variants together.
        few: True where a unit is an agent, so that units are few: sizes by Student's t.
        agents: where agents are drawn and lines say what is known of a contact; see `per_agent.resolved`.
        traffic_by_day: distinct eligible units by the end of day 1, 2, … as measured; None = `traffic_per_week` every
            week.
        window_days: longest metric window with its return window, waited for after the last enrolment.
        correlation: of the metrics per unit, one number for all pairs or a matrix over goals and guardrails in their
            order; None = independent.
        currency: of the values, for the words only.
    """

    goals: tuple[GoalLine, ...]
    guardrails: tuple[GuardrailLine, ...]
    traffic_per_week: float
    alpha: float = 0.025
    power: float = 0.8
    looks: int = 1
    spending: Spending = Spending.OBRIEN_FLEMING
    variants: int = 2
    allocation: float = 1.0
    window_days: int = 28
    goal_rule: GoalRule = GoalRule.ALL
    correlation: float | tuple[tuple[float, ...], ...] | None = None
    currency: str = "EUR"
    traffic_by_day: tuple[float, ...] | None = None
    few: bool = False
    agents: Agents | None = None

    def __post_init__(self) -> None:
        """Check every bound."""
        if not self.goals:
            raise DomainError("required", "goals is empty, must hold at least one.", "goals")
        check_unique([*(goal.key for goal in self.goals), *(line.key for line in self.guardrails)], "metrics")
        check_range(self.traffic_per_week, "traffic_per_week", low=0, open_low=True)
        check_range(self.alpha, "alpha", low=0, high=0.2, open_low=True)
        check_range(self.power, "power", low=0.5, high=1, open_high=True)
        check_range(self.looks, "looks", low=1, high=1 if self.few or self.agents else MAX_LOOKS)
        check_range(self.variants, "variants", low=2, high=MAX_VARIANTS)
        check_range(self.allocation, "allocation", low=0.01, high=100)
        check_range(self.window_days, "window_days", low=0, high=730)
        if isinstance(self.correlation, int | float):
            check_range(self.correlation, "correlation", low=-1, high=1)


def check_metric(
    where: str, key: str, kind: MetricKind, baseline: float, sd: float | None, value: float | None, explained: float
) -> None:
    """Bounds that goals and guardrails share; `where` is the path of the line in messages."""
    check_key(key, f"{where}.key")
    if kind is MetricKind.RATE:
        check_range(baseline, f"{where}.baseline", low=0, high=1, open_low=True, open_high=True)
        if sd is not None:
            raise DomainError("bad_field", f"{where}.sd == {sd:g}, follows from the baseline of a rate.", f"{where}.sd")
    elif sd is None:
        raise DomainError(
            "required", f"{where}.sd is empty, a {kind.value} needs its standard deviation.", f"{where}.sd"
        )
    else:
        check_range(sd, f"{where}.sd", low=0, open_low=True)
    if value is not None:
        check_range(value, f"{where}.value", low=0, open_low=True)
    check_range(explained, f"{where}.variance_explained", low=0, high=1, open_high=True)
