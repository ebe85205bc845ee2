"""Power of the whole rule: the goal superior and every guardrail non-inferior, at full alpha each.

An intersection-union test needs no correction of alpha, but its power is that of all tests together. The simple way
plans each of the G + 1 tests at 1 − β/(G + 1); the exact way solves the multivariate normal probability for n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from experiments.stats import normal
from experiments.stats.moments import Matrix
from experiments.stats.orthant import Correlation, as_correlation, orthant
from experiments.stats.power.planned_test import PlannedTest, planned
from experiments.stats.power.result import Arms
from experiments.stats.power.sample_sizes import control_size, margin_of_z
from experiments.stats.power.specs import Design, Spec
from experiments.stats.result import Result

SIMPLE = "simple joint rule: each of the G + 1 tests at power 1 − β/(G + 1)"
EXACT = "exact joint rule: Φ_{G+1}(E[z] − z_α; ρ) = power, solved for n by bisection"


@dataclass(frozen=True)
class JointPower(Result):
    """Chance that all tests come out as wanted.

    Attributes:
        joint: the joint probability.
        marginal: power of each test.
        independent: product of the marginal powers.
        lower: Bonferroni lower bound, true for any dependence.
        method: "single", "product", "bivariate normal", "trivariate normal", "product bound" or "multivariate
            normal".
    """

    joint: float
    marginal: tuple[float, ...]
    independent: float
    lower: float
    method: str


@dataclass(frozen=True)
class JointSize(Result):
    """Units that the whole rule needs.

    Attributes:
        n_control: unrounded units in the control, exact joint rule.
        n_variant: unrounded units in each variant.
        arms: rounded up per arm, and the total.
        n_simple: unrounded units in the control by the simple rule, never below the exact one.
        power: joint power at the rounded sizes, with the power of each test.
        correlation: of the test statistics, oriented so that larger is better.
        binding: key of the test that needs most units alone.
        formula: name and text of the formulas.
    """

    n_control: float
    n_variant: float
    arms: Arms
    n_simple: float
    power: JointPower
    correlation: tuple[tuple[float, ...], ...]
    binding: str
    formula: str


def joint_power(margins: Sequence[float], correlation: Correlation | None = None) -> JointPower:
    """Probability that every test statistic passes its critical value.

    Args:
        margins: expected z minus critical z of each test, so that Φ(margin) is its power.
        correlation: of the statistics, oriented so that larger is better: one number for all pairs or a matrix;
            None = independent.

    Up to three tests are exact by quadrature. With more, where no correlation is negative the product is a lower bound
    (Slepian) and is used; else quasi Monte Carlo with a fixed seed.

    Raises:
        ValueError: where there is no margin, or the correlation fits no distribution.
    """
    if not margins:
        raise ValueError("margins == [], must hold at least one.")
    matrix = as_correlation(correlation, len(margins))
    marginal = tuple(normal.cdf(m) for m in margins)
    joint, method = orthant(margins, matrix)
    lower = max(0.0, 1.0 - sum(1.0 - p for p in marginal))
    return JointPower(joint, marginal, prod(marginal), lower, method)


def joint_sample_size(
    specs: Sequence[Spec], design: Design | None = None, correlation: Correlation | None = None
) -> JointSize:
    """Units for the wanted joint power over goal and guardrails.

    Args:
        specs: the goal first, then the guardrails.
        design: shared design; default `Design()`.
        correlation: of the metrics per unit within an arm, in the metrics' own directions; None = independent.
    """
    chosen = design or Design()
    tests = [planned(spec) for spec in specs]
    _check_keys(tests)
    matrix = statistic_correlation(tests, correlation, chosen.allocation)
    alone = [control_size(c, chosen, chosen.power) for c in tests]
    simple_power = 1.0 - (1.0 - chosen.power) / len(tests)
    simple = max(control_size(c, chosen, simple_power) for c in tests)
    n = _solve(tests, chosen, matrix, max(alone), simple)
    arms = Arms.of(n, chosen.allocation, chosen.treatments)
    realised = arms.variant / arms.control
    return JointSize(
        n_control=n,
        n_variant=n * chosen.allocation,
        arms=arms,
        n_simple=simple,
        power=joint_power([margin_of_z(c, arms.control, chosen, realised) for c in tests], matrix),
        correlation=tuple(tuple(row) for row in matrix.tolist()),
        binding=tests[int(np.argmax(alone))].key,
        formula=f"{EXACT}; {SIMPLE}",
    )


def statistic_correlation(tests: Sequence[PlannedTest], correlation: Correlation | None, allocation: float) -> Matrix:
    """Correlation of the test statistics, larger = better, from the per-unit correlation of the metrics.

    With c the correlation in each arm: c (s_t s_t'/κ + r r' s_c s_c') / √(w w'), its sign turned where exactly one of
    the two metrics is better when lower.
    """
    matrix = as_correlation(correlation, len(tests)).copy()
    for i, a in enumerate(tests):
        for j, b in enumerate(tests[:i]):
            shared = sqrt(a.variant_variance * b.variant_variance) / allocation
            shared += a.control_weight * b.control_weight * sqrt(a.control_variance * b.control_variance)
            shared /= sqrt(a.variance(allocation)) * sqrt(b.variance(allocation))
            matrix[i, j] = matrix[j, i] = matrix[i, j] * shared * a.orientation * b.orientation
    return matrix


def _check_keys(tests: Sequence[PlannedTest]) -> None:
    keys = [c.key for c in tests]
    if not keys:
        raise ValueError("specs == [], must hold at least one goal.")
    if len(set(keys)) != len(keys):
        raise ValueError(f"keys == {keys}, must be distinct.")


def _solve(tests: Sequence[PlannedTest], design: Design, matrix: Matrix, low: float, high: float) -> float:
    """Smallest n with the wanted joint power, between the largest single n and the simple rule's n."""

    def reached(n: float) -> bool:
        margins = [margin_of_z(c, n, design, design.allocation) for c in tests]
        return joint_power(margins, matrix).joint >= design.power

    if len(tests) == 1 or reached(low):
        return low
    while high - low > 1e-9 * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
