from __future__ import annotations

import numpy as np
import pytest

from experiments.stats import effects, fewevents
from experiments.stats.effect import Status
from experiments.stats.measure import Estimate, Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.score import score_interval

RATE = Measure("rate", "y")


def rate(events: int, n: int) -> Estimate:
    return estimate(RATE, Moments.from_counts(n, events))


@pytest.mark.parametrize(
    ("control", "variant", "few"),
    [
        ((100, 5000), (100, 5000), False),
        ((99, 5000), (300, 5000), True),
        ((300, 5000), (99, 5000), True),
        ((499, 10_000), (2500, 50_000), True),
        ((500, 10_000), (2500, 50_000), False),
        ((499, 20_000), (2500, 80_000), False),
        ((499, 20_000), (2500, 80_100), True),
        ((4950, 5000), (4500, 5000), True),
        ((4900, 5000), (4500, 5000), False),
        ((0, 0), (300, 5000), True),
    ],
)
def test_when_the_score_form_applies(control, variant, few: bool) -> None:
    assert fewevents.applies(rate(*control), rate(*variant)) is few


def test_means_have_no_events() -> None:
    mean = estimate(Measure("mean", "y"), Moments.from_counts(10, 1))
    assert not fewevents.applies(mean, mean)
    with pytest.raises(ValueError, match="events == None"):
        fewevents.counts_of(mean, mean)


def test_effects_switch_to_the_score_form_on_both_scales() -> None:
    a, b = Moments.from_counts(2000, 40), Moments.from_counts(2000, 62)
    absolute, relative = effects.absolute(RATE, a, b), effects.relative(RATE, a, b)
    counts = fewevents.counts_of(estimate(RATE, a), estimate(RATE, b))
    assert (absolute.form, absolute.few_events) == ("score", True)
    lo, hi = score_interval(counts, 1.959963984540054, "absolute", skewed=True)
    assert (absolute.lo, absolute.hi) == (pytest.approx(lo), pytest.approx(hi))
    lo, hi = score_interval(counts, 1.959963984540054, "relative", skewed=True)
    assert (relative.lo, relative.hi) == (pytest.approx(lo - 1), pytest.approx(hi - 1))
    assert relative.point == pytest.approx(0.55)
    assert relative.statistic == absolute.statistic
    assert (relative.lo > 0) == (absolute.lo > 0) == (absolute.p < 0.05)


def test_a_look_widens_the_score_interval() -> None:
    a, b = Moments.from_counts(2000, 40), Moments.from_counts(2000, 62)
    early, final = effects.relative(RATE, a, b, critical=4.9), effects.relative(RATE, a, b)
    assert early.lo < final.lo < final.hi < early.hi
    assert early.p == final.p


@pytest.mark.parametrize(("events", "status"), [(9, Status.TOO_FEW), (10, Status.OK)])
def test_a_control_with_under_ten_events_is_not_compared(events: int, status: Status) -> None:
    a, b = Moments.from_counts(1000, events), Moments.from_counts(9000, 200)
    for effect in (effects.absolute(RATE, a, b), effects.relative(RATE, a, b)):
        assert effect.status is status
        assert (effect.lo is None) == (status is Status.TOO_FEW)
        assert effect.point is not None


def test_a_variant_without_events_is_compared() -> None:
    effect = effects.relative(RATE, Moments.from_counts(1000, 30), Moments.from_counts(1000, 0))
    assert (effect.status, effect.point) == (Status.OK, -1)
    assert effect.lo == pytest.approx(-1)
    assert effect.hi < -0.5


def test_covariates_do_not_change_the_score_form() -> None:
    generator = np.random.default_rng(1)
    x = np.column_stack((generator.random(2000) < 0.03, generator.random(2000)))
    a, b = Moments.from_rows(x[:1000], ("y", "x")), Moments.from_rows(x[1000:], ("y", "x"))
    assert effects.absolute(Measure("rate", "y", covariates=("x",)), a, b) == effects.absolute(RATE, a, b)


def test_newcombe_is_there_for_display() -> None:
    shown = fewevents.newcombe(rate(12, 200), rate(23, 210))
    assert (shown.form, shown.few_events, shown.p) == ("newcombe", True, None)
    assert shown.lo < shown.point < shown.hi
    assert fewevents.newcombe(rate(12, 200), rate(23, 210), 0.99).lo < shown.lo
    assert fewevents.newcombe(rate(0, 0), rate(23, 210)).status is Status.TOO_FEW


def test_size_of_the_score_form_in_a_holdback() -> None:
    """90 % treated, about 10 control events, no effect: z would reject twice as often as promised on one side."""
    generator = np.random.default_rng(7)
    n_c, n_v, rate_ = 1000, 9000, 0.012
    z_rejected = score_rejected = 0
    for x_c, x_v in zip(generator.binomial(n_c, rate_, 1000), generator.binomial(n_v, rate_, 1000), strict=True):
        p_c, p_v = x_c / n_c, x_v / n_v
        se = np.sqrt(p_c * (1 - p_c) / n_c + p_v * (1 - p_v) / n_v)
        z_rejected += (p_v - p_c) / se > 1.959963984540054
        effect = effects.absolute(RATE, Moments.from_counts(n_c, int(x_c)), Moments.from_counts(n_v, int(x_v)))
        score_rejected += effect.lo is not None and effect.lo > 0
    assert z_rejected > 40
    assert score_rejected < 30
