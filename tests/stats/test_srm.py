from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.stats import srm
from experiments.stats.effect import Status

counts = st.lists(st.integers(50, 100_000), min_size=2, max_size=5)


@given(counts)
def test_pearson_is_chi_square(observed: list[int]) -> None:
    found = srm.pearson(observed, [1] * len(observed))
    reference = stats.chisquare(observed)
    assert found.statistic == pytest.approx(reference.statistic, rel=1e-9, abs=1e-9)
    assert found.p == pytest.approx(reference.pvalue, rel=1e-7, abs=1e-300)
    assert found.df == len(observed) - 1


@given(counts, st.floats(0.01, 100))
def test_order_of_groups_and_scale_of_weights_do_not_matter(observed: list[int], scale: float) -> None:
    weights = list(range(1, len(observed) + 1))
    found = srm.pearson(observed, weights)
    turned = srm.pearson(observed[::-1], [scale * weight for weight in weights[::-1]])
    assert turned.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("observed", "weights", "status"),
    [
        ([0, 0], [1, 1], Status.NOT_TESTABLE),
        ([4, 4], [1, 1], Status.TOO_FEW),
        ([5, 5], [1, 1], Status.OK),
        ([90, 3], [0.99, 0.01], Status.TOO_FEW),
        ([0, 20], [1, 1], Status.OK),
    ],
)
def test_small_counts_have_a_name(observed, weights, status) -> None:
    found = srm.pearson(observed, weights)
    assert found.status is status
    assert (found.p is None) == (found.statistic is None) == (status is not Status.OK)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["status"] == status.value


def test_sequential_test_depends_on_totals_only() -> None:
    days = [[800, 98, 102], [810, 120, 90], [790, 130, 99]]
    weights = [0.8, 0.1, 0.1]
    by_day = srm.sequential(days, weights)
    at_once = srm.sequential([np.sum(days, axis=0).tolist()], weights)
    assert by_day.log_bayes_factor[-1] == pytest.approx(at_once.log_bayes_factor[-1], rel=1e-9)
    doubled = srm.sequential(days, [8, 1, 1])
    assert doubled.log_bayes_factor == pytest.approx(by_day.log_bayes_factor, rel=1e-9)


def test_sequential_p_never_rises_and_starts_at_one() -> None:
    found = srm.sequential([[1000, 1200], [1200, 1000], [1000, 1000]], [1, 1])
    assert list(found.p_running) == sorted(found.p_running, reverse=True)
    assert found.p == found.p_running[-1] < 1
    assert srm.sequential([], [1, 1]).p == 1
    assert srm.sequential([[0, 0]], [1, 1]).p_running == (1.0,)
    json.dumps(found.to_dict(), allow_nan=False)


def test_sequential_alarm_is_rare_without_a_fault_and_comes_with_one() -> None:
    generator = np.random.default_rng(11)

    def alarms(share: float) -> int:
        days = generator.binomial(2000, share, size=(200, 20))
        return sum(srm.sequential([[x, 2000 - x] for x in run.tolist()], [1, 1]).p < 0.05 for run in days)

    assert alarms(0.5) <= 10
    assert alarms(0.52) >= 190


def test_concentration_sets_the_size_of_fault_it_looks_for() -> None:
    big_fault = [[1000, 1100]]
    assert srm.sequential(big_fault, [1, 1], 1000).p < srm.sequential(big_fault, [1, 1]).p


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: srm.pearson([1, 2], [1, 1, 1]), "must be equal"),
        (lambda: srm.pearson([10], [1]), ">= 2"),
        (lambda: srm.pearson([10, 10], [1, 0]), "must be positive"),
        (lambda: srm.pearson([10, -1], [1, 1]), "must be >= 0"),
        (lambda: srm.sequential([[1, 2, 3]], [1, 1]), "must be equal"),
        (lambda: srm.sequential([[1, 2]], [1, 1], 0), "concentration == 0"),
    ],
)
def test_bad_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
