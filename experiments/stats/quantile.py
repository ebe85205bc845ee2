"""Quantile of events in a group (90 % of calls end within …), compared between groups.

The variance comes from the distribution-free interval around the quantile, ((q_hi − q_lo) / (2 · 1.96))². Events of
one unit are not independent, so the variance is multiplied by that of the share "event at or below the quantile",
taken per unit, over its variance if events were independent. Source: Deng, Knoblich and Lu (2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.stats import normal
from experiments.stats.contrast import Contrast
from experiments.stats.effect import Status
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments

# Half-width, in standard errors, of the distribution-free interval that carries the variance.
HALF_WIDTH = normal.upper_quantile(0.025)


@dataclass(frozen=True)
class QuantileEstimate:
    """Quantile of one group.

    Attributes:
        n: number of events.
        value: the quantile.
        lo: quantile at the lower of `levels(share, n)`.
        hi: quantile at the upper of `levels(share, n)`.
        clustering: factor on the variance for several events per unit; 1 where each unit has one.

    Raises:
        ValueError: where lo <= value <= hi or clustering > 0 does not hold.
    """

    n: int
    value: float
    lo: float
    hi: float
    clustering: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold its quantile."""
        if not self.lo <= self.value <= self.hi:
            raise ValueError(f"value == {self.value}, must be between lo == {self.lo} and hi == {self.hi}.")
        if not self.clustering > 0:
            raise ValueError(f"clustering == {self.clustering}, must be positive.")

    @property
    def variance(self) -> float:
        """Sampling variance of the quantile."""
        return ((self.hi - self.lo) / (2 * HALF_WIDTH)) ** 2 * self.clustering


def levels(share: float, n: int) -> tuple[float, float] | None:
    """Levels of the two quantiles that carry the variance of the quantile at `share`.

    Returns:
        The pair, or None where n events are too few for both to lie inside (0, 1).

    Raises:
        ValueError: where share is not inside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError(f"share == {share}, must be between 0 and 1.")
    half = HALF_WIDTH * math.sqrt(share * (1 - share) / n) if n > 0 else 1.0
    return (share - half, share + half) if half < min(share, 1 - share) else None


def clustering_factor(moments: Moments, below: str, events: str) -> float | None:
    """Variance of the share of events at or below the quantile, over its variance if events were independent.

    Args:
        moments: one row per unit that has events.
        below: column with the number of a unit's events at or below the quantile.
        events: column with the number of a unit's events.

    Returns:
        The factor, or None where the share has no variance.
    """
    found = estimate(Measure("ratio", below, events), moments)
    if found.value is None or not found.variance:
        return None
    independent = found.value * (1 - found.value) / (moments.n * moments.mean_of(events))
    return found.variance / independent if independent > 0 else None


def quantile_contrast(control: QuantileEstimate, variant: QuantileEstimate) -> Contrast:
    """Contrast of two quantiles; read it with `effects.absolute_of` or `effects.relative_of`."""
    values = float(control.value), float(variant.value)
    if control.variance + variant.variance == 0:
        return Contrast(Status.NOT_TESTABLE, *values)
    return Contrast(Status.OK, *values, float(control.variance), float(variant.variance))
