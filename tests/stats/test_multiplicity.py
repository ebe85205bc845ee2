from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from experiments.stats import multiplicity

# 1 itself makes statsmodels warn of a logarithm of zero.
p_lists = st.lists(st.floats(0, 0.999999), min_size=1, max_size=30)
OURS = {
    "bonferroni": multiplicity.bonferroni,
    "sidak": multiplicity.sidak,
    "holm": multiplicity.holm,
    "fdr_bh": multiplicity.benjamini_hochberg,
}


@pytest.mark.parametrize("method", OURS)
@settings(max_examples=20)
@given(p_values=p_lists)
def test_adjusted_values_agree_with_statsmodels(method: str, p_values: list[float]) -> None:
    theirs = multipletests(p_values, method=method)[1]
    assert OURS[method](p_values) == pytest.approx(theirs.tolist(), rel=1e-9, abs=1e-15)


@given(p_lists)
def test_the_order_of_strictness(p_values: list[float]) -> None:
    bh, holm = multiplicity.benjamini_hochberg(p_values), multiplicity.holm(p_values)
    bonferroni = multiplicity.bonferroni(p_values)
    for p, a, b, c in zip(p_values, bh, holm, bonferroni, strict=True):
        assert a is not None
        assert b is not None
        assert c is not None
        assert p <= a * (1 + 1e-12)
        assert a <= b * (1 + 1e-12)
        assert b <= c * (1 + 1e-12)


@given(p_lists, st.randoms())
def test_the_order_of_the_list_does_not_matter(p_values: list[float], random: object) -> None:
    order = list(range(len(p_values)))
    random.shuffle(order)  # type: ignore[attr-defined]
    adjusted = multiplicity.holm(p_values)
    assert multiplicity.holm([p_values[i] for i in order]) == pytest.approx([adjusted[i] for i in order])


def test_what_could_not_be_tested_stays_empty_and_does_not_count() -> None:
    assert multiplicity.holm([0.01, None, 0.03]) == (0.02, None, 0.03)
    assert multiplicity.holm([None, None]) == (None, None)
    assert multiplicity.holm([]) == ()


def test_holm_holds_the_family_wise_error_under_dependence() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(4)
    runs, k = 4000, 6
    z = 0.7**0.5 * rng.normal(size=(runs, 1)) + 0.3**0.5 * rng.normal(size=(runs, k))
    p = 2 * norm.sf(np.abs(z))
    errors = np.mean([min(multiplicity.holm(row)) <= 0.05 for row in p.tolist()])  # type: ignore[type-var]
    assert errors <= 0.05 + 4 * (0.05 * 0.95 / runs) ** 0.5


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match=r"p_values == \[0\.1, 1\.2\]"):
        multiplicity.holm([0.1, 1.2])
