from __future__ import annotations

import math

import numpy as np
import pytest

from experiments.stats import effects
from experiments.stats.effect import Status
from experiments.stats.moments import Moments
from experiments.stats.quantile import QuantileEstimate, clustering_factor, levels, quantile_contrast


def estimate_of(calls: np.ndarray, share: float, clustering: float = 1.0) -> QuantileEstimate:
    low, high = levels(share, len(calls))
    q = np.quantile(calls, [low, share, high])
    return QuantileEstimate(len(calls), q[1], q[0], q[2], clustering)


def test_variance_is_that_of_many_samples() -> None:
    generator = np.random.default_rng(5)
    found = [estimate_of(generator.exponential(300, 800), 0.9) for _ in range(400)]
    assert np.mean([f.variance for f in found]) == pytest.approx(np.var([f.value for f in found]), rel=0.2)


def test_levels_need_enough_events() -> None:
    assert levels(0.5, 10_000) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.5098, abs=1e-4))
    assert levels(0.9, 20) is None
    assert levels(0.9, 0) is None
    with pytest.raises(ValueError, match="share == 1"):
        levels(1.0, 100)


def test_one_event_per_unit_is_not_clustered() -> None:
    generator = np.random.default_rng(1)
    rows = np.column_stack((generator.random(4000) < 0.9, np.ones(4000)))
    assert clustering_factor(Moments.from_rows(rows, ("below", "calls")), "below", "calls") == pytest.approx(
        1, rel=1e-3
    )


def test_equal_events_of_a_unit_count_once() -> None:
    generator = np.random.default_rng(1)
    below = (generator.random(4000) < 0.9) * 1.0
    rows = np.column_stack((5 * below, np.full(4000, 5.0)))
    assert clustering_factor(Moments.from_rows(rows, ("below", "calls")), "below", "calls") == pytest.approx(
        5, rel=1e-3
    )


def test_clustering_without_spread_has_no_factor() -> None:
    rows = np.ones((30, 2))
    assert clustering_factor(Moments.from_rows(rows, ("below", "calls")), "below", "calls") is None
    assert clustering_factor(Moments.from_rows(rows[:1], ("below", "calls")), "below", "calls") is None


def test_clustered_variance_is_that_of_many_samples() -> None:
    generator = np.random.default_rng(9)
    values, stated = [], []
    for _ in range(300):
        calls = generator.exponential(300, (300, 1)) + generator.exponential(60, (300, 4))
        plain = estimate_of(calls.ravel(), 0.5)
        below = (calls <= plain.value).sum(axis=1)
        moments = Moments.from_rows(np.column_stack((below, np.full(300, 4.0))), ("below", "calls"))
        values.append(plain.value)
        stated.append(plain.variance * clustering_factor(moments, "below", "calls"))
    assert np.mean(stated) == pytest.approx(np.var(values), rel=0.25)


def test_effects_on_both_scales() -> None:
    control = QuantileEstimate(1250, 38.5, 36.9, 40.4)
    variant = QuantileEstimate(1200, 41.0, 39.2, 43.1)
    found = quantile_contrast(control, variant)
    absolute, relative = effects.absolute_of(found), effects.relative_of(found)
    assert absolute.point == pytest.approx(2.5)
    assert absolute.se == pytest.approx(math.hypot(3.5, 3.9) / (2 * 1.959963984540054))
    assert (relative.lo > 0) == (absolute.lo > 0)
    wider = quantile_contrast(QuantileEstimate(1250, 38.5, 36.9, 40.4, clustering=4.0), variant)
    assert wider.v_control == pytest.approx(4 * found.v_control)


def test_no_spread_is_not_testable() -> None:
    point = QuantileEstimate(100, 5.0, 5.0, 5.0)
    assert quantile_contrast(point, point).status is Status.NOT_TESTABLE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((10, 5.0, 6.0, 7.0), "must be between lo"), ((10, 5.0, 4.0, 6.0, 0.0), r"clustering == 0\.0")],
)
def test_bad_arguments_are_named(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QuantileEstimate(*arguments)
