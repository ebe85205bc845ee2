from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.stats import effects, net
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

COLUMNS = ("gained", "lost", "cost")
WEIGHTS = {"gained": 12.0, "lost": 30.0, "cost": -1.0}


def rows(seed: int, n: int, shift: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    gained = generator.poisson(0.3 + shift, n)
    lost = generator.poisson(0.2, n) - 0.3 * gained
    return np.column_stack((gained, lost, generator.gamma(2, 1, n) + gained))


def groups(n: int = 500, shift: float = 0.1) -> tuple[Moments, Moments]:
    return Moments.from_rows(rows(1, n), COLUMNS), Moments.from_rows(rows(2, n + 100, shift), COLUMNS)


def test_vector_and_matrix() -> None:
    control, variant = groups()
    delta, sigma = net.effect_vector(COLUMNS, control, variant)
    np.testing.assert_allclose(delta, variant.mean - control.mean)
    np.testing.assert_allclose(sigma, control.cov / 500 + variant.cov / 600)
    _, turned = net.effect_vector(COLUMNS[::-1], control, variant)
    np.testing.assert_allclose(turned, sigma[::-1, ::-1])


def test_net_is_the_mean_of_the_net_per_unit() -> None:
    control, variant = groups()
    found = net.net_effect(WEIGHTS, control, variant)
    per_unit = [moments.combine({"net": WEIGHTS}) for moments in (control, variant)]
    direct = effects.absolute(Measure("mean", "net"), *per_unit)
    assert (found.point, found.se) == (pytest.approx(direct.point), pytest.approx(direct.se))
    assert (found.lo, found.hi, found.p) == (
        pytest.approx(direct.lo),
        pytest.approx(direct.hi),
        pytest.approx(direct.p),
    )


def test_weighted_steps_add_up_to_the_net_also_with_covariates() -> None:
    control, variant = groups()
    for covariates in ((), ("cost",)):
        delta, sigma = net.effect_vector(("gained", "lost"), control, variant, covariates)
        found = net.net_effect({"gained": 12.0, "lost": 30.0}, control, variant, covariates)
        assert 12 * delta[0] + 30 * delta[1] == pytest.approx(found.point, rel=1e-9)
        whole = [m.combine({"net": {"gained": 12.0, "lost": 30.0}, "cost": {"cost": 1.0}}) for m in (control, variant)]
        joined, variance = net.effect_vector(("net",), *whole, covariates)
        assert joined[0] == pytest.approx(found.point, rel=1e-9)
        assert math.sqrt(variance[0, 0]) == pytest.approx(found.se, rel=1e-9)
        assert sigma.shape == (2, 2)


def test_a_look_widens_the_interval() -> None:
    found, early = (net.net_effect(WEIGHTS, *groups(), critical=q) for q in (None, 4.0))
    assert early.lo < found.lo < found.hi < early.hi


def test_what_cannot_be_computed_has_a_name() -> None:
    single = Moments.from_rows(rows(1, 1), COLUMNS)
    assert net.net_effect(WEIGHTS, single, groups()[1]).status is Status.TOO_FEW
    still = Moments(10, COLUMNS, np.zeros(3), np.zeros((3, 3)))
    found = net.net_effect(WEIGHTS, still, still)
    assert (found.status, found.point, found.lo) == (Status.NOT_TESTABLE, 0, None)
    with pytest.raises(ValueError, match="n == 1"):
        net.effect_vector(COLUMNS, single, groups()[1])


effect = st.floats(-5, 5).filter(lambda x: abs(x) > 1e-3)


@given(effect, effect, st.floats(0.01, 2), st.floats(0.01, 2), st.floats(-0.9, 0.9), st.floats(0.1, 10))
def test_break_even_and_the_sign_of_the_net_agree(gained, lost, s_gained, s_lost, rho, price) -> None:
    """A rate is below price of gain over price of loss exactly when the net at those prices is above zero."""
    covariance = rho * s_gained * s_lost
    sigma = [[s_gained**2, covariance], [covariance, s_lost**2]]
    rate = net.displacement_rate([gained, lost], sigma)
    assume(rate.estimable)
    assume(gained > 0)
    total = net.combined([price, 1.0], [gained, lost], sigma)
    assert (rate.point < price) == (total.point > 0)
    assume(min(abs(rate.hi - price), abs(rate.lo - price)) > 1e-9)
    assert (rate.hi < price) == (total.lo > 0)
    assert (rate.lo > price) == (total.hi < 0)


def test_rate_is_not_estimable_without_a_clear_gain() -> None:
    sigma = [[9e-6, 0.0], [0.0, 4e-6]]
    assert net.displacement_rate([0.012, -0.003], sigma).estimable
    unclear = net.displacement_rate([0.004, -0.003], sigma)
    assert (unclear.estimable, unclear.kind) == (False, "rays")
    assert net.displacement_rate([0.0004, -0.0003], sigma).kind == "line"
    assert net.displacement_rate([0.012, -0.003], sigma, critical=4.5).kind != "interval"


@pytest.mark.parametrize(
    "call",
    [
        lambda: net.combined([1.0], [1.0, 2.0], np.eye(2)),
        lambda: net.combined([1.0, 1.0], [1.0, 2.0], np.eye(3)),
        lambda: net.displacement_rate([1.0], np.eye(2)),
        lambda: net.combined([1.0], [1.0], [[1.0]], level=2.0),
    ],
)
def test_bad_arguments_are_named(call) -> None:
    with pytest.raises(ValueError, match="must be"):
        call()
