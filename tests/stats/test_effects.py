from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.stats import effects
from experiments.stats.contrast import contrast
from experiments.stats.effect import Effect, Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

RATE = Measure("rate", "y")
MEAN = Measure("mean", "y")
RATIO = Measure("ratio", "num", "den")

means = st.floats(-50, 50).filter(lambda x: abs(x) > 1e-3)
spreads = st.floats(0.01, 200)
positive, narrow = st.floats(5, 50), st.floats(0.01, 4)
sizes = st.integers(2, 5000)


def group(n: int, mean: float, spread: float) -> Moments:
    return Moments(n, ("y",), [mean], [[spread**2]])


def ratio_rows(seed: int, n: int, lift: float = 1.0) -> Moments:
    generator = np.random.default_rng(seed)
    den = generator.poisson(2, n) + 1.0
    return Moments.from_rows(np.column_stack((generator.binomial(den.astype(int), 0.2 * lift), den)), ("num", "den"))


def excludes_zero(effect: Effect) -> int:
    """−1 or 1 where the whole interval is on that side of zero, else 0."""
    assert effect.lo is not None
    assert effect.hi is not None
    return (effect.lo > 0) - (effect.hi < 0)


def test_rates_are_compared_by_unpooled_z() -> None:
    effect = effects.absolute(RATE, Moments.from_counts(10_000, 520), Moments.from_counts(10_000, 585))
    se = math.sqrt(0.052 * 0.948 / 10_000 + 0.0585 * 0.9415 / 10_000)
    assert effect.form == "z"
    assert effect.se == pytest.approx(se, rel=1e-12)
    assert effect.lo == pytest.approx(0.0065 - 1.959963984540054 * se, rel=1e-10)
    assert effect.p == pytest.approx(2 * stats.norm.sf(0.0065 / se), rel=1e-10)
    assert (effect.control, effect.variant) == (0.052, 0.0585)
    assert not effect.few_events


def test_small_groups_of_a_mean_are_compared_by_welch_and_large_ones_by_z() -> None:
    generator = np.random.default_rng(1)
    small, large = generator.normal(5, 2, 199), generator.normal(5.4, 3, 4000)
    a, b = Moments.from_rows(small, ("y",)), Moments.from_rows(large, ("y",))
    effect = effects.absolute(MEAN, a, b)
    reference = stats.ttest_ind(large, small, equal_var=False)
    assert effect.form == "welch"
    assert (effect.statistic, effect.df) == (pytest.approx(reference.statistic), pytest.approx(reference.df))
    assert effect.p == pytest.approx(reference.pvalue)
    ends = reference.confidence_interval()
    assert (effect.lo, effect.hi) == (pytest.approx(ends.low), pytest.approx(ends.high))
    z = effects.absolute(MEAN, group(200, 5, 2), group(200, 5.4, 3))
    assert (z.form, z.df) == ("z", None)


def test_level_and_critical_drive_both_scales() -> None:
    a, b = group(1000, 10, 5), group(1000, 11, 5)
    wide = effects.absolute(MEAN, a, b, critical=3.0)
    assert wide.hi - wide.lo == pytest.approx(6.0 * wide.se)
    assert wide.level == 0.95
    ninety = effects.absolute(MEAN, a, b, level=0.9)
    assert ninety.hi - ninety.lo == pytest.approx(2 * stats.norm.ppf(0.95) * ninety.se)
    assert effects.relative(MEAN, a, b, critical=3.0).lo < effects.relative(MEAN, a, b).lo
    by_level = effects.relative(MEAN, a, b, level=2 * stats.norm.cdf(3.0) - 1)
    assert by_level.lo == pytest.approx(effects.relative(MEAN, a, b, critical=3.0).lo, rel=1e-9)


@given(sizes, positive, spreads, sizes, means, spreads, st.floats(0.5, 5))
def test_relative_interval_and_absolute_test_never_disagree(n_a, m_a, s_a, n_b, m_b, s_b, critical) -> None:
    a, b = group(n_a, m_a, s_a), group(n_b, m_b, s_b)
    relative = effects.relative(MEAN, a, b, critical)
    assume(relative.status is Status.OK)
    absolute = effects.absolute(MEAN, a, b, critical)
    assume(abs(abs(absolute.statistic) - critical) > 1e-9)
    assert excludes_zero(relative) == excludes_zero(absolute)
    assert relative.p == absolute.p
    assert relative.lo <= relative.point <= relative.hi


@given(sizes, means, spreads, sizes, means, spreads)
def test_scale_sign_and_label_symmetry(n_a, m_a, s_a, n_b, m_b, s_b) -> None:
    a, b = group(n_a, m_a, s_a), group(n_b, m_b, s_b)
    base = effects.absolute(MEAN, a, b)
    swapped = effects.absolute(MEAN, b, a)
    assert (swapped.point, swapped.lo, swapped.hi) == (-base.point, -base.hi, -base.lo)
    mirrored = effects.absolute(MEAN, group(n_a, -m_a, s_a), group(n_b, -m_b, s_b))
    assert (mirrored.lo, mirrored.hi) == (pytest.approx(-base.hi), pytest.approx(-base.lo))
    thousand = effects.absolute(MEAN, group(n_a, 1000 * m_a, 1000 * s_a), group(n_b, 1000 * m_b, 1000 * s_b))
    assert thousand.lo == pytest.approx(1000 * base.lo, rel=1e-9, abs=1e-9)
    assert thousand.statistic == pytest.approx(base.statistic)


@given(sizes, positive, narrow, sizes, positive, narrow)
def test_a_lift_does_not_depend_on_the_unit_and_inverts_when_labels_swap(n_a, m_a, s_a, n_b, m_b, s_b) -> None:
    a, b = group(n_a, m_a, s_a), group(n_b, m_b, s_b)
    lift = effects.relative(MEAN, a, b)
    assume(lift.status is Status.OK)
    in_cents = effects.relative(MEAN, group(n_a, 100 * m_a, 100 * s_a), group(n_b, 100 * m_b, 100 * s_b))
    assert in_cents.lo == pytest.approx(lift.lo, rel=1e-6, abs=1e-9)
    back = effects.relative(MEAN, b, a)
    assume(back.status is Status.OK)
    assert 1 + back.lo == pytest.approx(1 / (1 + lift.hi), rel=1e-6)


def test_a_control_near_zero_leaves_the_lift_unbounded_and_the_difference_stays() -> None:
    a, b = group(400, 0.1, 2), group(400, 0.6, 2)
    lift, difference = effects.relative(MEAN, a, b), effects.absolute(MEAN, a, b)
    assert (lift.status, lift.lo, lift.hi) == (Status.UNBOUNDED, None, None)
    assert lift.point == pytest.approx(5)
    assert lift.p == difference.p
    assert difference.status is Status.OK


def test_a_negative_control_has_no_lift() -> None:
    lift = effects.relative(MEAN, group(400, -10, 2), group(400, -5, 2))
    assert (lift.status, lift.point, lift.lo) == (Status.NOT_TESTABLE, None, None)
    assert effects.absolute(MEAN, group(400, -10, 2), group(400, -5, 2)).lo > 0


@pytest.mark.parametrize(
    ("measure", "a", "b", "status"),
    [
        (MEAN, group(0, 0, 0), group(10, 1, 1), Status.TOO_FEW),
        (MEAN, group(1, 5, 0), group(10, 1, 1), Status.TOO_FEW),
        (MEAN, group(10, 1, 0), group(10, 2, 0), Status.NOT_TESTABLE),
        (RATE, Moments.from_counts(500, 0), Moments.from_counts(500, 0), Status.TOO_FEW),
        (RATE, Moments.from_counts(0, 0), Moments.from_counts(0, 0), Status.TOO_FEW),
        (RATE, Moments.from_counts(500, 40), Moments.from_counts(0, 0), Status.TOO_FEW),
        (RATE, Moments.from_counts(500, 500), Moments.from_counts(500, 500), Status.NOT_TESTABLE),
    ],
)
def test_what_cannot_be_computed_has_a_name_and_no_numbers(measure, a, b, status) -> None:
    for effect in (effects.absolute(measure, a, b), effects.relative(measure, a, b)):
        assert effect.status is status
        assert (effect.lo, effect.hi, effect.p, effect.se, effect.statistic) == (None,) * 5
        json.dumps(effect.to_dict(), allow_nan=False)


def test_zero_denominators_are_not_testable() -> None:
    dead = Moments.from_rows(np.zeros((30, 2)), ("num", "den"))
    effect = effects.relative(RATIO, dead, ratio_rows(1, 30))
    assert (effect.status, effect.control) == (Status.NOT_TESTABLE, None)
    assert effect.variant is not None


def test_a_group_without_spread_is_compared_with_one_that_has_some() -> None:
    effect = effects.absolute(MEAN, group(300, 0, 0), group(300, 1, 2))
    assert effect.status is Status.OK
    assert effect.se == pytest.approx(2 / math.sqrt(300))
    assert effects.relative(MEAN, group(300, 0, 0), group(300, 1, 2)).status is Status.UNBOUNDED


def test_a_ratio_is_linearised_per_unit() -> None:
    a, b = ratio_rows(1, 3000), ratio_rows(2, 3000, 1.3)
    effect = effects.absolute(RATIO, a, b)
    assert effect.control == pytest.approx(a.mean_of("num") / a.mean_of("den"))
    assert effect.lo > 0
    scaled = [Moments(m.n, m.columns, m.mean * [1, 10], m.cov * [[1, 10], [10, 100]]) for m in (a, b)]
    assert effects.absolute(RATIO, *scaled).statistic == pytest.approx(effect.statistic)
    assert effects.relative(RATIO, *scaled).lo == pytest.approx(effects.relative(RATIO, a, b).lo)


def test_ratio_variance_is_that_of_many_samples() -> None:
    values = [ratio_rows(seed, 400) for seed in range(400)]
    ratios = [m.mean_of("num") / m.mean_of("den") for m in values]
    stated = [contrast(RATIO, m, m).v_control for m in values[:20]]
    assert np.mean(stated) == pytest.approx(np.var(ratios, ddof=1), rel=0.2)


def test_log_form_is_close_to_fieller_in_large_samples() -> None:
    a, b = Moments.from_counts(150_000, 3105), Moments.from_counts(149_500, 2990)
    fieller, log = effects.relative(RATE, a, b), effects.log_relative(RATE, a, b)
    assert log.form == "log"
    assert log.point == pytest.approx(fieller.point)
    assert (log.lo, log.hi) == (pytest.approx(fieller.lo, abs=1e-3), pytest.approx(fieller.hi, abs=1e-3))


@pytest.mark.parametrize(
    ("m_a", "m_b", "status"), [(0.0, 1.0, Status.UNBOUNDED), (1.0, -1.0, Status.UNBOUNDED), (1.0, 2.0, Status.OK)]
)
def test_log_form_needs_positive_values(m_a: float, m_b: float, status: Status) -> None:
    assert effects.log_relative(MEAN, group(300, m_a, 1), group(300, m_b, 1)).status is status


def test_log_form_of_too_few_units() -> None:
    assert effects.log_relative(MEAN, group(1, 1, 0), group(300, 1, 1)).status is Status.TOO_FEW


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_both_scales_agree_on_small_skewed_samples(seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = (Moments.from_rows(generator.exponential(1, 60) * (generator.random(60) < 0.5), ("y",)) for _ in "ab")
    lift = effects.relative(MEAN, a, b)
    assert lift.status is Status.OK
    assert excludes_zero(lift) == excludes_zero(effects.absolute(MEAN, a, b))


@pytest.mark.parametrize(("level", "critical"), [(1.0, None), (0.0, None), (0.95, -1.0), (0.95, math.inf)])
@pytest.mark.parametrize("call", [effects.absolute, effects.relative, effects.log_relative])
def test_bad_levels_are_refused(call, level: float, critical: float | None) -> None:
    with pytest.raises(ValueError, match="must be"):
        call(MEAN, group(300, 1, 1), group(300, 1, 1), critical, level)


@pytest.mark.parametrize(
    ("control", "variant"),
    [((5e-324, 5e-324), (-1.0, 1.0)), ((-1e90, 0.0), (1.0, 1.0)), ((1.0, 1e-200), (1.0, 1e-200)),
     ((1e-300, 1e-160), (1.0, 1.0))],
)  # fmt: skip
def test_numbers_that_cannot_be_multiplied_are_not_testable(
    control: tuple[float, float], variant: tuple[float, float]
) -> None:
    groups = [Moments(150, ("y",), [mean], [[variance]]) for mean, variance in (control, variant)]
    for compare in (effects.absolute, effects.relative):
        found = compare(Measure("mean", "y"), *groups)
        assert found.status is Status.NOT_TESTABLE
        assert found.lo is None
        assert found.point is None or math.isfinite(found.point)
