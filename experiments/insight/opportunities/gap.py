"""The gap of a cell to its benchmark, compared within channel and earlier visits (direct standardisation).

Each stratum counts with the cell's own share of people, so the answer is: how much more would these people buy if, in
each kind of visit, they bought as the benchmark's do (Keiding and Clayton, Statistical Science 29, 2014). Variances use
shares with half an event added to both sides, because a stratum without a sale has no variance of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from experiments.stats.tails import critical_value, tail_of

#: (buyers, people) of a stratum.
Share = tuple[int, int]
#: A stratum of the benchmark with fewer people is compared with nobody.
LEAST_IN_STRATUM = 5
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Gap:
    """How much less a cell buys than its benchmark, as a share of people.

    Args:
        here, there: shares of buyers in the cell and, weighted like the cell, in the benchmark.
        value: there − here; se: its standard error; lo, hi: interval at 95 %.
        raw: the difference without standardising; what is missing from `value` is explained by who comes.
        covered: share of the cell's people in whose strata the benchmark has anybody.
    """

    here: float
    there: float
    value: float
    se: float
    lo: float
    hi: float
    raw: float
    covered: float


def standardised_gap(cell: Mapping[object, Share], benchmark: Mapping[object, Share]) -> Gap | None:
    """The gap over the strata both have; None where they share none."""
    shared = [key for key, (_, people) in cell.items() if people and _people(benchmark, key) >= LEAST_IN_STRATUM]
    n = sum(cell[key][1] for key in shared)
    if not n:
        return None
    here = sum(cell[key][0] for key in shared) / n
    there = variance = 0.0
    for key in shared:
        weight = cell[key][1] / n
        there += weight * benchmark[key][0] / benchmark[key][1]
        variance += weight**2 * (_variance(*cell[key]) + _variance(*benchmark[key]))
    value, se = there - here, sqrt(variance)
    half = critical_value(tail_of(LEVEL)) * se
    everybody = sum(people for _, people in cell.values())
    return Gap(here, there, value, se, value - half, value + half, _rate(benchmark) - _rate(cell), n / everybody)


def _people(strata: Mapping[object, Share], key: object) -> int:
    return strata.get(key, (0, 0))[1]


def _variance(buyers: int, people: int) -> float:
    share = (buyers + 0.5) / (people + 1)
    return share * (1 - share) / people


def _rate(strata: Mapping[object, Share]) -> float:
    people = sum(n for _, n in strata.values())
    return sum(buyers for buyers, _ in strata.values()) / people if people else 0.0
