"""Everything between gross and net in one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from experiments.decision.gross_to_net.curve import Curve
from experiments.decision.gross_to_net.matrix import Matrix
from experiments.decision.gross_to_net.rate import KeyPlane, Rate
from experiments.decision.gross_to_net.segments import SegmentTest
from experiments.decision.gross_to_net.service import DigitalShare, KpiTriangle
from experiments.decision.gross_to_net.waterfall import Waterfall

#: `withheld`: between looks; `not_measured`: nobody of the cohort can be read; `not_declared`: no plan to read it by.
BlockStatus = Literal["ok", "withheld", "not_measured", "not_declared"]


@dataclass(frozen=True)
class Declared:
    """What the plan declares, in words and keys, as the columns were built from it.

    Attributes:
        promoted_families, promoted_relations, protected_families, protected_relations: empty = any.
        channels: where the offer is shown.
        assumed: names of the parts that nobody stated.
        costs: minor units by "second:phone", "sale:phone", "offer".
    """

    promoted_families: tuple[str, ...]
    promoted_relations: tuple[str, ...]
    protected_families: tuple[str, ...]
    protected_relations: tuple[str, ...]
    channels: tuple[str, ...]
    horizon_days: int
    early_days: int
    return_days: int
    currency: str
    cap: float | None
    retention: float
    costs: Mapping[str, float]
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class VariantNet:
    """All blocks of one variant against the control."""

    variant: str
    waterfall: Waterfall
    rate: Rate
    plane: KeyPlane | None
    matrices: tuple[Matrix, ...]
    curve: Curve
    digital_share: DigitalShare
    kpi: KpiTriangle
    segments: tuple[SegmentTest, ...]


@dataclass(frozen=True)
class GrossToNet:
    """The block of a report.

    Attributes:
        reason: why there is nothing, where the status is not ok.
        variants: in the order of the report; empty where the status is not ok.
    """

    status: BlockStatus
    reason: str | None = None
    declared: Declared | None = None
    variants: tuple[VariantNet, ...] = field(default=())

    def of(self, variant: str) -> VariantNet | None:
        """The blocks of one variant; None where there are none."""
        return next((each for each in self.variants if each.variant == variant), None)
