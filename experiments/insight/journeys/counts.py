"""What the worker counts of one journey: all that its page is computed from."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.insight.segments import Held


@dataclass(frozen=True, slots=True)
class EntrantGroup:
    """People who began a journey and have the same in common.

    Args:
        held: families held when they began; None = not known.
        channel: where they began; "" = not told.
        week: number of the week in which they began, 0 = the first of the period.
        reached: steps reached, 1 = only the first.
        units: people.
    """

    held: Held
    channel: str
    week: int
    reached: int
    units: int


@dataclass(frozen=True, slots=True)
class OrderWeek:
    """Orders of one week, whoever placed them.

    Args:
        lines, lines_squared: sum over orders of their lines, and of the square of it.
        with_addon: orders with one of the add-ons.
        with_priority: orders with priority shipping; None where no product stands for it.
    """

    week: int
    orders: int
    lines: int
    lines_squared: int
    with_addon: int
    with_priority: int | None = None


@dataclass(frozen=True, slots=True)
class JourneyCounts:
    """One journey over one period.

    Args:
        version: of the journey that was counted.
        steps: names of its steps.
        since, until: µs; people who began in [since, until) are counted, all of whom had the whole window.
        window_days: days in which later steps counted.
    """

    journey: str
    version: int
    steps: tuple[str, ...]
    since: int
    until: int
    window_days: int
    groups: tuple[EntrantGroup, ...] = ()
    orders: tuple[OrderWeek, ...] = ()
