"""After a stop at a look: p-value, interval and estimate that know of the looks (stage-wise ordering).

An estimate read at an early stop is too large on average, because only large ones stop. Results are ordered by how
convincing they are: a stop upwards at an earlier look is more extreme than any later one, and at the same look the
larger statistic is. The estimate is the effect under which half of all results would be more extreme: it is too large
as often as too small. For one endpoint; a stop that two endpoints must agree on has no such order.

Sources: Tsiatis, Rosner and Mehta (1984); Wassmer and Brannath (2016), section 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.stats.boundaries import Sides, exit_probabilities
from experiments.stats.result import Result
from experiments.stats.tails import tail_of

#: An effect this many standard errors beyond the one seen makes every result certain.
_REACH = 12.0


@dataclass(frozen=True)
class Stopped(Result):
    """What a stopped test says about one effect.

    Attributes:
        p: one-sided, in the direction of the effect seen.
        point: median-unbiased estimate.
        lo, hi: ends of the interval with the given level.
    """

    p: float
    point: float
    lo: float
    hi: float
    level: float


def after_stop(
    information: Sequence[float],
    critical: Sequence[float],
    estimate: float,
    se: float,
    level: float = 0.95,
    sides: Sides = 2,
) -> Stopped:
    """The estimate at the look where the test ended.

    Args:
        information: of all looks taken, in any unit, rising; the last one is where the test ended.
        critical: boundaries z of the looks before the last one.
        estimate: effect at the last look, with its standard error `se` > 0.
        level: two-sided confidence level.
        sides: 2 where the test could also have stopped downwards.

    Raises:
        ValueError: where lengths do not fit or se or level is out of range.
    """
    if len(critical) != len(information) - 1:
        raise ValueError(f"critical has {len(critical)} entries, must have {len(information) - 1}.")
    if not se > 0:
        raise ValueError(f"se == {se}, must be positive.")
    tail = tail_of(level)
    sign = 1.0 if estimate >= 0 else -1.0
    z = abs(estimate) / se
    times = [share / information[-1] for share in information]

    def more_extreme(drift: float) -> float:
        """Chance of a result at least as convincing; `drift` is the effect in standard errors of the last look."""
        return sum(exit_probabilities(times, [*critical, z], drift, sides).upper)

    def effect_with(chance: float) -> float:
        from scipy.optimize import brentq

        found = brentq(lambda drift: more_extreme(drift) - chance, -_REACH, z + _REACH, xtol=1e-10)
        return sign * float(found) * se

    lo, hi = sorted((effect_with(tail), effect_with(1 - tail)))
    return Stopped(more_extreme(0.0), effect_with(0.5), lo, hi, level)
