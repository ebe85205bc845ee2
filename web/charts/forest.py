"""Forest rows: each metric's deciding interval as a small drawing on an axis shared by the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from web.charts.axis import PADDING, WIDTH, Axis, Span, shared_axis, tick_digits
from web.formatters import DEFAULT_READER, Reader, metrics, numbers, words

HEIGHT = 36
_MIDDLE = HEIGHT / 2
_FORM_WORDS = {
    "z": "normal",
    "welch": "Welch",
    "fieller": "Fieller",
    "score": "score",
    "newcombe": "Newcombe",
    "log": "log ratio",
}


@dataclass(frozen=True)
class ForestRow:
    """One metric's drawing and the words that say the same."""

    drawing: Markup
    words: str


class Forest:
    """All rows of one table. Relative changes share one axis; a metric judged on its own scale gets its own."""

    def __init__(
        self,
        results: Sequence[Mapping[str, Any]],
        forms: Mapping[str, str] | None = None,
        reader: Reader = DEFAULT_READER,
    ) -> None:
        """`results` are MetricResult mappings, `forms` a form per metric key (see `web.formatters.metrics`)."""
        self._forms = forms or {}
        self._reader = reader
        self._axis = shared_axis(_span(result) for result in results if metrics.deciding_scale(result) == "relative")
        deciding = [result[metrics.deciding_scale(result)] for result in results]
        repeated = any(result.get("critical") is not None for result in results)
        self.head = interval_head(deciding, repeated=repeated)
        #: Whether rows differ in level, so that each must say its own.
        self.mixed = len(_levels(deciding)) > 1
        self.axis = axis_drawing(self._axis, reader)

    def row(self, result: Mapping[str, Any]) -> ForestRow:
        """The drawing of one metric; its words are also the drawing's label for a screen reader."""
        own = metrics.deciding_scale(result) != "relative"
        axis = shared_axis([_span(result)]) if own else self._axis
        text = self._words(result)
        return ForestRow(row_drawing(axis, _span(result), words.verdict_tone(result["verdict"]), text), text)

    def level(self, result: Mapping[str, Any]) -> str:
        """Level of one row's interval: "95%"."""
        return level_text(result[metrics.deciding_scale(result)]["level"])

    def _words(self, result: Mapping[str, Any]) -> str:
        scale = metrics.deciding_scale(result)
        effect = result[scale]
        form = metrics.metric_form(result, self._forms.get(result["metric"]))
        verdict = words.verdict_word(result["verdict"])
        if effect["point"] is None:
            return f"{result['title']}: no interval. {verdict}."
        point = metrics.change(effect["point"], scale, form, reader=self._reader)
        ends = metrics.interval(effect["lo"], effect["hi"], scale, form, reader=self._reader)
        bound = metrics.limit(result, form, reader=self._reader)
        limit = f", limit {bound}" if bound else ""
        return f"{result['title']}: {point}, {self.level(result)} interval {ends}{limit}. {verdict}."


def _span(result: Mapping[str, Any]) -> Span:
    scale = metrics.deciding_scale(result)
    effect = result[scale]
    margin = metrics.signed_margin(result)
    on_scale = margin is not None and result["margin"]["scale"] == scale
    return Span(effect["point"], effect["lo"], effect["hi"], margin if on_scale else None)


def level_text(level: float) -> str:
    """`0.95` → "95%", `0.98333` → "98.3%"."""
    return numbers.percent(level, 0 if abs(100 * level - round(100 * level)) < 1e-9 else 1)


def interval_head(effects: Sequence[Mapping[str, Any]], *, repeated: bool = False) -> str:
    """Level and form of the intervals of a column: "95% interval (Fieller, score)".

    Args:
        repeated: whether they are those of one look of several, valid at all looks together.
    """
    shown = [effect for effect in effects if effect["point"] is not None]
    levels = _levels(effects)
    forms = sorted({_FORM_WORDS.get(effect["form"], effect["form"]) for effect in shown})
    if not shown:
        return "Interval"
    text = " and ".join(levels) if len(levels) < 3 else f"{levels[0]} to {levels[-1]}"
    return f"{text} interval{', repeated' if repeated else ''} ({', '.join(forms)})"


def _levels(effects: Sequence[Mapping[str, Any]]) -> list[str]:
    """The distinct levels of the intervals that exist, lowest first."""
    levels = sorted({effect["level"] for effect in effects if effect["point"] is not None})
    return list(dict.fromkeys(level_text(level) for level in levels))


def axis_drawing(axis: Axis, reader: Reader = DEFAULT_READER) -> Markup:
    """The head of the interval column: the tick labels of the shared axis, in percent."""
    digits = tick_digits(axis.ticks, 100)
    labels = Markup("").join(
        Markup('<text x="{}" y="13">{}</text>').format(
            axis.x(tick), numbers.percent(tick, digits, signed=True, reader=reader) if tick else "0"
        )
        for tick in axis.ticks
    )
    return Markup(
        '<svg class="forest-axis" viewBox="0 0 {} 18" width="{}" height="18" aria-hidden="true">{}</svg>'
    ).format(WIDTH, WIDTH, labels)


def row_drawing(axis: Axis, span: Span, tone: str, label: str) -> Markup:
    """One interval: grid, bar, point, margin as a dashed line; arrows where the bar leaves the axis.

    `tone` is "gain", "loss" or "neutral"; a neutral (undecided) point is hollow.
    """
    parts = [*_grid(axis), *_margin(axis, span), *_bar(axis, span), *_point(axis, span, tone)]
    return Markup(
        '<svg class="forest forest-{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(tone, WIDTH, HEIGHT, WIDTH, HEIGHT, label, Markup("").join(parts))


def _grid(axis: Axis) -> list[Markup]:
    line = Markup('<path class="{}" d="M{} 2V{}"/>')
    return [line.format("zero" if tick == 0 else "grid", axis.x(tick), HEIGHT - 2) for tick in axis.ticks]


def _margin(axis: Axis, span: Span) -> list[Markup]:
    if span.margin is None or not axis.holds(span.margin):
        return []
    return [Markup('<path class="margin" d="M{} 4V{}"/>').format(axis.x(span.margin), HEIGHT - 4)]


def _bar(axis: Axis, span: Span) -> list[Markup]:
    """The interval. An end that does not exist runs off the axis like one that lies beyond it."""
    if span.point is None:
        return []
    lo = span.lo if span.lo is not None else float("-inf")
    hi = span.hi if span.hi is not None else float("inf")
    left, right = axis.x(lo), axis.x(hi)
    parts = [Markup('<path class="bar" d="M{} {}H{}"/>').format(left, _MIDDLE, max(right, left + 0.1))]
    if lo < axis.low:
        parts.append(_arrow(PADDING, -1))
    if hi > axis.high:
        parts.append(_arrow(WIDTH - PADDING, 1))
    return parts


def _arrow(x: float, side: int) -> Markup:
    tip, wing = x + side * 9, x + side * 1.5
    return Markup('<path class="arrow" d="M{} {}L{} {}V{}Z"/>').format(tip, _MIDDLE, wing, _MIDDLE - 5, _MIDDLE + 5)


def _point(axis: Axis, span: Span, tone: str) -> list[Markup]:
    if span.point is None or not axis.holds(span.point):
        return []
    kind = "hollow" if tone == "neutral" else "point"
    return [Markup('<circle class="{}" cx="{}" cy="{}" r="4.5"/>').format(kind, axis.x(span.point), _MIDDLE)]
