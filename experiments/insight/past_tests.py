"""Past tests, one row each, as everything that learns from them sees them.

The effect of a test has one definition that was fixed before any result: the relative change of its first goal in its
first variant beside the control, gains positive, at the last look that was taken. Every launched and valid test enters
when it is stopped, whether it was published, shipped or forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Facet = str


@dataclass(frozen=True, slots=True)
class PastMetric:
    """What a test said about one metric, relative to its control, in the direction in which the metric is counted.

    Args:
        verdict: the word of the report: better, worse, holds, broken, not_shown, …
        protected: whether these are the sales that an offer could take away.
    """

    metric: str
    title: str
    role: str
    direction: int
    verdict: str
    point: float | None
    lo: float | None
    hi: float | None
    level: float
    protected: bool = False


@dataclass(frozen=True, slots=True)
class PastNet:
    """Net value in major units of money per `per` units; `se` from its interval."""

    value: float
    lo: float
    hi: float
    se: float
    currency: str
    per: int = 1000


@dataclass(frozen=True, slots=True)
class PastTest:
    """One launched and valid test at its stop.

    Args:
        goal: key of its first goal.
        gain: relative change of that goal, oriented so that more is better.
        se: its standard error; lo and hi are the interval of the report at `level`.
        early: True where it was stopped before its planned end: such an estimate is too high on average.
        final: False while its last units have not run off.
        shipped: True where people decided to ship a variant; `shipped_net` is that variant's net.
        units: exposed units of all variants.
        traffic_per_week: eligible units per week the plan assumed; None where it has none.
        launched_at, ended_at: µs UTC.
    """

    key: str
    title: str
    goal: str
    goal_title: str
    gain: float
    se: float
    lo: float
    hi: float
    level: float
    action: str
    launched_at: int
    ended_at: int
    audience: str = ""
    variant: str = ""
    journey: Facet = ""
    template: Facet = ""
    families: tuple[Facet, ...] = ()
    early: bool = False
    final: bool = True
    shipped: bool = False
    metrics: tuple[PastMetric, ...] = ()
    net: PastNet | None = None
    shipped_net: PastNet | None = None
    units: int = 0
    traffic_per_week: float | None = None

    @property
    def won(self) -> bool:
        """True where the rule said to ship a variant, whatever people decided."""
        return self.action == "ship"

    def metric(self, key: str) -> PastMetric | None:
        """What it said about one metric."""
        return next((row for row in self.metrics if row.metric == key), None)


def of_goal(tests: Iterable[PastTest], goal: str) -> tuple[PastTest, ...]:
    """Tests with this goal, the oldest end first."""
    return tuple(sorted((test for test in tests if test.goal == goal), key=lambda test: (test.ended_at, test.key)))


def main_goal(tests: Iterable[PastTest]) -> str | None:
    """The goal most tests had; None without tests."""
    counts: dict[str, int] = {}
    for test in tests:
        counts[test.goal] = counts.get(test.goal, 0) + 1
    return max(sorted(counts), key=lambda key: counts[key]) if counts else None
