"""Effects by segment: at the level and on the scale of the row, and a claim only where groups differ."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from experiments.decision.analyse import build_report
from experiments.decision.by_segment.given import SegmentMoments, columns_by_segment, nobody
from experiments.decision.render_text import to_segment_csv, to_text
from experiments.decision.report import Report
from experiments.domain.metric import Direction, Role
from experiments.stats import effects
from experiments.stats.moments import add_up
from tests.decision.conftest import BASE


@pytest.fixture
def segmented(build, moments_of):
    """An analysis whose arms are the sum of their groups, with the given relative effects by group."""

    def make(groups, n=50_000, others=(), **changes):
        parts = {
            group: {
                "control": moments_of(n, **BASE),
                "entry": moments_of(n, **{column: rate * (1 + lifts.get(column, 0)) for column, rate in BASE.items()}),
            }
            for group, lifts in groups.items()
        }
        moments = {arm: add_up([part[arm] for part in parts.values()]) for arm in ("control", "entry")}
        segments = (SegmentMoments("holding", "Held before", parts), *others)
        exposed = {arm: found.n for arm, found in moments.items()}
        return build({"entry": {}}, moments=moments, exposed=exposed, segment_moments=segments, **changes)

    return make


def only(report, metric, segment="holding"):
    (found,) = [each for each in report.segments if (each.metric, each.segment) == (metric, segment)]
    return found


def test_goal_first_then_guardrails_at_the_level_and_scale_of_their_rows(segmented):
    given = segmented({"mobile only": {"cross": 0.3}, "both": {"cross": 0.0}})
    report = build_report(given)
    assert [each.metric for each in report.segments] == ["cross-sell", "up-sell", "calls"]
    for result in report.segments:
        row = next(row for row in report.metrics if row.metric == result.metric)
        plan = next(plan for plan in given.metrics if plan.key == result.metric)
        for group in result.groups:
            pair = given.segment_moments[0].groups[group.group]
            assert group.effect == effects.relative(
                plan.measure, pair["control"], pair["entry"], critical=row.critical, level=row.relative.level
            )
            assert group.units == {"control": 50_000, "entry": 50_000}


def test_a_claim_is_made_only_where_groups_differ(segmented):
    apart = only(build_report(segmented({"mobile only": {"cross": 0.3}, "Both": {}})), "cross-sell")
    assert apart.differ
    assert apart.words == "Works for mobile only, not shown for the rest (cross-sell orders)."
    assert [group.verdict for group in apart.groups] == ["works", "not_shown"]
    alike = only(build_report(segmented({"mobile only": {"cross": 0.15}, "Both": {"cross": 0.05}})), "cross-sell")
    assert alike.groups[0].effect.lo > 0
    assert not alike.differ
    assert alike.words == "No evidence that groups differ in cross-sell orders."
    assert [group.verdict for group in alike.groups] == ["not_shown", "not_shown"]


def test_calls_that_rise_are_worse_because_fewer_are_better(segmented):
    calls = only(build_report(segmented({"a": {"calls": 0.4}, "b": {"calls": -0.2}, "c": {}})), "calls")
    assert [group.verdict for group in calls.groups] == ["harms", "works", "not_shown"]
    assert calls.words == "Better for b, worse for a, not shown for the rest (calls within 7 days)."


def test_q_is_cochrans_and_holm_runs_over_the_segments_of_a_metric(segmented, moments_of):
    arms = {"control": moments_of(50_000, **BASE), "entry": moments_of(50_000, **BASE)}
    same = {"north": arms, "south": arms}
    other = SegmentMoments("region", "Region", same)
    report = build_report(segmented({"mobile only": {"cross": 0.15}, "both": {}}, others=(other,)))
    found, region = only(report, "cross-sell"), only(report, "cross-sell", "region")
    e = np.array([group.effect.point for group in found.groups])
    w = 1 / np.array([group.effect.se for group in found.groups]) ** 2
    q = float((w * (e - (w @ e) / w.sum()) ** 2).sum())
    assert found.q == pytest.approx(q, rel=1e-12)
    assert found.p == pytest.approx(float(stats.chi2.sf(q, 1)), rel=1e-9)
    assert (found.df, region.p) == (1, 1.0)
    assert found.adjusted_p == pytest.approx(2 * found.p)
    assert region.adjusted_p == 1.0


def test_a_group_without_units_in_one_variant_or_with_too_few_events_is_said_to_have_too_few(segmented, moments_of):
    rare = {
        "empty": {"control": moments_of(50, **BASE), "entry": nobody(tuple(BASE))},
        "rare": {"control": moments_of(200, **BASE), "entry": moments_of(200, **BASE)},
    }
    result = only(
        build_report(segmented({"a": {}}, others=(SegmentMoments("region", "Region", rare),))), "cross-sell", "region"
    )
    assert (result.status, result.q, result.differ) == ("too_few", None, False)
    assert {group.verdict for group in result.groups} == {"too_few"}
    assert result.words == "Fewer than two groups have an effect that can be compared."
    assert result.groups[0].units == {"control": 50, "entry": 0}


def test_few_events_take_the_score_form(segmented, moments_of):
    few = {name: {"control": moments_of(1_000, **BASE), "entry": moments_of(1_000, **BASE)} for name in ("a", "b")}
    report = build_report(segmented({"a": {}}, others=(SegmentMoments("region", "Region", few),)))
    assert {group.effect.form for group in only(report, "cross-sell", "region").groups} == {"score"}


def test_other_metrics_come_on_request_and_last(segmented, plans):
    secondary = replace(plans["calls"], role=Role.SECONDARY, margin=None, direction=Direction.LOWER)
    metrics = (secondary, plans["cross-sell"])
    assert {each.metric for each in build_report(segmented({"a": {}, "b": {}}, metrics=metrics)).segments} == {
        "cross-sell"
    }
    asked = (replace(secondary, by_segment=True), plans["cross-sell"])
    found = build_report(segmented({"a": {}, "b": {}}, metrics=asked)).segments
    assert [each.metric for each in found] == ["cross-sell", "calls"]
    assert columns_by_segment(metrics) == ("cross",)
    assert columns_by_segment(asked) == ("calls", "cross")


def test_between_looks_and_where_nothing_can_be_measured_there_is_none(segmented, look, plans):
    groups = {"a": {}, "b": {}}
    assert build_report(segmented(groups, looks=look(2, is_look=False))).segments == ()
    unmeasurable = (replace(plans["cross-sell"], measurable=False),)
    assert build_report(segmented(groups, metrics=unmeasurable)).segments == ()


def test_it_is_stored_and_printed_and_old_reports_load(segmented):
    report = build_report(segmented({"mobile only": {"cross": 0.3}, "both": {}}))
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert Report.from_dict(plain) == report
    del plain["segments"]
    assert Report.from_dict(plain) == replace(report, segments=())
    text = to_text(report)
    assert "Cross-sell orders, by: Held before\nWorks for mobile only, not shown for the rest" in text
    assert "Works for" not in to_text(replace(report, segments=()))
    read = list(csv.DictReader(io.StringIO(to_segment_csv(report))))
    assert [row["metric"] for row in read] == ["cross-sell"] * 2 + ["up-sell"] * 2 + ["calls"] * 2
    assert [row["group"] for row in read] == ["mobile only", "both"] * 3
    assert float(read[0]["lo"]) == report.segments[0].groups[0].effect.lo
    assert to_segment_csv(replace(report, segments=())) == ""


def test_the_lines_of_a_terminal_say_test_interval_and_shrunk_effect(segmented):
    text = to_text(build_report(segmented({"mobile only": {"cross": 0.3}, "both": {"cross": 0.0}})))
    assert "(cross-sell orders). Q = 29.41 on 1 df, p < 0.001.\n" in text
    assert "No evidence that groups differ in up-sell orders. Q = 0.00 on 1 df, p = 1.000.\n" in text
    first = next(line for line in text.splitlines() if line.startswith("mobile only"))
    assert first.split("  ")[-3:] == ["95% fieller", "+29.4 (21.1 to 37.7)", "▲ Better"]


def test_a_p_value_that_holm_changed_stands_beside_the_one_before(segmented):
    slight = {"mobile only": {"cross": 0.1}, "both": {"cross": -0.02}}
    again = segmented(slight).segment_moments[0]
    twice = build_report(segmented(slight, others=(replace(again, key="channel", title="Channel"),)))
    result = only(twice, "cross-sell")
    assert result.adjusted_p == pytest.approx(2 * result.p)
    assert f", p = {result.p:.3f}, after Holm = {result.adjusted_p:.3f}." in to_text(twice)


def test_groups_with_too_few_events_have_neither_test_nor_interval(segmented):
    text = to_text(build_report(segmented({"mobile only": {"cross": 0.3}, "both": {"cross": 0.0}}, n=20)))
    assert "Fewer than two groups have an effect that can be compared.\nGroup" in text
    first = next(line for line in text.splitlines() if line.startswith("mobile only"))
    assert first.split("(no interval)")[1].split() == ["Too", "few"]
