"""The goal against one protected guardrail, both as relative effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Plane:
    """x = relative effect on the guardrail, y = relative effect on the goal.

    Attributes:
        point: the two estimates.
        goal_interval, guardrail_interval: the intervals that decide; None where one is unbounded.
        margin: where the guardrail's limit lies on the x axis (−0.05 for a loss of 5 % at most); None where the margin
            is absolute and so has no place on this axis.
        regions: closed outlines of the joint regions by confidence level ("0.5", "0.8", "0.95"). They are wider than
            the two intervals and decide nothing.
        correlation: of the two estimates.
    """

    variant: str
    goal: str
    guardrail: str
    point: Point
    goal_interval: Point | None
    guardrail_interval: Point | None
    margin: float | None
    regions: Mapping[str, tuple[Point, ...]]
    correlation: float | None
