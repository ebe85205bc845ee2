"""Everything an analysis needs: facts, plan, moments and counts. No row of data reaches this point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.decision.by_segment.given import SegmentMoments
from experiments.decision.gross_to_net.data import NetData
from experiments.decision.heads import Source
from experiments.decision.looks import Looks
from experiments.decision.net import NetValue
from experiments.decision.outlook import NextLook
from experiments.decision.quality import Quality
from experiments.decision.settled import Settled
from experiments.domain.checks import check_range, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Margin, MetricKind, Role
from experiments.domain.plan import GoalRule
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.prior import Prior


@dataclass(frozen=True)
class ExperimentFacts:
    """The experiment as the report names it; see `Report` for the meaning of the fields."""

    key: str
    title: str
    unit: str = "visitor"
    status: str = "running"
    phase: int = 1
    source: Source = "events"


@dataclass(frozen=True)
class VariantFacts:
    """One variant and its planned share of the enrolled units; None where no share was stated."""

    key: str
    title: str
    weight: float | None
    control: bool = False


@dataclass(frozen=True)
class MetricPlan:
    """One metric with the part it plays, as frozen before launch.

    Attributes:
        measure: which columns of the moments it reads.
        margin: largest loss a guardrail accepts, absolute ones per unit; there is no default.
        protected: True for sales the offer could take away; a loss there is cannibalisation.
        measurable: False where this audience cannot make the sale; such a guardrail never holds.
        planned_effect: relative change of a goal the plan was sized for, in the good direction, above 0.
        response: 0/1 column of the units that answered a survey; response rates that differ or are low make the
            metric not testable.
        response_per: column over which `response` is counted, where a unit has many that could answer; None = units.
        measured_in: currency of a metric whose values are money in minor units, "s" of seconds, None of plain numbers.
        by_segment: True where the metric is reported by segment though it is no goal and no guardrail.
        fault: sentence that says why the metric is not testable, where the data themselves say so.

    Raises:
        DomainError: where a guardrail has no margin, or another role has one.
    """

    key: str
    title: str
    role: Role
    direction: Direction
    measure: Measure
    margin: Margin | None = None
    protected: bool = False
    measurable: bool = True
    planned_effect: float | None = None
    response: str | None = None
    response_per: str | None = None
    fault: str | None = None
    by_segment: bool = False
    measured_in: str | None = None

    def __post_init__(self) -> None:
        """A guardrail needs a margin, and nobody else has one."""
        where = f"metrics.{self.key}"
        if (self.role is Role.GUARDRAIL) != (self.margin is not None):
            wanted = "needs a margin; there is no default" if self.role is Role.GUARDRAIL else "has no margin"
            raise DomainError("bad_margin", f"{where}.role == {self.role.value!r}, {wanted}.", f"{where}.margin")
        if self.planned_effect is not None:
            check_range(self.planned_effect, f"{where}.planned_effect", low=0, open_low=True)

    @property
    def kind(self) -> MetricKind:
        """Kind of the measure as the catalogue names it."""
        return MetricKind(self.measure.kind)


@dataclass(frozen=True)
class AnalysisInput:
    """One analysis of one phase.

    Attributes:
        variants: two or more, exactly one of them the control.
        metrics: in the order of the table.
        moments: per variant key, of the mature units; columns are those of the measures.
        exposed: per variant key, units with an exposure.
        looks: where in the plan this analysis stands.
        goal_rule: how several goals combine.
        alpha: one-sided error probability of goal and guardrails.
        segments: per segment, exposed units per variant key, for the check of the split.
        assigned: per variant key, units the server assigned, exposed or not; empty where it assigns nobody.
        quality: facts about the units.
        faults: sentences about faults of the data that forbid any verdict.
        net: per variant key, the net value where it is known from elsewhere; `net_data` wins.
        net_data: what the blocks from gross to net are computed from; None where the data are no events.
        data_until, computed_at: ISO 8601 in UTC.
        own_moments: per metric key, moments per variant key of a metric that came with units of its own, as
            aggregates do; nothing is known of how such metrics vary together.
        next_look: what the schedule says about the next look; None where there is none or it is not known.
        segment_moments: moments by groups of units known before exposure, for effects by segment; () where none came.
        earlier: per variant and metric key, the statistics of the looks before this one, in order; None where they are
            not known.
        prior: what past tests without this one say of its goal; None where it was not asked, as N(0, 5 %).
        settled: the verdict people have decided on, which stays; None while nobody has.

    Raises:
        DomainError: where variants, moments and counts do not belong together.
    """

    experiment: ExperimentFacts
    variants: tuple[VariantFacts, ...]
    metrics: tuple[MetricPlan, ...]
    moments: Mapping[str, Moments]
    exposed: Mapping[str, int]
    looks: Looks = field(default_factory=Looks)
    goal_rule: GoalRule = GoalRule.ALL
    alpha: float = 0.025
    segments: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    faults: tuple[str, ...] = ()
    net: Mapping[str, NetValue] = field(default_factory=dict)
    data_until: str | None = None
    computed_at: str | None = None
    own_moments: Mapping[str, Mapping[str, Moments]] = field(default_factory=dict)
    net_data: NetData | None = None
    segment_moments: tuple[SegmentMoments, ...] = ()
    next_look: NextLook | None = None
    prior: Prior | None = None
    earlier: Mapping[str, Mapping[str, tuple[float, ...]]] | None = None
    settled: Settled | None = None
    assigned: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        controls = [variant.key for variant in self.variants if variant.control]
        if len(controls) != 1 or len(self.variants) < 2:
            raise DomainError(
                "out_of_range",
                f"variants has {len(self.variants)} entries and {len(controls)} controls, "
                "must have at least two entries and exactly one control.",
                "variants",
            )
        check_unique((variant.key for variant in self.variants), "variants.key")
        check_unique((metric.key for metric in self.metrics), "metrics.key")
        check_range(self.alpha, "alpha", low=0, high=0.5, open_low=True, open_high=True)
        for name, held in (("moments", self.moments), ("exposed", self.exposed)):
            _check_complete(held, {variant.key for variant in self.variants}, name)
        for key, own in self.own_moments.items():
            _check_complete(own, {variant.key for variant in self.variants}, f"own_moments.{key}")

    @property
    def control(self) -> VariantFacts:
        """The variant all others are compared with."""
        return next(variant for variant in self.variants if variant.control)

    @property
    def ordered(self) -> tuple[VariantFacts, ...]:
        """The control first, then the others as given."""
        return (self.control, *self.treatments)

    @property
    def treatments(self) -> tuple[VariantFacts, ...]:
        """All variants but the control."""
        return tuple(variant for variant in self.variants if not variant.control)

    def groups(self, metric: MetricPlan, variant: str) -> tuple[Moments, Moments]:
        """Moments of the control and of one variant that a metric is read from."""
        held = self.own_moments.get(metric.key, self.moments)
        return held[self.control.key], held[variant]

    def with_role(self, role: Role) -> tuple[MetricPlan, ...]:
        """The metrics of one role, in order."""
        return tuple(metric for metric in self.metrics if metric.role is role)


def _check_complete(held: Mapping[str, Any], wanted: set[str], name: str) -> None:
    missing = ", ".join(sorted(wanted - set(held)))
    if missing:
        raise DomainError("required", f"{name} has no entry for {missing}, must have one per variant.", name)
