from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from experiments.stats import bayes
from experiments.stats.prior import Prior

effects = st.floats(-0.3, 0.3)
variances = st.floats(1e-5, 0.05)


@given(effects, variances, effects, st.floats(0.005, 0.3))
def test_the_posterior_lies_between_estimate_and_prior(
    estimate: float, variance: float, mean: float, sd: float
) -> None:
    found = bayes.posterior(estimate, variance, Prior(mean, sd))
    assert min(estimate, mean) - 1e-12 <= found.mean <= max(estimate, mean) + 1e-12
    assert found.sd <= min(sd, variance**0.5) * (1 + 1e-12)
    assert found.loss_control - found.loss_variant == pytest.approx(found.mean, abs=1e-12)


@given(effects, variances)
def test_a_flat_prior_gives_back_the_estimate(estimate: float, variance: float) -> None:
    found = bayes.posterior(estimate, variance, threshold=-0.05)
    assert (found.mean, found.sd) == (estimate, pytest.approx(variance**0.5, rel=1e-12))
    assert found.chance == pytest.approx(stats.norm.sf(-0.05, estimate, variance**0.5), abs=1e-12)
    assert (found.lo, found.hi) == pytest.approx(stats.norm.interval(0.95, estimate, variance**0.5))


@settings(max_examples=25)
@given(effects, st.floats(1e-4, 0.02), st.floats(-0.1, 0.1), st.floats(0.01, 0.1), st.floats(2.5, 30))
def test_the_student_posterior_agrees_with_direct_integration(
    estimate: float, variance: float, mean: float, sd: float, df: float
) -> None:
    prior = Prior(mean, sd, df)
    found = bayes.posterior(estimate, variance, prior, threshold=0.01)
    se = variance**0.5

    def density(x: float) -> float:
        return float(stats.norm.pdf(x, estimate, se) * stats.t.pdf((x - mean) / prior.scale, df))

    points = sorted({estimate, mean, 0.01})
    low, high = estimate - 9 * se, estimate + 9 * se
    inside = [p for p in points if low < p < high]
    total = quad(density, low, high, points=inside, limit=400)[0]
    above = quad(density, max(low, 0.01), high, points=inside, limit=400)[0] if high > 0.01 else 0.0
    first = quad(lambda x: x * density(x), low, high, points=inside, limit=400)[0]
    assert found.mean == pytest.approx(first / total, abs=1e-7)
    assert found.chance == pytest.approx(above / total, abs=1e-7)
    assert found.loss_control - found.loss_variant == pytest.approx(found.mean, abs=1e-9)


def test_the_student_interval_holds_its_probability() -> None:
    prior = Prior(0.0, 0.05, 3.0)
    found = bayes.posterior(0.12, 0.004, prior)
    inside = (
        bayes.posterior(0.12, 0.004, prior, threshold=found.lo).chance
        - bayes.posterior(0.12, 0.004, prior, threshold=found.hi).chance
    )
    assert inside == pytest.approx(0.95, abs=1e-9)


def test_heavy_tails_shrink_a_real_winner_less() -> None:
    estimate, variance = 0.4, 0.002
    gentle = bayes.posterior(estimate, variance, Prior(0.0, 0.05, 3.0)).mean
    assert gentle > bayes.posterior(estimate, variance, Prior(0.0, 0.05)).mean


def test_a_threshold_outside_the_grid_is_certain() -> None:
    prior = Prior(0.0, 0.05, 3.0)
    assert bayes.posterior(0.1, 1e-6, prior, threshold=-5.0).chance == 1.0
    assert bayes.posterior(0.1, 1e-6, prior, threshold=5.0).chance == 0.0


def test_the_joint_chance_of_goal_and_guardrail() -> None:
    means, sds, thresholds = [0.03, -0.01], [0.02, 0.015], [0.0, -0.05]
    goal = stats.norm.sf(0.0, 0.03, 0.02)
    guardrail = stats.norm.sf(-0.05, -0.01, 0.015)
    assert bayes.joint_chance(means, sds, thresholds) == pytest.approx(goal * guardrail)
    assert bayes.joint_chance(means, sds, thresholds, -0.5) < goal * guardrail
    assert bayes.joint_chance(means, sds, thresholds, 1.0) == pytest.approx(min(goal, guardrail))


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="variance == 0"):
        bayes.posterior(0.1, 0)
    with pytest.raises(ValueError, match=r"level == 1\.0"):
        bayes.posterior(0.1, 0.1, level=1.0)
    with pytest.raises(ValueError, match="lengths == 1, 2, 1"):
        bayes.joint_chance([0.1], [0.1, 0.2], [0.0])
    with pytest.raises(ValueError, match=r"sds == \[0\.0\]"):
        bayes.joint_chance([0.1], [0.0], [0.0])
