"""How the chance to show an effect grows with the weeks a test runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from web.charts.figure import Figure, marker_line, separators
from web.formatters import DEFAULT_READER, Reader

_COLOURS = ("var(--brand)", "var(--ink-2)", "var(--warn)", "var(--gain)", "var(--loss)")


class Series(TypedDict):
    """One line: weeks, power (0 to 1) in each, and the role of the metric."""

    title: str
    x: Sequence[float]
    y: Sequence[float | None]
    role: NotRequired[str]


def power_by_week(
    series: Sequence[Series], target: float = 0.8, planned_week: float | None = None, reader: Reader = DEFAULT_READER
) -> Figure:
    """Chance to reach each verdict against the weeks the test runs.

    Goals are drawn full, guardrails dashed. The dotted line is the `target` power, the upright one the planned end.
    Raises `ValueError` without a series.
    """
    if not series:
        raise ValueError("series == [], must hold at least one")
    last = max(max(line["x"]) for line in series)
    planned = [] if planned_week is None else [marker_line(planned_week, (0, 1.02), "var(--ink-3)", "solid")]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "Weeks"}, "range": [0, last]},
        "yaxis": {"tickformat": ".0%", "range": [0, 1.02], "title": {"text": "Chance to show it"}},
        "shapes": [_level_line(target, last), *planned],
        "showlegend": True,
        "separators": separators(reader),
    }
    traces = [_trace(line, _COLOURS[index % len(_COLOURS)]) for index, line in enumerate(series)]
    return {"data": traces, "layout": layout, "alt": _alt(series, target)}


def _trace(line: Series, colour: str) -> dict[str, Any]:
    dash = "dash" if line.get("role") == "guardrail" else "solid"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": line["title"],
        "x": list(line["x"]),
        "y": list(line["y"]),
        "line": {"color": colour, "width": 2.4, "dash": dash},
        "hovertemplate": "week %{x}: %{y:.0%}",
    }


def _level_line(target: float, last: float) -> dict[str, Any]:
    line = {"color": "var(--ink-3)", "dash": "dot", "width": 1.4}
    return {"type": "line", "x0": 0, "x1": last, "y0": target, "y1": target, "line": line}


def _alt(series: Sequence[Series], target: float) -> str:
    def reached(line: Series) -> str:
        pairs = zip(line["x"], line["y"], strict=True)
        week = next((x for x, power in pairs if power is not None and power >= target), None)
        return f"{line['title']}: {f'week {week:g}' if week is not None else 'not reached'}"

    return f"When power reaches {target:.0%}. " + "; ".join(reached(line) for line in series)
