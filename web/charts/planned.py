"""Two views of a plan: units against the effect worth finding, and the smallest effect against weeks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from web.charts.figure import Figure, marker_line, separators
from web.charts.power import Series
from web.formatters import DEFAULT_READER, Reader, numbers

_COLOURS = ("var(--brand)", "var(--ink-2)", "var(--warn)", "var(--gain)", "var(--loss)")


def units_by_effect(
    effects: Sequence[float], units: Sequence[int], planned: float, *, relative: bool, reader: Reader = DEFAULT_READER
) -> Figure:
    """Units in all against the effect; the upright line is the planned one. Raises `ValueError` without points."""
    if not effects:
        raise ValueError("effects == [], must hold at least one")
    top = max(units) * 1.05
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "Effect worth finding"}, **({"tickformat": "+.1%"} if relative else {})},
        "yaxis": {"title": {"text": "Units in all"}, "range": [0, top], "tickformat": ","},
        "shapes": [marker_line(planned, (0, top), "var(--ink-3)", "solid")],
        "showlegend": False,
        "separators": separators(reader),
    }
    trace = {
        "type": "scatter", "mode": "lines+markers", "x": list(effects), "y": list(units),
        "line": {"color": "var(--brand)", "width": 2.4}, "marker": {"size": 6, "color": "var(--brand)"},
        "hovertemplate": "%{y:,.0f} units",
    }  # fmt: skip
    ends = f"{numbers.number(units[0], reader=reader)} to {numbers.number(units[-1], reader=reader)}"
    return {"data": [trace], "layout": layout, "alt": f"Units in all, from {ends} as the effect grows."}


def detectable_by_week(
    series: Sequence[Series], planned_week: float | None = None, reader: Reader = DEFAULT_READER
) -> Figure:
    """Smallest change (goals, full) or margin (guardrails, dashed) that each week can show.

    Raises `ValueError` without a series.
    """
    if not series:
        raise ValueError("series == [], must hold at least one")
    known = [value for line in series for value in line["y"] if value is not None]
    top = 1.05 * max(known, default=1.0)
    planned = [] if planned_week is None else [marker_line(planned_week, (0, top), "var(--ink-3)", "solid")]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "Weeks"}, "range": [0, max(max(line["x"]) for line in series)]},
        "yaxis": {"title": {"text": "Share of the value today"}, "tickformat": ".0%", "range": [0, top]},
        "shapes": planned,
        "showlegend": True,
        "separators": separators(reader),
    }
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": line["title"], "x": list(line["x"]), "y": list(line["y"]),
            "line": {"color": _COLOURS[place % len(_COLOURS)], "width": 2.4,
                     "dash": "dash" if line.get("role") == "guardrail" else "solid"},
            "hovertemplate": "week %{x}: %{y:.1%}",
        }
        for place, line in enumerate(series)
    ]  # fmt: skip
    last = "; ".join(f"{line['title']} {_last(line, reader)}" for line in series)
    return {
        "data": traces,
        "layout": layout,
        "alt": f"Smallest change that can be shown in the last week drawn: {last}.",
    }


def _last(line: Series, reader: Reader) -> str:
    value = line["y"][-1]
    return "nothing" if value is None else numbers.percent(value, 1, reader=reader)
