"""What a customer is worth: the agreed example, the bounds, and what it hangs on."""

from __future__ import annotations

import pytest

from experiments.domain.customer_value import customer_value, sensitivity
from experiments.domain.errors import DomainError


def test_the_agreed_example() -> None:
    assert customer_value(10_000, 0.4, 3) == pytest.approx(12_000)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"spend": -1}, "spend"), ({"spend": float("nan")}, "spend"), ({"margin": 1.01}, "margin"),
     ({"years": 0}, "years"), ({"years": 101}, "years"), ({"margin": float("inf")}, "margin")],
)  # fmt: skip
def test_bounds_name_the_field(change: dict[str, float], field: str) -> None:
    with pytest.raises(DomainError) as error:
        customer_value(**({"spend": 1.0, "margin": 0.5, "years": 1.0} | change))
    assert error.value.field == field


def test_each_input_moves_alone_and_stops_at_its_bound() -> None:
    rows = {row.name: row for row in sensitivity(10_000, 0.9, 3)}
    assert (rows["years"].low, rows["years"].high) == (pytest.approx(21_600), pytest.approx(32_400))
    assert rows["margin"].high_input == 1
    assert rows["margin"].high == pytest.approx(30_000)
    loss = next(row for row in sensitivity(100, -0.5, 1) if row.name == "margin")
    assert (loss.low_input, loss.high_input) == (pytest.approx(-0.6), pytest.approx(-0.4))
