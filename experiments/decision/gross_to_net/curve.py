"""Did we only sell earlier? The promoted value by days since exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.decision.gross_to_net.figures import Figure

CurveStatus = Literal["ok", "too_few", "not_measured"]


@dataclass(frozen=True)
class CurvePoint:
    """Effect on the promoted sales of the first `day` days in all channels, in money per 1,000 units.

    Attributes:
        lo, hi: interval of this day alone; band_lo, band_hi: the band that covers the whole curve at once.
    """

    day: int
    value: float
    lo: float
    hi: float
    band_lo: float
    band_hi: float


@dataclass(frozen=True)
class Curve:
    """The curve over the fixed cohort.

    Attributes:
        early_day: end of the early window, fixed in advance.
        retained: share of the early effect that is still there at the last day (Fieller); status `unbounded` where the
            early effect is not clearly different from 0.
        later: change from the early day to the last one, in money per 1,000 units; below 0 = later sales paid for early
            ones.
        words: what `retained` and `later` say. Never "no pull-forward": the horizon cannot see further than it is long.
    """

    status: CurveStatus
    points: tuple[CurvePoint, ...]
    early_day: int
    last_day: int
    level: float
    retained: Figure
    later: Figure
    words: str
