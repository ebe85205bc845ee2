"""Sums over the units that are present, and a shift, give the Moments of all units."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.moments import Moments
from experiments.store.sparse import PairSums, dense_moments, needed_shifts

cells = st.one_of(st.just(0.0), st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3)))
tables = st.lists(st.tuples(cells, cells, cells), min_size=2, max_size=12)


def sparse(rows: np.ndarray, shift: np.ndarray) -> list[PairSums]:
    """What a statement over the non-zero cells returns."""
    found: list[PairSums] = []
    for a in range(rows.shape[1]):
        for b in range(a, rows.shape[1]):
            both = (rows[:, a] != 0) & (rows[:, b] != 0)
            x, y = rows[both, a] - shift[a], rows[both, b] - shift[b]
            if both.any():
                found.append((a, b, int(both.sum()), x.sum(), y.sum(), (x * y).sum()))
    return found


@given(tables, st.tuples(*[st.floats(-50, 50, allow_nan=False)] * 3))
def test_any_shift_gives_the_same_moments(table: list[tuple[float, float, float]], shift: tuple[float, ...]) -> None:
    rows = np.array(table)
    expected = Moments.from_rows(rows, ("a", "b", "c"))
    found = dense_moments(len(rows), ("a", "b", "c"), shift, sparse(rows, np.array(shift)))
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-9)
    np.testing.assert_allclose(found.cov, expected.cov, atol=1e-6)


def test_no_row_at_all_means_zeros() -> None:
    found = dense_moments(5, ("a",), [0.0], [])
    assert (found.n, found.mean_of("a"), found.var_of("a")) == (5, 0.0, 0.0)


def test_a_shift_is_asked_for_only_where_digits_are_lost() -> None:
    rows = np.array([[1e9, 1.0], [1e9 + 1, 0.0]])
    groups = [Moments.from_rows(rows, ("clock", "orders")), Moments.from_rows(np.zeros((2, 2)), ("clock", "orders"))]
    assert needed_shifts(groups) == {"clock": 1e9}
