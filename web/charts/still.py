"""A figure as a still drawing: for readers without scripts, for paper, and for files that are sent away.

The same figure is drawn by Plotly on a page (static/js/charts.js). Only what our own figures use is known here: lines,
filled lines, points, shapes and words on axes of numbers or days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from web.charts.axis import round_ticks
from web.charts.figure import Figure

WIDTH, HEIGHT = 480, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 12, 46
_COLOUR = re.compile(r"^(var\(--[\w-]+\))(?:/([\d.]+))?$")
_DASHES = {"dash": "5 4", "dot": "1.5 3.5"}
_ANCHORS = {"left": "start", "right": "end", "center": "middle"}


@dataclass(frozen=True)
class _Frame:
    """Where values land in the drawing."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_range
        return round(_LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return round(HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1)

    def path(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        points = [f"{self.x(a)} {self.y(b)}" for a, b in zip(xs, ys, strict=True)]
        return "M" + "L".join(points)


def still(figure: Figure) -> Markup:
    """The drawing; its label is the description of the figure."""
    data, layout = figure["data"], figure["layout"]
    frame = _Frame(_range(data, layout, "x"), _range(data, layout, "y"))
    parts = [
        *(_shape(shape, frame) for shape in layout.get("shapes", ()) if shape.get("layer") == "below"),
        *_axes(data, layout, frame),
        *_traces(data, frame),
        *(_shape(shape, frame) for shape in layout.get("shapes", ()) if shape.get("layer") != "below"),
        *(_words(each, frame) for each in layout.get("annotations", ())),
        *(_legend(data) if layout.get("showlegend") else []),
    ]
    return Markup('<svg class="still" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, figure["alt"], Markup("").join(parts)
    )


def _value(raw: Any) -> float:
    return float(date.fromisoformat(raw[:10]).toordinal()) if isinstance(raw, str) else float(raw)


def _values(trace: Mapping[str, Any], name: str) -> list[float | None]:
    return [None if raw is None else _value(raw) for raw in trace.get(name, ())]


def _range(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], name: str) -> tuple[float, float]:
    given = layout.get(f"{name}axis", {}).get("range")
    if given:
        return _value(given[0]), _value(given[1])
    known = [value for trace in data for value in _values(trace, name) if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _ink(raw: str | None, part: str) -> Markup:
    """A colour as attributes: `var(--brand)/0.16` has an opacity of its own."""
    found = _COLOUR.match(raw or "")
    if found is None:
        return Markup('{}="none"').format(part)
    opacity = "" if found[2] is None else Markup(' {}-opacity="{}"').format(part, found[2])
    return Markup('{}="{}"').format(part, found[1]) + opacity


def _traces(data: Sequence[Mapping[str, Any]], frame: _Frame) -> list[Markup]:
    parts: list[Markup] = []
    before: tuple[list[float], list[float]] | None = None
    for trace in data:
        pairs = [(a, b) for a, b in zip(_values(trace, "x"), _values(trace, "y"), strict=True) if a is not None]
        xs, ys = [a for a, b in pairs if b is not None], [b for a, b in pairs if b is not None]
        parts += _trace(trace, xs, ys, before, frame) if xs else []
        before = (xs, ys)
    return parts


def _trace(
    trace: Mapping[str, Any],
    xs: list[float],
    ys: list[float],
    before: tuple[list[float], list[float]] | None,
    frame: _Frame,
) -> list[Markup]:
    parts: list[Markup] = []
    if trace.get("fill") == "toself":
        parts.append(_filled(frame.path(xs, ys), trace))
    if trace.get("fill") == "tonexty" and before is not None:
        parts.append(_filled(frame.path([*xs, *reversed(before[0])], [*ys, *reversed(before[1])]), trace))
    line = trace.get("line", {})
    if "lines" in trace.get("mode", "") and line.get("width"):
        parts.append(_stroke(frame.path(xs, ys), line))
    if "markers" in trace.get("mode", ""):
        parts += [_point(frame.x(a), frame.y(b), trace.get("marker", {})) for a, b in zip(xs, ys, strict=True)]
    return parts


def _filled(path: str, trace: Mapping[str, Any]) -> Markup:
    return Markup('<path d="{}Z" {}/>').format(path, _ink(trace.get("fillcolor"), "fill"))


def _stroke(path: str, line: Mapping[str, Any]) -> Markup:
    dash = _DASHES.get(line.get("dash", ""))
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    return Markup('<path d="{}" fill="none" {} stroke-width="{}"{}/>').format(
        path, _ink(line.get("color"), "stroke"), line.get("width", 1), dashed
    )


def _point(x: float, y: float, marker: Mapping[str, Any]) -> Markup:
    edge = marker.get("line", {})
    return Markup('<circle cx="{}" cy="{}" r="{}" {} {} stroke-width="{}"/>').format(
        x, y, marker.get("size", 6) / 2, _ink(marker.get("color"), "fill"), _ink(edge.get("color"), "stroke"),
        edge.get("width", 0),
    )  # fmt: skip


def _shape(shape: Mapping[str, Any], frame: _Frame) -> Markup:
    x0, x1, y0, y1 = frame.x(shape["x0"]), frame.x(shape["x1"]), frame.y(shape["y0"]), frame.y(shape["y1"])
    if shape["type"] == "line":
        return _stroke(f"M{x0} {y0}L{x1} {y1}", shape["line"])
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" {}/>').format(
        min(x0, x1), min(y0, y1), round(abs(x1 - x0), 1), round(abs(y1 - y0), 1), _ink(shape["fillcolor"], "fill")
    )


def _words(each: Mapping[str, Any], frame: _Frame) -> Markup:
    down = {"top": 13, "bottom": -5}.get(each.get("yanchor", ""), 4) - each.get("yshift", 0)
    x = frame.x(each["x"]) + each.get("xshift", 0)
    return Markup('<text x="{}" y="{}" text-anchor="{}" {}>{}</text>').format(
        round(x, 1), round(frame.y(each["y"]) + down, 1), _ANCHORS.get(each.get("xanchor", ""), "middle"),
        _ink(each["font"]["color"], "fill"), each["text"],
    )  # fmt: skip


def _axes(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], frame: _Frame) -> list[Markup]:
    parts: list[Markup] = []
    for tick, text in _ticks(layout.get("xaxis", {}), frame.x_range, data):
        x = frame.x(tick)
        parts.append(_grid(f"M{x} {_TOP}V{HEIGHT - _BOTTOM}", zero=tick == 0))
        parts.append(_label(x, HEIGHT - _BOTTOM + 17, "middle", text))
    for tick, text in _ticks(layout.get("yaxis", {}), frame.y_range, data):
        y = frame.y(tick)
        parts.append(_grid(f"M{_LEFT} {y}H{WIDTH - _RIGHT}", zero=tick == 0))
        parts.append(_label(_LEFT - 7, y + 4, "end", text))
    across, up = (layout.get(name, {}).get("title", {}).get("text") for name in ("xaxis", "yaxis"))
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    if across:
        parts.append(_label((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 8, "middle", across))
    if up:
        parts.append(
            Markup('<text class="tick" text-anchor="middle" transform="translate(13 {}) rotate(-90)">{}</text>').format(
                middle, up
            )
        )
    return parts


def _ticks(
    axis: Mapping[str, Any], ends: tuple[float, float], data: Sequence[Mapping[str, Any]]
) -> list[tuple[float, str]]:
    if "tickvals" in axis:
        return list(zip(map(float, axis["tickvals"]), axis["ticktext"], strict=True))
    if axis.get("type") == "date":
        days = sorted({value for trace in data for value in _values(trace, "x") if value is not None})
        step = max(1, len(days) // 6)
        return [(day, f"{date.fromordinal(int(day)):%-d %b}") for day in days[::step]]
    write: Callable[[float], str] = (lambda v: f"{v:.0%}") if axis.get("tickformat") == ".0%" else (lambda v: f"{v:g}")
    return [(tick, write(tick)) for tick in round_ticks(*ends)]


def _grid(path: str, *, zero: bool) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format("zero" if zero else "grid", path)


def _label(x: float, y: float, anchor: str, text: str) -> Markup:
    return Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(x, round(y, 1), anchor, text)


def _legend(data: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """The names of the lines in their colours, at the upper edge."""
    named = [trace for trace in data if trace.get("name")]
    return [
        Markup('<text x="{}" y="{}" {}>{}</text>').format(
            _LEFT + 8, _TOP + 14 + 16 * place, _ink(trace["line"]["color"], "fill"), trace["name"]
        )
        for place, trace in enumerate(named)
    ]
