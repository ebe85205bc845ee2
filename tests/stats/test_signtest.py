"""The sign test against scipy's binomial test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from experiments.stats.signtest import sign_test


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=80))
def test_it_is_the_binomial_test_of_pairs_that_differ(pairs: list[tuple[float, float]]) -> None:
    found = sign_test(pairs)
    higher = sum(second > first for first, second in pairs)
    lower = sum(second < first for first, second in pairs)
    assert (found.higher, found.pairs) == (higher, higher + lower)
    if found.pairs:
        assert found.p == pytest.approx(binomtest(higher, higher + lower).pvalue, rel=1e-12)
    else:
        assert found.p is None


def test_a_published_pair_of_counts() -> None:
    """4 and 10 of 23 days, as in the free-trial test of an A/B testing course."""
    four = sign_test([(0, 1)] * 4 + [(1, 0)] * 19)
    ten = sign_test([(0, 1)] * 10 + [(1, 0)] * 13)
    assert four.p == pytest.approx(0.0026, abs=5e-5)
    assert ten.p == pytest.approx(0.6776, abs=5e-5)


def test_long_series_keep_their_digits() -> None:
    assert sign_test([(0, 1)] * 600).p == pytest.approx(2.0**-599, rel=1e-12)
