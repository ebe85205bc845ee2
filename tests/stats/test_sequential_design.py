from __future__ import annotations

import pytest

from experiments.stats import normal
from experiments.stats.boundaries import critical_values
from experiments.stats.sequential_design import cost, inflation, spending_cost

# looks: (obf, power t^2, pocock), each maximum and expected size over that of one look; 2.5 % one-sided, power 80 %
PUBLISHED = {
    2: ((1.004, 0.921), (1.028, 0.867), (1.123, 0.855)),
    3: ((1.013, 0.866), (1.045, 0.823), (1.170, 0.819)),
    5: ((1.025, 0.824), (1.063, 0.788), (1.213, 0.796)),
    10: ((1.038, 0.794), (1.081, 0.762), (1.248, 0.781)),
    14: ((1.042, 0.786), (1.087, 0.755), (1.258, 0.777)),
}


@pytest.mark.parametrize("looks", PUBLISHED)
def test_the_price_of_looks_is_the_published_one(looks: int) -> None:
    for kind, (maximum, expected) in zip(("obf", "power", "pocock"), PUBLISHED[looks], strict=True):
        price = spending_cost(looks, kind=kind)  # type: ignore[arg-type]
        assert (price.inflation, price.expected) == pytest.approx((maximum, expected), abs=6e-4)


def test_the_drift_gives_the_power_look_by_look() -> None:
    times = (0.2, 0.4, 1.0)
    critical = critical_values(times, 0.03, "power", sides=1, rho=1.0)
    price = cost(times, critical, 0.03, 0.86, sides=1)
    assert price.power_by_look == pytest.approx((0.12783451, 0.34055165, 0.86), abs=1e-7)
    assert (price.inflation, price.expected) == pytest.approx((1.0788327, 0.83081135), abs=1e-7)


def test_one_look_costs_nothing() -> None:
    assert inflation(1) == 1.0
    price = cost((1.0,), (normal.upper_quantile(0.025),))
    assert (price.inflation, price.expected) == (1.0, 1.0)
    assert price.power_by_look == pytest.approx((0.8,))


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"power == 1\.0"):
        cost((1.0,), (1.96,), power=1.0)
    with pytest.raises(ValueError, match="must end at 1"):
        cost((0.5, 0.9), (2.5, 2.0))
