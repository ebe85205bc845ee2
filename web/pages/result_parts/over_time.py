"""The tab Over time: effects by look with the plan's own band, and units by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.services.over_time import over_time
from web.charts import effect_over_time
from web.formatters import current_reader, numbers, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from experiments.services.over_time import DayCounts, EffectPoint, OverTime
    from web.pages.results_page import ResultsPage

COLUMNS = ("Look", "Information", "Change", "Interval")
#: Names of one point, in the order of the file.
POINT_COLUMNS = (
    "metric",
    "title",
    "role",
    "variant",
    "look",
    "at",
    "information",
    "point",
    "lo",
    "hi",
    "level",
    "critical",
)


@dataclass(frozen=True)
class EffectChart:
    """One metric in one variant, as `chart_card` takes it."""

    title: str
    figure: Any
    rows: list[list[str]]
    level: str


@dataclass(frozen=True)
class OverTimePart:
    """What the tab shows.

    Args:
        reason: why there is no chart; None where there are.
        days: newest first.
    """

    reason: str | None
    charts: list[EffectChart]
    days: list[DayCounts]


def read(session: Session, page: ResultsPage, _now: int) -> OverTimePart:
    """Everything the tab shows."""
    found = over_time(session, page.experiment.key)
    several = len(page.experiment.phase.variants) > 2
    charts = [_chart(points, page.variant_titles if several else {}) for points in _by_metric(found)]
    return OverTimePart(found.reason, charts, list(reversed(found.days)))


def point_cells(point: EffectPoint) -> list[Any]:
    """One line of the file."""
    return [getattr(point, name) for name in POINT_COLUMNS]


def _by_metric(found: OverTime) -> list[list[EffectPoint]]:
    groups: dict[tuple[str, str], list[EffectPoint]] = {}
    for point in found.points:
        groups.setdefault((point.variant, point.metric), []).append(point)
    return list(groups.values())


def _chart(points: Sequence[EffectPoint], titles: dict[str, str]) -> EffectChart:
    newest = points[-1]
    variant = titles.get(newest.variant)
    title = f"{newest.title}: {variant}" if variant else newest.title
    level = numbers.percent(newest.level, 0, reader=current_reader())
    plotted = [{"date": point.at, "point": point.point, "lo": point.lo, "hi": point.hi} for point in points]
    figure = effect_over_time(plotted, title, f"repeated {level} intervals", current_reader())
    return EffectChart(title, figure, [_row(point) for point in points], level)


def _row(point: EffectPoint) -> list[str]:
    reader = current_reader()
    ends = [numbers.signed_percent(value, reader=reader) for value in (point.lo, point.hi)]
    return [
        f"{point.look}, {times.day(point.at, reader=reader)}",
        numbers.percent(point.information, 0, reader=reader),
        numbers.signed_percent(point.point, reader=reader),
        "not bounded" if point.lo is None or point.hi is None else " to ".join(ends),
    ]
