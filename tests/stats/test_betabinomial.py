from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.stats.betabinomial import compare_rates

counts = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
priors = st.sampled_from([0.5, 1.0, 2.5])


@settings(max_examples=60)
@given(counts, counts, priors, priors)
def test_swapping_the_arms_swaps_the_answers(
    control: tuple[int, int], variant: tuple[int, int], a0: float, b0: float
) -> None:
    one = compare_rates(*control, *variant, a0, b0, "quadrature")
    other = compare_rates(*variant, *control, a0, b0, "quadrature")
    assert one.chance_to_win + other.chance_to_win == pytest.approx(1.0, abs=1e-9)
    assert one.loss_variant == pytest.approx(other.loss_control, rel=1e-9)


@settings(max_examples=60)
@given(counts, counts, priors, priors)
def test_the_losses_differ_by_the_difference_of_the_means(
    control: tuple[int, int], variant: tuple[int, int], a0: float, b0: float
) -> None:
    found = compare_rates(*control, *variant, a0, b0, "quadrature")
    mean_c = (a0 + control[1]) / (a0 + b0 + control[0])
    mean_t = (a0 + variant[1]) / (a0 + b0 + variant[0])
    assert found.loss_control - found.loss_variant == pytest.approx(mean_t - mean_c, abs=1e-10)


def test_it_agrees_with_draws() -> None:
    rng = np.random.default_rng(6)
    draws = 400_000
    c, t = rng.beta(1 + 9, 1 + 291, draws), rng.beta(1 + 14, 1 + 276, draws)
    found = compare_rates(300, 9, 290, 14, method="quadrature")
    assert found.chance_to_win == pytest.approx(float((t > c).mean()), abs=0.003)
    assert found.loss_variant == pytest.approx(float(np.maximum(c - t, 0).mean()), abs=5e-5)


def test_a_narrow_posterior_beside_a_wide_one_is_resolved() -> None:
    found = compare_rates(10**8, 5 * 10**6, 40, 2, method="quadrature")
    flipped = compare_rates(40, 2, 10**8, 5 * 10**6, method="quadrature")
    assert found.chance_to_win + flipped.chance_to_win == pytest.approx(1.0, abs=1e-9)


def test_no_data_is_a_tie() -> None:
    assert compare_rates(0, 0, 0, 0, 0.5, 0.5).chance_to_win == pytest.approx(0.5)


def test_many_events_take_the_normal_form_and_few_do_not() -> None:
    many, few = compare_rates(8000, 400, 8000, 440), compare_rates(1000, 52, 1000, 66)
    assert (many.method, few.method) == ("normal", "quadrature")
    exact = compare_rates(8000, 400, 8000, 440, method="quadrature")
    assert many.chance_to_win == pytest.approx(exact.chance_to_win, abs=3e-4)
    assert many.loss_variant == pytest.approx(exact.loss_variant, rel=3e-3)


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="events == 11, must be between 0 and n == 10"):
        compare_rates(10, 11, 10, 5)
    with pytest.raises(ValueError, match="a0 == 0"):
        compare_rates(10, 1, 10, 5, a0=0)
