from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats import boundaries, power
from experiments.stats.power import Design, GoalSpec, GuardrailSpec, sample_size

rates = st.floats(0.01, 0.6)


def test_importing_the_package_does_not_load_scipy() -> None:
    code = "import sys, experiments.stats.power; print([m for m in sys.modules if m.startswith('scipy')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@given(rates, st.floats(0.02, 0.5), st.floats(0.2, 4), st.floats(0.5, 0.95), st.integers(1, 6))
def test_the_size_gives_the_power_it_was_made_for(
    p: float, effect: float, allocation: float, wanted: float, looks: int
) -> None:
    design = Design(power=wanted, allocation=allocation, looks=looks)
    goal = GoalSpec("goal", "rate", p, effect_relative=effect)
    size = sample_size(goal, design)
    assert power.power(goal, size.n_control, design) == pytest.approx(wanted, abs=1e-12)
    assert size.power >= wanted - 1e-12
    assert size.arms.control - size.n_control < 1
    assert size.arms.variant - size.n_variant < 1
    assert size.arms.total == size.arms.control + size.arms.variant


def test_arms_are_rounded_up_one_by_one() -> None:
    size = sample_size(GoalSpec("goal", "rate", 0.02, effect_relative=0.2), Design(allocation=0.25, variants=2))
    assert size.n_control == pytest.approx(55577.9173989259)
    assert (size.arms.control, size.arms.variant, size.arms.total) == (55578, 13895, 69473)


def test_a_whole_size_is_not_rounded_up_by_noise() -> None:
    from experiments.stats.power.result import round_up

    assert round_up(0.1 + 0.2 - 0.3 + 7) == 7
    assert round_up(7.001) == 8


def test_several_variants_share_alpha_and_each_has_its_arm() -> None:
    goal = GoalSpec("goal", "rate", 0.05, effect_relative=0.1)
    three = sample_size(goal, Design(variants=4))
    assert three.n_control == pytest.approx(sample_size(goal, Design(alpha=0.025 / 3)).n_control)
    assert three.arms.total == three.arms.control + 3 * three.arms.variant
    assert any("alpha / 3" in line for line in three.assumptions)


def test_covariates_shrink_the_size_by_what_they_explain() -> None:
    plain = sample_size(GoalSpec("goal", "mean", 12.5, 31.0, effect_relative=0.05))
    adjusted = sample_size(GoalSpec("goal", "mean", 12.5, 31.0, effect_relative=0.05, r_squared=0.3))
    assert adjusted.n_control == pytest.approx(0.7 * plain.n_control)


def test_looks_cost_the_inflation_of_their_boundary() -> None:
    goal = GoalSpec("goal", "mean", 12.5, 31.0, effect_relative=0.05)
    watched = sample_size(goal, Design(looks=5))
    assert watched.inflation == pytest.approx(1.0247, abs=1e-4)
    assert watched.n_control == pytest.approx(watched.inflation * sample_size(goal).n_control)


@pytest.mark.parametrize("factor", [0.4, 0.8, 1.0, 1.3])
def test_power_with_looks_is_within_a_quarter_point_of_the_exact_recursion(factor: float) -> None:
    goal = GoalSpec("goal", "mean", 10.0, 20.0, effect_relative=0.05)
    design = Design(looks=7)
    n = factor * sample_size(goal, design).n_control
    times = boundaries.equally_spaced(7)
    drift = goal.effect * (n / 2) ** 0.5 / 20.0
    exact = sum(boundaries.exit_probabilities(times, boundaries.critical_values(times), drift).upper)
    assert power.power(goal, n, design) == pytest.approx(exact, abs=2.5e-3)


@given(rates, st.floats(0.01, 0.2), st.sampled_from([1, -1]))
def test_the_ratio_form_needs_less_than_the_absolute_form_exactly_where_higher_is_better(
    p: float, margin: float, direction: int
) -> None:
    relative = GuardrailSpec("g", "rate", p, margin=margin, direction=direction)  # type: ignore[arg-type]
    absolute = GuardrailSpec("g", "rate", p, margin=margin * p, margin_scale="absolute")
    ratio = sample_size(relative).n_control / sample_size(absolute).n_control
    assert ratio == pytest.approx((1 + (1 - direction * margin) ** 2) / 2)


def test_a_small_expected_loss_makes_the_guardrail_dearer() -> None:
    margin, loss = 0.05, -0.01
    at_zero = sample_size(GuardrailSpec("up", "mean", 10.0, 5.0, margin=margin))
    at_loss = sample_size(GuardrailSpec("up", "mean", 10.0, 5.0, margin=margin, expected_change=loss))
    assert at_loss.n_control / at_zero.n_control == pytest.approx((margin / (margin + loss)) ** 2)


def test_an_expected_rise_is_a_loss_where_lower_is_better() -> None:
    better, worse = (
        sample_size(GuardrailSpec("aht", "mean", 300.0, 200.0, margin=0.05, direction=-1, expected_change=change))
        for change in (-0.01, 0.01)
    )
    assert better.n_control < worse.n_control


def test_power_agrees_with_simulated_tests() -> None:
    rng = np.random.default_rng(5)
    goal = GoalSpec("goal", "rate", 0.1, effect_relative=0.2)
    n, runs = 2000, 20_000
    c, t = rng.binomial(n, 0.1, runs) / n, rng.binomial(n, 0.12, runs) / n
    z = (t - c) / np.sqrt(c * (1 - c) / n + t * (1 - t) / n)
    share = float((z > 1.959964).mean())
    assert power.power(goal, n) == pytest.approx(share, abs=4 * (share * (1 - share) / runs) ** 0.5)


def test_the_result_goes_through_json() -> None:
    size = sample_size(GuardrailSpec("up", "rate", 0.08, margin=0.05))
    read = json.loads(json.dumps(size.to_dict()))
    assert read["arms"]["control"] == size.arms.control
    assert read["assumptions"] == list(size.assumptions)
    assert "ratio form" in read["formula"]


def test_an_impossible_power_or_size_is_refused() -> None:
    goal = GoalSpec("goal", "rate", 0.1, effect_relative=0.2)
    with pytest.raises(ValueError, match=r"power == 1\.0"):
        sample_size(goal, power=1.0)
    with pytest.raises(ValueError, match="n_control == 0"):
        power.power(goal, 0)
