"""Simulated groups of units, as Moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

Random = np.random.Generator
# Draws one group of n units whose measure is changed by the given share against the control.
Draw = Callable[[Random, int, float], Moments]


@dataclass(frozen=True)
class Population:
    """A kind of data.

    Attributes:
        name: words for the table.
        measure: what is analysed.
        draw: simulates a group.
        value: true value in the control.
        n_control: units in the control.
        n_variant: units in the variant.
    """

    name: str
    measure: Measure
    draw: Draw
    value: float
    n_control: int
    n_variant: int


def rate(random: Random, n: int, lift: float) -> Moments:
    """One purchase or none, 5 %."""
    return Moments.from_counts(n, int(random.binomial(n, 0.05 * (1 + lift))))


def revenue(random: Random, n: int, lift: float) -> Moments:
    """Nine of ten spend nothing, the others a gamma amount; the lift brings more buyers."""
    buyers = int(random.binomial(n, 0.10 * (1 + lift)))
    spend = random.gamma(2.0, 10.0, buyers)
    return Moments.from_sums(n, ("y",), [spend.sum()], [[float(spend @ spend)]])


def orders_per_visit(random: Random, n: int, lift: float) -> Moments:
    """Units differ in how often they come and how often they buy; visits of a unit are alike."""
    visits = 1 + random.poisson(2.0, n)
    orders = random.binomial(visits, random.beta(2.0, 18.0, n) * (1 + lift))
    return Moments.from_rows(np.column_stack([orders, visits]), ("orders", "visits"))


def with_history(random: Random, n: int, lift: float) -> Moments:
    """A mean whose value before the test explains half of its variance."""
    before = random.normal(10.0, 3.0, n)
    after = 0.7 * before + 3.0 + 10.0 * lift + random.normal(0.0, 2.1, n)
    return Moments.from_rows(np.column_stack([after, before]), ("after", "before"))


RATE = Population("rate 5 %, 2 × 4,000", Measure("rate", "y"), rate, 0.05, 4000, 4000)
UNEQUAL = Population("rate 5 %, 16,000 : 4,000", Measure("rate", "y"), rate, 0.05, 16_000, 4000)
REVENUE = Population("revenue, 10 % buyers, 2 × 3,000", Measure("mean", "y"), revenue, 2.0, 3000, 3000)
RATIO = Population(
    "orders per visit, 2 × 1,500", Measure("ratio", "orders", "visits"), orders_per_visit, 0.1, 1500, 1500
)
ADJUSTED = Population(
    "mean with covariate, 2 × 400",
    Measure("mean", "after", covariates=("before",)),
    with_history,
    10.0,
    400,
    400,
)
POPULATIONS = (RATE, UNEQUAL, REVENUE, RATIO, ADJUSTED)
