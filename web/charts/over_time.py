"""The effect after each look or day, with the band of the planned design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from web.charts.figure import Figure, percent_axis, range_of, separators
from web.formatters import DEFAULT_READER, Reader, numbers

Points = Sequence[Mapping[str, Any]]
_DAY = "%-d %b"
_AROUND = timedelta(days=3)


def effect_over_time(points: Points, title: str, form: str, reader: Reader = DEFAULT_READER) -> Figure:
    """The change and the band of the planned design after each look or day.

    `points` are `{date, point, lo, hi}` with ISO dates, oldest first; one without a point leaves a gap in the line, one
    without an interval is left out of the band. `form` names the band ("repeated 95% intervals", "always-valid 95%
    intervals") and is part of the description. Raises `ValueError` without points.
    """
    if not points:
        raise ValueError("points == [], must hold at least one")
    known = [value for point in points for value in (point["point"], point["lo"], point["hi"]) if value is not None]
    layout = {
        "xaxis": {"type": "date", "tickformat": _DAY, "nticks": 7, **_days_around(points)},
        "yaxis": percent_axis(None, *range_of(known or [0.1]), reader),
        "showlegend": False,
        "separators": separators(reader),
    }
    spread = _band(points) if len(points) > 1 else _bar(points[0])
    return {
        "data": [*spread, _line(points)],
        "layout": layout,
        "alt": _alt(points, title, form, reader),
    }


def _days_around(points: Points) -> dict[str, Any]:
    """Days and not hours of one day, which would all be called the same."""
    if len(points) > 1:
        return {}
    only = datetime.fromisoformat(points[0]["date"])
    return {"range": [(only + shift).isoformat() for shift in (-_AROUND, _AROUND)]}


def _bar(point: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The interval of a single point, of which there is no band."""
    if point["lo"] is None or point["hi"] is None:
        return []
    ends = {"x": [point["date"]] * 2, "y": [point["lo"], point["hi"]]}
    return [
        {
            "type": "scatter",
            "mode": "lines",
            **ends,
            "line": {"color": "var(--brand)/0.4", "width": 6},
            "hoverinfo": "skip",
        }
    ]


def _band(points: Points) -> list[dict[str, Any]]:
    """Two edges, the upper one filled down to the lower."""
    bounded = [point for point in points if point["lo"] is not None and point["hi"] is not None]
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": [point["date"] for point in bounded],
        "line": {"width": 0, "color": "var(--brand)/0"},
        "hoverinfo": "skip",
    }
    upper = {**edge, "y": [point["hi"] for point in bounded], "fill": "tonexty", "fillcolor": "var(--brand)/0.16"}
    return [{**edge, "y": [point["lo"] for point in bounded]}, upper]


def _line(points: Points) -> dict[str, Any]:
    ends = "%{customdata[0]:+.1%} to %{customdata[1]:+.1%}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [point["date"] for point in points],
        "y": [point["point"] for point in points],
        "customdata": [[point["lo"], point["hi"]] for point in points],
        "line": {"color": "var(--brand)", "width": 2.4},
        "marker": {"size": 6 if len(points) < 12 else 3, "color": "var(--brand)"},
        "hovertemplate": f"%{{x|{_DAY}}}: %{{y:+.1%}} ({ends})<extra></extra>",
    }


def _alt(points: Points, title: str, form: str, reader: Reader) -> str:
    newest = next((point for point in reversed(points) if point["point"] is not None), None)
    if newest is None:
        return f"{title} over time, {form}: nothing measured yet"
    now = numbers.signed_percent(newest["point"], reader=reader)
    ends = " to ".join(numbers.signed_percent(newest[end], reader=reader) for end in ("lo", "hi"))
    return f"{title} over time, {form}; at the end {now} ({ends})"
