"""Chances of the next look, against worlds whose truth is known."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from experiments.stats.predictive import next_statistics, planned_chance

T1, T2 = 0.4, 0.7


def chance_of_one(z, growth: float, critical: float):
    """The chance of a single statistic in closed form (Spiegelhalter, Freedman and Blackburn 1986)."""
    return norm.cdf((z * sqrt(growth) - critical) / sqrt(growth - 1))


def test_by_hand() -> None:
    # Power 80 % at the end of a fixed test is a drift of 1.96 + 0.8416; a quarter of it is known at a quarter.
    assert planned_chance(0.8, 0.25, 1.96, 1.96) == pytest.approx(norm.cdf(2.8016 / 2 - 1.96), abs=1e-4)
    assert planned_chance(0.8, 1.0, 1.96, 1.96) == pytest.approx(0.8, abs=1e-12)


def test_what_is_promised_happens_as_often() -> None:
    """Effects of every size are as likely as each other; what was given 20–40 % happens in 20–40 % of the cases."""
    rng, worlds = np.random.default_rng(7), 200_000
    drift = rng.uniform(-40, 40, worlds)  # E[Z] at full information
    b1 = drift * T1 + sqrt(T1) * rng.standard_normal(worlds)
    b2 = b1 + drift * (T2 - T1) + sqrt(T2 - T1) * rng.standard_normal(worlds)
    z1, passed = b1 / sqrt(T1), b2 / sqrt(T2) >= 2.2
    promised = chance_of_one(z1, T2 / T1, 2.2)
    for low in (0.02, 0.2, 0.4, 0.6, 0.8):
        cell = (promised >= low) & (promised < low + 0.18)
        error = sqrt(0.25 / cell.sum())
        assert abs(passed[cell].mean() - promised[cell].mean()) < 4 * error


def test_under_the_planned_effect_the_plan_tells_the_truth() -> None:
    rng = np.random.default_rng(8)
    drift = 2.0 + norm.ppf(0.9)
    z = drift * sqrt(0.5) + rng.standard_normal(100_000)
    assert planned_chance(0.9, 0.5, 2.8, 2.0) == pytest.approx((z >= 2.8).mean(), abs=0.006)


def test_draws_have_the_mean_spread_and_correlation_of_the_theory() -> None:
    correlation = np.array([[1.0, -0.6], [-0.6, 1.0]])
    draws = next_statistics([1.0, -2.0], correlation, 3.0, draws=200_000)
    assert draws.mean(axis=0) == pytest.approx([sqrt(3), -2 * sqrt(3)], abs=0.02)
    assert np.cov(draws.T) == pytest.approx(2 * correlation, abs=0.03)


@given(st.floats(-5, 5), st.floats(1.01, 10), st.floats(1.5, 5))
def test_as_many_draws_pass_a_boundary_as_the_closed_form_says(z: float, growth: float, critical: float) -> None:
    chance = chance_of_one(z, growth, critical)
    drawn = (next_statistics([z], np.eye(1), growth)[:, 0] >= critical).mean()
    assert drawn == pytest.approx(chance, abs=0.02)


@pytest.mark.parametrize("growth", [1.0, 0.5, float("nan")])
def test_without_more_information_there_is_nothing_to_predict(growth: float) -> None:
    with pytest.raises(ValueError, match="growth =="):
        next_statistics([1.0], np.eye(1), growth)
