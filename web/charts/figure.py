"""What all figures share: their shape, their axes and their lines.

A figure is Plotly data that static/js/charts.js draws. Colours are written as CSS variables ("var(--gain)", with an
optional opacity "var(--gain)/0.2") and resolved when drawn, so one figure serves both themes. Changes are shares (0.125
is +12.5%).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from web.charts.axis import round_ticks, tick_digits
from web.formatters import Reader, numbers


class Figure(TypedDict):
    """Traces and layout of Plotly, and what the drawing says in words for those who do not see it."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    alt: str


Interval = Sequence[float]


def percent_axis(title: str | None, low: float, high: float, reader: Reader) -> dict[str, Any]:
    """An axis of changes whose ticks are written in the reader's conventions, 0 without a sign."""
    digits = tick_digits(round_ticks(low, high), 100)
    return change_axis(title, low, high, lambda tick: numbers.percent(tick, digits, signed=True, reader=reader))


def change_axis(title: str | None, low: float, high: float, write: Callable[[float], str]) -> dict[str, Any]:
    """An axis of changes whose ticks `write` puts into words, 0 without a sign."""
    ticks = round_ticks(low, high)
    words = [write(tick) if tick else "0" for tick in ticks]
    axis: dict[str, Any] = {"tickvals": ticks, "ticktext": words, "range": [low, high]}
    axis |= {"zeroline": True, "zerolinecolor": "var(--ink-3)", "zerolinewidth": 1.2}
    return axis | ({"title": {"text": title}} if title else {})


def range_of(values: Sequence[float], share: float = 0.12) -> tuple[float, float]:
    """Ends that hold all values and 0, with some air."""
    low, high = min(0.0, *values), max(0.0, *values)
    air = share * ((high - low) or 0.1)
    return low - air, high + air


def separators(reader: Reader) -> str:
    """Decimal and group sign for Plotly."""
    return reader.conventions.decimal + reader.conventions.group


def marker_line(x: float, y_range: Interval, colour: str = "var(--warn)", dash: str = "dash") -> dict[str, Any]:
    """An upright line, dashed in the colour of a limit unless told otherwise."""
    line = {"color": colour, "width": 1.8, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": y_range[0], "y1": y_range[1], "line": line}
