from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.stats import effects, noninferiority
from experiments.stats.contrast import contrast
from experiments.stats.cuped import pair_of
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

COLUMNS = ("y", "x", "new", "den", "flat")
ADJUSTED = Measure("mean", "y", covariates=("x",))


def rows(seed: int, n: int, lift: float = 0.0, slope: float = 0.8, mean: float = 5.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    new = (generator.random(n) < 0.3) * 1.0
    x = generator.gamma(2, 2, n) * (1 - new)
    y = mean + lift + slope * x + 1.5 * new + generator.normal(0, 1, n)
    den = 1.0 + generator.poisson(1 + x / 4)
    return np.column_stack((y, x, new, den, np.ones(n)))


def group(*arguments, **keywords) -> Moments:
    return Moments.from_rows(rows(*arguments, **keywords), COLUMNS)


def lin_by_least_squares(a: np.ndarray, b: np.ndarray, covariates: list[int]) -> tuple[float, float]:
    """Point and control value of the fully interacted regression with centred covariates."""
    both = np.vstack((a, b))
    centred = both[:, covariates] - both[:, covariates].mean(axis=0)
    treated = np.r_[np.zeros(len(a)), np.ones(len(b))][:, None]
    design = np.hstack((np.ones((len(both), 1)), treated, centred, centred * treated))
    solution = np.linalg.lstsq(design, both[:, 0], rcond=None)[0]
    return float(solution[1]), float(solution[0])


def test_point_is_the_fully_interacted_regression_with_an_indicator() -> None:
    a, b = rows(1, 300, mean=5), rows(2, 200, lift=0.4)
    measure = Measure("mean", "y", covariates=("x", "new"))
    found = contrast(measure, Moments.from_rows(a, COLUMNS), Moments.from_rows(b, COLUMNS))
    delta, base = lin_by_least_squares(a, b, [1, 2])
    assert found.delta == pytest.approx(delta, rel=1e-9)
    assert found.control == pytest.approx(base, rel=1e-9)


def test_variance_and_covariance_follow_the_definition() -> None:
    a, b = rows(1, 60), rows(2, 240, slope=0.2)
    found = contrast(ADJUSTED, Moments.from_rows(a, COLUMNS), Moments.from_rows(b, COLUMNS))
    s_xx = np.var(np.r_[a[:, 1], b[:, 1]], ddof=1)
    thetas, residuals = [], []
    for x in (a, b):
        cov = np.cov(x[:, 0], x[:, 1])
        thetas.append(cov[0, 1] / cov[1, 1])
        factor = (len(x) - 1) / (len(x) - 2)
        residuals.append((cov[0, 0] - cov[0, 1] ** 2 / cov[1, 1]) * factor / len(x))
    assert found.v_control == pytest.approx(residuals[0] + thetas[0] ** 2 * s_xx / 300)
    assert found.v_variant == pytest.approx(residuals[1] + thetas[1] ** 2 * s_xx / 300)
    assert found.covariance == pytest.approx(thetas[0] * thetas[1] * s_xx / 300)
    assert found.variance == pytest.approx(sum(residuals) + (thetas[1] - thetas[0]) ** 2 * s_xx / 300)
    assert found.dfs == (58, 238) if min(len(a), len(b)) < 200 else found.dfs is None


def test_small_sample_factor_ends_at_a_thousand_units() -> None:
    a, b = group(1, 1000), group(2, 1000)
    with_factor, without = contrast(ADJUSTED, a, b), contrast(ADJUSTED, a, b, small_sample=False)
    assert with_factor.variance == without.variance
    a, b = group(1, 999), group(2, 999)
    ratio = contrast(ADJUSTED, a, b).variance / contrast(ADJUSTED, a, b, small_sample=False).variance
    assert ratio == pytest.approx(998 / 997, rel=1e-5)


def test_stated_variance_is_that_of_many_samples() -> None:
    pairs = [(group(2 * seed, 150), group(2 * seed + 1, 300, slope=0.4)) for seed in range(300)]
    found = [contrast(ADJUSTED, *pair) for pair in pairs]
    stated = np.mean([f.variance for f in found])
    assert stated == pytest.approx(np.var([f.delta for f in found], ddof=1), rel=0.25)
    base = np.mean([f.v_control for f in found])
    assert base == pytest.approx(np.var([f.control for f in found], ddof=1), rel=0.25)
    observed = np.cov([f.control for f in found], [f.variant for f in found])[0, 1]
    assert np.mean([f.covariance for f in found]) == pytest.approx(observed, rel=0.6)
    assert all(f.covariance > 0 for f in found)


def test_reduction_is_what_the_interval_lost_in_width() -> None:
    a, b = group(1, 2000), group(2, 2000, lift=0.2)
    plain, adjusted = contrast(Measure("mean", "y"), a, b), contrast(ADJUSTED, a, b)
    assert plain.reduction == 0
    assert adjusted.reduction == pytest.approx(1 - adjusted.variance / plain.variance)
    assert 0.3 < adjusted.reduction < 0.9
    assert effects.absolute(ADJUSTED, a, b).se < effects.absolute(Measure("mean", "y"), a, b).se


def test_a_weak_covariate_is_left_alone() -> None:
    a, b = group(1, 5000, slope=0.0), group(2, 5000, slope=0.0)
    weak = Measure("mean", "noise", covariates=("x",))
    independent = [m.combine({"noise": {"y": 1, "new": -1.5}, "x": {"x": 1}}) for m in (a, b)]
    assert contrast(weak, *independent) == contrast(Measure("mean", "noise"), *independent)
    forced = pair_of([weak], *independent, weakest=0.0)
    assert 0 < forced.reduction[0] < 0.0025


@pytest.mark.parametrize("covariates", [("flat",), ("x", "x2")])
def test_singular_covariates_fall_back_to_no_adjustment(covariates: tuple[str, ...]) -> None:
    def with_copy(moments: Moments) -> Moments:
        return moments.combine({"y": {"y": 1}, "x": {"x": 1}, "x2": {"x": 2}, "flat": {"flat": 1}})

    a, b = with_copy(group(1, 400)), with_copy(group(2, 400))
    assert contrast(Measure("mean", "y", covariates=covariates), a, b) == contrast(Measure("mean", "y"), a, b)


def test_a_constant_indicator_does_not_stop_the_other_covariate() -> None:
    a, b = group(1, 400), group(2, 400)
    with_flat = Measure("mean", "y", covariates=("x", "flat"))
    assert contrast(with_flat, a, b) == contrast(ADJUSTED, a, b)


def test_tiny_groups_are_not_adjusted() -> None:
    a, b = group(1, 3), group(2, 400)
    two = Measure("mean", "y", covariates=("x", "new"))
    assert contrast(two, a, b).reduction == 0
    assert contrast(ADJUSTED, group(1, 1), b).status is Status.TOO_FEW


def test_lift_and_test_agree_in_small_unequal_groups() -> None:
    """Without the covariance of the adjusted values one in ten of these samples would disagree."""
    decided = 0
    for seed in range(200):
        a, b = group(2 * seed, 60, mean=0.5), group(2 * seed + 1, 240, lift=0.35, slope=0.3, mean=0.5)
        absolute, relative = effects.absolute(ADJUSTED, a, b), effects.relative(ADJUSTED, a, b)
        if relative.status is Status.OK:
            decided += 1
            assert (relative.lo > 0, relative.hi < 0) == (absolute.lo > 0, absolute.hi < 0)
            ni = noninferiority.relative(ADJUSTED, a, b, 0.1)
            assert ni.holds == (ni.bound > -0.1)
    assert decided > 150


def test_lift_is_taken_from_the_adjusted_control() -> None:
    a, b = group(1, 500), group(2, 500, lift=0.5)
    found = effects.relative(ADJUSTED, a, b)
    assert found.point == pytest.approx(effects.absolute(ADJUSTED, a, b).point / found.control)
    assert found.control != pytest.approx(a.mean_of("y"), rel=1e-6)


def test_a_ratio_is_adjusted_through_its_linear_form() -> None:
    measure, plain = Measure("ratio", "y", "den", ("new",)), Measure("ratio", "y", "den")
    a, b = group(1, 4000), group(2, 4000, lift=0.3)
    adjusted, unadjusted = contrast(measure, a, b), contrast(plain, a, b)
    assert adjusted.reduction > 0.01
    assert adjusted.delta == pytest.approx(unadjusted.delta, abs=3 * math.sqrt(unadjusted.variance))
    per_unit = []
    for moments, x in ((a, rows(1, 4000)), (b, rows(2, 4000, lift=0.3))):
        r = moments.mean_of("y") / moments.mean_of("den")
        per_unit.append(np.column_stack((r + (x[:, 0] - r * x[:, 3]) / moments.mean_of("den"), x[:, 2])))
    by_rows = contrast(ADJUSTED, *(Moments.from_rows(x, ("y", "x")) for x in per_unit))
    assert adjusted.delta == pytest.approx(by_rows.delta, rel=1e-9)
    assert adjusted.variance == pytest.approx(by_rows.variance, rel=1e-9)


def test_a_ratio_whose_covariates_do_nothing_has_the_delta_variance() -> None:
    a, b = group(1, 400), group(2, 400)
    assert contrast(Measure("ratio", "y", "den", ("flat",)), a, b) == contrast(Measure("ratio", "y", "den"), a, b)


def test_a_rate_keeps_its_proportion_variance() -> None:
    generator = np.random.default_rng(5)

    def rate_rows() -> Moments:
        x = generator.random(3000)
        return Moments.from_rows(np.column_stack((generator.random(3000) < 0.1 + 0.5 * x, x)), ("y", "x"))

    a, b = rate_rows(), rate_rows()
    plain = contrast(Measure("rate", "y"), a, b)
    p = a.mean_of("y")
    assert plain.v_control == pytest.approx(p * (1 - p) / 3000, rel=1e-12)
    assert 0 < contrast(Measure("rate", "y", covariates=("x",)), a, b).reduction < 1


def test_perfectly_predicted_values_have_no_test() -> None:
    x = np.random.default_rng(1).normal(size=(300, 1))
    a, b = (Moments.from_rows(np.hstack((2 * part + 1, part)), ("y", "x")) for part in (x[:150], x[150:]))
    assert contrast(ADJUSTED, a, b).status is Status.NOT_TESTABLE


def test_parts_add_up_to_the_whole_with_one_covariate_vector() -> None:
    a, b = (m.combine({"p": {"y": 1}, "q": {"den": -2}, "sum": {"y": 1, "den": -2}, "x": {"x": 1}})
            for m in (group(1, 300), group(2, 300, lift=1)))  # fmt: skip
    pair = pair_of([Measure("mean", c, covariates=("x",)) for c in ("p", "q", "sum")], a, b, weakest=0.0)
    assert pair.delta[0] + pair.delta[1] == pytest.approx(pair.delta[2], rel=1e-9)
    whole = pair.sigma[:2, :2].sum()
    assert whole == pytest.approx(pair.sigma[2, 2], rel=1e-9)


def test_different_covariates_are_refused() -> None:
    with pytest.raises(ValueError, match="covariates differ"):
        pair_of([ADJUSTED, Measure("mean", "den")], group(1, 50), group(2, 50))
