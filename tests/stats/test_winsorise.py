from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.winsorise import cap_at, capped, factor


def test_cap_is_the_observed_size_that_the_share_does_not_exceed() -> None:
    values = np.arange(1.0, 1001.0)
    assert cap_at(values) == 999
    assert cap_at(-values, 0.5) == 500
    assert cap_at(np.random.default_rng(1).permutation(values), 0.9995) == 1000


def test_units_without_a_value_count_as_zeros() -> None:
    buyers = np.arange(1.0, 51.0)
    everybody = np.r_[buyers, np.zeros(950)]
    assert cap_at(buyers, 0.99, zeros=950) == cap_at(everybody, 0.99) == 40
    assert cap_at(buyers, 0.9, zeros=950) is None
    assert cap_at([], 0.9, zeros=10) is None
    assert cap_at([]) is None
    assert cap_at(everybody, 0.9) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0.01, 0.99), st.integers(0, 50))
def test_at_least_the_share_stays_untouched(values: list[float], share: float, zeros: int) -> None:
    cap = cap_at(values, share, zeros)
    sizes = sorted(abs(value) for value in values)
    total = len(sizes) + zeros
    within = zeros + sum(size <= (cap or 0.0) for size in sizes)
    assert within >= share * total - 1e-6
    if cap is not None:
        assert cap in sizes
        assert zeros + sum(size < cap for size in sizes) < share * total


def test_capping_and_factor() -> None:
    np.testing.assert_array_equal(capped([[-5.0, 2.0], [3.0, 9.0]], 4.0), [[-4.0, 2.0], [3.0, 4.0]])
    assert factor(3.0, 4.0) == 1
    assert factor(8.0, 4.0) == 0.5
    assert factor(0.0, 4.0) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cap_at([1.0], 1.0), r"share == 1\.0"),
        (lambda: cap_at([1.0], 0.5, -1), "zeros == -1"),
        (lambda: cap_at([math.nan]), "finite"),
        (lambda: factor(-1.0, 1.0), r"size == -1\.0"),
        (lambda: factor(1.0, 0.0), r"cap == 0\.0"),
        (lambda: capped([1.0], 0.0), r"cap == 0\.0"),
    ],
)
def test_bad_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
