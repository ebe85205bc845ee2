from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.stats import power
from experiments.stats.power import (
    Design,
    GoalSpec,
    GuardrailSpec,
    joint_power,
    joint_sample_size,
    planned,
    sample_size,
    statistic_correlation,
)

GOAL = GoalSpec("cross", "rate", 0.03, effect_relative=0.12)
UP = GuardrailSpec("up", "rate", 0.08, margin=0.05)
CALLS = GuardrailSpec("calls", "mean", 0.4, 1.1, margin=0.04, direction=-1)
margins = st.lists(st.floats(-1, 4), min_size=1, max_size=3)


@given(margins, st.floats(-0.4, 0.95))
def test_joint_power_lies_between_its_bounds(values: list[float], rho: float) -> None:
    result = joint_power(values, rho if len(values) > 1 else None)
    assert result.lower - 1e-9 <= result.joint <= min(result.marginal) + 1e-9
    if rho >= 0:
        assert result.joint >= result.independent - 1e-9


def test_five_positively_correlated_tests_use_the_product_bound() -> None:
    values = [0.8, 1.0, 1.2, 1.4, 1.6]
    result = joint_power(values, 0.3)
    exact = stats.multivariate_normal(cov=np.full((5, 5), 0.3) + 0.7 * np.eye(5), seed=1).cdf(values)
    assert result.method == "product bound"
    assert result.joint == pytest.approx(result.independent)
    assert result.joint < exact


def test_four_tests_with_a_negative_correlation_are_integrated() -> None:
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = -0.5
    result = joint_power([0.8, 0.9, 1.0, 1.1], matrix)
    expected = joint_power([0.8, 0.9], -0.5).joint * joint_power([1.0, 1.1]).joint
    assert result.method == "multivariate normal"
    assert result.joint == pytest.approx(expected, abs=1e-4)


def test_a_perfectly_dependent_pair_has_the_power_of_its_weaker_test() -> None:
    assert joint_power([0.8, 1.5], 1.0).joint == pytest.approx(joint_power([0.8]).joint)
    matrix = np.ones((3, 3))
    assert joint_power([0.8, 1.5, 2.0], matrix).joint == pytest.approx(joint_power([0.8]).joint, abs=1e-4)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [
        ([[1.0, 0.2], [0.3, 1.0]], "symmetric"),
        ([[1.0, 1.2], [1.2, 1.0]], "positive semidefinite"),
        ([[1.0]], "shape"),
        ([[2.0, 0.0], [0.0, 1.0]], "ones on the diagonal"),
    ],
)
def test_a_matrix_that_is_no_correlation_is_refused(correlation: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        joint_power([1.0, 1.0], correlation)


def test_no_test_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold at least one"):
        joint_power([])
    with pytest.raises(ValueError, match="must hold at least one goal"):
        joint_sample_size([])


@pytest.mark.parametrize("correlation", [None, -0.3, 0.0, 0.4])
@pytest.mark.parametrize("looks", [1, 5])
def test_the_exact_size_gives_the_joint_power_and_needs_no_more_than_the_simple_one(
    correlation: float | None, looks: int
) -> None:
    design = Design(looks=looks)
    size = joint_sample_size([GOAL, UP, CALLS], design, correlation)
    alone = [sample_size(spec, design).n_control for spec in (GOAL, UP, CALLS)]
    assert max(alone) <= size.n_control <= size.n_simple
    assert size.power.joint == pytest.approx(0.8, abs=1e-4)
    assert size.power.joint >= 0.8 - 1e-9
    assert size.binding == ("cross", "up", "calls")[int(np.argmax(alone))]


def test_the_simple_rule_plans_each_test_at_its_share_of_beta() -> None:
    size = joint_sample_size([GOAL, UP])
    shares = [sample_size(spec, power=0.9).n_control for spec in (GOAL, UP)]
    assert size.n_simple == pytest.approx(max(shares))


@pytest.mark.parametrize(
    ("guardrails", "wanted", "multiple"),
    [(1, 0.8, 1.34), (2, 0.8, 1.53), (3, 0.8, 1.66), (1, 0.9, 1.24), (2, 0.9, 1.37), (3, 0.9, 1.46)],
)
def test_the_published_price_of_the_simple_rule(guardrails: int, wanted: float, multiple: float) -> None:
    goal = GoalSpec("g", "mean", 10.0, 20.0, effect_absolute=0.1)
    others = [
        GuardrailSpec(f"r{i}", "mean", 10.0, 20.0, margin=0.1, margin_scale="absolute") for i in range(guardrails)
    ]
    design = Design(power=wanted)
    size = joint_sample_size([goal, *others], design)
    assert size.n_simple / sample_size(goal, design).n_control == pytest.approx(multiple, abs=0.006)


def test_a_goal_alone_needs_its_own_size() -> None:
    assert joint_sample_size([GOAL]).n_control == sample_size(GOAL).n_control


def test_equal_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="must be distinct"):
        joint_sample_size([GOAL, GOAL])


def test_lower_is_better_turns_the_sign_of_the_correlation() -> None:
    tests = [planned(GOAL), planned(UP), planned(CALLS)]
    matrix = statistic_correlation(tests, 0.3, 1.0)
    assert matrix[0, 1] > 0
    assert matrix[0, 2] < 0
    assert matrix[1, 2] < 0


def test_the_correlation_of_the_statistics_is_what_simulated_tests_show() -> None:
    rng = np.random.default_rng(11)
    goal = GoalSpec("a", "mean", 10.0, 3.0, effect_absolute=0.5)
    guard = GuardrailSpec("b", "mean", 20.0, 5.0, margin=0.2)
    n, allocation, runs = 60, 0.5, 4000
    cov = [[9.0, 0.6 * 15], [0.6 * 15, 25.0]]
    c = rng.multivariate_normal([10, 20], cov, (runs, n)).mean(axis=1)
    t = rng.multivariate_normal([10, 20], cov, (runs, n // 2)).mean(axis=1)
    seen = np.corrcoef(t[:, 0] - c[:, 0], t[:, 1] - 0.8 * c[:, 1])[0, 1]
    theory = statistic_correlation([planned(goal), planned(guard)], 0.6, allocation)[0, 1]
    assert theory == pytest.approx(seen, abs=4 * (1 - theory**2) / runs**0.5)


def test_goals_of_which_one_is_enough_share_alpha() -> None:
    shared = GoalSpec("cross", "rate", 0.03, effect_relative=0.12, one_of=2)
    assert sample_size(shared).n_control == pytest.approx(sample_size(GOAL, Design(alpha=0.0125)).n_control)
    assert power.power(shared, 50_000) < power.power(GOAL, 50_000)
