from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from experiments.stats.effect import Status
from experiments.stats.interaction import interaction
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

RNG = np.random.default_rng(12)
N = 4000
A, B = np.repeat([0, 1, 0, 1], N), np.repeat([0, 0, 1, 1], N)
Y = 10 + 0.5 * A + 0.3 * B - 0.6 * A * B + RNG.normal(0, 1 + A, 4 * N)


def cell(a: int, b: int) -> Moments:
    return Moments.from_rows(Y[(a == A) & (b == B)][:, None], ("y",))


def test_it_is_the_product_term_of_a_regression_with_robust_errors() -> None:
    found = interaction(Measure("mean", "y"), cell(0, 0), cell(1, 0), cell(0, 1), cell(1, 1))
    x = sm.add_constant(np.column_stack([A, B, A * B]).astype(float))
    fit = sm.OLS(Y, x).fit(cov_type="HC2")
    assert found.without.point == pytest.approx(fit.params[1])
    assert found.interaction.point == pytest.approx(fit.params[3])
    assert found.interaction.se == pytest.approx(fit.bse[3])
    assert found.interaction.p == pytest.approx(fit.pvalues[3], rel=1e-6)


def test_a_group_too_small_leaves_the_interaction_empty() -> None:
    lonely = Moments.from_rows([[1.0]], ("y",))
    found = interaction(Measure("mean", "y"), cell(0, 0), cell(1, 0), cell(0, 1), lonely)
    assert found.interaction.status is Status.TOO_FEW
    assert found.interaction.p is None
    assert found.to_dict()["without"]["status"] == "ok"
