from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from experiments.stats.effect import Status
from experiments.stats.homogeneity import same_share

groups = st.lists(st.tuples(st.integers(30, 5_000), st.floats(0.3, 0.7)), min_size=2, max_size=5)


@given(groups)
def test_it_is_the_chi_square_test_of_the_table(drawn: list[tuple[int, float]]) -> None:
    totals = [total for total, _ in drawn]
    hits = [round(total * share) for total, share in drawn]
    reference = stats.chi2_contingency([hits, [t - h for h, t in zip(hits, totals, strict=True)]], correction=False)
    found = same_share(hits, totals)
    assert found.statistic == pytest.approx(reference.statistic, rel=1e-9, abs=1e-9)
    assert found.p == pytest.approx(reference.pvalue, rel=1e-7, abs=1e-300)
    assert found.df == reference.dof


@given(groups)
def test_neither_order_nor_what_is_called_a_hit_matters(drawn: list[tuple[int, float]]) -> None:
    totals = [total for total, _ in drawn]
    hits = [round(total * share) for total, share in drawn]
    assume(0 < sum(hits) < sum(totals))
    found = same_share(hits, totals)
    turned = same_share([t - h for h, t in zip(hits, totals, strict=True)][::-1], totals[::-1])
    assert turned.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "totals", "status", "df"),
    [
        ([0, 0], [0, 0], Status.NOT_TESTABLE, 0),
        ([4, 0], [90, 0], Status.NOT_TESTABLE, 0),
        ([0, 0], [90, 80], Status.NOT_TESTABLE, 1),
        ([90, 80], [90, 80], Status.NOT_TESTABLE, 1),
        ([4, 5], [50, 50], Status.TOO_FEW, 1),
        ([5, 5], [50, 50], Status.OK, 1),
        ([46, 45], [50, 50], Status.TOO_FEW, 1),
        ([5, 5, 0], [50, 50, 0], Status.OK, 1),
    ],
)
def test_what_cannot_be_tested_has_a_name(hits: list[int], totals: list[int], status: Status, df: int) -> None:
    found = same_share(hits, totals)
    assert (found.status, found.df) == (status, df)
    assert (found.p is None) == (status is not Status.OK)


@pytest.mark.parametrize(("hits", "totals"), [([1], [2, 3]), ([3, 1], [2, 3]), ([-1, 1], [2, 3])])
def test_impossible_tables_are_refused(hits: list[int], totals: list[int]) -> None:
    with pytest.raises(ValueError, match="hits"):
        same_share(hits, totals)


def test_its_size_holds_under_the_null_at_unequal_sizes() -> None:
    rng = np.random.default_rng(11)
    totals = [9_000, 3_000, 1_000]
    hits = rng.binomial(totals, 0.03, size=(20_000, 3))
    rejected = np.mean([(same_share(list(map(int, row)), totals).p or 1.0) < 0.05 for row in hits])
    assert rejected == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))
