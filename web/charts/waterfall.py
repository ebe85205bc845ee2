"""From gross to net: each step of the waterfall as a floating bar with its interval, made on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from markupsafe import Markup

from web.charts.axis import WIDTH, Axis, round_ticks

HEIGHT = 40


@dataclass(frozen=True)
class WaterfallBar:
    """One step: from where the steps before it had come, to where it leads, with its own interval at its end."""

    key: str
    start: float
    end: float
    lo: float | None
    hi: float | None
    is_total: bool


class Waterfall:
    """Bars of all steps on one axis.

    `steps` are mappings `{key, value, lo, hi, status}` in the order of display, the last one the net; a step without a
    value (`status` says why) moves nothing and gets no bar. Intervals are those of the step itself, drawn around the
    place its bar ends at.
    """

    def __init__(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Place every bar on one axis."""
        self._bars = {bar.key: bar for bar in _bars(steps)}
        self._axis = _axis(list(self._bars.values()))

    def drawing(self, key: str, label: str) -> Markup:
        """The drawing of one step, described by `label`; only the zero line where the step was not measured."""
        bar = self._bars.get(key)
        zero = Markup('<path class="zero" d="M{} 0V{}"/>').format(self._axis.x(0.0), HEIGHT)
        body = Markup("").join([zero, *(_shape(bar, self._axis) if bar else [])])
        return Markup(
            '<svg class="waterfall-bar" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
        ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, label, body)


def _bars(steps: Sequence[Mapping[str, Any]]) -> list[WaterfallBar]:
    *parts, net = steps
    measured = [step for step in parts if step["value"] is not None]
    ends = list(accumulate(float(step["value"]) for step in measured))
    starts = [0.0, *ends][: len(ends)]
    bars = [_bar(step, start, end) for step, start, end in zip(measured, starts, ends, strict=True)]
    if net["value"] is not None:
        bars.append(_bar(net, 0.0, float(net["value"]), is_total=True))
    return bars


def _bar(step: Mapping[str, Any], start: float, end: float, *, is_total: bool = False) -> WaterfallBar:
    lo, hi = step.get("lo"), step.get("hi")
    return WaterfallBar(
        step["key"], start, end, None if lo is None else start + lo, None if hi is None else start + hi, is_total
    )


def _axis(bars: Sequence[WaterfallBar]) -> Axis:
    values = [0.0, *(value for bar in bars for value in (bar.start, bar.end, bar.lo, bar.hi) if value is not None)]
    low, high = min(values), max(values)
    room = 0.04 * ((high - low) or 1.0)
    return Axis(low - room, high + room, round_ticks(low - room, high + room))


def _shape(bar: WaterfallBar, axis: Axis) -> list[Markup]:
    tone = _total_tone(bar) if bar.is_total else "gain" if bar.end >= bar.start else "loss"
    left, right = sorted((axis.x(bar.start), axis.x(bar.end)))
    parts = [
        Markup('<rect class="step step-{}" x="{}" y="9" width="{}" height="{}" rx="2"/>').format(
            tone, left, max(round(right - left, 1), 1), HEIGHT - 18
        )
    ]
    if not bar.is_total:
        parts.append(Markup('<path class="link" d="M{} {}V{}"/>').format(axis.x(bar.end), HEIGHT - 9, HEIGHT))
    if bar.lo is not None and bar.hi is not None:
        lo, hi = axis.x(bar.lo), axis.x(bar.hi)
        parts.append(Markup('<path class="whisker" d="M{0} 16V24M{0} 20H{1}M{1} 16V24"/>').format(lo, hi))
    return parts


def _total_tone(bar: WaterfallBar) -> str:
    """The net wears a colour only where its whole interval lies on one side of 0."""
    if bar.lo is not None and bar.lo > 0:
        return "total step-net-gain"
    return "total step-net-loss" if bar.hi is not None and bar.hi < 0 else "total"
