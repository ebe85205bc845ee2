"""Day totals of all variants, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from experiments.services.import_daily.spec import DailyMetric, DailySpec

#: Counts of one day in one variant by column; None where the file has none.
Counts = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Day:
    """One day: counts by key of the variant."""

    day: date
    counts: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Days:
    """All days in order, at least one."""

    days: tuple[Day, ...]

    @property
    def first(self) -> date:
        """The first day."""
        return self.days[0].day

    @property
    def last(self) -> date:
        """The last day, up to which the files were delivered."""
        return self.days[-1].day

    def mature(self, lag_days: int) -> tuple[Day, ...]:
        """Days whose events had so many days to arrive by the last day."""
        youngest = self.last - timedelta(days=lag_days)
        return tuple(day for day in self.days if day.day <= youngest)

    def to_plain(self) -> list[dict[str, Any]]:
        """JSON-ready form; `from_plain` reads it back."""
        return [{"day": day.day.isoformat(), "counts": _plain(day.counts)} for day in self.days]

    @classmethod
    def from_plain(cls, data: Sequence[Mapping[str, Any]]) -> Days:
        """Read what `to_plain` wrote."""
        return cls(tuple(Day(date.fromisoformat(item["day"]), item["counts"]) for item in data))


def total(days: Sequence[Day], variant: str, column: str) -> int:
    """Sum of one column over days; a day without a count adds nothing."""
    return sum(day.counts[variant][column] or 0 for day in days)


def share(day: Day, variant: str, metric: DailyMetric) -> tuple[int, int]:
    """Events and units of one day."""
    counts = day.counts[variant]
    return counts[metric.events] or 0, counts[metric.denominator] or 0


def mature_for_all(days: Days, spec: DailySpec) -> tuple[Day, ...]:
    """Days that count for every metric."""
    return days.mature(spec.longest_lag)


def _plain(counts: Mapping[str, Counts]) -> dict[str, dict[str, int | None]]:
    return {variant: dict(of_variant) for variant, of_variant in counts.items()}
