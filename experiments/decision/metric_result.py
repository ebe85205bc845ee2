"""One metric in one variant: its numbers and its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.decision.words import Verdict
from experiments.domain.metric import Direction, Margin, MetricKind, Role
from experiments.stats.effect import Effect, NonInferiority, Scale, Status

Shown = Literal["relative", "absolute"]


@dataclass(frozen=True)
class AfterStop:
    """The change of a goal with all looks taken into account (`stats.stagewise`); beside the verdict, never part of it.

    Attributes:
        status: "ok"; "cut_short" where the test was stopped before its planned end without having passed a bound, so
            that nobody knows which other results would have stopped it; "faded" where it passed a bound, the test
            went on for another metric, and what was measured at the end lies outside the interval of what was seen by
            then; "not_computable" where an end has no value.
        crossed_at: look at which a bound was passed first, before this look; None where none was.
        point: median-unbiased: too large as often as too small.
        lo, hi: interval with the given level.
        p: two-sided, against no change.
    """

    status: Literal["ok", "cut_short", "faded", "not_computable"]
    scale: Scale
    level: float
    crossed_at: int | None = None
    point: float | None = None
    lo: float | None = None
    hi: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class MetricResult:
    """One row of the metric table. The interval printed is the one the verdict used.

    Attributes:
        metric: key of the metric.
        variant: key of the variant compared with the control.
        direction: 1 where more is better, −1 where less is.
        control_value, variant_value: values compared, covariate-adjusted where the measure has covariates; None
            between looks.
        absolute, relative: the effect on both scales, at the level of this row's verdict.
        shown: the scale the verdict used.
        margin: largest loss a guardrail accepts.
        noninferiority: test of "worse than the margin", for guardrails.
        adjusted_p: p-value adjusted over all secondary metrics and variants (Holm); None for other roles and at looks
            of a sequential plan, where the boundary of the look takes its place.
        planned_effect: relative change of a goal the plan was sized for.
        critical: boundary z of the look that set the intervals; None = quantile of their level.
        note: what a reader must know about this row.
        measured_in: currency of values that are money in minor units, "s" of seconds, None of shares and plain numbers.
        corrected: a goal with its looks taken into account; None without looks, and while the test goes on.
    """

    metric: str
    title: str
    role: Role
    direction: Direction
    kind: MetricKind
    variant: str
    control_value: float | None
    variant_value: float | None
    absolute: Effect
    relative: Effect
    shown: Shown
    margin: Margin | None
    noninferiority: NonInferiority | None
    adjusted_p: float | None
    verdict: Verdict
    few_events: bool
    protected: bool
    note: str | None = None
    planned_effect: float | None = None
    critical: float | None = None
    corrected: AfterStop | None = None
    measured_in: str | None = None

    @property
    def effect(self) -> Effect:
        """The effect on the scale the verdict used."""
        return self.relative if self.shown == "relative" else self.absolute

    @property
    def deciding(self) -> Effect:
        """The effect on the scale shown, or the absolute one where the relative interval is unbounded."""
        return self.effect if self.effect.status is Status.OK else self.absolute
