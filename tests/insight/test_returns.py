"""The return of a test, worked out by hand, and every reason why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.domain.errors import DomainError
from experiments.domain.run_cost import RunCost
from experiments.insight.past_tests import PastNet, PastTest
from experiments.insight.returns import return_of

NET = PastNet(value=50, lo=10, hi=90, se=20, currency="EUR", per=1_000)
TEST = PastTest("entry", "Entry", "cross-sell", "Cross-sell", 0.1, 0.02, 0.06, 0.14, 0.95, "ship", 0, 1,
                shipped=True, net=NET, shipped_net=NET, traffic_per_week=2_000)  # fmt: skip
COST = RunCost(hours=20, rate=60, other=100)


def test_a_year_of_net_against_the_cost() -> None:
    """2,000 units a week for 52 weeks at 50 per 1,000 are 5,200; 20 h at 60 and 100 besides are 1,300."""
    found = return_of(TEST, COST, "EUR")
    assert (found.status, found.value, found.low, found.high) == ("ok", 5_200, 1_040, 9_360)
    assert (found.cost, found.gain, found.gain_low, found.gain_high, found.times) == (1_300, 3_900, -260, 8_060, 4)


@pytest.mark.parametrize(
    ("status", "test", "cost"),
    [
        ("no_verdict", None, COST),
        ("not_shipped", replace(TEST, shipped=False), COST),
        ("net_not_measured", replace(TEST, shipped_net=None), COST),
        ("no_traffic", replace(TEST, traffic_per_week=None), COST),
        ("other_currency", replace(TEST, shipped_net=replace(NET, currency="SEK")), COST),
        ("no_cost", TEST, None),
    ],
)
def test_what_cannot_be_computed_has_a_name(status: str, test: PastTest | None, cost: RunCost | None) -> None:
    found = return_of(test, cost, "EUR")
    assert (found.status, found.gain, found.times) == (status, None, None)
    assert found.cost == (None if cost is None else 1_300)


def test_what_cost_nothing_has_no_multiple() -> None:
    found = return_of(TEST, RunCost(), "EUR")
    assert (found.gain, found.times) == (5_200, None)


@pytest.mark.parametrize("wrong", [{"hours": -1}, {"rate": float("nan")}, {"other": 1e13}, {"note": "x" * 100_000}])
def test_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(DomainError, match=f"cost.{next(iter(wrong))}"):
        RunCost(**wrong)  # type: ignore[arg-type]
