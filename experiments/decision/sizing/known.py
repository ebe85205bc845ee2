"""A metric of which the control is known and the effect or margin is still the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.decision.sizing.lines import GoalLine, GuardrailLine, MarginForm, check_metric
from experiments.domain.metric import Direction, MetricKind


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """What is known of a metric before anything is planned on it.

    Args:
        baseline: share of units for a rate, else the mean per unit or the ratio.
        sd: standard deviation per unit; None for a rate.
        value: money one event of a rate (or one unit of a mean) is worth, in major units; None = not stated.
        direction: whether more is better.
        variance_explained: share of the variance that covariates remove.
    """

    key: str
    kind: MetricKind
    baseline: float
    sd: float | None = None
    value: float | None = None
    direction: Direction = Direction.HIGHER
    variance_explained: float = 0.0

    def __post_init__(self) -> None:
        """Check every bound."""
        where = f"metric.{self.key}"
        check_metric(where, self.key, self.kind, self.baseline, self.sd, self.value, self.variance_explained)

    def goal(self, effect: float, scale: Literal["relative", "absolute"] = "relative") -> GoalLine:
        """A goal with this true effect; below 0 where the metric is to fall."""
        return GoalLine(
            self.key,
            self.kind,
            self.baseline,
            effect,
            scale,
            sd=self.sd,
            value=self.value,
            variance_explained=self.variance_explained,
        )

    def guardrail(
        self, margin: float, form: MarginForm = MarginForm.RELATIVE, expected_change: float = 0.0
    ) -> GuardrailLine:
        """A guardrail with this accepted loss; `expected_change` is relative."""
        return GuardrailLine(
            self.key,
            self.kind,
            self.baseline,
            margin,
            form,
            sd=self.sd,
            value=self.value,
            expected_change=expected_change,
            direction=self.direction,
            variance_explained=self.variance_explained,
        )
