from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.stats import effects, region
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

DELTA, SIGMA = [0.00803, -0.00033], [[9e-6, -1.2e-6], [-1.2e-6, 4e-6]]
X, Y = Measure("mean", "x"), Measure("mean", "y")


def group(n: int, means: tuple[float, float], rho: float = 0.4, spread: float = 2.0) -> Moments:
    cov = spread**2 * np.array([[1, rho], [rho, 1]])
    return Moments(n, ("x", "y"), list(means), cov)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_corners_lie_on_the_ellipse(level: float) -> None:
    shape = region.ellipse(DELTA, SIGMA, level)
    gaps = np.array(shape.polygon()) - DELTA
    distances = np.einsum("ij,jk,ik->i", gaps, np.linalg.inv(SIGMA), gaps)
    np.testing.assert_allclose(distances, stats.chi2(2).ppf(level), rtol=1e-9)
    assert len(shape.polygon(12)) == 12


def test_axes_and_angle() -> None:
    shape = region.ellipse([0, 0], [[4.0, 0.0], [0.0, 1.0]])
    assert shape.semi_axes == (pytest.approx(2 * 2.4477468), pytest.approx(2.4477468))
    assert shape.angle == pytest.approx(0, abs=1e-12)
    assert region.ellipse([0, 0], [[1.0, 0.0], [0.0, 4.0]]).angle == pytest.approx(math.pi / 2)
    assert region.ellipse([0, 0], [[1.0, 0.5], [0.5, 1.0]]).angle == pytest.approx(math.pi / 4)


def test_joint_test_is_chi_square() -> None:
    distance, p = region.joint_test(DELTA, SIGMA)
    assert p == pytest.approx(stats.chi2(2).sf(distance))


def test_relative_corners_are_just_rejected_together() -> None:
    a, b = group(4000, (5.0, 3.0)), group(4000, (5.2, 2.9))
    plane = region.relative_plane(X, Y, a, b, levels=(0.95,))
    assert plane.status is Status.OK
    for lift_x, lift_y in plane.regions["0.95"]:
        factors = np.array([1 + lift_x, 1 + lift_y])
        gap = b.mean - factors * a.mean
        sigma = (b.cov + np.outer(factors, factors) * a.cov) / 4000
        assert gap @ np.linalg.solve(sigma, gap) == pytest.approx(stats.chi2(2).ppf(0.95), rel=1e-6)


def test_plane_shows_the_same_points_as_the_effects() -> None:
    a, b = group(4000, (5.0, 3.0)), group(4000, (5.2, 2.9))
    plane = region.relative_plane(X, Y, a, b)
    assert plane.point == (
        pytest.approx(effects.relative(X, a, b).point),
        pytest.approx(effects.relative(Y, a, b).point),
    )
    assert list(plane.regions) == ["0.5", "0.8", "0.95"]
    assert plane.correlation == pytest.approx(0.4, abs=0.02)
    widths = [np.ptp(np.array(corners)[:, 0]) for corners in plane.regions.values()]
    assert widths == sorted(widths)


def test_relative_region_approaches_the_ellipse_in_large_samples() -> None:
    a, b = group(4_000_000, (5.0, 3.0)), group(4_000_000, (5.0, 3.0))
    corners = np.array(region.relative_plane(X, Y, a, b, levels=(0.95,)).regions["0.95"])
    sigma = (a.cov + b.cov) / 4_000_000 / np.outer(a.mean, a.mean)
    distances = np.einsum("ij,jk,ik->i", corners, np.linalg.inv(sigma), corners)
    np.testing.assert_allclose(distances, stats.chi2(2).ppf(0.95), rtol=0.02)


def test_the_axis_ends_hold_the_lift_that_the_joint_test_allows() -> None:
    """With independent measures the region reaches as far along x as Fieller's interval at the chi-square radius."""
    a, b = group(900, (5.0, 3.0), rho=0.0), group(900, (5.2, 2.9), rho=0.0)
    corners = np.array(region.relative_plane(X, Y, a, b, levels=(0.95,)).regions["0.95"])
    wide = effects.relative(X, a, b, critical=math.sqrt(stats.chi2(2).ppf(0.95)))
    assert corners[:, 0].max() == pytest.approx(wide.hi, rel=1e-3)
    assert corners[:, 0].min() == pytest.approx(wide.lo, rel=2e-2)


def test_a_control_near_zero_has_a_point_but_no_region() -> None:
    plane = region.relative_plane(X, Y, group(100, (0.2, 3.0)), group(100, (0.3, 3.0)))
    assert plane.status is Status.UNBOUNDED
    assert "0.95" not in plane.regions
    assert plane.point is not None


@pytest.mark.parametrize(
    ("a", "b", "status"),
    [
        (group(1, (1.0, 1.0)), group(50, (1.0, 1.0)), Status.TOO_FEW),
        (group(50, (0.0, 1.0)), group(50, (1.0, 1.0)), Status.UNBOUNDED),
        (group(50, (1.0, 1.0), spread=0.0), group(50, (1.0, 1.0), spread=0.0), Status.NOT_TESTABLE),
        (group(50, (1.0, 1.0), rho=1.0), group(50, (1.0, 1.0), rho=1.0), Status.NOT_TESTABLE),
    ],
)
def test_what_cannot_be_drawn_has_a_name(a: Moments, b: Moments, status: Status) -> None:
    plane = region.relative_plane(X, Y, a, b)
    assert (plane.status, plane.point, plane.regions) == (status, None, {})


def test_a_ratio_without_denominator_is_not_testable() -> None:
    dead = Moments.from_rows(np.zeros((30, 3)), ("x", "y", "d"))
    assert region.relative_plane(X, Measure("ratio", "y", "d"), dead, dead).status is Status.NOT_TESTABLE


@pytest.mark.parametrize(
    "call",
    [
        lambda: region.ellipse([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]]),
        lambda: region.ellipse([0.0, 0.0], [[-1.0, 0.0], [0.0, -1.0]]),
        lambda: region.ellipse([0.0], [[1.0]]),
        lambda: region.ellipse(DELTA, SIGMA, 1.0),
    ],
)
def test_bad_arguments_are_named(call) -> None:
    with pytest.raises(ValueError, match="must be"):
        call()
