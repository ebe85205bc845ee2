"""What a comparison of two rates can see where one side is small: by the score form that it will be read by.

The usual formula takes both sides for normal. With 20 events on the small side it promises 80 % where a rise is found
in 64 % and a fall in 97 %, and below 10 events nothing is compared at all. Here the change is the smallest that is
found in the typical bad case: both sides off by as many standard errors, each by its share of the variance, as leave
out 1 − power (Hasofer and Lind 1974, "Exact and invariant second-moment code format").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import sqrt

from experiments.stats import normal
from experiments.stats.fewevents import TOO_FEW
from experiments.stats.score import Counts, score_z
from experiments.stats.tails import critical_value, tail_of

#: Halvings of the range in which a change is looked for: to a millionth of it.
_STEPS = 20


@lru_cache(maxsize=512)  # pages show the same read-outs again and again
def rate_changes(
    rate: float, n_control: int, n_variant: int, level: float, power: float = 0.8
) -> tuple[float | None, float | None]:
    """The smallest rise and the smallest fall of a rate, both above 0, that are found with the power.

    Args:
        rate: of the control, between 0 and 1.
        n_control, n_variant: units of both sides, at least 1.
        level: two-sided, of the interval that must not cover 0.

    None where no change that is possible is found so often, which is so for both where the control too often has
    fewer events than are compared.
    """
    from scipy.special import bdtr

    none = float(bdtr(TOO_FEW - 1, n_control, rate)) if n_control >= TOO_FEW else 1.0
    if none > 1 - power:
        return None, None
    q = critical_value(tail_of(level))

    def found(change: float, side: int) -> bool:
        # Too few events are on the side of a rise: who finds it must not have too many of them, and not too few.
        wanted = power + none if side > 0 else power
        z = normal.quantile(min(wanted, 1 - 1e-9))
        other = min(max(rate + side * change, 0.0), 1.0)
        spread = [p * (1 - p) / n for p, n in ((rate, n_control), (other, n_variant))]
        c, v = (z * sqrt(part / sum(spread)) for part in spread)
        counts = Counts(_events(rate, n_control, side * c), n_control, _events(other, n_variant, -side * v), n_variant)
        return side * score_z(counts, 0.0, "absolute", skewed=True) >= q

    return _smallest(lambda x: found(x, 1), 1 - rate), _smallest(lambda x: found(x, -1), rate)


def _events(rate: float, n: int, z: float) -> float:
    """Events so many standard errors off, with the skewness of few of them (Cornish and Fisher)."""
    spread = sqrt(n * rate * (1 - rate))
    return min(max(n * rate + z * spread + (z**2 - 1) * (1 - 2 * rate) / 6, 0.0), float(n))


def _smallest(found: Callable[[float], bool], most: float) -> float | None:
    if not found(most):
        return None
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
