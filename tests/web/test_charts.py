"""Drawings made on the server and figures for the browser."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.charts import Forest, Waterfall, effect_over_time, power_by_week, sales_plane, sparkline
from web.charts.axis import WIDTH, Span, round_ticks, shared_axis, tick_digits
from web.charts.forest import interval_head, row_drawing
from web.formatters import Reader

shares = st.floats(-2, 2, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6)
HOSTILE = '<script>alert("x")</script>'


def effect(point: float | None, lo: float | None, hi: float | None, **changes: Any) -> dict[str, Any]:
    status = "ok" if lo is not None else "unbounded" if point is not None else "too_few"
    return {"status": status, "point": point, "lo": lo, "hi": hi, "level": 0.95, "form": "fieller", **changes}


def metric(title: str, relative: dict[str, Any], verdict: str, **changes: Any) -> dict[str, Any]:
    values = {"metric": title.lower(), "title": title, "role": "goal", "direction": 1, "kind": "rate", "margin": None}
    absolute = effect(0.004, 0.001, 0.007, form="z")
    return {
        **values,
        "shown": "relative",
        "relative": relative,
        "absolute": absolute,
        "verdict": verdict,
        **changes,
    }


GOAL = metric("Orders", effect(0.125, 0.087, 0.163), "better")
HELD = metric(
    "Upgrades",
    effect(-0.014, -0.043, 0.015, form="score"),
    "holds",
    role="guardrail",
    margin={"scale": "relative", "value": 0.05},
)
CALLS = metric(
    "Calls",
    effect(0.036, -0.004, 0.078),
    "not_shown",
    role="guardrail",
    direction=-1,
    margin={"scale": "relative", "value": 0.05},
)
WIDE = metric("Complaints", effect(0.4, -2.0, 2.4), "not_shown")
EMPTY = metric("Returns", effect(None, None, None), "too_few")


def classes(drawing: str) -> list[str]:
    return [element.get("class", "") for element in ElementTree.fromstring(drawing)]


@given(st.floats(-5, 5), st.floats(1e-6, 10))
def test_ticks_are_round_inside_and_not_too_many(low: float, reach: float) -> None:
    ticks = round_ticks(low, low + reach)
    assert len(ticks) <= 5
    assert all(low - 1e-9 <= tick <= low + reach + 1e-9 for tick in ticks)
    steps = {round(right - left, 9) for left, right in pairwise(ticks)}
    assert len(steps) <= 1


def test_ticks_need_a_range() -> None:
    with pytest.raises(ValueError, match=r"low == 0\.2, must be below high == 0\.2"):
        round_ticks(0.2, 0.2)


def test_tick_labels_differ() -> None:
    assert tick_digits((0.0, 0.025, 0.05), 100) == 1
    assert tick_digits((0.0, 0.1), 100) == 0


@given(st.lists(st.tuples(shares, shares, shares, shares), min_size=1, max_size=8))
def test_an_axis_holds_zero_and_every_margin_and_stays_in_the_drawing(rows: list[tuple[float, ...]]) -> None:
    spans = [Span(point, min(lo, hi), max(lo, hi), margin) for point, lo, hi, margin in rows]
    axis = shared_axis(spans)
    assert axis.low < 0 < axis.high
    assert all(axis.holds(span.margin) for span in spans if span.margin is not None)
    assert all(0 <= axis.x(value) <= WIDTH for span in spans for value in span.known())
    assert axis.x(axis.low) < axis.x(0) < axis.x(axis.high)


def test_a_row_without_numbers_does_not_disturb_the_axis() -> None:
    assert shared_axis([Span(0.1, 0.05, 0.2), Span(None, None, None)]) == shared_axis([Span(0.1, 0.05, 0.2)])
    assert shared_axis([]).holds(0)


def test_one_wide_row_does_not_squeeze_the_others() -> None:
    narrow = [Span(0.1, 0.05, 0.15), Span(-0.02, -0.06, 0.02), Span(0.05, 0.0, 0.1)]
    axis = shared_axis([*narrow, Span(0.4, -2.0, 2.4)])
    assert axis.high <= 0.6
    assert axis.x(0.15) - axis.x(0.05) > 20


def test_rows_share_one_axis_and_say_in_words_what_they_show() -> None:
    forest = Forest([GOAL, HELD, CALLS])
    assert forest.row(GOAL).words == "Orders: +12.5%, 95% interval +8.7% to +16.3%. Better."
    assert forest.row(HELD).words == "Upgrades: −1.4%, 95% interval −4.3% to +1.5%, limit −5%. Holds."
    assert forest.row(CALLS).words.endswith("limit +5%. Not shown yet.")
    zero = {re.search(r'class="zero" d="M([\d.]+)', forest.row(row).drawing).group(1) for row in (GOAL, HELD, CALLS)}  # type: ignore[union-attr]
    assert len(zero) == 1
    assert forest.head == "95% interval (Fieller, score)"
    assert ">0</text>" in forest.axis


def test_an_undecided_row_is_hollow_and_a_decided_one_is_not() -> None:
    forest = Forest([GOAL, HELD, CALLS])
    assert "point" in classes(forest.row(GOAL).drawing)
    assert "hollow" in classes(forest.row(CALLS).drawing)
    assert 'class="forest forest-neutral"' in forest.row(CALLS).drawing
    assert 'class="forest forest-gain"' in forest.row(HELD).drawing


def test_the_bar_of_a_metric_that_holds_clears_its_margin() -> None:
    drawing = Forest([GOAL, HELD]).row(HELD).drawing
    margin = float(re.search(r'class="margin" d="M([\d.]+)', drawing).group(1))  # type: ignore[union-attr]
    bar = float(re.search(r'class="bar" d="M([\d.]+)', drawing).group(1))  # type: ignore[union-attr]
    assert margin < bar


def test_what_leaves_the_axis_ends_in_an_arrow() -> None:
    forest = Forest([GOAL, HELD, CALLS, WIDE])
    assert classes(forest.row(WIDE).drawing).count("arrow") == 2
    assert "arrow" not in classes(forest.row(GOAL).drawing)


def test_an_interval_without_an_end_runs_off_the_axis() -> None:
    axis = shared_axis([Span(0.1, 0.05, 0.2)])
    assert classes(row_drawing(axis, Span(0.1, None, None), "neutral", "x")).count("arrow") == 2
    assert classes(row_drawing(axis, Span(0.1, 0.05, None), "neutral", "x")).count("arrow") == 1


def test_a_metric_without_an_interval_has_a_grid_and_words() -> None:
    row = Forest([GOAL, EMPTY]).row(EMPTY)
    assert row.words == "Returns: no interval. Too few events."
    assert set(classes(row.drawing)) == {"grid", "zero"}


def test_an_absolute_row_has_an_axis_of_its_own() -> None:
    absolute = {**GOAL, "metric": "other", "shown": "absolute"}
    alone, together = Forest([GOAL]), Forest([GOAL, absolute])
    assert alone.axis == together.axis
    assert together.row(absolute).words.startswith("Orders: +0.40\u00a0pp, 95% interval +0.10\u00a0pp")


def test_the_head_names_every_level_and_form_that_is_shown() -> None:
    adjusted = effect(0.1, 0.0, 0.2, level=0.9833, form="z")
    assert interval_head([effect(0.1, 0.0, 0.2), adjusted]) == "95% and 98.3% interval (Fieller, normal)"
    assert interval_head([effect(None, None, None)]) == "Interval"
    assert interval_head([effect(0.1, 0.0, 0.2)], repeated=True) == "95% interval, repeated (Fieller)"


def test_a_title_cannot_break_out_of_the_drawing() -> None:
    row = Forest([GOAL]).row({**GOAL, "title": HOSTILE})
    assert HOSTILE not in row.drawing
    assert ElementTree.fromstring(row.drawing).get("aria-label", "").startswith(HOSTILE)


def test_drawings_follow_the_readers_conventions() -> None:
    forest = Forest([GOAL], reader=Reader("nl-NL"))
    assert "+12,5%" in forest.row(GOAL).words


def test_a_sparkline_needs_two_values_and_breaks_at_a_gap() -> None:
    assert sparkline([1.0, None], "Orders per day") == ""
    drawing = sparkline([1.0, 2.0, None, 3.0, 2.5], "Orders per day")
    path = ElementTree.fromstring(drawing)[0].get("d", "")
    assert path.count("M") == 2
    assert ElementTree.fromstring(drawing).get("aria-label") == "Orders per day"


def test_a_flat_sparkline_is_a_line() -> None:
    assert "nan" not in sparkline([2.0, 2.0, 2.0], "Flat")


STEPS = [
    {"key": "gross", "value": 100.0, "lo": 60.0, "hi": 140.0, "status": "ok"},
    {"key": "up_sell", "value": -30.0, "lo": -50.0, "hi": -10.0, "status": "ok"},
    {"key": "channel", "value": None, "lo": None, "hi": None, "status": "not_measured"},
    {"key": "service", "value": -10.0, "lo": None, "hi": None, "status": "ok"},
    {"key": "net", "value": 60.0, "lo": 20.0, "hi": 100.0, "status": "partial"},
]


def rectangle(drawing: str) -> tuple[float, float, str]:
    (found,) = [element for element in ElementTree.fromstring(drawing) if element.tag == "rect"]
    left = float(found.get("x", ""))
    return left, left + float(found.get("width", "")), found.get("class", "")


def test_each_step_starts_where_the_one_before_ended_and_the_net_at_zero() -> None:
    bars = Waterfall(STEPS)
    gross, up_sell, service, net = (rectangle(bars.drawing(key, key)) for key in ("gross", "up_sell", "service", "net"))
    assert up_sell[1] == pytest.approx(gross[1], abs=0.2)
    assert service[1] == pytest.approx(up_sell[0], abs=0.2)
    assert net[1] == pytest.approx(service[0], abs=0.2)
    assert net[0] == pytest.approx(gross[0], abs=0.2)
    classes = [bar[2] for bar in (gross, up_sell, net)]
    assert classes == ["step step-gain", "step step-loss", "step step-total step-net-gain"]


def test_a_step_that_was_not_measured_has_no_bar_and_one_without_interval_no_whisker() -> None:
    bars = Waterfall(STEPS)
    assert classes(bars.drawing("channel", "not measured")) == ["zero"]
    assert "whisker" not in classes(bars.drawing("service", "service"))
    assert "whisker" in classes(bars.drawing("gross", "gross"))


def plane(**changes: Any) -> dict[str, Any]:
    square = [[-0.03, 0.1], [0.0, 0.1], [0.0, 0.15], [-0.03, 0.15]]
    known = {"point": [-0.014, 0.125], "goal_interval": [0.087, 0.163], "guardrail_interval": [-0.043, 0.015]}
    return {**known, "margin": -0.05, "regions": {"0.5": square, "0.8": square, "0.95": square}, **changes}


def test_the_plane_draws_the_deciding_cross_on_top_of_the_regions() -> None:
    figure = sales_plane(plane(), "cross-sell", "up-sell")
    kinds = [trace.get("fill", trace["mode"]) for trace in figure["data"]]
    assert kinds == ["toself", "toself", "toself", "lines", "lines", "markers"]
    assert figure["data"][3]["x"] == [-0.043, 0.015]
    assert figure["data"][4]["y"] == [0.087, 0.163]
    assert figure["layout"]["shapes"][-1]["x0"] == -0.05
    assert figure["layout"]["xaxis"]["range"][0] < -0.05
    assert figure["alt"] == (
        "cross-sell +12.5% (interval +8.7% to +16.3%); up-sell −1.4% (interval −4.3% to +1.5%); limit of up-sell −5.0%"
    )


def test_the_plane_without_margin_or_interval_claims_neither() -> None:
    figure = sales_plane(plane(margin=None, goal_interval=None), "cross-sell", "up-sell")
    assert figure["layout"]["shapes"] == []
    assert [trace["mode"] for trace in figure["data"]][3:] == ["lines", "markers"]
    assert "interval unbounded" in figure["alt"]
    assert "limit" not in figure["alt"]


def test_power_says_when_each_line_reaches_the_target() -> None:
    goal = {"title": "Orders", "x": [0, 4, 8], "y": [0.0, 0.7, 0.9], "role": "goal"}
    guardrail = {"title": "Upgrades", "x": [0, 4, 8], "y": [0.0, None, 0.7], "role": "guardrail"}
    figure = power_by_week([goal, guardrail], planned_week=8)  # type: ignore[list-item]
    assert figure["alt"] == "When power reaches 80%. Orders: week 8; Upgrades: not reached"
    assert [trace["line"]["dash"] for trace in figure["data"]] == ["solid", "dash"]
    assert len(figure["layout"]["shapes"]) == 2
    with pytest.raises(ValueError, match="must hold at least one"):
        power_by_week([])


def test_the_band_leaves_out_what_has_no_interval() -> None:
    points = [
        {"date": "2026-10-12", "point": None, "lo": None, "hi": None},
        {"date": "2026-10-13", "point": 0.1, "lo": -0.1, "hi": 0.3},
        {"date": "2026-10-14", "point": 0.12, "lo": 0.02, "hi": 0.22},
    ]
    figure = effect_over_time(points, "Orders", "repeated 95% intervals")
    lower, upper, line = figure["data"]
    assert lower["x"] == upper["x"] == ["2026-10-13", "2026-10-14"]
    assert line["y"] == [None, 0.1, 0.12]
    assert figure["alt"] == "Orders over time, repeated 95% intervals; at the end +12.0% (+2.0% to +22.0%)"
    single = effect_over_time(points[1:2], "Orders", "repeated 95% intervals")
    assert single["data"][0]["y"] == [-0.1, 0.3], "one point has an interval to be seen"
    assert single["layout"]["xaxis"]["range"] == ["2026-10-10T00:00:00", "2026-10-16T00:00:00"]
    nothing = effect_over_time(points[:1], "Orders", "repeated 95% intervals")
    assert nothing["alt"].endswith("nothing measured yet")
    with pytest.raises(ValueError, match="must hold at least one"):
        effect_over_time([], "Orders", "x")


def test_figures_are_json_and_name_only_variables_for_colours() -> None:
    figures = [
        sales_plane(plane(), "a", "b"),
        power_by_week([{"title": "a", "x": [0, 1], "y": [0.1, 0.2]}]),
        effect_over_time([{"date": "2026-10-12", "point": 0.1, "lo": 0.0, "hi": 0.2}], "a", "b"),
    ]
    for figure in figures:
        text = json.dumps(figure, allow_nan=False)
        assert not re.search(r'"#[0-9a-f]{3,8}"|rgba?\(', text)
        for colour in re.findall(r'"(var[^"]*)"', text):
            assert re.fullmatch(r"var\(--[\w-]+\)(/[\d.]+)?", colour)
