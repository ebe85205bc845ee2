from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.analyse import build_report
from experiments.domain.metric import Direction, Margin, Scale

LIFTS = {"entry": {"cross": 0.125, "up": -0.014}}


def only_plane(given):
    (plane,) = build_report(given).planes
    return plane


def test_one_plane_per_variant_and_protected_guardrail(build, plans):
    second = replace(plans["calls"], protected=True)
    given = build({"a": {"cross": 0.1}, "b": {}}, metrics=(plans["cross-sell"], plans["up-sell"], second))
    found = [(plane.variant, plane.goal, plane.guardrail) for plane in build_report(given).planes]
    assert found == [
        ("a", "cross-sell", "up-sell"), ("a", "cross-sell", "calls"),
        ("b", "cross-sell", "up-sell"), ("b", "cross-sell", "calls"),
    ]  # fmt: skip


def test_point_and_cross_are_those_of_the_rows(build):
    report = build_report(build(LIFTS))
    plane = report.planes[0]
    goal, guardrail = report.metrics[:2]
    assert plane.point == (guardrail.relative.point, goal.relative.point)
    assert plane.goal_interval == (goal.relative.lo, goal.relative.hi)
    assert plane.guardrail_interval == (guardrail.relative.lo, guardrail.relative.hi)


@pytest.mark.parametrize(("direction", "margin"), [(Direction.HIGHER, -0.05), (Direction.LOWER, 0.05)])
def test_the_margin_lies_on_the_bad_side(build, plans, direction, margin):
    metrics = (plans["cross-sell"], replace(plans["up-sell"], direction=direction))
    assert only_plane(build(LIFTS, metrics=metrics)).margin == margin


def test_an_absolute_margin_has_no_place_on_a_relative_axis(build, plans):
    guardrail = replace(plans["up-sell"], margin=Margin(Scale.ABSOLUTE, 0.002))
    assert only_plane(build(LIFTS, metrics=(plans["cross-sell"], guardrail))).margin is None


def test_regions_are_closed_nested_and_wider_than_the_intervals(build):
    plane = only_plane(build(LIFTS))
    assert list(plane.regions) == ["0.5", "0.8", "0.95"]
    widths = []
    for outline in plane.regions.values():
        assert outline[0] == outline[-1]
        x = [corner[0] for corner in outline]
        widths.append(max(x) - min(x))
    assert widths == sorted(widths)
    assert widths[-1] > plane.guardrail_interval[1] - plane.guardrail_interval[0]


def test_the_region_agrees_with_the_delta_method_in_a_large_sample(build, moments_of):
    given = build(LIFTS, n=2_000_000, correlation=-0.3)
    plane = only_plane(given)
    control, variant = (given.moments[key].select(("up", "cross")) for key in ("control", "entry"))
    ratio = variant.mean / control.mean
    sigma = (variant.cov + np.outer(ratio, ratio) * control.cov) / 2_000_000
    sigma /= np.outer(control.mean, control.mean)
    assert plane.correlation == pytest.approx(sigma[0, 1] / np.sqrt(sigma[0, 0] * sigma[1, 1]), abs=1e-4)
    assert plane.correlation < -0.2
    outline = np.array(plane.regions["0.95"]) - plane.point
    distance = np.einsum("ni,ij,nj->n", outline, np.linalg.inv(sigma), outline)
    assert distance == pytest.approx(5.991, rel=0.05)


def test_no_plane_without_a_goal_or_a_measurable_guardrail(build, plans):
    assert build_report(build(LIFTS, metrics=(plans["up-sell"],))).planes == ()
    blind = replace(plans["up-sell"], measurable=False)
    assert build_report(build(LIFTS, metrics=(plans["cross-sell"], blind))).planes == ()
    assert build_report(build(LIFTS, n=0)).planes == ()


def test_a_variant_that_sold_nothing_at_all_has_no_region(build):
    plane = only_plane(build({"entry": {"up": -1.0}}))
    assert plane.point == (-1.0, 0.0)
    assert (plane.regions, plane.correlation) == ({}, None)
