"""Groups that are drawn as a whole: design effect and Student's t against what simulated agents show."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from experiments.stats.power import Design, GoalSpec, GuardrailSpec, joint_sample_size, mde, power, sample_size
from experiments.stats.power.clusters import Clusters, implied_icc
from experiments.stats.power.student import needed
from experiments.stats.power.student import power as student_power

ALIKE = Clusters(size=100, icc=0.1)


def test_the_design_effect_is_the_known_one() -> None:
    assert ALIKE.design_effect == pytest.approx(1 + 99 * 0.1)
    assert Clusters(100, 0.1, 0.5).design_effect == pytest.approx(1 + (1.25 * 100 - 1) * 0.1)
    assert Clusters(1, 0.3).design_effect == 1, "one contact of each agent is as good as independent"
    assert Clusters(50, 0.0, 2.0).design_effect == 1


@pytest.mark.parametrize("sizes", [np.full(40, 60), np.tile([10, 30, 60, 140], 10)])
def test_the_spread_of_an_agent_is_what_simulated_agents_show(sizes: np.ndarray) -> None:
    random, icc, sd = np.random.default_rng(3), 0.08, 200.0
    known = Clusters(float(sizes.mean()), icc, float(sizes.std() / sizes.mean()))
    ratios = [
        (sizes * random.normal(0, sd * sqrt(icc), sizes.size) + random.normal(0, sd * np.sqrt((1 - icc) * sizes))).sum()
        / sizes.sum()
        for _ in range(4000)
    ]
    assert known.sd(sd) / sqrt(sizes.size) == pytest.approx(np.std(ratios), rel=0.04)
    assert implied_icc(known.sd(sd), sd, known.size, known.cv) == pytest.approx(icc)


@pytest.mark.parametrize(("values", "field"), [((0.5, 0.1), "size"), ((10, 1.1), "icc"), ((10, 0.1, -1.0), "cv")])
def test_values_out_of_bounds_are_refused(values: tuple[float, ...], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Clusters(*values)


def test_no_correlation_is_read_where_nothing_varies() -> None:
    assert implied_icc(1.0, 0.0, 100, 0.0) is None
    assert implied_icc(1.0, 5.0, 1, 0.0) is None
    assert implied_icc(0.001, 5.0, 100, 0.0) == 0.0, "less spread than chance makes is no correlation below 0"


@pytest.mark.parametrize("units", [6, 12, 30])
def test_power_of_few_units_is_what_simulated_tests_show(units: int) -> None:
    spec = GoalSpec("seconds", "ratio", 600.0, 70.0, effect_absolute=-70.0 * 2.9 / sqrt(units / 2))
    promised = power(spec, units, Design(few=True))
    random = np.random.default_rng(11)
    control, variant = (random.normal(m, 70.0, (20_000, units)) for m in (600.0, 600.0 + spec.effect))
    seen = (stats.ttest_ind(variant, control, axis=1, alternative="less").pvalue < 0.025).mean()
    assert promised == pytest.approx(seen, abs=0.01)
    assert power(spec, units, Design()) > promised, "the normal promises more than few units keep"


def test_sizes_of_few_units_are_larger_and_agree_for_many() -> None:
    small, large = (GoalSpec("g", "ratio", 100.0, 30.0, effect_relative=effect) for effect in (0.3, 0.01))
    few, many = Design(few=True), Design()
    assert sample_size(small, few).n_control > sample_size(small, many).n_control + 0.7
    assert sample_size(large, few).n_control == pytest.approx(sample_size(large, many).n_control, rel=1e-3)
    n = sample_size(small, few).n_control
    assert power(small, n, few) == pytest.approx(0.8, abs=1e-6)
    assert mde(small, n, few).up.absolute == pytest.approx(30.0, rel=1e-6)
    assert needed(0.025, 0.8, 1e9) == pytest.approx(2.8016, abs=1e-3)


def test_the_joint_rule_of_few_units_keeps_its_power() -> None:
    goal = GoalSpec("sales", "ratio", 0.1, 0.05, effect_relative=0.4)
    guard = GuardrailSpec("seconds", "ratio", 600.0, 80.0, margin=0.1, direction=-1)
    found, normal_way = joint_sample_size((goal, guard), Design(few=True)), joint_sample_size((goal, guard), Design())
    assert found.n_control > normal_way.n_control
    assert found.power.joint == pytest.approx(0.8, abs=0.02)
    assert found.power.marginal[0] == pytest.approx(
        student_power(0.04 / (0.05 * sqrt(2 / found.arms.control)), 0.025, 2 * found.arms.control - 2), abs=1e-9
    )


def test_few_units_are_read_once() -> None:
    with pytest.raises(ValueError, match="looks"):
        Design(looks=2, few=True)
