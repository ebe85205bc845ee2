from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.stats.power import Design, GoalSpec, GuardrailSpec, mde, sample_size, smallest_margin

designs = st.builds(Design, power=st.floats(0.6, 0.95), allocation=st.floats(0.25, 4), looks=st.sampled_from([1, 5]))


@given(st.floats(0.01, 0.9), st.integers(200, 10**6), designs)
def test_the_size_for_a_minimum_effect_is_the_size_given(p: float, n: int, design: Design) -> None:
    found = mde(GoalSpec("g", "rate", p, effect_absolute=p * 1e-6), n, design)
    for change in (found.up, found.down):
        if change is not None:
            goal = GoalSpec("g", "rate", p, effect_absolute=change.absolute)
            assert sample_size(goal, design).n_control == pytest.approx(n, rel=1e-9)
            assert change.relative == pytest.approx(change.absolute / p)


def test_rise_and_fall_of_a_rate_differ_and_of_a_mean_do_not() -> None:
    rate = mde(GoalSpec("g", "rate", 0.05, effect_relative=0.1), 10_000)
    assert rate.up is not None
    assert rate.down is not None
    assert rate.up.absolute > -rate.down.absolute
    mean = mde(GoalSpec("g", "mean", 5.0, 9.0, effect_relative=0.1), 10_000)
    assert mean.up is not None
    assert mean.down is not None
    assert mean.up.absolute == -mean.down.absolute


def test_an_effect_beyond_the_end_of_the_scale_is_no_answer() -> None:
    found = mde(GoalSpec("g", "rate", 0.01, effect_relative=0.1), 100)
    assert found.down is None
    assert found.up is not None


def test_a_baseline_of_zero_has_no_relative_effect() -> None:
    found = mde(GoalSpec("net", "mean", 0.0, 9.0, effect_absolute=1.0), 1000)
    assert found.up is not None
    assert found.up.relative is None


@given(
    st.floats(0.02, 0.9),
    st.integers(2000, 10**6),
    st.sampled_from([1, -1]),
    st.floats(-0.002, 0.002),
    designs,
)
def test_the_smallest_margin_needs_the_size_given(
    p: float, n: int, direction: int, change: float, design: Design
) -> None:
    spec = GuardrailSpec("g", "rate", p, margin=0.5, direction=direction, expected_change=change)  # type: ignore[arg-type]
    found = smallest_margin(spec, n, design).margin
    assume(found is not None and found > 0)  # a gain that is expected can leave nothing to rule out
    again = GuardrailSpec("g", "rate", p, margin=found, direction=direction, expected_change=change)  # type: ignore[arg-type]
    assert sample_size(again, design).n_control == pytest.approx(n, rel=1e-8)


def test_the_smallest_absolute_margin_leaves_room_for_the_expected_change() -> None:
    spec = GuardrailSpec("g", "mean", 10.0, 4.0, margin=1.0, margin_scale="absolute", expected_change=-0.1)
    found = smallest_margin(spec, 5000).margin
    assert found is not None
    again = GuardrailSpec("g", "mean", 10.0, 4.0, margin=found, margin_scale="absolute", expected_change=-0.1)
    assert sample_size(again).n_control == pytest.approx(5000)


def test_a_tiny_test_can_rule_out_no_relative_margin() -> None:
    spec = GuardrailSpec("g", "mean", 1.0, 30.0, margin=0.5)
    assert smallest_margin(spec, 50).margin is None


def test_a_size_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="n_control == 0"):
        mde(GoalSpec("g", "rate", 0.05, effect_relative=0.1), 0)
