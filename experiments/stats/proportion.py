"""A share with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from experiments.stats.result import Result
from experiments.stats.tails import critical_value, tail_of


@dataclass(frozen=True)
class Proportion(Result):
    """So many of so many.

    Attributes:
        count, of: hits and trials.
        share: count / of; None where there are no trials.
        lo, hi: Wilson interval at `level`; None where there are no trials.
        level: of the interval, two-sided.
    """

    count: int
    of: int
    share: float | None
    lo: float | None
    hi: float | None
    level: float = 0.95


def proportion(count: int, of: int, level: float = 0.95) -> Proportion:
    """A share with the score interval of Wilson (1927), which stays inside [0, 1] and holds for small counts.

    Raises:
        ValueError: where count is not in [0, of].
    """
    if not 0 <= count <= of:
        raise ValueError(f"count == {count}, must be >= 0 and <= {of}.")
    if of == 0:
        return Proportion(count, of, None, None, None, level)
    z = critical_value(tail_of(level), None, None)
    share, square = count / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == of else min(1.0, middle + half)
    return Proportion(count, of, share, low, high, level)
