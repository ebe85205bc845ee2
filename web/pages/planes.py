"""The plane of goal and protected guardrail, ready for its card: figure, numbers, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.decision.formats import inside_sentence
from web.charts.forest import level_text
from web.charts.plane import sales_plane
from web.formatters import current_reader
from web.formatters.metrics import interval
from web.formatters.numbers import signed_percent
from web.formatters.words import verdict_tone, verdict_word

if TYPE_CHECKING:
    from experiments.decision.metric_result import MetricResult
    from experiments.decision.plane import Plane, Point
    from experiments.decision.report import Report


def planes_of(report: Report, variant: str) -> list[dict[str, Any]]:
    """One card per plane of a variant."""
    rows = {row.metric: row for row in report.rows(variant)}
    return [
        _card(plane, rows[plane.goal], rows[plane.guardrail]) for plane in report.planes if plane.variant == variant
    ]


def _card(plane: Plane, goal: MetricResult, guardrail: MetricResult) -> dict[str, Any]:
    reader = current_reader()
    document = {name: getattr(plane, name) for name in plane.__dataclass_fields__}
    return {
        "id": f"plane-{plane.variant}-{plane.goal}-{plane.guardrail}",
        "title": f"{goal.title} and {inside_sentence(guardrail.title)} together",
        "figure": sales_plane(document, inside_sentence(goal.title), inside_sentence(guardrail.title), reader),
        "rows": [
            _numbers(goal.title, plane.point[1], plane.goal_interval, ""),
            _numbers(guardrail.title, plane.point[0], plane.guardrail_interval, _limit(plane.margin)),
        ],
        "verdict": f"{guardrail.title}: {verdict_word(guardrail.verdict)}",
        "tone": verdict_tone(guardrail.verdict),
        "levels": _levels(goal, guardrail),
        "correlation": plane.correlation,
    }


def _numbers(title: str, point: float, ends: Point | None, limit: str) -> list[str]:
    low, high = ends or (None, None)
    return [title, signed_percent(point, reader=current_reader()), interval(low, high, reader=current_reader()), limit]


def _limit(margin: float | None) -> str:
    return "" if margin is None else signed_percent(margin, reader=current_reader())


def _levels(goal: MetricResult, guardrail: MetricResult) -> str:
    """Level of the arms of the cross: "95%", or "95% and 98.3%" where they differ."""
    levels = {level_text(row.relative.level) for row in (goal, guardrail)}
    return " and ".join(sorted(levels))
