"""How many protected orders are lost per promoted order gained, and the two effects in one plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.decision.gross_to_net.figures import Figure, Point
from experiments.stats.fieller import SetType

RateStatus = Literal["ok", "not_estimable", "too_few", "not_measured"]


@dataclass(frozen=True)
class Rate:
    """−Δprotected / Δpromoted in orders of the whole horizon and all channels, with Fieller's set.

    Attributes:
        status: `not_estimable` where the promoted effect cannot be told from 0: the set then has no bounded interval
            and the net stands in its place.
        value: None unless the status is ok.
        kind: "interval" is lo..hi; "rays" is everything outside lo..hi; "line" is every number.
        break_even: rate at which the gain is worth what it costs in protected orders; None where one has no value.
        promoted, protected: the two effects, orders per 1,000 units.
        words: the rate in plain words.
        clause: the same as part of a sentence; None where it is not estimable.
        early_stop: True where the test stopped before its last look: the rate is biased until run-off.
    """

    status: RateStatus
    value: float | None
    lo: float | None
    hi: float | None
    kind: SetType | None
    break_even: float | None
    promoted: Figure
    protected: Figure
    words: str
    early_stop: bool = False
    clause: str | None = None


@dataclass(frozen=True)
class KeyPlane:
    """x = effect on protected orders, y = effect on promoted orders, both per 1,000 units.

    Attributes:
        point: the two estimates.
        x_interval, y_interval: the intervals of the look; they decide and form a cross.
        regions: closed outlines of the joint regions by level ("0.5", "0.8", "0.95"), for the eye only: the 95 % region
            is wider than the two intervals.
        slope: of the line of equal value through 0: y = slope · x loses as much as it gains; None without values.
        correlation: of the two estimates.
    """

    point: Point
    x_interval: Point
    y_interval: Point
    regions: Mapping[str, tuple[Point, ...]]
    slope: float | None
    correlation: float | None
