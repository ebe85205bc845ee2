"""What a test brought against what it cost: the net value of a year of the variant that was shipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.domain.run_cost import RunCost
from experiments.insight.meta_analysis import HORIZON_WEEKS
from experiments.insight.past_tests import PastTest

#: In this order: the first that is missing is named.
ReturnStatus = Literal["ok", "no_verdict", "not_shipped", "net_not_measured", "no_traffic", "other_currency", "no_cost"]


@dataclass(frozen=True, slots=True)
class Return:
    """Money in major units; None where it cannot be computed, and `status` says why.

    Args:
        value: net of a year of the shipped variant at the planned traffic, with the interval of its report.
        cost: as typed; None where nobody has.
        gain: value − cost, with the interval moved along; times: value / cost, None where it cost nothing.
    """

    status: ReturnStatus
    value: float | None = None
    low: float | None = None
    high: float | None = None
    cost: float | None = None
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    times: float | None = None


def return_of(test: PastTest | None, cost: RunCost | None, currency: str) -> Return:
    """The return of a test at its stop; None = it has not ended or gave no valid effect.

    The cost of service, sales and offers is in the net already (definitions, §3); `cost` is that of running the test.
    What was shipped was picked for looking good, so that a single value is too high on average.
    """
    paid = None if cost is None else cost.total
    if test is None:
        return Return("no_verdict", cost=paid)
    if not test.shipped:
        return Return("not_shipped", cost=paid)
    net = test.shipped_net
    if net is None:
        return Return("net_not_measured", cost=paid)
    if not test.traffic_per_week:
        return Return("no_traffic", cost=paid)
    if net.currency != currency:
        return Return("other_currency", cost=paid)
    units = test.traffic_per_week * HORIZON_WEEKS / net.per
    value, low, high = (units * each for each in (net.value, net.lo, net.hi))
    if paid is None:
        return Return("no_cost", value, low, high)
    times = value / paid if paid else None
    return Return("ok", value, low, high, paid, value - paid, low - paid, high - paid, times)
