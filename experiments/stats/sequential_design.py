"""What planned looks cost and save: maximum and expected sample size against a test without looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from experiments.stats import normal
from experiments.stats.boundaries import Sides, critical_values, equally_spaced, exit_probabilities
from experiments.stats.spending import SpendingKind


@dataclass(frozen=True)
class SequentialCost:
    """Price of monitoring.

    Attributes:
        drift: E[Z] at full information that gives the power.
        inflation: maximum sample size over the sample size of a test with one look.
        expected: expected sample size under the planned effect over the same, counting stops for the effect (a
            stop on the wrong side has a chance below 1e-4 there).
        power_by_look: cumulative chance to have stopped for the effect.
    """

    drift: float
    inflation: float
    expected: float
    power_by_look: tuple[float, ...]


def cost(
    information: tuple[float, ...],
    critical: tuple[float, ...],
    alpha: float = 0.025,
    power: float = 0.8,
    sides: Sides = 2,
) -> SequentialCost:
    """Price of any boundary at given looks; the last look must have information 1.

    Raises:
        ValueError: where the power is not between alpha and 1, or the last look is not at information 1.
    """
    from scipy.optimize import brentq

    if not alpha < power < 1:
        raise ValueError(f"power == {power}, must be between alpha == {alpha} and 1.")
    if information[-1] != 1:
        raise ValueError(f"information == {list(information)}, must end at 1.")
    fixed = normal.upper_quantile(alpha) + normal.quantile(power)

    def shortfall(drift: float) -> float:
        return sum(exit_probabilities(information, critical, drift, sides).upper) - power

    drift = fixed if len(information) == 1 else float(brentq(shortfall, 0.9 * fixed, 3 * fixed, xtol=1e-11))
    exits = exit_probabilities(information, critical, drift, sides)
    inflation = (drift / fixed) ** 2
    running, mean = 1.0, 0.0
    for t, chance in zip(information[:-1], exits.upper, strict=False):
        mean += t * chance
        running -= chance
    reached = tuple(accumulate(exits.upper))
    return SequentialCost(drift, inflation, inflation * (mean + running), reached)


@lru_cache(maxsize=1024)
def spending_cost(
    looks: int, alpha: float = 0.025, power: float = 0.8, kind: SpendingKind = "obf", rho: float = 2.0
) -> SequentialCost:
    """Price of equally spaced looks with a spending function."""
    information = equally_spaced(looks)
    critical = critical_values(information, alpha, kind, rho=rho)
    return cost(information, critical, alpha, power)


def inflation(looks: int, alpha: float = 0.025, power: float = 0.8, kind: SpendingKind = "obf") -> float:
    """Maximum sample size of `looks` equally spaced looks over that of a single one."""
    return 1.0 if looks == 1 else spending_cost(looks, alpha, power, kind).inflation
