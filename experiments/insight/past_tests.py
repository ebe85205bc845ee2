"""Past tests, one row each, as everything that learns from them sees them.

The effect of a test has one definition that was fixed before any result: the relative change of its first goal in its
first variant beside the control, gains positive, at the last look that was taken. Every launched and valid test enters
when it is stopped, whether it was published, shipped or forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.insight.wording import change

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
class Measured:
    """An effect as its report measured it, where a corrected one stands in its place."""

    gain: float
    se: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class PastTest:
    """One launched and valid test at its stop.

    Args:
        goal: key of its first goal.
        gain: relative change of that goal, oriented so that more is better; with its looks taken into account where the
            report has it so.
        se: its standard error; of a corrected gain half the length of its interval over the normal quantile of `level`.
        lo, hi: interval at `level`: of the report, or the corrected one.
        measured: what the report measured, where `gain` is corrected.
        crossed_at: look at which a bound was passed first, where `gain` is corrected and one was passed.
        early: True where it was stopped before its planned end.
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
    measured: Measured | None = None
    crossed_at: int | None = None
    final: bool = True
    shipped: bool = False
    metrics: tuple[PastMetric, ...] = ()
    net: PastNet | None = None
    shipped_net: PastNet | None = None
    units: int = 0
    traffic_per_week: float | None = None

    @property
    def raw(self) -> Measured:
        """The effect as its report measured it."""
        return self.measured or Measured(self.gain, self.se, self.lo, self.hi)

    @property
    def won(self) -> bool:
        """True where the rule said to ship a variant, whatever people decided."""
        return self.action == "ship"

    def metric(self, key: str) -> PastMetric | None:
        """What it said about one metric."""
        return next((row for row in self.metrics if row.metric == key), None)


def stop_words(test: PastTest) -> str:
    """What its looks did to its estimate, in one sentence; empty for a test that ran to its only look."""
    if test.measured is not None:
        seen = f"As measured {change(test.measured.gain)}; corrected for its looks"
        return f"{seen}, after look {test.crossed_at} had passed a bound." if test.crossed_at else f"{seen}."
    if test.early:
        return (
            "Stopped early without having passed a bound: nobody knows which other results would have stopped it, so "
            "the estimate is as measured and may be too high."
        )
    return ""


def of_goal(tests: Iterable[PastTest], goal: str) -> tuple[PastTest, ...]:
    """Tests with this goal, the oldest end first."""
    return tuple(sorted((test for test in tests if test.goal == goal), key=lambda test: (test.ended_at, test.key)))


def main_goal(tests: Iterable[PastTest]) -> str | None:
    """The goal most tests had; None without tests."""
    counts: dict[str, int] = {}
    for test in tests:
        counts[test.goal] = counts.get(test.goal, 0) + 1
    return max(sorted(counts), key=lambda key: counts[key]) if counts else None
