"""The goal against a protected guardrail, in one plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from web.charts.figure import Figure, Interval, marker_line, percent_axis, range_of, separators
from web.formatters import DEFAULT_READER, Reader, numbers


def sales_plane(
    plane: Mapping[str, Any], goal_title: str, guardrail_title: str, reader: Reader = DEFAULT_READER
) -> Figure:
    """The goal (upwards) against a protected guardrail (sideways), both as relative change.

    `plane` is a `Report.planes` mapping. The cross of the two deciding intervals lies on top of the joint 50, 80 and
    95 % regions, which are wider and decide nothing; the dashed line is the guardrail's margin.
    """
    x, y = plane["point"]
    horizontal, vertical = plane["guardrail_interval"], plane["goal_interval"]
    outlines = [plane["regions"][level] for level in sorted(plane["regions"], key=float, reverse=True)]
    xs = [x, *(horizontal or ()), *(point[0] for outline in outlines for point in outline)]
    ys = [y, *(vertical or ()), *(point[1] for outline in outlines for point in outline)]
    margin = plane["margin"]
    x_range, y_range = range_of([*xs, *([] if margin is None else [1.8 * margin])]), range_of(ys)
    layout = {
        "xaxis": percent_axis(f"Change of {guardrail_title}", *x_range, reader),
        "yaxis": percent_axis(f"Change of {goal_title}", *y_range, reader),
        "shapes": [] if margin is None else _plane_shapes(margin, x_range, y_range),
        "annotations": [] if margin is None else _plane_words(margin, x_range, y_range, reader),
        "showlegend": False,
        "separators": separators(reader),
    }
    traces = [*region_traces(outlines), *cross(x, y, horizontal, vertical)]
    return {"data": traces, "layout": layout, "alt": _plane_alt(plane, goal_title, guardrail_title, reader)}


def region_traces(outlines: Sequence[Sequence[Interval]]) -> list[dict[str, Any]]:
    """Filled outlines, the widest first so that the narrower ones lie on it."""
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [point[0] for point in outline],
            "y": [point[1] for point in outline],
            "fill": "toself",
            "fillcolor": "var(--brand)/0.16",
            "line": {"color": "var(--brand)" if index == 0 else "var(--brand)/0", "width": 1.4 if index == 0 else 0},
            "hoverinfo": "skip",
        }
        for index, outline in enumerate(outlines)
    ]


def cross(
    x: float,
    y: float,
    horizontal: Interval | None,
    vertical: Interval | None,
    hover: str = "%{x:+.1%}, %{y:+.1%}<extra></extra>",
) -> list[dict[str, Any]]:
    """The two deciding intervals and the point where they meet."""
    arms = [
        ([horizontal[0], horizontal[1]], [y, y]) if horizontal else None,
        ([x, x], [vertical[0], vertical[1]]) if vertical else None,
    ]
    line = {"type": "scatter", "mode": "lines", "line": {"color": "var(--brand)", "width": 3}, "hoverinfo": "skip"}
    point = {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "marker": {"color": "var(--surface)", "size": 10, "line": {"color": "var(--brand)", "width": 3}},
        "hovertemplate": hover,
    }
    return [*({**line, "x": arm[0], "y": arm[1]} for arm in arms if arm), point]


def _plane_shapes(margin: float, x_range: Interval, y_range: Interval) -> list[dict[str, Any]]:
    """The loss side of the margin, the quarter that is wanted, and the margin itself."""
    zone = {"type": "rect", "layer": "below", "line": {"width": 0}}
    return [
        {**zone, "x0": x_range[0], "x1": margin, "y0": y_range[0], "y1": y_range[1], "fillcolor": "var(--loss)/0.08"},
        {**zone, "x0": margin, "x1": x_range[1], "y0": 0, "y1": y_range[1], "fillcolor": "var(--gain)/0.07"},
        marker_line(x=margin, y_range=y_range),
    ]


def words_at(x: float, y: float, text: str, colour: str, **place: Any) -> dict[str, Any]:
    """A few words at a place of the drawing."""
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"color": colour, "size": 12}, **place}


def _plane_words(margin: float, x_range: Interval, y_range: Interval, reader: Reader) -> list[dict[str, Any]]:
    text = f"{numbers.percent(margin, 1 if round(1000 * margin) % 10 else 0, signed=True, reader=reader)} limit"
    return [
        words_at(margin, y_range[1], text, "var(--warn)", xanchor="right", yanchor="top", xshift=-5, yshift=-22),
        words_at(x_range[1], y_range[1], "gain, limit kept", "var(--gain)", xanchor="right", yanchor="top", xshift=-4),
        words_at(x_range[0], y_range[0], "past the limit", "var(--loss)", xanchor="left", yanchor="bottom", xshift=4),
    ]


def _plane_alt(plane: Mapping[str, Any], goal: str, guardrail: str, reader: Reader) -> str:
    def words(title: str, point: float, interval: Interval | None) -> str:
        ends = " to ".join(numbers.signed_percent(end, reader=reader) for end in interval) if interval else "unbounded"
        return f"{title} {numbers.signed_percent(point, reader=reader)} (interval {ends})"

    x, y = plane["point"]
    parts = [words(goal, y, plane["goal_interval"]), words(guardrail, x, plane["guardrail_interval"])]
    if plane["margin"] is not None:
        parts.append(f"limit of {guardrail} {numbers.signed_percent(plane['margin'], reader=reader)}")
    return "; ".join(parts)
