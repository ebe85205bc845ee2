"""Advice to stop for lack of hope: conditional power at the final boundary.

Non-binding: the boundaries do not count on it, so going on in spite of the advice costs no error rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from experiments.stats import normal
from experiments.stats.result import Result

HOPELESS = 0.10


@dataclass(frozen=True)
class Futility(Result):
    """What the final look will probably say.

    Attributes:
        planned: chance to pass the final boundary if the planned effect is true.
        trend: the same if the effect seen so far is true.
        advise: True where even the planned effect would hardly save the test (planned below 10 %).
    """

    planned: float
    trend: float
    advise: bool


def conditional_power(z: float, information: float, final_critical: float, drift: float) -> float:
    """Chance that the final z passes its boundary, given z now.

    Args:
        z: statistic at this look.
        information: share of the planned information now, between 0 and 1.
        final_critical: boundary of the final look.
        drift: E[Z] at full information under the effect assumed from now on.

    Raises:
        ValueError: where the information is not between 0 and 1, or z not finite.
    """
    if not 0 < information < 1:
        raise ValueError(f"information == {information}, must be between 0 and 1.")
    if not isfinite(z):
        raise ValueError(f"z == {z}, must be finite.")
    left = 1 - information
    return normal.cdf((z * sqrt(information) + drift * left - final_critical) / sqrt(left))


def futility(
    z: float, information: float, final_critical: float, drift: float, threshold: float = HOPELESS
) -> Futility:
    """Conditional power under the planned effect and under the trend, with advice."""
    planned = conditional_power(z, information, final_critical, drift)
    trend = conditional_power(z, information, final_critical, z / sqrt(information))
    return Futility(planned, trend, planned < threshold)
