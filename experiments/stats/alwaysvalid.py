"""Intervals and p-values that hold at every moment: the asymptotic confidence sequence.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), eq. 9: a normal mixture over the drift. The sequence is the
fixed interval with a larger multiplier that depends on the number of units only, so `critical_value` can be handed to
any effect, ratio or relative lift where a fixed quantile would stand. At N = N* it is 3.04 instead of 1.96: 55 %
wider, 91 % more units for the same power. Planned looks are cheaper; this is for tests without an end, and alarms.
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, exp, isfinite, log, log1p, sqrt

from experiments.stats.boundaries import Sides
from experiments.stats.effect import Status

# The sequence is asymptotic; below these it is not shown.
MINIMUM_UNITS_PER_ARM = 500
MINIMUM_EVENTS = 20


def mixture_width(alpha: float, planned_units: float, sides: Sides = 2) -> float:
    """The rho that makes the sequence narrowest at `planned_units` units over both arms."""
    _check(alpha, planned_units)
    # The one-sided mixture is tuned as if at 2 alpha, since half of the normal mixture is not used.
    tuned = -2 * log(alpha if sides == 2 else min(2 * alpha, 0.99))
    return sqrt((tuned + log1p(tuned)) / planned_units)


def critical_value(units: float, planned_units: float, alpha: float = 0.05, sides: Sides = 2) -> float:
    """Multiplier of the standard error at `units` units over both arms.

    Args:
        units: units seen so far, both arms together.
        planned_units: units at which the sequence is narrowest; the planned size of the test.
        alpha: error rate over all time; two-sided with sides=2 (0.05 for a 95 % interval), one-sided with sides=1.
        sides: 2 for an interval, 1 for a bound on one side (about 9 % narrower).

    Raises:
        ValueError: where units or planned_units is not above 0, or alpha not between 0 and 1.
    """
    rho = mixture_width(alpha, planned_units, sides)
    if not (isfinite(units) and units > 0):
        raise ValueError(f"units == {units}, must be > 0.")
    growth = units * rho**2
    if sides == 2:
        return sqrt((growth + 1) / growth * (log1p(growth) - 2 * log(alpha)))
    return _one_sided(growth, alpha)


def p_value(z: float, units: float, planned_units: float, alpha: float = 0.05, sides: Sides = 2) -> float:
    """p-value that may be read at any moment; alpha only tunes where the sequence is narrowest.

    Args:
        z: effect over its standard error now; with sides=1 large positive values speak against the null.
        units: units seen so far, both arms together.
        planned_units: planned size of the test.
        alpha: level at which the sequence is narrowest.
        sides: 2 or 1.

    Raises:
        ValueError: where units or planned_units is not above 0, or alpha not between 0 and 1.
    """
    growth = units * mixture_width(alpha, planned_units, sides) ** 2
    if not growth > 0:
        raise ValueError(f"units == {units}, must be > 0.")
    evidence = _log_two_sided(z, growth) if sides == 2 else _log_one_sided(z, growth)
    return exp(-max(evidence, 0.0))


def readiness(units_control: int, units_variant: int, events: float | None = None) -> Status:
    """`too_few` until 500 units per arm and 20 events, else `ok`."""
    few_units = min(units_control, units_variant) < MINIMUM_UNITS_PER_ARM
    few_events = events is not None and events < MINIMUM_EVENTS
    return Status.TOO_FEW if few_units or few_events else Status.OK


def _log_two_sided(z: float, growth: float) -> float:
    """Log of the mixture likelihood ratio against no effect."""
    return 0.5 * (z * z * growth / (growth + 1) - log1p(growth))


def _log_one_sided(z: float, growth: float) -> float:
    """The same with the mixture over positive drifts only."""
    shrunk = z * sqrt(growth / (growth + 1))
    return _log_two_sided(z, growth) + log(2.0) + _log_cdf(shrunk)


@lru_cache(maxsize=4096)
def _one_sided(growth: float, alpha: float) -> float:
    from scipy.optimize import brentq

    def excess(z: float) -> float:
        return _log_one_sided(z, growth) + log(alpha)

    upper = sqrt((growth + 1) / growth * (log1p(growth) - 2 * log(alpha))) + 1
    return float(brentq(excess, 0.0, upper, xtol=1e-13))


def _log_cdf(x: float) -> float:
    """log Φ(x) for the range a statistic can have."""
    if x > -30:
        return log(0.5 * erfc(-x / sqrt(2)))
    # Leading terms of the tail; the next one is below 1e-6 of it here, and the evidence is long zero.
    return -0.5 * x * x - log(-x) - 0.5 * log(6.283185307179586) + log1p(-1 / (x * x))


def _check(alpha: float, planned_units: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha == {alpha}, must be between 0 and 1.")
    if not (isfinite(planned_units) and planned_units > 0):
        raise ValueError(f"planned_units == {planned_units}, must be > 0.")
