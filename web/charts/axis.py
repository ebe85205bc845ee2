"""An axis of change shared by all rows of a table: its ends, its ticks, and where a value lands in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

WIDTH = 264
PADDING = 14  # room for an arrow at either end
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MAX_TICKS = 5


@dataclass(frozen=True)
class Axis:
    """Values `low..high` on a drawing `WIDTH` units wide, with ticks at round values; 0 is always among them."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, value: float) -> float:
        """Horizontal place of `value`, clamped to the drawing."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(PADDING + share * (WIDTH - 2 * PADDING), 1)

    def holds(self, value: float) -> bool:
        """Whether `value` lies on the axis."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Span:
    """What one row asks of the axis; absent ends are None."""

    point: float | None
    lo: float | None
    hi: float | None
    margin: float | None = None

    def known(self) -> list[float]:
        """The values that exist."""
        return [value for value in (self.point, self.lo, self.hi, self.margin) if value is not None]


def shared_axis(spans: Iterable[Span]) -> Axis:
    """The axis on which most rows are readable.

    One very wide row must not squeeze the others, so the axis reaches at most three times the median row's reach
    (and always shows every margin); what lies beyond ends in an arrow.
    """
    rows = [span for span in spans if span.known()]
    if not rows:
        return _axis(-0.1, 0.1)
    reaches = [max(abs(value) for value in span.known()) for span in rows]
    margins = [abs(span.margin) for span in rows if span.margin is not None]
    cap = max(3 * median(reaches), 1.25 * max(margins, default=0.0)) or 0.1
    values = [value for span in rows for value in span.known()]
    low = max(min(values), -cap)
    high = min(max(values), cap)
    return _axis(min(low, 0.0), max(high, 0.0))


def _axis(low: float, high: float) -> Axis:
    """Ends a little beyond the values, so that nothing touches the edge, and at least a sixth of it each side of 0."""
    reach = (high - low) or 0.1
    low, high = min(low - 0.04 * reach, -reach / 6), max(high + 0.04 * reach, reach / 6)
    return Axis(low, high, round_ticks(low, high))


def round_ticks(low: float, high: float, at_most: int = _MAX_TICKS) -> tuple[float, ...]:
    """Multiples of 1, 2, 2.5 or 5 × 10ᵏ inside `low..high`, at most `at_most` of them.

    Raises `ValueError` where `low` is not below `high`.
    """
    if not low < high:
        raise ValueError(f"low == {low}, must be below high == {high}")
    magnitude = 10.0 ** math.floor(math.log10((high - low) / at_most))
    for step in (factor * magnitude for factor in (*_STEPS, 20.0, 50.0)):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first + 1 <= at_most:
            return tuple(_clean(index * step) for index in range(first, last + 1))
    return (0.0,)


def _clean(value: float) -> float:
    return float(f"{value:.12g}")


def tick_digits(ticks: Sequence[float], factor: float = 1.0) -> int:
    """Decimals needed so that no two ticks, times `factor`, are written alike."""
    for digits in range(6):
        if all(math.isclose(round(tick * factor, digits), tick * factor, abs_tol=1e-9) for tick in ticks):
            return digits
    return 6
