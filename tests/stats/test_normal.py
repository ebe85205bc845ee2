from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from scipy.integrate import quad

from experiments.stats import normal

tail = st.floats(1e-300, 0.5)
limit = st.floats(-6, 6)
rho = st.floats(-0.99, 0.99)


@given(tail)
def test_quantile_agrees_with_scipy_far_into_the_tail(p: float) -> None:
    assert normal.quantile(p) == pytest.approx(special.ndtri(p), rel=1e-13, abs=1e-14)
    assert normal.sf(normal.upper_quantile(p)) == pytest.approx(p, rel=1e-10)


@given(st.floats(-37, 37))
def test_cdf_and_density_agree_with_scipy(x: float) -> None:
    assert normal.cdf(x) == pytest.approx(special.ndtr(x), rel=1e-11)
    assert normal.pdf(x) == pytest.approx(stats.norm.pdf(x), rel=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_quantile_refuses_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="p =="):
        normal.quantile(p)


@given(limit, limit, rho)
def test_bivariate_agrees_with_an_integral_over_one_variable(a: float, b: float, r: float) -> None:
    def density(x: float) -> float:
        return float(normal.pdf(x) * special.ndtr((b - r * x) / (1 - r * r) ** 0.5))

    reference = quad(density, -10, a, epsabs=1e-11, limit=200)[0]
    assert normal.bivariate_cdf(a, b, r) == pytest.approx(reference, abs=1e-9)


@given(limit, limit)
def test_bivariate_limits(a: float, b: float) -> None:
    assert normal.bivariate_cdf(a, b, 1.0) == normal.cdf(min(a, b))
    assert normal.bivariate_cdf(a, b, -1.0) == pytest.approx(max(0.0, normal.cdf(a) + normal.cdf(b) - 1), abs=1e-12)
    assert normal.bivariate_cdf(a, b, 0.0) == pytest.approx(normal.cdf(a) * normal.cdf(b), abs=1e-15)


def test_bivariate_refuses_a_correlation_beyond_one() -> None:
    with pytest.raises(ValueError, match=r"rho == 1\.2"):
        normal.bivariate_cdf(0, 0, 1.2)


@pytest.mark.parametrize(
    ("limits", "rho"),
    [
        ((0.8, 0.9, 1.2), (0.1, -0.2, 0.3)),
        ((0.8, 0.9, 1.2), (0.9, 0.9, 0.95)),
        ((3.0, 0.9, -1.2), (-0.6, -0.6, 0.3)),
    ],
)
def test_trivariate_agrees_with_quasi_monte_carlo(
    limits: tuple[float, float, float], rho: tuple[float, float, float]
) -> None:
    cov = [[1, rho[0], rho[1]], [rho[0], 1, rho[2]], [rho[1], rho[2], 1]]
    reference = stats.multivariate_normal(cov=cov, seed=1, abseps=1e-7, releps=1e-7).cdf(limits)
    assert normal.trivariate_cdf(limits, rho) == pytest.approx(reference, abs=2e-6)


def test_trivariate_of_equal_correlations_at_the_origin_is_known() -> None:
    assert normal.trivariate_cdf((0, 0, 0), (0.5, 0.5, 0.5)) == pytest.approx(0.25, abs=1e-12)


def test_trivariate_refuses_near_degenerate_correlations() -> None:
    with pytest.raises(ValueError, match="rho =="):
        normal.trivariate_cdf((0, 0, 0), (0.995, 0, 0))
