"""How long a test takes: from units needed to whole weeks.

Visitors return, so the number of distinct units grows ever more slowly: two weeks of traffic are not twice one week.
A curve of distinct eligible units by day says so; one number per week is the simple stand-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite
from typing import Literal

from experiments.stats.power.result import round_up
from experiments.stats.result import Result

MINIMUM_WEEKS = 2
_WEEK = 7


@dataclass(frozen=True)
class Traffic(Result):
    """Distinct eligible units since the start, and the share of them that the test reaches.

    Attributes:
        distinct_by_day: cumulative distinct units after day 1, 2, …; never falling.
        share: share of the eligible units that are enrolled and exposed.
        source: "curve", or "weekly" where it is a straight line from one weekly number.

    Raises:
        ValueError: where the curve falls, is empty or the share is out of bounds.
    """

    distinct_by_day: tuple[float, ...]
    share: float = 1.0
    source: Literal["curve", "weekly"] = "curve"

    def __post_init__(self) -> None:
        """Refuse a curve that no counting can give."""
        curve = (0.0, *self.distinct_by_day)
        object.__setattr__(self, "distinct_by_day", tuple(self.distinct_by_day))
        if not all(isfinite(n) for n in curve) or curve[-1] <= 0 or any(b < a for a, b in pairwise(curve)):
            raise ValueError("distinct_by_day must rise from above 0 and never fall.")
        if not 0 < self.share <= 1:
            raise ValueError(f"share == {self.share}, must be above 0 and at most 1.")

    @classmethod
    def per_week(cls, units: float, share: float = 1.0) -> Traffic:
        """The same number of new units every week; raises ValueError unless it is above 0."""
        if not (isfinite(units) and units > 0):
            raise ValueError(f"traffic_per_week == {units}, must be > 0.")
        return cls(tuple(units * day / _WEEK for day in range(1, _WEEK + 1)), share, "weekly")

    @classmethod
    def from_days(cls, distinct_by_day: Sequence[float], share: float = 1.0) -> Traffic:
        """The measured cumulative curve of distinct eligible units."""
        return cls(tuple(distinct_by_day), share)

    def units_after(self, days: int) -> float:
        """Units that the test has after whole days; past the curve it goes on at the pace of its last week."""
        if days <= 0:
            return 0.0
        known = len(self.distinct_by_day)
        if days <= known:
            return self.share * self.distinct_by_day[days - 1]
        return self.share * (self.distinct_by_day[-1] + (days - known) * self._last_pace)

    def extrapolated(self, days: int) -> bool:
        """Whether so many days reach past a measured curve."""
        return self.source == "curve" and days > len(self.distinct_by_day)

    def weeks_for(self, units: float) -> int | None:
        """Whole weeks until the test has so many units; None where the curve has gone flat below them."""
        known_weeks = len(self.distinct_by_day) // _WEEK
        wanted = units * (1.0 - 1e-12)
        for week in range(1, known_weeks + 1):
            if self.units_after(week * _WEEK) >= wanted:
                return week
        if self._last_pace == 0:
            return known_weeks + 1 if self.units_after(_WEEK * (known_weeks + 1)) >= wanted else None
        known = len(self.distinct_by_day)
        missing = max(0.0, wanted / self.share - self.distinct_by_day[-1])
        return ceil((known + missing / self._last_pace) / _WEEK * (1.0 - 1e-12))

    @property
    def _last_pace(self) -> float:
        curve = (0.0, *self.distinct_by_day)
        days = min(_WEEK, len(curve) - 1)
        return (curve[-1] - curve[-1 - days]) / days


@dataclass(frozen=True)
class Duration(Result):
    """How long a test of given size takes.

    Attributes:
        status: "ok", or "out_of_reach" where the traffic never brings the units.
        enrolment_weeks: whole weeks of enrolment, at least two.
        window_days: days after the last enrolment until its unit is mature.
        days: enrolment and window together.
        weeks: the same in weeks, rounded up.
        units: units in the test at the end of enrolment.
        extrapolated: whether the weeks reach past the measured curve.
        least: whether the units come sooner, and the weeks are those that every test takes.
    """

    status: Literal["ok", "out_of_reach"]
    enrolment_weeks: int | None
    window_days: int
    days: int | None
    weeks: int | None
    units: float | None
    extrapolated: bool
    least: bool = False


def duration(
    n_total: float, traffic: Traffic | float, window_days: int = 0, minimum_weeks: int = MINIMUM_WEEKS
) -> Duration:
    """Weeks until `n_total` units over all arms are enrolled and their metric window has closed.

    Args:
        n_total: units in all arms together.
        traffic: a curve, or new units per week.
        window_days: days after exposure that the slowest metric needs.
        minimum_weeks: enrolment never ends before; whole weeks keep weekday patterns in balance.

    Raises:
        ValueError: where n_total is not above 0, or window_days below 0.
    """
    if n_total <= 0:
        raise ValueError(f"n_total == {n_total}, must be > 0.")
    if window_days < 0:
        raise ValueError(f"window_days == {window_days}, must be >= 0.")
    source = as_traffic(traffic)
    needed = source.weeks_for(round_up(n_total))
    if needed is None:
        return Duration("out_of_reach", None, window_days, None, None, None, source.source == "curve")
    enrolment = max(needed, minimum_weeks)
    days = enrolment * _WEEK + window_days
    units = source.units_after(enrolment * _WEEK)
    extrapolated = source.extrapolated(enrolment * _WEEK)
    weeks, least = ceil(days / _WEEK), needed < minimum_weeks
    return Duration("ok", enrolment, window_days, days, weeks, units, extrapolated, least)


def as_traffic(traffic: Traffic | float) -> Traffic:
    """A number of new units per week as traffic; traffic as it is."""
    return traffic if isinstance(traffic, Traffic) else Traffic.per_week(float(traffic))
