from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.power import GoalSpec, baseline, correlations, sample_size

RNG = np.random.default_rng(7)
N = 4000
BEFORE = RNG.gamma(2.0, 3.0, N)
VISITS = 1 + RNG.poisson(2.0, N)
ORDERS = RNG.binomial(VISITS, 0.2)
SPEND = 0.8 * BEFORE + RNG.normal(0, 2, N)
ROWS = Moments.from_rows(
    np.column_stack([SPEND, BEFORE, ORDERS, VISITS, ORDERS > 0, np.zeros(N)]),
    ("spend", "before", "orders", "visits", "bought", "constant"),
)


def test_a_mean_with_a_covariate() -> None:
    found = baseline(Measure("mean", "spend", covariates=("before",)), ROWS)
    assert found.value == pytest.approx(SPEND.mean())
    assert found.sd == pytest.approx(SPEND.std(ddof=1))
    assert found.r_squared == pytest.approx(np.corrcoef(SPEND, BEFORE)[0, 1] ** 2)


def test_a_ratio_is_linearised_per_unit() -> None:
    found = baseline(Measure("ratio", "orders", "visits"), ROWS)
    r = ORDERS.sum() / VISITS.sum()
    assert found.value == pytest.approx(r)
    assert found.sd == pytest.approx(((ORDERS - r * VISITS) / VISITS.mean()).std(ddof=1))
    goal = GoalSpec("orders per visit", "ratio", found.value, found.sd, effect_relative=0.05)
    assert sample_size(goal).n_control > 0


def test_a_rate_needs_no_sd_and_a_constant_covariate_explains_nothing() -> None:
    found = baseline(Measure("rate", "bought", covariates=("constant",)), ROWS)
    assert found.sd is None
    assert found.r_squared == 0.0


def test_a_column_without_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="variance of constant"):
        baseline(Measure("mean", "constant"), ROWS)
    with pytest.raises(ValueError, match="n == 1"):
        baseline(Measure("mean", "spend"), Moments.from_rows([[1.0]], ("spend",)))


def test_correlations_are_those_of_what_covariates_leave() -> None:
    measures = [Measure("mean", "spend"), Measure("ratio", "orders", "visits")]
    ratio = (ORDERS - ORDERS.sum() / VISITS.sum() * VISITS) / VISITS.mean()
    assert correlations(measures, ROWS)[0][1] == pytest.approx(np.corrcoef(SPEND, ratio)[0, 1])
    adjusted = [replace(measure, covariates=("before", "constant")) for measure in measures]
    design = np.column_stack([np.ones(N), BEFORE])
    left = [y - design @ np.linalg.lstsq(design, y)[0] for y in (SPEND, ratio)]
    assert correlations(adjusted, ROWS)[0][1] == pytest.approx(np.corrcoef(*left)[0, 1])


def test_correlations_of_a_column_without_spread_are_refused() -> None:
    with pytest.raises(ValueError, match="variance of constant"):
        correlations([Measure("mean", "spend"), Measure("mean", "constant")], ROWS)
    with pytest.raises(ValueError, match="covariates differ"):
        correlations([Measure("mean", "spend", covariates=("before",)), Measure("mean", "orders")], ROWS)
    with pytest.raises(ValueError, match="n == 1"):
        correlations([Measure("mean", "spend")], Moments.from_rows([[1.0]], ("spend",)))
