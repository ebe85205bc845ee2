"""Effects by segment, with shrinkage and the test of whether segments differ at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.decision.by_segment.words import SegmentVerdict
from experiments.decision.gross_to_net.figures import Figure

SegmentMeasure = Literal["promoted", "net"]


@dataclass(frozen=True)
class SegmentLine:
    """One segment.

    Attributes:
        effect: as measured; promoted orders, or money, per 1,000 units of the segment.
        shrunk, shrunk_lo, shrunk_hi: drawn towards the mean of the segments by as much as they resemble each other.
        verdict: `works` or `harms` only where the segments differ (see `SegmentTest.differ`).
    """

    key: str
    title: str
    units: Mapping[str, int]
    effect: Figure
    shrunk: float | None
    shrunk_lo: float | None
    shrunk_hi: float | None
    verdict: SegmentVerdict


@dataclass(frozen=True)
class SegmentTest:
    """One way to divide the cohort by something known before exposure.

    Attributes:
        variable: "holding" (families held at exposure) or "channel" (of the first exposure).
        q, df, p: Cochran's test of equal effects; adjusted_p: Holm over the variables.
        differ: True where the adjusted p is below 0.05; else there is no evidence that groups differ.
        words: "Works for mobile only, not shown for the rest", or that there is no such evidence.
    """

    variable: Literal["holding", "channel"]
    measure: SegmentMeasure
    status: Literal["ok", "too_few"]
    lines: tuple[SegmentLine, ...]
    q: float | None
    df: int | None
    p: float | None
    adjusted_p: float | None
    differ: bool
    words: str
