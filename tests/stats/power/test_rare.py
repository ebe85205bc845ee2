"""Smallest changes of a rate with few events: found as often as promised by the test that will read them."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from experiments.stats import effects
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.power.rare import rate_changes

RATE = Measure("rate", "again")


def found(rate: float, change: float, sides: tuple[int, int], draws: int = 1_500) -> float:
    """Share of drawn read-outs at 99 % whose interval lies on the side of the change."""
    random, hits = np.random.default_rng(11), 0
    control, variant = random.binomial(sides[0], rate, draws), random.binomial(sides[1], rate + change, draws)
    for c, v in zip(control.tolist(), variant.tolist(), strict=True):
        arms = (Moments.from_counts(sides[0], c, "again"), Moments.from_counts(sides[1], v, "again"))
        effect = effects.absolute(RATE, *arms, level=0.99)
        hits += effect.lo is not None and effect.hi is not None and (effect.lo > 0 if change > 0 else effect.hi < 0)
    return hits / draws


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.97])
@pytest.mark.parametrize("events", [14, 50])
def test_what_it_promises_is_found_in_eight_of_ten(rate: float, events: int) -> None:
    """The usual formula promises as much, finds a rise in 37 % (with 12 events), and a fall in 97 % (with 20)."""
    held = round(events / min(rate, 1 - rate))
    sides = (held, 19 * held)
    rise, fall = rate_changes(rate, *sides, 0.99)
    assert rise is not None
    assert fall is not None
    assert found(rate, rise, sides) == pytest.approx(0.8, abs=0.06)
    assert found(rate, -fall, sides) == pytest.approx(0.8, abs=0.06)


def test_with_many_events_it_is_the_usual_formula() -> None:
    usual = (2.575829 + 0.841621) * sqrt(0.2 * 0.8 * (1 / 50_000 + 1 / 950_000))
    assert rate_changes(0.2, 50_000, 950_000, 0.99) == pytest.approx((usual, usual), rel=0.01)


def test_below_ten_events_nothing_is_compared_and_nothing_promised() -> None:
    assert rate_changes(0.02, 197, 3_749, 0.99) == (None, None)
    assert rate_changes(0.5, 3, 57, 0.99) == (None, None)


def test_a_direction_without_room_is_none() -> None:
    rise, fall = rate_changes(0.02, 700, 700, 0.9999)
    assert rise is not None
    assert fall is None
    assert rate_changes(0.98, 150, 2_850, 0.99)[0] is None
