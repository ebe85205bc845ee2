"""A sum of some of the steps is no net: it neither ships nor forbids anything, whatever its interval is."""

from __future__ import annotations

import pytest

from experiments.decision.net import NetStatus, NetValue
from experiments.decision.net_words import net_aside, net_sentence


@pytest.mark.parametrize(
    ("lo", "hi", "status", "gain", "loss"),
    [
        (10.0, 90.0, "ok", True, False),
        (-90.0, -10.0, "ok", False, True),
        (-10.0, 90.0, "ok", False, False),
        (0.0, 90.0, "ok", False, False),
        (-90.0, 0.0, "ok", False, False),
        (10.0, 90.0, "partial", False, False),
        (-90.0, -10.0, "partial", False, False),
        (None, None, "not_measured", False, False),
    ],
)
def test_only_a_whole_net_is_a_gain_or_a_loss(
    lo: float | None, hi: float | None, status: NetStatus, gain: bool, loss: bool
) -> None:
    net = NetValue(None if lo is None or hi is None else (lo + hi) / 2, lo, hi, status, ("service cost",), "EUR")
    assert (net.is_gain, net.is_loss) == (gain, loss)


def test_a_partial_sum_is_never_printed_as_net() -> None:
    net = NetValue(50.0, 10.0, 90.0, "partial", ("service cost",), "EUR")
    assert net_sentence(net, "customer") == " Net gain not shown: service cost not measured."
    assert net_aside(net, "customer") == ""
