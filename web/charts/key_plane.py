"""Promoted against protected orders: the deciding cross, the joint regions, the line where gain and loss balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.charts.axis import round_ticks, tick_digits
from web.charts.figure import Figure, change_axis, range_of, separators
from web.charts.plane import cross, region_traces, words_at
from web.formatters import DEFAULT_READER, Reader, numbers


def orders_plane(
    plane: Mapping[str, Any], promoted: str, protected: str, unit: str, reader: Reader = DEFAULT_READER
) -> Figure:
    """Change of promoted orders (upwards) against that of protected ones (sideways), both per 1,000 units.

    `plane` is a `KeyPlane` mapping. Above the dashed line the gain is worth more than the loss costs.
    """
    x, y = plane["point"]
    horizontal, vertical = plane["x_interval"], plane["y_interval"]
    outlines = [plane["regions"][level] for level in sorted(plane["regions"], key=float, reverse=True)]
    x_range = range_of([x, *horizontal, *(point[0] for outline in outlines for point in outline)])
    y_range = range_of([y, *vertical, *(point[1] for outline in outlines for point in outline)])

    def write(low: float, high: float) -> Any:
        digits = tick_digits(round_ticks(low, high))
        return lambda tick: numbers.signed_number(tick, digits, reader=reader)

    line = _balance(plane["slope"], x_range, y_range)
    layout = {
        "xaxis": change_axis(f"Change of {protected} per 1,000 {unit}s", *x_range, write(*x_range)),
        "yaxis": change_axis(f"Change of {promoted} per 1,000 {unit}s", *y_range, write(*y_range)),
        "annotations": [
            words_at(*_upper_end(line), "break-even", "var(--warn)", xanchor="left", yanchor="top", xshift=6)
        ] if line else [],
        "showlegend": False,
        "separators": separators(reader),
    }  # fmt: skip
    traces = [*region_traces(outlines), *([_line(line)] if line else [])]
    traces += cross(x, y, horizontal, vertical, "%{x:+.1f}, %{y:+.1f}<extra></extra>")
    return {"data": traces, "layout": layout, "alt": _alt(plane, promoted, protected, reader)}


def _balance(
    slope: float | None, x_range: tuple[float, float], y_range: tuple[float, float]
) -> tuple[list[float], list[float]] | None:
    """The line y = slope × x through 0, cut to the drawing."""
    if slope is None:
        return None
    low, high = x_range
    if slope:
        edges = sorted(y / slope for y in y_range)
        low, high = max(low, edges[0]), min(high, edges[1])
    return [low, high], [slope * low, slope * high]


def _upper_end(line: tuple[list[float], list[float]]) -> tuple[float, float]:
    return max(zip(*line, strict=True), key=lambda end: end[1])


def _line(line: tuple[list[float], list[float]]) -> dict[str, Any]:
    style = {"color": "var(--warn)", "width": 1.8, "dash": "dash"}
    return {"type": "scatter", "mode": "lines", "x": line[0], "y": line[1], "line": style, "hoverinfo": "skip"}


def _alt(plane: Mapping[str, Any], promoted: str, protected: str, reader: Reader) -> str:
    def words(title: str, point: float, ends: tuple[float, float]) -> str:
        low, high = (numbers.signed_number(end, 1, reader=reader) for end in ends)
        return f"{title} {numbers.signed_number(point, 1, reader=reader)} (interval {low} to {high})"

    x, y = plane["point"]
    return f"{words(promoted, y, plane['y_interval'])}; {words(protected, x, plane['x_interval'])}"
