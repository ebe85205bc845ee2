"""Segments on one axis: the effect as measured, and drawn towards the mean with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from web.charts.axis import WIDTH, Axis, Span, shared_axis, tick_digits
from web.charts.forest import HEIGHT, row_drawing
from web.formatters import DEFAULT_READER, Reader, numbers

_TONES = {"works": "gain", "harms": "loss"}


class SegmentForest:
    """Rows of one `SegmentTest`: the bar and its point are the shrunk effect, the small ring is the raw one."""

    def __init__(self, lines: Sequence[Mapping[str, Any]], reader: Reader = DEFAULT_READER) -> None:
        """`lines` are `SegmentLine` mappings."""
        self._axis = shared_axis(_span(line) for line in lines)
        self.axis = _axis_drawing(self._axis, reader)

    def row(self, line: Mapping[str, Any], label: str) -> Markup:
        """The drawing of one segment, described by `label`."""
        drawing = row_drawing(self._axis, _span(line), _TONES.get(line["verdict"], "neutral"), label)
        raw = line["effect"]["value"]
        if raw is None or line["shrunk"] is None or not self._axis.holds(raw):
            return drawing
        ring = Markup('<circle class="raw" cx="{}" cy="{}" r="3"/></svg>').format(self._axis.x(raw), HEIGHT / 2 - 10)
        return drawing.replace("</svg>", ring)


def _span(line: Mapping[str, Any]) -> Span:
    if line["shrunk"] is None:
        effect = line["effect"]
        return Span(effect["value"], effect["lo"], effect["hi"])
    return Span(line["shrunk"], line["shrunk_lo"], line["shrunk_hi"])


def _axis_drawing(axis: Axis, reader: Reader) -> Markup:
    digits = tick_digits(axis.ticks)
    labels = Markup("").join(
        Markup('<text x="{}" y="13">{}</text>').format(
            axis.x(tick), numbers.signed_number(tick, digits, reader=reader) if tick else "0"
        )
        for tick in axis.ticks
    )
    return Markup(
        '<svg class="forest-axis" viewBox="0 0 {} 18" width="{}" height="18" aria-hidden="true">{}</svg>'
    ).format(WIDTH, WIDTH, labels)
