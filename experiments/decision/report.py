"""The report: what every page, file, interface and command prints, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.decision.by_segment.result import SegmentResult
from experiments.decision.decision import Decision
from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.gross_to_net.waterfall import Waterfall
from experiments.decision.heads import ExperimentHead, LookHead, Source, VariantHead
from experiments.decision.metric_result import MetricResult
from experiments.decision.outlook import Outlook
from experiments.decision.plane import Plane
from experiments.decision.quality import Quality, Split
from experiments.domain.plain import from_plain, to_plain


@dataclass(frozen=True)
class Report:
    """Every metric's effect and verdict, and the decision they come to.

    Attributes:
        phase: phase of the experiment; phases are never pooled.
        source: what the numbers were computed from.
        computed_at: when, ISO 8601 in UTC.
        data_until: up to when the sources had delivered, ISO 8601 in UTC.
        level: two-sided confidence level of a row that carries no correction, for example 0.95.
        alpha: one-sided error probability of goal and guardrails, for example 0.025.
        variants: the control first.
        metrics: ordered by variant, then as planned.
        gross_to_net: what remains of the gain; None where the data are no events, and in reports stored before it was
            computed.
        outlook: what waiting for the next look means; None where there is none, and between looks.
        segments: effects by segment, where moments by segment came; tests on events have theirs in `gross_to_net`.
    """

    experiment: ExperimentHead
    phase: int
    source: Source
    computed_at: str | None
    data_until: str | None
    look: LookHead
    level: float
    alpha: float
    variants: tuple[VariantHead, ...]
    split: Split
    quality: Quality
    metrics: tuple[MetricResult, ...]
    planes: tuple[Plane, ...]
    decision: Decision
    gross_to_net: GrossToNet | None = None
    segments: tuple[SegmentResult, ...] = ()
    outlook: Outlook | None = None

    @property
    def control(self) -> VariantHead:
        """The variant all others are compared with."""
        return next(variant for variant in self.variants if variant.control)

    @property
    def treatments(self) -> tuple[VariantHead, ...]:
        """All variants but the control."""
        return tuple(variant for variant in self.variants if not variant.control)

    @property
    def waterfall(self) -> Waterfall | None:
        """The waterfall of the variant the decision is about, else of the first one that has any."""
        block = self.gross_to_net
        if block is None or not block.variants:
            return None
        return (block.of(self.decision.variant or "") or block.variants[0]).waterfall

    def rows(self, variant: str) -> tuple[MetricResult, ...]:
        """The metric rows of one variant, as planned."""
        return tuple(row for row in self.metrics if row.variant == variant)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` reads it back exactly.

        Raises:
            ValueError: where a number is not finite.
        """
        plain = {name: to_plain(getattr(self, name)) for name in self.__dataclass_fields__}
        return {**plain, "waterfall": to_plain(self.waterfall)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read what `to_dict` wrote."""
        return from_plain(cls, data)
