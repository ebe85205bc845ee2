"""After a test with looks: p-value, interval and estimate that know of the looks (stage-wise ordering).

An estimate read at an early stop is too large on average, because only large ones stop; where a test runs to its end
because no look could stop it, it is too small. Results are ordered by how convincing they are: passing the upper bound
at an earlier look is more extreme than anything later, at the same look the larger statistic is, and passing the lower
bound is the same in the mirror. The estimate is the effect under which half of all results would be more extreme: it is
too large as often as too small.

What was measured after a bound was passed first (units that were still on their way, or a second metric that had to
agree) orders the results that passed the same bound at the same look. The estimate keeps its promise as long as it does
not depend on this metric how much was measured after that look.

Sources: Tsiatis, Rosner and Mehta (1984); Jennison and Turnbull (2000), chapter 8; Hampson and Jennison (2013), "Group
sequential tests for delayed responses", for what comes after the bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

from experiments.stats import normal
from experiments.stats.recursion import Carried, start
from experiments.stats.result import Result
from experiments.stats.tails import tail_of

#: An effect this many standard errors beyond all that was seen makes every result certain.
_REACH = 12.0
#: Standard deviations of what was measured after the bound, beyond which it decides nothing.
_NEAR = 6.0
#: Probabilities beyond these have no digits left.
_RARE, _SURE = 1e-300, 1e-16


@dataclass(frozen=True)
class AfterLooks(Result):
    """What all looks together say about one effect, in standard errors of the last look (its z scale).

    Attributes:
        crossed: the look (1, 2, …) at which a bound was passed first; None where none was passed before the last look.
        p: one-sided, of no effect against a gain.
        middle: median-unbiased effect.
        lo, hi: ends of the interval with the given level.
    """

    crossed: int | None
    p: float
    middle: float
    lo: float
    hi: float
    level: float


@dataclass(frozen=True)
class _Path:
    """What was seen, with times as shares of the last information.

    Attributes:
        times: of the looks until the first bound was passed, that look included, else of all looks.
        upper, lower: bounds of the looks before the last of these, and of that one too where something came later.
        side: 1 where the upper bound was passed, −1 for the lower one, 0 for none.
        z: statistic at the very end.
    """

    times: tuple[float, ...]
    upper: tuple[float, ...]
    lower: tuple[float, ...]
    side: int
    z: float

    def deviate(self, drift: float) -> float:
        """The normal deviate of the result where `drift` is E[z] at the very end: falls as the drift rises."""
        upwards = self.side >= 0
        chance = min(max(self._more_extreme(drift, upwards), _RARE), 1 - _SURE)
        return normal.upper_quantile(chance) if upwards else normal.quantile(chance)

    def _more_extreme(self, drift: float, upwards: bool) -> float:
        """Chance of a result at least as high, or with `upwards` False at least as low."""
        carried, chance = start(), 0.0
        for t, high, low in zip(self.times[:-1], self.upper, self.lower, strict=False):
            edge, floor = high * sqrt(t), -low * sqrt(t)
            if upwards or low < inf:
                chance += carried.beyond(t, edge if upwards else floor, drift, upwards)
            carried = carried.advance(t, floor, edge, drift)
        if self.times[-1] < 1:
            return chance + self._passed_and_beyond(carried, drift, upwards)
        return chance + carried.beyond(1.0, self.z, drift, upwards)

    def _passed_and_beyond(self, carried: Carried, drift: float, upwards: bool) -> float:
        """Chance to pass the bound at its look and to be at least as far out at the end.

        The end follows the look closely, so that the chance changes fast near the end's own place: it has nodes of its
        own.
        """
        t = self.times[-1]
        edge = (self.upper[-1] if upwards else -self.lower[-1]) * sqrt(t)
        near = _NEAR * sqrt(1 - t)
        inner = sorted(max(cut, edge) if upwards else min(cut, edge) for cut in (self.z - near, self.z + near))
        cuts = (edge, *inner, inf) if upwards else (-inf, *inner, edge)
        pieces = (carried.advance(t, low, high, drift) for low, high in pairwise(cuts) if low < high)
        return sum(piece.beyond(1.0, self.z, drift, upwards) for piece in pieces)


def after_looks(
    information: Sequence[float],
    statistics: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
    level: float = 0.95,
) -> AfterLooks:
    """Everything that was seen at the looks of a test, the last of which is where it ended.

    Args:
        information: of all looks taken, in any unit, rising.
        statistics: z of each of these looks, positive for a gain.
        upper: bounds z of the looks before the last one; the last look's own is not needed.
        lower: how far below 0 the lower bounds of these looks lie, as positive numbers; None where no look could stop
            the test downwards.
        level: two-sided confidence level.

    Raises:
        ValueError: where lengths do not fit or the level is out of range.
    """
    path = _path(information, statistics, upper, lower)
    # A bound that was passed early stands for a drift as much larger as the information was small.
    farthest = (max(map(abs, statistics)) + _REACH) / sqrt(path.times[0])
    ends = (-farthest, farthest)
    reach = -normal.upper_quantile(1 - tail_of(level))
    lo, middle, hi = (_drift_at(path, value, ends) for value in (reach, 0.0, -reach))
    crossed = len(path.times) if path.side else None
    return AfterLooks(crossed, normal.sf(path.deviate(0.0)), middle, lo, hi, level)


def deviate_of(
    information: Sequence[float],
    statistics: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
    drift: float = 0.0,
) -> float:
    """How far such a result lies out where `drift` is E[z] at the last look: standard normal if that is the truth.

    Arguments and errors as in `after_looks`, whose answers are the drifts at which this is 1.96, 0 and −1.96.
    """
    return _path(information, statistics, upper, lower).deviate(drift)


def _path(
    information: Sequence[float], statistics: Sequence[float], upper: Sequence[float], lower: Sequence[float] | None
) -> _Path:
    count = len(information)
    below = [inf] * (count - 1) if lower is None else list(lower)
    if len(statistics) != count or len(upper) != count - 1 or len(below) != count - 1:
        raise ValueError(f"information has {count} entries: statistics must have as many, bounds one less.")
    crossed = _first_crossing(statistics, upper, below)
    stop = crossed or count
    times = tuple(share / information[-1] for share in information[:stop])
    side = 0 if crossed is None else 1 if statistics[stop - 1] >= upper[stop - 1] else -1
    return _Path(times, tuple(upper[:stop]), tuple(below[:stop]), side, statistics[-1])


def _first_crossing(statistics: Sequence[float], upper: Sequence[float], lower: Sequence[float]) -> int | None:
    looks = enumerate(zip(statistics, upper, lower, strict=False), start=1)
    return next((number for number, (z, high, low) in looks if z >= high or z <= -low), None)


def _drift_at(path: _Path, value: float, ends: tuple[float, float]) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda drift: path.deviate(drift) - value, *ends, xtol=1e-10))
