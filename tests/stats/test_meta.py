from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from experiments.stats import meta

studies = st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 0.5)), min_size=2, max_size=12)


@given(studies)
def test_it_agrees_with_statsmodels(rows: list[tuple[float, float]]) -> None:
    e, v = (np.array(column) for column in zip(*rows, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels goes on with a negative tau²
        theirs = combine_effects(e, v, method_re="dl")
    ours = meta.heterogeneity(e.tolist(), v.tolist())
    assert ours.q == pytest.approx(theirs.q, abs=1e-9)
    assert ours.tau2_dl == pytest.approx(max(theirs.tau2, 0.0), abs=1e-9)
    assert ours.mean_fixed == pytest.approx(theirs.mean_effect_fe, abs=1e-9)


@given(studies)
def test_at_paule_mandel_the_spread_is_what_noise_and_tau_explain(rows: list[tuple[float, float]]) -> None:
    e, v = (np.array(column) for column in zip(*rows, strict=True))
    tau2 = meta.paule_mandel(e.tolist(), v.tolist())
    w = 1 / (v + tau2)
    q = float(w @ (e - w @ e / w.sum()) ** 2)
    assert q == pytest.approx(len(rows) - 1, rel=1e-6) if tau2 > 0 else q <= len(rows) - 1 + 1e-9


@given(studies, st.floats(0.1, 10))
def test_the_unit_of_the_effect_does_not_matter(rows: list[tuple[float, float]], unit: float) -> None:
    e, v = (list(column) for column in zip(*rows, strict=True))
    tau2 = meta.paule_mandel(e, v)
    assume(tau2 > 1e-9)
    scaled = meta.paule_mandel([x * unit for x in e], [x * unit**2 for x in v])
    assert scaled == pytest.approx(tau2 * unit**2, rel=1e-6)


@given(studies)
def test_shrinking_moves_towards_the_mean_and_never_past_it(rows: list[tuple[float, float]]) -> None:
    e, v = (list(column) for column in zip(*rows, strict=True))
    mean = meta.heterogeneity(e, v).mean
    for raw, noise, shrunk in zip(e, v, meta.shrink(e, v), strict=True):
        assert min(raw, mean) - 1e-9 <= shrunk.mean <= max(raw, mean) + 1e-9
        assert shrunk.sd <= noise**0.5 + 1e-12
        assert shrunk.sd <= shrunk.sd_full
        assert 0 <= shrunk.weight < 1


def test_a_single_effect_has_no_spread() -> None:
    found = meta.heterogeneity([0.1], [0.01])
    assert (found.q, found.p, found.tau2, found.tau2_dl, found.mean) == (0.0, None, 0.0, 0.0, 0.1)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        meta.heterogeneity([0.1], [0.1, 0.2])
    with pytest.raises(ValueError, match="variances > 0"):
        meta.shrink([0.1, 0.2], [0.1, 0.0])
    with pytest.raises(ValueError, match=r"tau2 == -1"):
        meta.shrink([0.1, 0.2], [0.1, 0.1], -1)
