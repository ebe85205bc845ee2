from __future__ import annotations

import json
from dataclasses import replace
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from experiments.decision.analyse import build_report
from experiments.decision.explain import explain
from experiments.decision.render_explanation import explanation_text
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.metric import Margin, Scale
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

LIFTS = {"entry": {"cross": 0.125, "up": -0.01}}


def results(explanation):
    return {step.name: step.value for step in explanation.steps}


def test_a_rate_can_be_rebuilt_from_its_sums(build):
    found = explain(build(LIFTS), "up-sell")
    n, events, events_variant = found.control.n, found.control.sums[0], found.variant.sums[0]
    p, p_variant = events / n, events_variant / n
    q = NormalDist().inv_cdf(0.975)
    se = sqrt(p * (1 - p) / n + p_variant * (1 - p_variant) / n)
    kept = 0.95
    z = (p_variant - kept * p) / sqrt(p_variant * (1 - p_variant) / n + kept**2 * p * (1 - p) / n)
    step = results(found)
    assert step["absolute effect"] == pytest.approx(p_variant - p)
    assert step["q"] == pytest.approx(q)
    assert step["standard error"] == pytest.approx(se)
    assert step["absolute effect, lower end"] == pytest.approx(p_variant - p - q * se)
    assert step["z of non-inferiority"] == pytest.approx(z)
    # Fieller's end solves (m_t − R m_c)² = q² (V_t + R² V_c).
    ratio = 1 + step["relative effect, lower end"]
    gap = (p_variant - ratio * p) ** 2
    assert gap == pytest.approx(q**2 * (p_variant * (1 - p_variant) + ratio**2 * p * (1 - p)) / n)


def test_the_result_is_the_row_of_the_report(build, look):
    given = build({"a": LIFTS["entry"], "b": {}}, looks=look(3))
    assert explain(given, "calls", "b").result == build_report(given).metrics[5]
    assert explain(given, "cross-sell").result.variant == "a"


def test_a_ratio_shows_sums_and_covariances_of_both_columns(build, plans):
    rng = np.random.default_rng(7)
    rows = rng.gamma(2.0, 1.0, (400, 2))
    moments = {"control": Moments.from_rows(rows, ("s", "c")), "entry": Moments.from_rows(rows * 1.1, ("s", "c"))}
    plan = replace(plans["calls"], measure=Measure("ratio", "s", "c"), margin=Margin(Scale.ABSOLUTE, 0.5))
    found = explain(replace(build({"entry": {}}), metrics=(plan,), moments=moments), "calls")
    group = found.control
    assert group.sums == pytest.approx(tuple(rows.sum(axis=0)))
    r = group.sums[0] / group.sums[1]
    (nn, nd), (_, dd) = group.covariance
    variance = (nn - 2 * r * nd + r**2 * dd) / (group.n * group.means[1] ** 2)
    assert results(found)["V, control"] == pytest.approx(variance)


def test_covariates_add_their_steps(build, plans):
    cov = np.array([[0.03, 0.08], [0.08, 1.0]])
    moments = {
        "control": Moments(5_000, ("cross", "before"), [0.03, 2.0], cov),
        "entry": Moments(5_000, ("cross", "before"), [0.034, 2.1], cov),
    }
    goal = replace(plans["cross-sell"], measure=Measure("mean", "cross", covariates=("before",)))
    given = replace(build({"entry": {}}), metrics=(goal,), moments=moments)
    found = explain(given, "cross-sell")
    theta, pooled = 0.08, 2.05
    assert results(found)["adjusted value, variant"] == pytest.approx(0.034 - theta * (2.1 - pooled))
    assert results(found)["variance removed"] == pytest.approx(theta**2 / 0.03, abs=0.01)


def test_few_events_name_the_score_form(build):
    found = explain(build({"entry": {"cross": 0.5}}, n=2_000), "cross-sell")
    assert any("Miettinen" in step.formula for step in found.steps)


def test_small_groups_name_their_degrees_of_freedom(build, plans):
    rows = np.random.default_rng(3).normal(5, 1, (40, 1))
    moments = {key: Moments.from_rows(rows + i, ("x",)) for i, key in enumerate(("control", "entry"))}
    goal = replace(plans["cross-sell"], measure=Measure("mean", "x"))
    found = explain(replace(build({"entry": {}}), metrics=(goal,), moments=moments), "cross-sell")
    step = next(step for step in found.steps if step.name == "q")
    assert "78.0 degrees of freedom" in step.formula
    assert step.value == pytest.approx(1.9908, abs=1e-4)


def test_a_boundary_is_named_as_such(build, look):
    step = next(step for step in explain(build(LIFTS, looks=look(3)), "up-sell").steps if step.name == "q")
    assert step.formula == "boundary z of this look"
    assert step.value == pytest.approx(2.6803, abs=2e-4)


def test_nothing_is_explained_between_looks(build, look):
    with pytest.raises(DomainError, match="planned looks only"):
        explain(build(LIFTS, looks=look(2, is_look=False)), "up-sell")


@pytest.mark.parametrize(("metric", "variant"), [("nope", None), ("up-sell", "nope"), ("up-sell", "control")])
def test_unknown_names_are_not_found(build, metric, variant):
    with pytest.raises(NotFoundError):
        explain(build(LIFTS), metric, variant)


def test_the_text_carries_all_digits(build):
    found = explain(build(LIFTS), "up-sell")
    text = explanation_text(found)
    assert repr(results(found)["standard error"]) in text
    assert "n = 100000" in text
    json.dumps(found.to_dict(), allow_nan=False)
