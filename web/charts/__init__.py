"""Charts: server-made drawings (forest rows, sparklines, waterfall) and figures that static/js/charts.js draws.

Colours are the names of CSS variables, so one drawing or figure serves the light and the dark theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from web.charts.curve import gain_by_day
from web.charts.figure import Figure
from web.charts.forest import Forest, ForestRow
from web.charts.key_plane import orders_plane
from web.charts.kpi_plane import kpi_plane
from web.charts.over_time import effect_over_time
from web.charts.plane import sales_plane
from web.charts.power import Series, power_by_week
from web.charts.segments import SegmentForest
from web.charts.sparkline import sparkline
from web.charts.still import still
from web.charts.waterfall import Waterfall
from web.formatters import current_reader

if TYPE_CHECKING:
    from flask import Flask

__all__ = [
    "Figure",
    "Forest",
    "ForestRow",
    "SegmentForest",
    "Series",
    "Waterfall",
    "effect_over_time",
    "gain_by_day",
    "kpi_plane",
    "orders_plane",
    "power_by_week",
    "register",
    "sales_plane",
    "sparkline",
    "still",
]


def _forest_of(results: Sequence[Mapping[str, Any]], forms: Mapping[str, str] | None = None) -> Forest:
    return Forest(results, forms, current_reader())


def _segments_of(lines: Sequence[Mapping[str, Any]]) -> SegmentForest:
    return SegmentForest(lines, current_reader())


def register(app: Flask) -> None:
    """Give the templates of `app` the drawings their components ask for."""
    app.add_template_global(_forest_of, "forest_of")
    app.add_template_global(Waterfall, "waterfall_of")
    app.add_template_global(_segments_of, "segments_of")
    app.add_template_global(sparkline, "sparkline")
    app.add_template_global(still, "still")
