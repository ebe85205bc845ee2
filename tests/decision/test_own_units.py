"""Metrics with units of their own, shares nobody stated, and data that lack what a test needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.explain import explain
from experiments.decision.report import Report
from experiments.decision.words import Action, Verdict
from experiments.domain.errors import DomainError
from experiments.stats import effects
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

LIFTS = {"entry": {"cross": 0.125, "up": -0.01}}
OWN = {"control": Moments.from_counts(5_000, 300, "up"), "entry": Moments.from_counts(6_000, 366, "up")}


def test_a_metric_is_read_from_its_own_units(build):
    given = replace(build(LIFTS), own_moments={"up-sell": OWN})
    row = next(row for row in build_report(given).metrics if row.metric == "up-sell")
    direct = effects.absolute(Measure("rate", "up"), OWN["control"], OWN["entry"])
    assert (row.absolute.point, row.absolute.lo, row.absolute.hi) == (direct.point, direct.lo, direct.hi)
    others = [row for row in build_report(given).metrics if row.metric != "up-sell"]
    assert others == [row for row in build_report(build(LIFTS)).metrics if row.metric != "up-sell"]


def test_own_units_are_those_of_the_explanation(build):
    found = explain(replace(build(LIFTS), own_moments={"up-sell": OWN}), "up-sell")
    assert (found.control.n, found.variant.n) == (5_000, 6_000)


@pytest.mark.parametrize("metric", ["cross-sell", "up-sell"])
def test_metrics_with_units_of_their_own_have_no_plane(build, metric):
    assert build_report(build(LIFTS)).planes
    column = {"cross-sell": "cross", "up-sell": "up"}[metric]
    own = {key: Moments.from_counts(5_000, 300, column) for key in ("control", "entry")}
    assert build_report(replace(build(LIFTS), own_moments={metric: own})).planes == ()


def test_own_units_are_complete(build):
    with pytest.raises(DomainError, match=r"own_moments\.up-sell has no entry for entry"):
        replace(build(LIFTS), own_moments={"up-sell": {"control": OWN["control"]}})


def test_a_split_that_nobody_stated_is_not_tested(build):
    given = build(LIFTS)
    silent = replace(
        given,
        variants=tuple(replace(variant, weight=None) for variant in given.variants),
        exposed={"control": 100_000, "entry": 10},
    )
    report = build_report(silent)
    assert (report.split.status, report.split.planned, report.split.p) == ("not_testable", (), None)
    assert report.split.seen == (100_000, 10)
    assert report.decision.action is not Action.INVALID
    assert Report.from_dict(report.to_dict()) == report


def test_a_fault_of_the_data_is_the_reason_why_a_metric_is_not_testable(build):
    given = build(LIFTS)
    metrics = tuple(replace(plan, fault="No variance.") if plan.key == "up-sell" else plan for plan in given.metrics)
    report = build_report(replace(given, metrics=metrics))
    row = next(row for row in report.metrics if row.metric == "up-sell")
    assert (row.verdict, row.note) == (Verdict.NOT_TESTABLE, "No variance.")
    assert report.decision.action is Action.INCONCLUSIVE
    assert "no variance" in report.decision.sentence
