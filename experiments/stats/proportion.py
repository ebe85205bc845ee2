"""A share with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.stats.result import Result
from experiments.stats.share import wilson_interval


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
    """A share with the score interval of Wilson (1927); errors as of `share.wilson_interval`."""
    low, high = wilson_interval(count, of, level) or (None, None)
    return Proportion(count, of, count / of if of else None, low, high, level)
