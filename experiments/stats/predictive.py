"""What the next look will probably say, given this one: the predictive distribution of statistics that keep adding up.

With nothing assumed about the effects beforehand (a flat prior), an estimate at information t2 given the one at t1 is
normal around it with variance se1² − se2²; its z is then normal around z1 √(t2/t1) with variance t2/t1 − 1. Statistics
of one pair of groups move together, with the correlation of their estimates. Source: Spiegelhalter, Freedman and
Blackburn (1986), "Monitoring clinical trials: conditional or predictive power?"; Wassmer and Brannath (2016), 7.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from experiments.stats import normal
from experiments.stats.moments import Matrix

#: Draws: a chance is then right to about half a percentage point (two standard errors at 0.5: 0.7).
DRAWS = 20_000
#: The same data give the same page.
SEED = 20_260_501


def next_statistics(
    z: Sequence[float], correlation: Matrix, growth: float, draws: int = DRAWS, seed: int = SEED
) -> Matrix:
    """Draws of the z statistics at the next look, shape (draws, k).

    Args:
        z: statistics now, shape (k,).
        correlation: of their estimates, shape (k, k).
        growth: information at the next look over information now, above 1.

    Raises:
        ValueError: where the growth is not above 1, or shapes do not fit.
    """
    if not growth > 1:
        raise ValueError(f"growth == {growth}, must be > 1.")
    now = np.asarray(z, dtype=np.float64)
    if correlation.shape != (len(now), len(now)):
        raise ValueError(f"correlation has shape {correlation.shape}, must be {(len(now), len(now))}.")
    noise = np.random.default_rng(seed).standard_normal((draws, len(now))) @ _root(correlation).T
    return np.asarray(now * sqrt(growth) + noise * sqrt(growth - 1), dtype=np.float64)


def planned_chance(power_at_end: float, information: float, critical: float, final_critical: float) -> float:
    """Chance to pass the boundary of a look where the effect is the planned one.

    Args:
        power_at_end: chance to pass the final boundary alone, from which the drift follows.
        information: share of the planned information at the look, above 0; above 1 where more units come than planned.

    Raises:
        ValueError: where the power is not inside 0..1, or the information not above 0.
    """
    if not 0 < power_at_end < 1 or not information > 0:
        raise ValueError(f"power_at_end == {power_at_end}, information == {information}, must be in 0..1 and above 0.")
    drift = final_critical + normal.quantile(power_at_end)
    return normal.cdf(drift * sqrt(information) - critical)


def _root(correlation: Matrix) -> Matrix:
    """A matrix whose product with its transpose is the correlation, which may be singular or a hair off."""
    sizes, axes = np.linalg.eigh(correlation)
    return np.asarray(axes * np.sqrt(np.clip(sizes, 0.0, None)), dtype=np.float64)
