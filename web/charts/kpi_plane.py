"""Two corners of the service triangle in one plane, with their joint region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from web.charts.axis import round_ticks, tick_digits
from web.charts.figure import Figure, change_axis, range_of, separators
from web.charts.plane import cross, region_traces
from web.formatters import DEFAULT_READER, Reader, numbers


def kpi_plane(plane: Mapping[str, Any], words: Mapping[str, str], reader: Reader = DEFAULT_READER) -> Figure:
    """Change of one corner against another's; `plane` is a `KpiPlane` mapping, `words` name its corners."""
    x, y = plane["point"]
    x_range = range_of([x, *(point[0] for point in plane["region"])])
    y_range = range_of([y, *(point[1] for point in plane["region"])])
    layout = {
        "xaxis": change_axis(f"Change of {words[plane['x']]}", *x_range, _writer(plane["x"], *x_range, reader)),
        "yaxis": change_axis(f"Change of {words[plane['y']]}", *y_range, _writer(plane["y"], *y_range, reader)),
        "showlegend": False,
        "separators": separators(reader),
    }
    alt = "; ".join(
        f"{words[plane[axis]]} {_writer(plane[axis], *ends, reader)(value)}"
        for axis, ends, value in (("x", x_range, x), ("y", y_range, y))
    )
    return {"data": [*region_traces([plane["region"]]), *cross(x, y, None, None)], "layout": layout, "alt": alt}


def _writer(key: str, low: float, high: float, reader: Reader) -> Callable[[float], str]:
    ticks = round_ticks(low, high)
    if key == "hit_rate":
        digits = tick_digits(ticks, 100)
        return lambda tick: f"{numbers.number(100 * tick, digits, signed=True, reader=reader)} pp"
    digits = tick_digits(ticks)
    return lambda tick: numbers.signed_number(tick, digits, reader=reader)
