"""The net under other assumptions, one at a time; what is earned once does not grow with the months."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.levers import break_evens, sensitivities
from experiments.decision.gross_to_net.waterfall import ProductWorth

#: PE, U, O, PX, PL, S, once:P, once:U in minor units per unit: the net is 100 - 40 - 10 + 5 - 8 = 47.
DELTA = np.array([100.0, -40.0, 0.0, -10.0, 5.0, 8.0, 20.0, -6.0])
SIGMA = np.diag([4.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
PRODUCTS = (
    ProductWorth("tv-1", "TV", "promoted", 24, 4.0, 0.0, {"control": 10.0, "entry": 20.0}),
    ProductWorth("mobile-2", "Mobile", "protected", 12, 4.0, 0.0, {"control": 10.0, "entry": 5.0}),
)
PER = 10  # minor units per unit → major units per 1,000 units


@pytest.mark.parametrize(
    ("lever", "grows"),
    [("promoted_months", 100 - 10 + 5 - 20), ("protected_months", -40 + 6), ("service_cost", -8)],
)
def test_each_assumption_moves_its_own_part(lever: str, grows: float) -> None:
    found = {(each.lever, each.factor): each for each in sensitivities(DELTA, SIGMA, Bar(0.95, None), {}, PRODUCTS)}
    for factor in (0.5, 1.5):
        assert found[lever, factor].value == pytest.approx(PER * (47 + (factor - 1) * grows))
    even = next(each for each in break_evens(DELTA, {}, PRODUCTS) if each.lever == lever)
    assert even.factor == pytest.approx(1 - 47 / grows)


def test_the_break_even_is_told_in_months() -> None:
    promoted, protected, _ = break_evens(DELTA, {}, PRODUCTS)
    assert (promoted.assumed, promoted.value) == (24, pytest.approx(24 * (1 - 47 / 75)))
    assert promoted.sentence == "The net is 0 if customers keep promoted products 9 instead of 24 months."
    assert protected.assumed == 12


def test_what_was_not_measured_moves_nothing() -> None:
    missing = {"service": "No cost of service is declared.", "channel": "No sales were delivered."}
    found = {
        (each.lever, each.factor): each.value for each in sensitivities(DELTA, SIGMA, Bar(0.95, None), missing, ())
    }
    assert ("service_cost", 0.5) not in found
    assert found["promoted_months", 0.5] == pytest.approx(PER * (100 - 40 + 5 - 0.5 * (100 + 5 - 20)))
