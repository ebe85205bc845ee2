from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.stats import normal, simultaneous


@pytest.mark.parametrize(("arms", "critical"), [(2, 2.2121), (3, 2.3490), (4, 2.4418), (5, 2.5115), (6, 2.5670)])
def test_dunnett_for_equal_arms_is_the_published_value(arms: int, critical: float) -> None:
    assert simultaneous.dunnett_critical(100, (100,) * arms) == pytest.approx(critical, abs=6e-5)


def test_one_arm_needs_no_correction() -> None:
    assert simultaneous.dunnett_critical(100, (70,)) == pytest.approx(normal.upper_quantile(0.025))
    t = stats.t.isf(0.025, 12)
    assert simultaneous.dunnett_critical(100, (70,), df=12) == pytest.approx(t, abs=1e-6)


@settings(max_examples=20)
@given(st.floats(10, 1e6), st.lists(st.floats(10, 1e6), min_size=2, max_size=6), st.floats(5, 500))
def test_dunnett_lies_between_no_correction_and_bonferroni(control: float, arms: list[float], df: float) -> None:
    critical = simultaneous.dunnett_critical(control, tuple(arms), df=df)
    assert stats.t.isf(0.025, df) - 1e-6 <= critical <= stats.t.isf(0.025 / len(arms), df) + 1e-6


@settings(max_examples=20)
@given(st.lists(st.floats(10, 1000), min_size=2, max_size=5), st.floats(0.5, 4))
def test_dunnett_p_is_alpha_at_the_critical_value(arms: list[float], z: float) -> None:
    critical = simultaneous.dunnett_critical(200, tuple(arms))
    p = simultaneous.dunnett_p([critical, -z, *[0.0] * (len(arms) - 2)], 200, arms)
    assert p[0] == pytest.approx(0.05, abs=1e-9)
    assert p[1] >= 2 * normal.sf(z) - 1e-9


def test_max_t_of_an_equal_correlation_agrees_with_the_exact_integral() -> None:
    matrix = np.full((5, 5), 0.5) + 0.5 * np.eye(5)
    assert simultaneous.max_t_critical(matrix) == pytest.approx(2.51146, abs=0.003)
    z = [2.6, 2.0, -1.0, 0.5, 0.1]
    exact = simultaneous.dunnett_p(z, 100, [100] * 5)
    assert simultaneous.max_t_p(z, matrix) == pytest.approx(exact, abs=1e-3)


def test_max_t_of_independent_contrasts_is_sidak() -> None:
    sidak = normal.upper_quantile((1 - 0.95 ** (1 / 9)) / 2)
    assert simultaneous.max_t_critical(np.eye(9)) == pytest.approx(sidak, abs=0.003)


def test_perfectly_dependent_contrasts_need_no_correction() -> None:
    assert simultaneous.max_t_critical(np.ones((4, 4))) == pytest.approx(1.95996, abs=0.003)
    assert simultaneous.max_t_critical(np.eye(1)) == normal.upper_quantile(0.025)


def test_far_in_the_tail_small_probabilities_keep_their_digits() -> None:
    p = simultaneous.max_t_p([5.0, 0.0, 0.0], np.eye(3))[0]
    assert p == pytest.approx(1 - (1 - 2 * normal.sf(5.0)) ** 3, rel=1e-3)


def test_the_same_question_has_the_same_answer() -> None:
    matrix = np.array([[1, 0.3], [0.3, 1]])
    assert simultaneous.max_t_p([2.0, 1.0], matrix) == simultaneous.max_t_p([2.0, 1.0], matrix)


def test_step_down_never_lies_above_single_step_and_keeps_the_order() -> None:
    matrix = np.full((6, 6), 0.2) + 0.8 * np.eye(6)
    z = [3.0, -2.4, 2.2, 1.0, 0.4, -0.1]
    single, stepped = simultaneous.max_t_p(z, matrix), simultaneous.max_t_step_down(z, matrix)
    assert stepped[0] == single[0]
    assert all(a <= b + 1e-3 for a, b in zip(stepped, single, strict=True))
    assert list(stepped) == sorted(stepped)
    assert stepped[1] < single[1]


def test_correlation_of_a_covariance() -> None:
    matrix = simultaneous.correlation_of([[4.0, 3.0], [3.0, 9.0]])
    assert matrix.tolist() == [[1.0, 0.5], [0.5, 1.0]]
    with pytest.raises(ValueError, match="variances"):
        simultaneous.correlation_of([[0.0, 0.0], [0.0, 1.0]])


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="statistics has 1 entries, must have 2"):
        simultaneous.max_t_p([1.0], np.eye(2))
    with pytest.raises(ValueError, match="correlation has shape"):
        simultaneous.max_t_critical([[1.0, 0.0]])
    with pytest.raises(ValueError, match="ones on the diagonal"):
        simultaneous.max_t_critical([[2.0]])
    with pytest.raises(ValueError, match="alpha == 0"):
        simultaneous.max_t_critical(np.eye(2), 0)
    with pytest.raises(ValueError, match="at least one variant"):
        simultaneous.dunnett_critical(10, ())
    with pytest.raises(ValueError, match="df == 0"):
        simultaneous.dunnett_p([1.0], 10, [10], 0)
    with pytest.raises(ValueError, match="statistics has 2 entries, must have 1"):
        simultaneous.dunnett_p([1.0, 2.0], 10, [10])
