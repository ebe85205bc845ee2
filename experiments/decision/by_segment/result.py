"""Effects by segment, with shrinkage and the test of whether segments differ at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.decision.by_segment.words import SegmentVerdict
from experiments.domain.metric import Direction, MetricKind, Role
from experiments.stats.effect import Effect


@dataclass(frozen=True)
class GroupResult:
    """One group of a segment.

    Attributes:
        group: its name.
        units: by key, of the control and of the variant.
        effect: as measured, on the scale and at the level of the metric's row.
        shrunk, shrunk_lo, shrunk_hi: drawn towards the mean of the groups by as much as they resemble each other; None
            where the effect has no standard error.
        verdict: `works` or `harms` only where the groups differ (see `SegmentResult.differ`).
    """

    group: str
    units: Mapping[str, int]
    effect: Effect
    shrunk: float | None
    shrunk_lo: float | None
    shrunk_hi: float | None
    verdict: SegmentVerdict


@dataclass(frozen=True)
class SegmentResult:
    """One metric of one variant, by the groups of one segment.

    Attributes:
        segment, segment_title: what divides the units, known before exposure.
        status: ok, or too_few where fewer than two groups have an effect.
        groups: disjoint, in the order of the plan.
        q, df, p: Cochran's test of equal effects, the interaction of variant and segment.
        adjusted_p: Holm over the segments of this metric and variant.
        differ: True where the adjusted p is below 0.05; else there is no evidence that groups differ.
        words: "Works for mobile only, not shown for the rest", or that there is no such evidence.
    """

    variant: str
    metric: str
    title: str
    role: Role
    direction: Direction
    kind: MetricKind
    segment: str
    segment_title: str
    status: Literal["ok", "too_few"]
    groups: tuple[GroupResult, ...]
    q: float | None
    df: int | None
    p: float | None
    adjusted_p: float | None
    differ: bool
    words: str

    @property
    def measured_in(self) -> None:
        """Tests that bring their segments bring plain numbers."""
