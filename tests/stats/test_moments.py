from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.stats.moments import Moments, add_up, without_noise

COLUMNS = ("a", "b", "c")


def rows(n: int, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.normal([3.0, -20.0, 0.5], [1.0, 7.0, 0.1], size=(n, 3)) @ np.array(
        [[1, 0.3, 0], [0, 1, 0.2], [0, 0, 1]]
    )


def same(first: Moments, second: Moments, tolerance: float) -> bool:
    return (
        first.n == second.n
        and np.allclose(first.mean, second.mean, rtol=tolerance, atol=0)
        and np.allclose(first.cov, second.cov, rtol=tolerance, atol=0)
    )


def test_rows_sums_and_numpy_agree() -> None:
    x = rows(50)
    found = Moments.from_rows(x, COLUMNS)
    np.testing.assert_allclose(found.mean, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(found.cov, np.cov(x, rowvar=False), rtol=1e-12)
    shift = np.array([3.0, -20.0, 0.5])
    summed = Moments.from_sums(50, COLUMNS, (x - shift).sum(axis=0), (x - shift).T @ (x - shift), shift)
    assert same(found, summed, 1e-12)


def test_groups_add_up_in_any_order_and_grouping() -> None:
    x = rows(120)
    whole = Moments.from_rows(x, COLUMNS)
    parts = [Moments.from_rows(part, COLUMNS) for part in np.split(x, [1, 7, 40])]
    for order in itertools.permutations(parts):
        assert same(add_up(order), whole, 1e-12)
    assert same((parts[0] + parts[1]) + (parts[2] + parts[3]), whole, 1e-12)


@settings(max_examples=50)
@given(
    arrays(np.float64, st.tuples(st.integers(4, 30), st.just(2)), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 3),
)
def test_splitting_a_group_changes_nothing(x: np.ndarray, cut: int) -> None:
    whole = Moments.from_rows(x, ("a", "b"))
    joined = Moments.from_rows(x[:cut], ("a", "b")) + Moments.from_rows(x[cut:], ("a", "b"))
    scale = np.abs(x).max() + 1e-300
    np.testing.assert_allclose(joined.mean, whole.mean, atol=1e-12 * scale)
    np.testing.assert_allclose(joined.cov, whole.cov, atol=1e-12 * scale**2)


def test_large_mean_does_not_cancel_the_variance() -> None:
    noise = np.random.default_rng(2).normal(size=100_000)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    revenue = 1e6 + noise
    whole = Moments.from_rows(revenue, ("revenue",))
    assert whole.var_of("revenue") == pytest.approx(1, abs=1e-9)
    parts = add_up([Moments.from_rows(part, ("revenue",)) for part in np.split(revenue, 100)])
    assert parts.var_of("revenue") == pytest.approx(1, abs=1e-9)
    shifted = revenue - 1e6
    sums = Moments.from_sums(len(revenue), ("revenue",), [shifted.sum()], [[shifted @ shifted]], [1e6])
    assert sums.var_of("revenue") == pytest.approx(1, abs=1e-9)
    assert sums.mean_of("revenue") == pytest.approx(1e6, rel=1e-12)


def test_raw_sums_of_a_large_mean_do_cancel_so_the_shift_is_needed() -> None:
    revenue = 1e8 + np.random.default_rng(2).normal(size=10_000)
    raw = Moments.from_sums(len(revenue), ("revenue",), [revenue.sum()], [[revenue @ revenue]])
    assert abs(raw.var_of("revenue") - revenue.var(ddof=1)) > 1e-3


def test_counts_are_rows_of_zeros_and_ones() -> None:
    counted = Moments.from_counts(20, 7)
    assert same(counted, Moments.from_rows([[1.0]] * 7 + [[0.0]] * 13, ("y",)), 1e-12)


def test_what_is_constant_but_for_rounding_has_no_variance() -> None:
    """b is always 3 a, so that 3 a − b is always 0; summed from its terms its variance comes out as 9e-16."""
    pair = Moments(10, ("a", "b"), [1.0, 3.0], [[0.7, 3 * 0.7], [3 * 0.7, 9 * 0.7]])
    assert pair.combine({"d": {"a": 3.0, "b": -1.0}}).var_of("d") == 0.0


def test_the_same_numbers_of_other_columns_are_not_equal() -> None:
    assert Moments.from_counts(20, 7) != Moments.from_counts(20, 7, "x")


def test_of_counts_all_may_be_ones() -> None:
    assert Moments.from_counts(20, 20).mean_of("y") == 1.0


def test_a_constant_column_has_no_variance_below_0_by_rounding() -> None:
    total = 0.1 + 0.1 + 0.1
    products = 0.1 * 0.1 + 0.1 * 0.1 + 0.1 * 0.1
    assert products < total * total / 3
    assert Moments.from_sums(3, ("y",), [total], [[products]]).var_of("y") == 0.0


def test_empty_and_single_groups() -> None:
    empty = Moments.from_rows(np.zeros((0, 3)), COLUMNS)
    one = Moments.from_rows([[1.0, 2.0, 3.0]], COLUMNS)
    assert (empty.n, one.n) == (0, 1)
    assert not one.cov.any()
    assert empty + one == one
    assert one + empty == one
    assert same(one + one + one, Moments(3, COLUMNS, one.mean, np.zeros((3, 3))), 0)
    assert Moments.from_sums(0, ("a",), [0.0], [[0.0]]).n == 0


def test_selecting_and_combining() -> None:
    x = rows(40)
    found = Moments.from_rows(x, COLUMNS)
    assert found.select(("c", "a")) == Moments.from_rows(x, COLUMNS).select(("c", "a"))
    assert found.select(("c",)).mean_of("c") == found.mean_of("c")
    net = found.combine({"net": {"a": 2.0, "b": -1.0}, "c": {"c": 1.0}})
    direct = Moments.from_rows(np.column_stack((2 * x[:, 0] - x[:, 1], x[:, 2])), ("net", "c"))
    assert same(net, direct, 1e-10)
    assert net.cov_of("net", "c") == net.cov_of("c", "net")


def test_a_constant_combination_has_variance_zero() -> None:
    denominator = np.random.default_rng(3).poisson(3, size=500) + 1.0
    found = Moments.from_rows(np.column_stack((0.1 * denominator, denominator)), ("num", "den"))
    ratio = found.mean_of("num") / found.mean_of("den")
    assert found.combine({"rest": {"num": 1.0, "den": -ratio}}).var_of("rest") == 0


def test_noise_is_removed_and_signal_kept() -> None:
    cov = np.array([[-1e-20, 1e-12], [1e-12, 2.0]])
    np.testing.assert_array_equal(without_noise(cov, np.array([1.0, 2.0])), [[0.0, 0.0], [0.0, 2.0]])


def test_dictionary_round_trip_is_exact() -> None:
    found = Moments.from_rows(rows(9), COLUMNS)
    assert Moments.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Moments(-1, ("a",), [0.0], [[0.0]]), "n == -1"),
        (lambda: Moments(2, ("a", "a"), [0.0, 0.0], np.zeros((2, 2))), "distinct"),
        (lambda: Moments(2, ("a",), [0.0, 1.0], [[0.0]]), "must have 1"),
        (lambda: Moments(2, ("a",), [np.nan], [[0.0]]), "finite"),
        (lambda: Moments(2, ("a",), [0.0], [[-1.0]]), "must be >= 0"),
        (lambda: Moments.from_counts(3, 4), "successes == 4"),
        (lambda: Moments.from_counts(3, 1) + Moments.from_counts(3, 1, "x"), "columns differ"),
        (lambda: add_up([]), "at least one"),
    ],
)
def test_bad_arguments_are_named(build, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_unknown_column_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="known: y"):
        Moments.from_counts(3, 1).mean_of("revenue")


def test_arrays_are_frozen() -> None:
    found = Moments.from_counts(3, 1)
    with pytest.raises(ValueError, match="read-only"):
        found.mean[0] = 5
