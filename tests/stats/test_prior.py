from __future__ import annotations

import numpy as np
import pytest

from experiments.stats.prior import Prior, empirical_prior

RNG = np.random.default_rng(8)
TRUE = RNG.normal(0.02, 0.04, 200)
NOISE = RNG.uniform(0.01, 0.05, 200)
SEEN = (TRUE + RNG.normal(0, NOISE)).tolist()
VARIANCES = (NOISE**2).tolist()


def test_a_long_history_gives_back_the_distribution_it_came_from() -> None:
    prior = empirical_prior(SEEN, VARIANCES)
    assert prior.source == "history"
    assert prior.mean == pytest.approx(0.02, abs=0.012)
    assert prior.sd == pytest.approx(0.04, abs=0.01)
    assert prior.df is None


def test_under_ten_tests_the_default_stands() -> None:
    prior = empirical_prior(SEEN[:9], VARIANCES[:9])
    assert (prior.mean, prior.sd, prior.source, prior.tests) == (0.0, 0.05, "default", 9)
    assert empirical_prior(SEEN[:10], VARIANCES[:10]).source == "history"


def test_heavy_tails_need_fifty_tests_and_keep_the_spread() -> None:
    assert empirical_prior(SEEN[:49], VARIANCES[:49], heavy_tails=True).df is None
    heavy = empirical_prior(SEEN, VARIANCES, heavy_tails=True)
    assert heavy.df == 3.0
    assert heavy.sd == empirical_prior(SEEN, VARIANCES).sd
    assert heavy.scale == pytest.approx(heavy.sd / 3**0.5)


def test_a_history_without_spread_still_lets_the_next_test_speak() -> None:
    prior = empirical_prior([0.01] * 12, [0.0004] * 12)
    assert prior.spread is not None
    assert prior.spread.tau2 == 0.0
    assert prior.sd == pytest.approx((0.0004 / 12) ** 0.5)


def test_it_goes_through_plain_values() -> None:
    plain = empirical_prior(SEEN, VARIANCES).to_dict()
    assert plain["spread"]["count"] == 200


def test_a_prior_without_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="sd == 0"):
        Prior(0.0, 0)
    with pytest.raises(ValueError, match=r"df == 2\.0, must be > 2"):
        Prior(0.0, 1.0, 2.0)
