from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.stats.value import effective_weeks, value_of_test

means = st.floats(-0.1, 0.1)
sds = st.floats(0.005, 0.2)


@given(means, sds, sds)
def test_a_test_is_worth_something_and_never_more_than_the_truth(mean: float, sd: float, se: float) -> None:
    found = value_of_test(mean, sd, se)
    assert -1e-15 <= found.evsi <= found.evpi + 1e-15
    assert found.rule_gain <= found.expected_gain + 1e-12
    assert 0 <= found.assurance <= 1


@given(means, sds, sds)
def test_a_sharper_test_is_worth_more(mean: float, sd: float, se: float) -> None:
    assert value_of_test(mean, sd, se / 2).evsi >= value_of_test(mean, sd, se).evsi - 1e-15


def test_it_agrees_with_simulated_tests() -> None:
    rng = np.random.default_rng(9)
    runs = 1_000_000
    truth = rng.normal(0.01, 0.05, runs)
    shipped = truth + rng.normal(0, 0.03, runs) > 1.959964 * 0.03
    found = value_of_test(0.01, 0.05, 0.03)
    assert found.assurance == pytest.approx(float(shipped.mean()), abs=0.002)
    assert found.rule_gain == pytest.approx(float((truth * shipped).mean()), abs=2e-4)


def test_guardrails_that_may_fail_lower_the_chance_to_ship() -> None:
    sure, doubtful = value_of_test(0.01, 0.05, 0.03), value_of_test(0.01, 0.05, 0.03, pass_chance=0.8)
    assert doubtful.assurance == pytest.approx(0.8 * sure.assurance)
    assert doubtful.rule_gain == pytest.approx(0.8 * sure.rule_gain)
    assert doubtful.evsi == sure.evsi


def test_a_fading_effect_is_worth_fewer_weeks() -> None:
    assert effective_weeks(52) == 52
    assert effective_weeks(52, 26) == pytest.approx(26 / np.log(2) * 0.75)
    assert effective_weeks(52, 1e9) == pytest.approx(52)


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="prior_sd == 0"):
        value_of_test(0.0, 0, 1.0)
    with pytest.raises(ValueError, match=r"pass_chance == 1\.1"):
        value_of_test(0.0, 1.0, 1.0, pass_chance=1.1)
    with pytest.raises(ValueError, match="horizon_weeks == -1"):
        effective_weeks(-1)
    with pytest.raises(ValueError, match="half_life_weeks == 0"):
        effective_weeks(10, 0)
