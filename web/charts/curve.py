"""The gain by days since exposure: each day's own interval inside the band that covers all days at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.charts.figure import Figure, change_axis, marker_line, range_of, separators
from web.charts.plane import words_at
from web.formatters import DEFAULT_READER, Reader, numbers


def gain_by_day(curve: Mapping[str, Any], currency: str, reader: Reader = DEFAULT_READER) -> Figure:
    """Promoted value of the first d days per 1,000 units, variant less control; `curve` is a `Curve` mapping.

    The dotted line is the end of the early window, fixed beforehand. Raises `ValueError` without points.
    """
    points = curve["points"]
    if not points:
        raise ValueError("points == (), must hold at least one")
    y_range = range_of([value for point in points for value in (point["band_lo"], point["band_hi"])])
    days = [point["day"] for point in points]
    early = curve["early_day"]
    layout = {
        "xaxis": {
            "title": {"text": "Days since first exposure"}, "range": [0, max(days) + 0.5], "tickvals": _ticks(days),
            "ticktext": [str(day) for day in _ticks(days)],
        },
        "yaxis": change_axis(None, *y_range, lambda tick: _money(tick, currency, reader)),
        "shapes": [marker_line(early, y_range, "var(--ink-3)", "dot")],
        "annotations": [
            words_at(early, y_range[1], "early window", "var(--ink-3)", xanchor="right", yanchor="top", xshift=-5)
        ],
        "showlegend": False,
        "separators": separators(reader),
    }  # fmt: skip
    traces = [
        *_band(points, "band_lo", "band_hi", "var(--brand)/0.12"),
        *_band(points, "lo", "hi", "var(--brand)/0.2"),
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": days,
            "y": [point["value"] for point in points],
            "text": [_words(point, currency, reader) for point in points],
            "line": {"color": "var(--brand)", "width": 2.4},
            "marker": {"size": 6, "color": "var(--brand)"},
            "hovertemplate": "%{text}<extra></extra>",
        },
    ]
    return {
        "data": traces,
        "layout": layout,
        "alt": f"Gain by day since exposure. {_words(points[-1], currency, reader)}",
    }


def _band(points: Any, low: str, high: str, fill: str) -> list[dict[str, Any]]:
    """Two edges, the upper one filled down to the lower."""
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": [point["day"] for point in points],
        "line": {"width": 0, "color": "var(--brand)/0"},
        "hoverinfo": "skip",
    }
    upper = {**edge, "y": [point[high] for point in points], "fill": "tonexty", "fillcolor": fill}
    return [{**edge, "y": [point[low] for point in points]}, upper]


def _ticks(days: list[int]) -> list[int]:
    step = max(1, round(max(days) / 7))
    return list(range(0, max(days) + 1, step))


def _money(value: float, currency: str, reader: Reader) -> str:
    return numbers.signed_money(value, currency, major=True, whole=abs(value) >= 10, reader=reader)


def _words(point: Mapping[str, Any], currency: str, reader: Reader) -> str:
    value, low, high = (_money(point[name], currency, reader) for name in ("value", "lo", "hi"))
    return f"Day {point['day']}: {value} ({low} to {high})"
